"""Which of the two backends serves: the native module, or ctypes over any library that exports the C ABI.

``HOLYSHEEP_CB_BACKEND=native|ctypes`` forces one. Otherwise it is ctypes where ``HOLYSHEEP_CB_LIBRARY`` names a
library, else the native module, else (PyPy, a free-threaded build) ctypes.
"""

from __future__ import annotations

import importlib
import os
from types import ModuleType
from typing import TYPE_CHECKING

_NATIVE, _CTYPES = "native", "ctypes"


def _candidates() -> list[str]:
    forced = os.environ.get("HOLYSHEEP_CB_BACKEND")
    if forced is None:
        return [_CTYPES] if os.environ.get("HOLYSHEEP_CB_LIBRARY") else [_NATIVE, _CTYPES]
    if forced not in (_NATIVE, _CTYPES):
        raise ImportError(f"HOLYSHEEP_CB_BACKEND is {forced!r}, but must be {_NATIVE!r} or {_CTYPES!r}")
    return [forced]


def _load() -> tuple[str, ModuleType]:
    tried = []
    for name in _candidates():
        try:
            return name, importlib.import_module(f"{__package__}._{name}")
        except (ImportError, OSError) as error:
            tried.append(f"  {name}: {error}")
    raise ImportError("holysheep_cb cannot load its core; tried\n" + "\n".join(tried))


BACKEND, _module = _load()
"""The backend that serves: "native" or "ctypes"."""

if TYPE_CHECKING:
    from ._native import VERSION as VERSION
    from ._native import BreakerCore as BreakerCore
    from ._native import BulkheadCore as BulkheadCore
    from ._native import BulkheadPermit as BulkheadPermit
    from ._native import LimiterCore as LimiterCore
    from ._native import Permit as Permit
    from ._native import Place as Place
    from ._native import ResponseCore as ResponseCore
    from ._native import SegmentCore as SegmentCore
    from ._native import Verdict as Verdict
    from ._native import request_name as request_name
else:
    VERSION = _module.VERSION
    BreakerCore = _module.BreakerCore
    BulkheadCore = _module.BulkheadCore
    BulkheadPermit = _module.BulkheadPermit
    LimiterCore = _module.LimiterCore
    Permit = _module.Permit
    Place = _module.Place
    ResponseCore = _module.ResponseCore
    SegmentCore = _module.SegmentCore
    Verdict = _module.Verdict
    request_name = _module.request_name
