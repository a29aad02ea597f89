"""The bulkhead: entering, waiting, leaving; coroutines, threads, processes."""

from __future__ import annotations

import asyncio
import copy
import gc
import pickle
import signal
import subprocess
import threading
import time
from typing import Any, Callable

import pytest
from conftest import PATIENCE, collected, eventually, forked, joined
from holysheep_cb import Bulkhead, BulkheadFullError, BulkheadPermit, ConfigError, Error

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork")

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def bulkhead(request: pytest.FixtureRequest) -> Bulkhead:
    """Two seats, and two that may wait."""
    return Bulkhead(request.node.name, limit=2, max_waiting=2)


def test_no_more_than_the_limit_are_in(bulkhead: Bulkhead) -> None:
    first, second = bulkhead.try_enter(), bulkhead.enter()
    assert first is not None and bulkhead.try_enter() is None
    shown = bulkhead.snapshot()
    assert (shown.limit, shown.max_waiting, shown.active, shown.available, shown.waiting) == (2, 2, 2, 0, 0)
    assert (shown.entered, shown.refused, shown.reclaimed, shown.private) == (2, 1, 0, False)
    with first:
        assert first.pending
    assert not first.pending
    first.leave()
    third = bulkhead.try_enter()
    assert third is not None and bulkhead.snapshot().active == 2, "leaving twice leaves one seat"
    second.leave()
    third.leave()
    assert bulkhead.snapshot().active == 0


def test_a_permit_that_is_dropped_leaves_its_seat(bulkhead: Bulkhead) -> None:
    permit = bulkhead.enter()
    cycle: list[Any] = [permit, bulkhead]
    cycle.append(cycle)
    del permit, cycle
    collected()
    assert bulkhead.snapshot().active == 0
    with pytest.raises(TypeError):
        BulkheadPermit()


def test_permits_in_a_circle_with_their_bulkhead() -> None:
    def circle() -> None:
        bulkhead = Bulkhead("circle", "billing", limit=100)
        held: list[Any] = [bulkhead, *(bulkhead.enter() for _ in range(50))]
        held.append(held)

    for _ in range(20):
        circle()
        gc.collect()
    assert Bulkhead("circle", "billing").snapshot().active == 0


def test_blocks(bulkhead: Bulkhead) -> None:
    with bulkhead, bulkhead:
        assert bulkhead.snapshot().active == 2
    with pytest.raises(ZeroDivisionError), bulkhead:
        1 / 0  # noqa: B018
    assert bulkhead.snapshot().active == 0

    def interleaved() -> Any:
        with bulkhead:
            yield

    one, other = interleaved(), interleaved()
    next(one), next(other)
    one.close()
    assert bulkhead.snapshot().active == 1
    other.close()
    assert bulkhead.snapshot().active == 0


def test_waiting_has_a_limit(bulkhead: Bulkhead) -> None:
    with bulkhead, bulkhead:
        begun = time.monotonic()
        with pytest.raises(BulkheadFullError) as raised:
            bulkhead.enter(timeout=0.15)
        assert time.monotonic() - begun >= 0.14
    error = raised.value
    assert (error.limit, error.waiting, error.name) == (2, 0, bulkhead.name)
    assert str(error) == f"the bulkhead {bulkhead.name!r} is full: 2 calls are in flight, and 0 wait"
    assert isinstance(error, Error) and str(pickle.loads(pickle.dumps(error))) == str(error)
    assert bulkhead.snapshot().refused == 1


def test_so_many_wait_and_no_more(bulkhead: Bulkhead) -> None:
    permits = [bulkhead.enter(), bulkhead.enter()]
    inside = []
    waiters = [threading.Thread(target=lambda: inside.append(bulkhead.enter())) for _ in range(2)]
    for waiter in waiters:
        waiter.start()
    eventually(lambda: bulkhead.snapshot().waiting == 2)
    with pytest.raises(BulkheadFullError) as raised:
        bulkhead.enter()
    assert raised.value.waiting == 2
    for permit in permits:
        permit.leave()
    for waiter in waiters:
        waiter.join(PATIENCE)
    assert len(inside) == 2 and bulkhead.snapshot().waiting == 0
    bulkhead.configure(limit=2, max_waiting=0)
    with pytest.raises(BulkheadFullError):
        bulkhead.enter()
    bulkhead.configure(limit=3, max_waiting=0)
    bulkhead.enter().leave()


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"limit": 513}, "limit is 513, but must be within 1..=512"),
    ({"max_waiting": 129}, "max_waiting is 129, but must be within 0..=128"),
    ({"burst": 1}, "burst is 1, but there is no such field; allowed are limit, max_waiting"),
]


@pytest.mark.parametrize(("fields", "message"), WRONG)
def test_a_mistake_is_named(bulkhead: Bulkhead, fields: dict[str, Any], message: str) -> None:
    for act in (lambda: Bulkhead("wrong", **fields), lambda: bulkhead.configure(**fields)):
        with pytest.raises(ConfigError) as raised:
            act()
        assert message in str(raised.value)
    assert bulkhead.config == {"limit": 2, "max_waiting": 2}


def test_an_existing_one_keeps_its_configuration(bulkhead: Bulkhead, caplog: pytest.LogCaptureFixture) -> None:
    assert Bulkhead(bulkhead.name, limit=3).config == bulkhead.config
    assert "existed with another configuration, and keeps it" in caplog.text


def test_it_is_a_handle(bulkhead: Bulkhead) -> None:
    assert repr(bulkhead) == f"<Bulkhead {bulkhead.name!r} of this process>"
    for act in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match=r"a Bulkhead cannot be pickled or copied: .*Bulkhead\(name, segment\)"):
            act(bulkhead)
        with pytest.raises(TypeError, match=r"a BulkheadPermit cannot be pickled or copied: .*leave it here"):
            act(bulkhead.enter())


def test_hundreds_of_coroutines_crowd_at_the_door() -> None:
    bulkhead = Bulkhead("asyncio", limit=5)
    inside = most = done = 0

    async def call() -> None:
        nonlocal inside, most, done
        async with bulkhead:
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.001)
            inside -= 1
            done += 1

    async def main() -> list[Any]:
        return await asyncio.gather(*(call() for _ in range(300)), return_exceptions=True)

    ends = asyncio.run(main())
    refused = [end for end in ends if end is not None]
    assert all(isinstance(end, BulkheadFullError) for end in refused)
    assert (most, done, len(refused)) == (5, 133, 167), "five go, 128 wait, the others are told at once"
    shown = bulkhead.snapshot()
    assert (shown.active, shown.waiting, shown.entered, shown.refused) == (0, 0, 133, 167)


def test_a_coroutine_that_is_cancelled_holds_nothing(bulkhead: Bulkhead) -> None:
    async def main() -> None:
        async with bulkhead, bulkhead:
            waiters = [asyncio.ensure_future(bulkhead.enter_async()) for _ in range(2)]
            await asyncio.sleep(0.01)
            assert bulkhead.snapshot().waiting == 2
            with pytest.raises(BulkheadFullError):
                await bulkhead.enter_async()
            for waiter in waiters:
                waiter.cancel()
            await asyncio.gather(*waiters, return_exceptions=True)
            assert bulkhead.snapshot().waiting == 0
            with pytest.raises(BulkheadFullError):
                await bulkhead.enter_async(timeout=0.05)
        permit = await bulkhead.enter_async(timeout=0)
        permit.leave()

    asyncio.run(main())
    assert bulkhead.snapshot().active == 0


def test_a_coroutine_waits_for_a_thread(bulkhead: Bulkhead) -> None:
    async def main() -> None:
        permits = [bulkhead.enter(), bulkhead.enter()]
        threading.Timer(0.05, permits[0].leave).start()
        async with bulkhead:
            assert not permits[0].pending

    asyncio.run(main())


def test_a_waiting_thread_hears_ctrl_c(python: Start) -> None:
    program = """
import signal, threading, holysheep_cb as h
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background has none
bulkhead = h.Bulkhead('relay', limit=1)
with bulkhead:
    threading.Timer(0.05, print, ['waiting'], {'flush': True}).start()
    try:
        bulkhead.enter()
    except KeyboardInterrupt:
        print(bulkhead.snapshot().waiting)
"""
    child = python(program)
    assert child.stdout is not None and child.stdout.readline() == "waiting\n"
    child.send_signal(signal.SIGINT)
    assert child.communicate(timeout=PATIENCE)[0] == "0\n"


def test_the_seat_of_a_worker_that_is_killed_comes_back(python: Start) -> None:
    bulkhead = Bulkhead("relay", "billing", limit=2)
    program = """
import time, holysheep_cb as h
with h.Bulkhead('relay', 'billing'):
    print('inside', flush=True)
    time.sleep(60)
"""
    child = python(program)
    assert child.stdout is not None and child.stdout.readline() == "inside\n"
    with bulkhead:
        assert bulkhead.try_enter() is None
        child.kill()
        assert child.wait(PATIENCE) == -signal.SIGKILL
        with bulkhead.enter(timeout=PATIENCE):
            assert bulkhead.snapshot().reclaimed == 1


def test_forked_workers_share_the_seats() -> None:
    bulkhead = Bulkhead("relay", "billing", limit=3)
    with bulkhead:
        permit = bulkhead.enter()

        def work() -> bool:
            own = Bulkhead("relay", "billing").try_enter()
            permit.leave()
            return own is not None and bulkhead.try_enter() is None

        assert joined(forked(work)) == 0
        assert bulkhead.snapshot().active == 2, "the child left its own seat, and not its parent's"
        permit.leave()
    assert bulkhead.snapshot().active == 0


def test_a_fork_inside_of_a_block() -> None:
    bulkhead = Bulkhead("relay", "billing", limit=1)

    def work() -> bool:
        bulkhead._inside.pop().leave()  # as the end of the block does
        return bulkhead.try_enter() is None

    with bulkhead:
        assert joined(forked(work)) == 0
        assert bulkhead.snapshot().active == 1
