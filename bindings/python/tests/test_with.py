"""``with breaker``: a permit for each entry, however entries interleave."""

from __future__ import annotations

import asyncio
import collections.abc
import contextlib
import threading
from collections.abc import Iterator

import pytest
from conftest import eventually
from holysheep_cb import Breaker, CircuitOpenError, Permit


def outcomes(breaker: Breaker) -> tuple[int, int, int, int]:
    """Successes, failures, ignored, late."""
    totals = breaker.snapshot().totals
    return totals.successes, totals.failures, totals.ignored, totals.late


def test_a_block_is_a_call(breaker: Breaker) -> None:
    with breaker as permit:
        assert isinstance(permit, Permit) and permit.pending
    with pytest.raises(OSError), breaker:
        raise OSError
    assert outcomes(breaker) == (1, 1, 0, 0)
    breaker.trip()
    with pytest.raises(CircuitOpenError), breaker:
        pytest.fail("it was entered")


def test_a_block_may_give_its_permit_back_itself(breaker: Breaker) -> None:
    with breaker as permit:
        permit.ignore()
    with pytest.raises(OSError), breaker as permit:
        permit.throttled(1)
        raise OSError
    assert outcomes(breaker) == (0, 1, 1, 0)


def test_nested(breaker: Breaker) -> None:
    with breaker as outer:
        with contextlib.suppress(OSError), breaker as inner:
            assert inner is not outer
            raise OSError
        assert outer.pending and not inner.pending
    assert outcomes(breaker) == (1, 1, 0, 0)


def entered(breaker: Breaker) -> Iterator[Permit]:
    with breaker as permit:
        yield permit


def test_interleaved_generators_keep_their_own(request: pytest.FixtureRequest) -> None:
    """The first was admitted before the trip, the second is a probe after it. The first ends first, which in a stack
    would give back the second's permit: the late result would close the breaker.

        first   |--closed-----------------------success (late)
        second                 |--half-open--------------------success
    """
    breaker = Breaker(request.node.name, open_ms=20, success_threshold=2)
    first = entered(breaker)
    next(first)
    breaker.trip()
    eventually(breaker.would_admit)
    second = entered(breaker)
    next(second)
    assert breaker.state == "half-open"
    assert next(first, None) is None
    assert outcomes(breaker) == (0, 0, 0, 1)
    assert breaker.snapshot().probes_in_flight == 1
    assert next(second, None) is None
    assert outcomes(breaker) == (1, 0, 0, 1)


def test_a_block_may_end_in_another_thread(breaker: Breaker) -> None:
    generator = entered(breaker)
    permit = next(generator)
    thread = threading.Thread(target=lambda: next(generator, None))
    with breaker:
        thread.start()
        thread.join()
        assert not permit.pending
    assert outcomes(breaker) == (2, 0, 0, 0)


def test_a_block_that_is_closed_was_ignored(breaker: Breaker) -> None:
    generator = entered(breaker)
    next(generator)
    generator.close()  # type: ignore[attr-defined]
    assert outcomes(breaker) == (0, 0, 1, 0)


def test_exit_stacks(breaker: Breaker) -> None:
    other = Breaker("another", failure_threshold=1, failure_rate=0)
    with pytest.raises(OSError), contextlib.ExitStack() as stack:
        stack.enter_context(breaker)
        stack.enter_context(other)
        stack.enter_context(breaker)
        raise OSError
    assert outcomes(breaker) == (0, 2, 0, 0)
    assert other.state == "open"


def test_async_exit_stacks(breaker: Breaker) -> None:
    async def main() -> None:
        async with contextlib.AsyncExitStack() as stack:
            permit = await stack.enter_async_context(breaker)
            assert permit.pending
            stack.enter_context(breaker)

    asyncio.run(main())
    assert outcomes(breaker) == (2, 0, 0, 0)


def test_steps_by_hand_are_refused_with_advice(breaker: Breaker) -> None:
    with pytest.raises(TypeError, match=r"breaker\.admit\(\) gives a permit"):
        breaker.__enter__()
    exit_of_another = Breaker("another").__exit__
    with pytest.raises(TypeError, match="entered by a with statement"):
        breaker.__enter__()
    exit_of_another(None, None, None)
    assert outcomes(breaker) == (0, 0, 0, 0)


def test_it_is_a_context_manager(breaker: Breaker) -> None:
    assert isinstance(breaker, contextlib.AbstractContextManager)
    assert isinstance(breaker, contextlib.AbstractAsyncContextManager)


def test_threads(breaker: Breaker) -> None:
    rounds, threads = 500, 8

    def work(number: int) -> None:
        for turn in range(rounds):
            with contextlib.suppress(KeyboardInterrupt), breaker as permit:
                assert permit.pending
                if (turn + number) % 2:
                    raise KeyboardInterrupt

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert outcomes(breaker) == (rounds * threads // 2, 0, rounds * threads // 2, 0)


def test_async_with(breaker: Breaker) -> None:
    async def main() -> None:
        async with breaker as permit:
            assert permit.pending
            await asyncio.sleep(0)
        assert not permit.pending
        with pytest.raises(OSError):
            async with breaker:
                raise OSError
        breaker.trip()
        with pytest.raises(CircuitOpenError):
            async with breaker:
                pytest.fail("it was entered")

    asyncio.run(main())
    assert outcomes(breaker) == (1, 1, 0, 0)


def test_what_async_with_awaits_is_a_coroutine(breaker: Breaker) -> None:
    exit_ = breaker.__aexit__
    entering = breaker.__aenter__()
    assert isinstance(entering, collections.abc.Coroutine)
    permit = asyncio.run(entering)
    assert permit.pending
    asyncio.run(exit_(None, None, None))
    assert not permit.pending


def test_tasks(breaker: Breaker) -> None:
    tasks = 300

    arrived: list[int] = []

    async def work(number: int, rendezvous: asyncio.Event) -> None:
        async with breaker as permit:
            with breaker:
                await asyncio.sleep(number % 3 / 1000)
            arrived.append(number)
            await rendezvous.wait()
            assert permit.pending

    async def main() -> None:
        rendezvous = asyncio.Event()
        running = [asyncio.create_task(work(number, rendezvous)) for number in range(tasks)]
        while len(arrived) < tasks:
            await asyncio.sleep(0)
        for task in running[: tasks // 3]:
            task.cancel()
        rendezvous.set()
        results = await asyncio.gather(*running, return_exceptions=True)
        assert sum(isinstance(result, asyncio.CancelledError) for result in results) == tasks // 3

    asyncio.run(main())
    assert outcomes(breaker) == (2 * tasks - tasks // 3, 0, tasks // 3, 0)
