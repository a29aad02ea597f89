"""Which backend serves, and that both have the same surface."""

from __future__ import annotations

import ctypes
import importlib
import inspect
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import holysheep_cb
import pytest
from holysheep_cb import _ctypes
from holysheep_cb._ctypes import abi

HEADER = Path(__file__).parents[3] / "include" / "holysheep_cb.h"
CPYTHON = sys.implementation.name == "cpython"

needs_native = pytest.mark.skipif(not CPYTHON, reason="there is no native module")


def native() -> Any:
    return importlib.import_module("holysheep_cb._native")


def run(program: str, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HOLYSHEEP_CB_")}
    return subprocess.run([sys.executable, "-c", program], text=True, capture_output=True, env={**kept, **env})


SHOW = "import holysheep_cb as h; print(h.BACKEND, h.Breaker('b').call(lambda: 7))"


def test_the_backend_is_the_one_asked_for() -> None:
    assert os.environ["HOLYSHEEP_CB_BACKEND"] == holysheep_cb.BACKEND
    assert holysheep_cb.__version__ == abi.VERSION


@needs_native
def test_the_choice() -> None:
    library = native().__file__
    assert run(SHOW).stdout == "native 7\n"
    assert run(SHOW, HOLYSHEEP_CB_LIBRARY=library).stdout == "ctypes 7\n"
    assert run(SHOW, HOLYSHEEP_CB_BACKEND="ctypes").stdout == "ctypes 7\n"
    assert run(SHOW, HOLYSHEEP_CB_BACKEND="native", HOLYSHEEP_CB_LIBRARY="/nowhere").stdout == "native 7\n"


def test_what_was_tried_is_said() -> None:
    said = run(SHOW, HOLYSHEEP_CB_BACKEND="cffi").stderr
    assert "ImportError: HOLYSHEEP_CB_BACKEND is 'cffi', but must be 'native' or 'ctypes'" in said
    said = run(SHOW, HOLYSHEEP_CB_LIBRARY="/nowhere/lib.so").stderr
    assert "ImportError: holysheep_cb cannot load its core; tried\n  ctypes: /nowhere/lib.so: " in said
    said = run(SHOW, HOLYSHEEP_CB_LIBRARY="libc.so.6").stderr
    assert "hscb_admit" in said


@needs_native
def test_without_a_native_module_ctypes_serves(tmp_path: Path) -> None:
    """As on an interpreter that the native module was not built for, with a library of the system."""
    shutil.copytree(
        Path(holysheep_cb.__file__).parent,
        tmp_path / "holysheep_cb",
        ignore=shutil.ignore_patterns("*.so", "__pycache__"),
    )
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{SHOW}"
    said = run(program).stderr
    assert "  native: " in said and "  ctypes: HOLYSHEEP_CB_LIBRARY is not set, there is no native module" in said
    assert run(program, HOLYSHEEP_CB_LIBRARY=native().__file__).stdout == "ctypes 7\n"


@needs_native
def test_the_native_module_exports_the_whole_c_abi() -> None:
    declared = set(
        re.findall(r"\b(hscb_\w+)\(", re.sub(r"/\*.*?\*/|//[^\n]*", "", HEADER.read_text(), flags=re.DOTALL))
    )
    assert len(declared) > 30
    listed = subprocess.run(
        ["nm", "-D", "--defined-only", native().__file__], text=True, capture_output=True, check=True
    )
    exported = set(re.findall(r" T (hscb_\w+)$", listed.stdout, flags=re.MULTILINE))
    assert exported == declared


@needs_native
@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no SONAME")
def test_the_native_module_is_no_library_of_the_system() -> None:
    """Loaded beside a libholysheep_cb.so, neither is taken for the other; and it stays mapped."""
    dynamic = subprocess.run(["readelf", "-d", native().__file__], text=True, capture_output=True, check=True).stdout
    assert re.findall(r"\(SONAME\)\s+Library soname: \[(.+)\]", dynamic) == []
    assert re.search(r"\(FLAGS_1\)\s+Flags:.* NODELETE", dynamic)


@needs_native
def test_ctypes_loads_the_native_module() -> None:
    library = ctypes.CDLL(native().__file__)
    library.hscb_version.restype = ctypes.c_char_p
    assert library.hscb_version().decode() == native().VERSION


def test_structs_are_those_of_the_header() -> None:
    header = HEADER.read_text()
    for struct, name in [
        (abi.SegmentOptions, "hscb_segment_options"),
        (abi.Snapshot, "hscb_snapshot"),
        (abi.Event, "hscb_event"),
        (abi.Config, "hscb_config"),
        (abi.Verdict, "hscb_verdict"),
        (abi.LimiterConfig, "hscb_limiter_config"),
        (abi.LimiterSnapshot, "hscb_limiter_snapshot"),
        (abi.BulkheadConfig, "hscb_bulkhead_config"),
        (abi.BulkheadSnapshot, "hscb_bulkhead_snapshot"),
    ]:
        body = header.split(f"typedef struct {name} {{")[1].split(f"}} {name};")[0]
        fields = re.findall(r"^\s+(\w+) (\w+)(?:\[(\w+)\])?;", body, flags=re.MULTILINE)
        assert fields[0] == ("uint32_t", "struct_size", "")
        sizes = {"uint32_t": 4, "int32_t": 4, "uint64_t": 8, "double": 8, "char": 128}
        assert ctypes.sizeof(struct) == sum(sizes[kind] for kind, _, _ in fields), name
        ours = [(field[0].rstrip("_"), getattr(struct, field[0]).offset) for field in struct._fields_]
        at, offsets = 0, {}
        for kind, field, _ in fields:
            offsets[field] = at
            at += sizes[kind]
        assert all(offsets[field] == offset for field, offset in ours if field != "totals"), name


def surface(kind: type) -> set[str]:
    """What a class offers, but for what each keeps for itself."""
    own = {
        "__dict__",
        "__module__",
        "__doc__",
        "__slots__",
        "__new__",
        "__del__",
        "__weakref__",
        "__annotations__",
    }
    internal = {
        "_handle",
        "_out",
        "_has_fallback",
        "_judges_results",
        "_enter_async",
        "_judged",
        "_set_mode",
        "_shown",
        "_of",
    }
    hooks = {"_judge", "_judge_result", "_refusal", "_rejected", "_instead", "_deferred"}
    permits = {"_core", "_words", "_empty", "_fill", "_settle", "_give_back", "_leave", "_leave_async", "__call__"}
    beside = {"_handles", "_end", "_take"}
    generated = {"__firstlineno__", "__static_attributes__"}
    return set(vars(kind)) - own - internal - hooks - permits - beside - generated


@needs_native
@pytest.mark.parametrize("name", sorted({*_ctypes.__all__} - {"VERSION", "request_name"}))
def test_both_backends_have_the_same_surface(name: str) -> None:
    ours, theirs = getattr(_ctypes, name), getattr(native(), name)
    assert surface(ours) == surface(theirs)
    for method in surface(ours):
        if method.startswith("__") or not inspect.isfunction(getattr(ours, method)):
            continue
        signatures: dict[str, list[str]] = {
            kind.__module__: list(inspect.signature(getattr(kind, method)).parameters) for kind in (ours, theirs)
        }
        assert len({tuple(parameters) for parameters in signatures.values()}) == 1, (method, signatures)
