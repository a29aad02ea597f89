"""Generators and async generators: streams, judged at their end."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from typing import Any, Callable

import pytest
from conftest import collected
from holysheep_cb import Breaker, CircuitOpenError


def outcomes(breaker: Breaker) -> tuple[int, int, int]:
    """Successes, failures, ignored."""
    totals = breaker.snapshot().totals
    return totals.successes, totals.failures, totals.ignored


def tokens(count: int) -> Generator[int, Any, str]:
    yield from range(count)
    return "the end"


def breaks_off() -> Iterator[int]:
    yield 1
    raise ConnectionError("cut")


async def async_tokens(count: int) -> AsyncIterator[int]:
    for token in range(count):
        await asyncio.sleep(0)
        yield token


async def async_breaks_off() -> AsyncIterator[int]:
    yield 1
    raise ConnectionError("cut")


ways = pytest.mark.parametrize(
    "way", [lambda b, f: b(f), lambda b, f: lambda *args: b.call(f, *args)], ids=["decorator", "call"]
)
Way = Callable[[Breaker, Callable[..., Any]], Callable[..., Any]]


@ways
def test_a_generator(way: Way, breaker: Breaker) -> None:
    stream = way(breaker, tokens)(3)
    assert outcomes(breaker) == (0, 0, 0)
    assert list(stream) == [0, 1, 2]
    assert outcomes(breaker) == (1, 0, 0)
    with pytest.raises(ConnectionError, match="cut"):
        list(way(breaker, breaks_off)())
    assert outcomes(breaker) == (1, 1, 0)


@ways
def test_a_generator_that_is_closed_or_dropped_was_ignored(way: Way, breaker: Breaker) -> None:
    stream = way(breaker, tokens)(3)
    next(stream)
    stream.close()
    stream = way(breaker, tokens)(3)
    next(stream)
    del stream
    collected()
    assert outcomes(breaker) == (0, 0, 2)
    for _ in way(breaker, tokens)(3):
        break
    collected()
    assert outcomes(breaker) == (0, 0, 3)


def test_generators_pass_everything_on(breaker: Breaker) -> None:
    def echo() -> Generator[Any, Any, str]:
        got = yield "first"
        try:
            got = yield got
        except ValueError:
            got = yield "caught"
        return f"end {got}"

    stream = breaker(echo)()
    assert inspect.isgeneratorfunction(breaker(echo))
    assert next(stream) == "first"
    assert stream.send("sent") == "sent"
    assert stream.throw(ValueError()) == "caught"
    with pytest.raises(StopIteration) as stopped:
        stream.send("last")
    assert stopped.value.value == "end last"
    assert outcomes(breaker) == (1, 0, 0)


@ways
def test_an_async_generator(way: Way, breaker: Breaker) -> None:
    async def main() -> None:
        assert [token async for token in way(breaker, async_tokens)(3)] == [0, 1, 2]
        assert outcomes(breaker) == (1, 0, 0)
        with pytest.raises(ConnectionError, match="cut"):
            async for _ in way(breaker, async_breaks_off)():
                pass
        assert outcomes(breaker) == (1, 1, 0)

    asyncio.run(main())


@ways
def test_an_async_generator_that_is_closed_or_dropped_was_ignored(way: Way, breaker: Breaker) -> None:
    async def main() -> None:
        stream = way(breaker, async_tokens)(3)
        await stream.__anext__()
        await stream.aclose()
        assert outcomes(breaker) == (0, 0, 1)
        stream = way(breaker, async_tokens)(3)
        await stream.__anext__()
        del stream
        collected()
        while outcomes(breaker) == (0, 0, 1):  # the loop closes it
            await asyncio.sleep(0)
        assert outcomes(breaker) == (0, 0, 2)
        stream = way(breaker, async_tokens)(3)
        task = asyncio.ensure_future(stream.__anext__())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert outcomes(breaker) == (0, 0, 3)


@ways
def test_a_cleanup_that_raises_while_it_is_closed_is_no_failure(way: Way, breaker: Breaker) -> None:
    def stream() -> Iterator[int]:
        try:
            yield 1
        finally:
            raise ConnectionError("already closed")

    async def async_stream() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            raise ConnectionError("already closed")

    async def call() -> None:
        try:
            await Pause()
        finally:
            raise ConnectionError("already closed")

    class Pause:
        def __await__(self) -> Generator[None, None, None]:
            yield

    items = way(breaker, stream)()
    next(items)
    with pytest.raises(ConnectionError):
        items.close()
    assert outcomes(breaker) == (0, 0, 1)

    async def main() -> None:
        items = way(breaker, async_stream)()
        await items.__anext__()
        with pytest.raises(ConnectionError):
            await items.aclose()

    asyncio.run(main())
    assert outcomes(breaker) == (0, 0, 2)
    judging = Breaker(breaker.name, breaker.segment, failure_result=lambda result: False)
    for same in (breaker, judging):
        coroutine = way(same, call)()
        coroutine.send(None)
        with pytest.raises(ConnectionError):
            coroutine.close()
    assert outcomes(breaker) == (0, 0, 4)
    # It fails by itself, and that is one.
    with pytest.raises(ConnectionError):
        list(way(breaker, stream)())
    assert outcomes(breaker) == (0, 1, 4)


def test_a_failure_is_one_also_where_a_frame_further_out_is_closed(breaker: Breaker) -> None:
    def outer() -> Generator[int, None, None]:
        try:
            yield 1
        finally:
            with pytest.raises(ConnectionError):
                list(breaker(breaks_off)())

    items = outer()
    next(items)
    items.close()
    assert outcomes(breaker) == (0, 1, 0)


def test_contexts_in_a_circle_hang_nothing(breaker: Breaker) -> None:
    def fails() -> Iterator[int]:
        first, second = ConnectionError("first"), ConnectionError("second")
        first.__context__, second.__context__ = second, first
        yield 1
        raise first

    with pytest.raises(ConnectionError):
        list(breaker(fails)())
    assert outcomes(breaker) == (0, 1, 0)


def test_async_generators_pass_everything_on(breaker: Breaker) -> None:
    closed = []

    async def echo() -> AsyncGenerator[Any, Any]:
        try:
            got = yield "first"
            try:
                yield got
            except ValueError:
                yield "caught"
        finally:
            closed.append(1)

    async def main() -> None:
        stream = breaker(echo)()
        assert inspect.isasyncgenfunction(breaker(echo))
        assert await stream.asend(None) == "first"
        assert await stream.asend("sent") == "sent"
        assert await stream.athrow(ValueError()) == "caught"
        with pytest.raises(StopAsyncIteration):
            await stream.asend(None)

    asyncio.run(main())
    assert closed == [1]
    assert outcomes(breaker) == (1, 0, 0)


def test_rejected_at_the_first_item(breaker: Breaker) -> None:
    stream, async_stream = breaker(tokens)(3), breaker(async_tokens)(3)
    breaker.trip()
    with pytest.raises(CircuitOpenError):
        next(stream)

    async def main() -> None:
        with pytest.raises(CircuitOpenError):
            await async_stream.__anext__()

    asyncio.run(main())


def test_fallbacks_of_streams(breaker: Breaker) -> None:
    async def async_fallback(_: object, count: int) -> list[int]:
        return [count]

    breaker.trip()
    assert list(breaker.using(fallback=[7, 8])(tokens)(3)) == [7, 8]
    assert list(breaker.using(fallback=lambda _, count: [count])(tokens)(3)) == [3]
    assert list(breaker.using(fallback=[7, 8]).call(tokens, 3)) == [7, 8]

    async def collect(stream: Any) -> list[int]:
        return [token async for token in stream]

    assert asyncio.run(collect(breaker.using(fallback=[7, 8])(async_tokens)(3))) == [7, 8]
    assert asyncio.run(collect(breaker.using(fallback=async_fallback)(async_tokens)(3))) == [3]
    assert asyncio.run(collect(breaker.using(fallback=lambda *_: async_tokens(2))(async_tokens)(3))) == [0, 1]
    assert asyncio.run(collect(breaker.using(fallback=[7]).call(async_tokens, 3))) == [7]


def test_a_stream_with_a_fallback_that_breaks_off_fails(breaker: Breaker) -> None:
    got = []
    with contextlib.suppress(ConnectionError):
        for token in breaker.using(fallback=[9])(breaks_off)():
            got.append(token)
    assert got == [1]
    assert outcomes(breaker) == (0, 1, 0)
