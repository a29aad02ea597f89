"""The suite runs over one backend at a time; scripts/test_python runs it over both (HOLYSHEEP_CB_BACKEND)."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import holysheep_cb
import pytest
from holysheep_cb import Breaker
from hscb_mock import Mock

PATIENCE = 20.0
"""Seconds after which something that should happen counts as not happening."""


def pytest_report_header() -> str:
    return f"holysheep_cb {holysheep_cb.__version__}, backend {holysheep_cb.BACKEND}, {holysheep_cb.__file__}"


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the test's shared segments are; its child processes inherit it."""
    folder = tmp_path / "segments"
    monkeypatch.setenv("HOLYSHEEP_CB_DIR", str(folder))
    monkeypatch.setenv("HOLYSHEEP_CB_BACKEND", holysheep_cb.BACKEND)
    return folder


@pytest.fixture
def breaker(request: pytest.FixtureRequest) -> Breaker:
    """A private one that opens at the second failure."""
    return Breaker(request.node.name, failure_threshold=2, failure_rate=0)


@pytest.fixture(scope="session")
def mock_process() -> Iterator[Mock]:
    mock = Mock()
    yield mock
    mock.end()


@pytest.fixture
def mock(mock_process: Mock) -> Mock:
    mock_process.reset()
    return mock_process


cpython_only = pytest.mark.skipif(sys.implementation.name != "cpython", reason="it is about CPython")


def collected() -> None:
    """Has every finalizer run that is due; PyPy runs some of them behind the collection."""
    for _ in range(3):
        gc.collect()


def eventually(condition: Callable[[], object]) -> None:
    """Waits until the condition holds."""
    limit = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < limit, "it did not come about"
        time.sleep(0.002)


@pytest.fixture
def python() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts Python programs, with a pipe to each end; none outlives the test."""
    started = []

    def start(program: str, *args: str, **env: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", program, *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **env},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def forked(work: Callable[[], object]) -> int:
    """Runs ``work`` in a forked child; its process id. The child's exit status is 0 if it returned something true."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        status = 0 if work() else 2
    except BaseException as error:
        os.write(2, f"child: {error!r}\n".encode())
    os._exit(status)


def joined(pid: int) -> int:
    """The exit status of a child, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
