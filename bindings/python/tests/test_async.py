"""Coroutines."""

from __future__ import annotations

import asyncio
import collections.abc
import inspect
import warnings
from collections.abc import Generator
from typing import Any

import holysheep_cb
import pytest
from conftest import collected, cpython_only
from holysheep_cb import Breaker, CircuitOpenError


def outcomes(breaker: Breaker) -> tuple[int, int, int]:
    """Successes, failures, ignored."""
    totals = breaker.snapshot().totals
    return totals.successes, totals.failures, totals.ignored


async def double(number: int) -> int:
    await asyncio.sleep(0)
    return 2 * number


async def fail() -> str:
    await asyncio.sleep(0)
    raise ConnectionError("down")


async def hang() -> None:
    await asyncio.Event().wait()


class Trap:
    """An awaitable that yields what it is told, and keeps what it is sent."""

    def __init__(self) -> None:
        self.sent: list[object] = []

    def __await__(self) -> Generator[str, Any, str]:
        self.sent.append((yield "first"))
        try:
            self.sent.append((yield "second"))
        except ValueError as error:
            self.sent.append(error.args[0])
        return "result"


@pytest.mark.parametrize("way", ["decorator", "call"])
def test_a_coroutine_is_judged_at_its_end(way: str, breaker: Breaker) -> None:
    async def main() -> None:
        doubled = breaker(double)(4) if way == "decorator" else breaker.call(double, 4)
        assert outcomes(breaker) == (0, 0, 0)
        assert await doubled == 8
        assert outcomes(breaker) == (1, 0, 0)
        for _ in range(2):
            with pytest.raises(ConnectionError, match="down"):
                await (breaker(fail)() if way == "decorator" else breaker.call(fail))
        assert breaker.state == "open"
        with pytest.raises(CircuitOpenError):
            await (breaker(double)(4) if way == "decorator" else breaker.call(double, 4))

    asyncio.run(main())
    assert outcomes(breaker) == (1, 2, 0)


@pytest.mark.parametrize("result", [None, 1, (1, 2), StopIteration("as a value"), OSError("as a value")])
def test_any_result_comes_through(result: object, breaker: Breaker) -> None:
    async def give() -> object:
        return result

    guarded = breaker(give)

    async def main() -> None:
        assert await guarded() is result
        assert await asyncio.create_task(guarded()) is result
        assert await breaker.call(give) is result

    asyncio.run(main())
    assert outcomes(breaker) == (3, 0, 0)


def test_it_is_a_coroutine_function(breaker: Breaker) -> None:
    guarded = breaker(double)
    assert asyncio.iscoroutinefunction(guarded)
    assert inspect.signature(guarded) == inspect.signature(double)
    assert inspect.iscoroutinefunction(guarded)
    coroutine = guarded(1)
    assert isinstance(coroutine, collections.abc.Coroutine)
    assert asyncio.iscoroutine(coroutine) and inspect.isawaitable(coroutine)
    assert coroutine.__qualname__ == "double"  # type: ignore[attr-defined]
    assert asyncio.run(coroutine) == 2


def test_tasks_and_timeouts(breaker: Breaker) -> None:
    async def main() -> None:
        task = asyncio.create_task(breaker(hang)(), name="hangs")
        await asyncio.sleep(0)
        assert "hangs" in repr(task) and task.get_stack() is not None
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(breaker(hang)(), 0.01)
        assert outcomes(breaker) == (0, 0, 2)

        @breaker
        async def bounded() -> None:
            await asyncio.wait_for(hang(), 0.01)

        with pytest.raises(asyncio.TimeoutError):
            await bounded()

    asyncio.run(main())
    assert outcomes(breaker) == (0, 1, 2)


def test_hundreds_of_tasks(breaker: Breaker) -> None:
    tasks = 500
    guarded = breaker(double)

    async def main() -> None:
        assert await asyncio.gather(*map(guarded, range(tasks))) == [2 * number for number in range(tasks)]
        hanging = [asyncio.ensure_future(breaker(hang)()) for _ in range(tasks)]
        await asyncio.sleep(0)
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)

    asyncio.run(main())
    assert outcomes(breaker) == (tasks, 0, tasks)


def test_one_that_is_never_awaited_asks_nothing(breaker: Breaker) -> None:
    said = []
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        # Only the text: a recorded warning keeps the coroutine that it is about.
        warnings.showwarning = lambda message, *_, **__: said.append(str(message))
        coroutine = breaker(double)(1)
        del coroutine
        collected()
        assert outcomes(breaker) == (0, 0, 0)
        coroutine = breaker.call(double, 1)
        del coroutine
        collected()
    assert any("never awaited" in text for text in said)
    assert outcomes(breaker) == (0, 0, 1)  # the second was admitted by call()
    assert breaker.snapshot().totals.rejected == 0


def test_a_rejected_one_leaves_no_coroutine_behind(breaker: Breaker) -> None:
    breaker.trip()

    async def main() -> None:
        coroutine = breaker(double)(1)
        with pytest.raises(CircuitOpenError):
            await coroutine
        with pytest.raises(RuntimeError, match="cannot reuse already awaited"):
            await coroutine

    asyncio.run(main())


def test_it_drives_like_the_coroutine_of_the_function(breaker: Breaker) -> None:
    trap = Trap()

    @breaker
    async def waits() -> str:
        return await trap

    coroutine = waits()
    assert coroutine.send(None) == "first"
    assert coroutine.send("to first") == "second"
    with pytest.raises(StopIteration) as stopped:
        coroutine.throw(ValueError("to second"))
    assert stopped.value.value == "result"
    assert trap.sent == ["to first", "to second"]
    assert outcomes(breaker) == (1, 0, 0)


def test_closed_early(breaker: Breaker) -> None:
    trap = Trap()

    @breaker
    async def waits() -> str:
        return await trap

    coroutine = waits()
    coroutine.send(None)
    coroutine.close()
    coroutine.close()
    assert outcomes(breaker) == (0, 0, 1)
    fresh = waits()
    fresh.close()
    thrown = waits()
    with pytest.raises(OSError):
        thrown.throw(OSError())
    assert outcomes(breaker) == (0, 0, 1)


def test_dropped_midway(breaker: Breaker) -> None:
    @breaker
    async def waits() -> str:
        return await Trap()

    coroutine = waits()
    coroutine.send(None)
    del coroutine
    collected()
    assert outcomes(breaker) == (0, 0, 1)


def test_awaited_while_it_runs(breaker: Breaker) -> None:
    class Itself:
        def __await__(self) -> Generator[Any, Any, None]:
            yield coroutine.send(None)

    @breaker
    async def waits() -> None:
        await Itself()

    coroutine = waits()
    with pytest.raises((RuntimeError, ValueError), match="already"):
        coroutine.send(None)
    assert sum(outcomes(breaker)) == 1


@pytest.mark.skipif(holysheep_cb.BACKEND != "native", reason="these are of the native module")
def test_only_functions_make_native_coroutines(breaker: Breaker) -> None:
    coroutine = breaker.call(double, 1)
    kind: Any = type(coroutine)
    with pytest.raises(TypeError, match="only a decorated async function"):
        kind()
    with pytest.raises(TypeError):
        object.__new__(kind)
    coroutine.close()


@cpython_only  # PyPy finalizes nothing inside of a cycle at once
def test_cycles_through_a_coroutine_are_collected(breaker: Breaker) -> None:
    class Keeper:
        coroutine: object = None

    died = []

    @breaker
    async def waits(keeper: Keeper) -> str:
        try:
            return await Trap()
        finally:
            died.append(keeper)

    keeper = Keeper()
    keeper.coroutine = waits(keeper)
    keeper.coroutine.send(None)
    del keeper
    collected()
    assert len(died) == 1
    died.clear()
    collected()
    assert outcomes(breaker) == (0, 0, 1)


def test_futures_and_other_awaitables_are_judged_when_awaited(breaker: Breaker) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert await breaker.call(loop.run_in_executor, None, lambda: 7) == 7
        assert await breaker.call(Later, "result") == "result"
        failing: asyncio.Future[int] = loop.create_future()
        failing.set_exception(ConnectionError())
        with pytest.raises(ConnectionError):
            await breaker.call(lambda: failing)

    class Later:
        def __init__(self, result: str) -> None:
            self.result = result

        def __await__(self) -> Generator[None, None, str]:
            yield
            return self.result

    asyncio.run(main())
    assert outcomes(breaker) == (2, 1, 0)


def test_fallbacks(breaker: Breaker) -> None:
    async def fallback(error: BaseException, *args: object) -> str:
        await asyncio.sleep(0)
        return f"{type(error).__name__}{args}"

    async def echo(text: str) -> str:
        return text

    async def main() -> None:
        for instead, expected in (("cached", "cached"), (fallback, "ConnectionError()")):
            judge = breaker.using(fallback=instead)
            assert await judge(fail)() == expected
            assert await judge.call(fail) == expected
            breaker.reset()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(breaker.using(fallback="cached")(hang)(), 0.01)
        breaker.trip()
        assert await breaker.using(fallback="cached")(echo)("new") == "cached"
        assert await breaker.using(fallback="cached").call(echo, "new") == "cached"
        assert await breaker.using(fallback=fallback).call(echo, "new") == "CircuitOpenError('new',)"

    asyncio.run(main())
