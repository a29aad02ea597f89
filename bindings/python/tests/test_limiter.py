"""The rate limiter: taking, waiting, correcting; coroutines, threads, processes."""

from __future__ import annotations

import asyncio
import copy
import pickle
import signal
import subprocess
import threading
import time
from datetime import timedelta
from typing import Any, Callable

import pytest
from conftest import PATIENCE, forked, joined
from holysheep_cb import Breaker, Bulkhead, ConfigError, Error, LimitedError, Limiter, Segment

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork")


@pytest.fixture
def limiter(request: pytest.FixtureRequest) -> Limiter:
    """One unit in 100 ms."""
    return Limiter(request.node.name, limit=10, period_ms=1000)


def test_evenly_spaced(limiter: Limiter) -> None:
    assert limiter.try_acquire()
    assert not limiter.try_acquire()
    assert 0 < limiter.retry_after() <= 0.1
    begun = time.monotonic()
    limiter.acquire()
    assert time.monotonic() - begun > 0.05
    shown = limiter.snapshot()
    assert (shown.limit, shown.period_ms, shown.burst, shown.server_limit) == (10, 1000, 1, None)
    assert (shown.admitted, shown.units, shown.refused, shown.pauses) == (2, 2, 1, 0)
    assert (shown.private, shown.share) == (False, 1)


def test_waiting_has_a_limit(limiter: Limiter) -> None:
    limiter.acquire()
    limiter.charge(9)
    begun = time.monotonic()
    with pytest.raises(
        LimitedError, match=r"the rate limit of 'test_.*' is reached, .* go in (0\.9|1\.0)\d+ s"
    ) as raised:
        limiter.acquire(timeout=0.5)
    assert time.monotonic() - begun < 0.4, "it was told at once"
    assert raised.value.name == limiter.name and 0.9 < raised.value.retry_after <= 1
    assert isinstance(raised.value, Error)
    copied = pickle.loads(pickle.dumps(raised.value))
    assert (copied.name, copied.retry_after, str(copied)) == (limiter.name, raised.value.retry_after, str(raised.value))
    with pytest.raises(LimitedError):
        limiter.acquire(timeout=timedelta(milliseconds=500))
    assert limiter.retry_after() <= 1, "nothing was taken"
    assert limiter.snapshot().refused == 2


def test_what_was_used_is_settled_afterwards(limiter: Limiter) -> None:
    limiter.configure(limit=1000, period=timedelta(minutes=1), burst=1000)
    limiter.acquire(400)
    limiter.give_back(100)
    limiter.charge(200)
    assert 500 <= limiter.snapshot().available <= 520
    limiter.charge(2_000)
    assert 89 < limiter.retry_after(1) < 91


def test_a_burst_and_a_block(limiter: Limiter) -> None:
    limiter.configure(limit=10, period_ms=1000, burst=3)
    begun = time.monotonic()
    for _ in range(3):
        with limiter:
            pass
    assert time.monotonic() - begun < 1
    assert not limiter.try_acquire()


def test_the_server_knows_better_where_it_has_less(limiter: Limiter) -> None:
    limiter.configure(limit=600, burst=100)
    limiter.correct(limit=60, remaining=10)
    assert limiter.snapshot().server_limit == 60
    assert limiter.snapshot().available == 10
    limiter.correct(remaining=50, reset=1)
    assert limiter.snapshot().available == 10
    limiter.correct(remaining=0, reset=timedelta(seconds=30))
    shown = limiter.snapshot()
    assert (shown.available, shown.pauses) == (0, 1) and 29 < shown.paused <= 30
    limiter.pause(60)
    assert 59 < limiter.retry_after() <= 60
    with pytest.raises(LimitedError):
        limiter.acquire(timeout=10)


def test_a_waiter_hears_of_a_pause() -> None:
    limiter = Limiter("paused", limit=1, period_ms=2000)
    limiter.acquire()
    outcome: list[BaseException] = []

    def wait() -> None:
        try:
            limiter.acquire(timeout=30)
        except LimitedError as error:
            outcome.append(error)

    waiter = threading.Thread(target=wait)
    waiter.start()
    while limiter.retry_after() <= 2:
        time.sleep(0.001)
    limiter.pause(1000)
    waiter.join(PATIENCE)
    [error] = outcome
    assert isinstance(error, LimitedError) and error.retry_after > 900


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"limit": 0}, "limit is 0, but must be within 1..=1000000000"),
    ({"period": timedelta(days=2)}, "period_ms is 172800000, but must be within 1..=86400000"),
    ({"burst": 1.5}, "burst is 1.5, but must be within 1..=1000000000"),
    ({"max_waiting": 1}, "max_waiting is 1, but there is no such field; allowed are limit, period_ms, burst"),
    ({"period_ms": 1, "period": timedelta(seconds=1)}, "period_ms is given twice"),
]


@pytest.mark.parametrize(("fields", "message"), WRONG)
def test_a_mistake_is_named(limiter: Limiter, fields: dict[str, Any], message: str) -> None:
    for act in (lambda: Limiter("wrong", **fields), lambda: limiter.configure(**fields)):
        with pytest.raises(ConfigError) as raised:
            act()
        assert message in str(raised.value)
    assert limiter.config == {"limit": 10, "period_ms": 1000, "burst": 1}


def test_mistaken_units(limiter: Limiter) -> None:
    for method in (limiter.try_acquire, limiter.acquire, limiter.retry_after, limiter.give_back, limiter.charge):
        for wrong in (-1, 2**32):
            with pytest.raises(ConfigError, match=rf"units is {wrong}, but must be within 0\.\.=4294967295"):
                method(wrong)
        with pytest.raises(TypeError):
            method(1.5)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="remaining is -1"):
        limiter.correct(remaining=-1)
    for wrong_time in ("1", float("nan")):
        with pytest.raises((TypeError, ValueError)):
            limiter.acquire(timeout=wrong_time)  # type: ignore[arg-type]
    assert limiter.try_acquire(), "nothing was taken"


def test_handles_of_one_name_are_one_limiter(limiter: Limiter, caplog: pytest.LogCaptureFixture) -> None:
    Limiter(limiter.name, limit=10, period_ms=1000)
    assert caplog.records == []
    other = Limiter(limiter.name, limit=20)
    assert "existed with another configuration, and keeps it" in caplog.text
    assert other.config == limiter.config
    limiter.acquire()
    assert not other.try_acquire()
    assert Limiter(limiter.name, Segment()).try_acquire()
    assert Breaker(limiter.name).call(int) == 0 and Bulkhead(limiter.name).try_enter()


def test_it_is_a_handle(limiter: Limiter) -> None:
    assert repr(limiter) == f"<Limiter {limiter.name!r} of this process>"
    for act in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match=r"a Limiter cannot be pickled or copied: .*Limiter\(name, segment\)"):
            act(limiter)


def test_hundreds_of_coroutines_wait_and_the_loop_goes_on() -> None:
    limiter = Limiter("asyncio", limit=1000, period_ms=1000)
    tasks, ticks = 300, 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    async def call() -> None:
        async with limiter:
            pass

    async def main() -> None:
        ticker = asyncio.ensure_future(tick())
        await asyncio.gather(*(call() for _ in range(tasks)))
        ticker.cancel()

    begun = time.monotonic()
    asyncio.run(main())
    assert time.monotonic() - begun > (tasks - 1) * 0.001
    assert ticks > 3
    shown = limiter.snapshot()
    assert (shown.admitted, shown.units, shown.refused) == (tasks, tasks, 0)


def test_a_coroutine_that_is_cancelled_gives_its_units_back() -> None:
    limiter = Limiter("cancelled", limit=1, period_ms=10_000)

    async def main() -> None:
        limiter.acquire()
        waiters = [asyncio.ensure_future(limiter.acquire_async()) for _ in range(5)]
        await asyncio.sleep(0.01)
        assert limiter.retry_after() > 50
        for waiter in waiters:
            waiter.cancel()
        assert all(
            isinstance(end, asyncio.CancelledError) for end in await asyncio.gather(*waiters, return_exceptions=True)
        )
        with pytest.raises(LimitedError):
            await limiter.acquire_async(timeout=1)

    asyncio.run(main())
    assert 9 < limiter.retry_after() <= 10
    assert limiter.snapshot().admitted == 1


def test_a_waiting_thread_lets_others_run_and_hears_ctrl_c(python: Callable[..., subprocess.Popen[str]]) -> None:
    program = """
import signal, threading, holysheep_cb as h
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background has none
limiter = h.Limiter('relay', limit=1, period_ms=86_400_000)
limiter.acquire()
threading.Timer(0.05, print, ['waiting'], {'flush': True}).start()
try:
    limiter.acquire()
except KeyboardInterrupt:
    print(limiter.retry_after() <= 86_400)
"""
    child = python(program)
    assert child.stdout is not None and child.stdout.readline() == "waiting\n"
    child.send_signal(signal.SIGINT)
    assert child.communicate(timeout=PATIENCE)[0] == "True\n"


@pytest.mark.parametrize("opened", ["before the fork", "after the fork"])
def test_forked_workers_share_one_limit(opened: str) -> None:
    workers, each = 4, 200

    def make() -> Limiter:
        return Limiter("relay", "billing", limit=1, period_ms=86_400_000, burst=workers * each)

    inherited = make() if opened == "before the fork" else None

    def work() -> bool:
        limiter = inherited or make()
        return all(limiter.try_acquire() for _ in range(each))

    assert [joined(pid) for pid in [forked(work) for _ in range(workers)]] == [0] * workers
    assert not make().try_acquire()
    assert make().snapshot().units == workers * each


def test_a_turn_is_the_parents_and_not_its_childs() -> None:
    limiter = Limiter("relay", "billing", limit=1, period_ms=10_000)
    limiter.acquire()
    waits = limiter._waits(1, None)
    next(waits)

    def work() -> bool:
        waits.close()
        return limiter.retry_after() > 15

    assert joined(forked(work)) == 0
    assert limiter.retry_after() > 15
    waits.close()
    assert limiter.retry_after() <= 10
