"""One breaker for many processes."""

from __future__ import annotations

import os
import signal
import subprocess
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Callable

import pytest
from conftest import PATIENCE, cpython_only, eventually, forked, joined
from holysheep_cb import Breaker, CircuitOpenError, Segment, SegmentError

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork")

Start = Callable[..., "subprocess.Popen[str]"]


def fail() -> None:
    raise ConnectionError


def failing_call(breaker: Breaker) -> bool:
    try:
        breaker.call(fail)
    except ConnectionError:
        return True
    return False


@pytest.mark.parametrize("opened", ["before the fork", "after the fork"])
def test_what_forked_workers_learn_all_know(opened: str) -> None:
    """Like a pre-forking server: each of four workers meets one failure, and the fourth opens it for all."""
    workers = 4

    def make() -> Breaker:
        return Breaker("relay", "billing", failure_threshold=workers, failure_rate=0)

    inherited = make() if opened == "before the fork" else None
    pids = [forked(lambda: failing_call(inherited or make())) for _ in range(workers)]
    assert [joined(pid) for pid in pids] == [0] * workers
    breaker = make()
    assert breaker.state == "open"
    assert breaker.snapshot().totals.failures == workers
    with pytest.raises(CircuitOpenError):
        breaker.call(fail)


def test_totals_of_all_processes_are_exact() -> None:
    workers, calls = 4, 5000
    breaker = Breaker("relay", "billing")

    def work() -> bool:
        for _ in range(calls):
            breaker.call(int)
        return True

    pids = [forked(work) for _ in range(workers)]
    assert [joined(pid) for pid in pids] == [0] * workers
    assert breaker.snapshot().totals.successes == workers * calls


def test_a_private_breaker_is_a_copy_in_the_child(breaker: Breaker) -> None:
    def work() -> bool:
        breaker.trip()
        return bool(breaker.state == "open")

    assert joined(forked(work)) == 0
    assert breaker.state == "closed"


def test_a_worker_that_is_killed_in_a_probe(python: Start) -> None:
    """Its permit never comes back; after the lease another probe goes, and the breaker recovers."""
    breaker = Breaker("relay", "billing", open_ms=20, probe_lease_ms=5000, half_open_max_calls=1, success_threshold=1)
    breaker.trip()
    program = """
import time, holysheep_cb as h
breaker = h.Breaker('relay', 'billing')
while not breaker.would_admit():
    time.sleep(0.001)
with breaker:
    print('probing', flush=True)
    time.sleep(60)
"""
    child = python(program)
    assert child.stdout is not None and child.stdout.readline() == "probing\n"
    child.kill()
    assert child.wait(PATIENCE) == -signal.SIGKILL
    with pytest.raises(CircuitOpenError) as raised:
        breaker.call(int)
    assert raised.value.mode == "half-open"
    eventually(breaker.would_admit)
    assert breaker.call(int) == 0
    assert breaker.state == "closed"
    assert breaker.snapshot().totals.probes_lost == 1


def test_an_operator_of_another_process_commands_all(python: Start) -> None:
    breaker = Breaker("relay", "billing")
    child = python("import holysheep_cb as h; h.Breaker('relay', 'billing').force_open()")
    assert child.wait(PATIENCE) == 0
    assert breaker.state == "forced-open"


_pool_breaker = Breaker("pool", Segment())


@_pool_breaker
def square(number: int) -> int:
    return number * number


@cpython_only  # PyPy 7.3.11 cannot spawn a pool
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_process_pools_take_decorated_functions(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.path.dirname(__file__))
    with ProcessPoolExecutor(2, mp_context=get_context(method)) as pool:
        assert list(pool.map(square, range(5))) == [0, 1, 4, 9, 16]


def test_processes_are_counted() -> None:
    segment = Segment("billing")
    assert segment.processes() == 1

    def work() -> bool:
        return Segment("billing").processes() == 2

    assert joined(forked(work)) == 0
    assert segment.processes() == 1


def test_files_that_cannot_be_had(directory: os.PathLike[str]) -> None:
    Segment("other")
    with pytest.raises(SegmentError, match="billing") as raised:
        Segment("billing", existing=True)
    assert isinstance(raised.value, OSError) and raised.value.status == -9
    Segment("billing")
    path = os.path.join(directory, "billing")
    assert os.stat(path).st_mode & 0o777 == 0o600
    with pytest.raises(SegmentError) as raised:
        Breaker("relay", Segment("billing", read_only=True))
    assert raised.value.status == -18
    with open(os.path.join(directory, "foreign"), "wb") as file:
        file.write(b"x" * 10_000)
    os.chmod(os.path.join(directory, "foreign"), 0o600)
    with pytest.raises(SegmentError, match="foreign"):
        Segment("foreign")
    Segment("group", file_mode=0o660)
    assert os.stat(os.path.join(directory, "group")).st_mode & 0o777 == 0o660
    for options in ({"stripes": 3}, {"file_mode": 0o777}, {"capacity": 2**20 + 1}):
        with pytest.raises(ValueError, match=next(iter(options))):
            Segment("options", **options)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="takes no options"):
        Segment(capacity=7)


def test_a_segment_that_is_full() -> None:
    segment = Segment("small", capacity=1)
    Breaker("first", segment)
    with pytest.raises(SegmentError) as raised:
        for number in range(64):
            Breaker(f"another {number}", segment)
    assert raised.value.status == -15


def test_breakers_of_one_name_of_a_segment_share_one_handle() -> None:
    first, second = Breaker("a", "billing"), Breaker("b", "billing")
    assert first.segment is second.segment
    assert Breaker("c").segment is Breaker("d").segment
    assert Breaker("c").segment is not first.segment


def test_a_removed_file_fails_no_call(directory: os.PathLike[str]) -> None:
    breaker = Breaker("relay", "billing")
    os.unlink(os.path.join(directory, "billing"))
    assert breaker.call(lambda: 7) == 7
    assert Breaker("relay", "billing").call(lambda: 8) == 8
