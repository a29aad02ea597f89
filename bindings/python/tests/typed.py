"""What a type checker sees; scripts/test_python has mypy read it, nobody runs it."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Optional, Union

from holysheep_cb import (
    Breaker,
    Bulkhead,
    BulkheadPermit,
    BulkheadSnapshot,
    CircuitOpenError,
    Event,
    Limiter,
    LimiterSnapshot,
    Mode,
    Permit,
    Segment,
    Snapshot,
)
from holysheep_cb.client import Answer, AsyncClient, AsyncStream, Client, ClientError, Piece, Request, Stream, Usage
from typing_extensions import assert_type

breaker = Breaker("relay", "billing", failure_threshold=3, open=timedelta(seconds=5), window="calls")

limiter = Limiter("relay", "billing", limit=600, period=timedelta(minutes=1), burst=20)
bulkhead = Bulkhead("relay", Segment("billing"), limit=20, max_waiting=0)


def ask(question: str, *, model: str = "m") -> int:
    return len(question)


async def ask_later(question: str) -> int:
    return len(question)


@breaker
def decorated(question: str) -> int:
    return len(question)


@breaker.using(fallback=[])
async def stream(question: str) -> AsyncIterator[str]:
    yield question


class Relay:
    @breaker
    def ask(self, question: str) -> bytes:
        return question.encode()


assert_type(breaker.call(ask, "Hi", model="x"), int)
assert_type(decorated("Hi"), int)
assert_type(stream("Hi"), AsyncIterator[str])
assert_type(Relay().ask("Hi"), bytes)
assert_type(breaker.state, Mode)
assert_type(breaker.snapshot(), Snapshot)
assert_type(breaker.latency(0.5), Optional[float])
with breaker as permit:
    assert_type(permit, Permit)
for event in Segment("billing").events():
    assert_type(event, Event)
assert_type(limiter.try_acquire(5), bool)
assert_type(limiter.snapshot(), LimiterSnapshot)
assert_type(limiter.retry_after(), float)
limiter.correct(remaining=3, reset=timedelta(seconds=1))
assert_type(bulkhead.try_enter(), Optional[BulkheadPermit])
assert_type(bulkhead.snapshot(), BulkheadSnapshot)
with limiter, bulkhead, bulkhead.enter(timeout=1) as seat:
    assert_type(seat, BulkheadPermit)


async def main() -> None:
    assert_type(await breaker.call(ask_later, "Hi"), int)
    async with breaker as permit:
        assert_type(permit, Permit)
    async with limiter, bulkhead:
        await limiter.acquire_async(5, timeout=1)
    with await bulkhead.enter_async() as seat:
        assert_type(seat, BulkheadPermit)
    async for event in Segment("billing").events():
        assert_type(event, Event)


def waits(error: CircuitOpenError) -> Iterator[float]:
    if error.retry_after is not None:
        yield error.retry_after


relay = Client({"routes": []}, "billing")
assert_type(relay.chat("m", "Hi", temperature=0, timeout=timedelta(seconds=5)), Answer)
assert_type(relay.send("/models", cache=False).meta.usage, Optional[Usage])
assert_type(relay.models().text, Optional[str])
assert_type(relay.batch([Request.chat("m", "Hi")], progress=lambda done, of: None), list[Union[Answer, ClientError]])
with relay, relay.chat_stream("m", "Hi") as pieces:
    assert_type(pieces, Stream)
    for piece in pieces:
        assert_type(piece, Piece)


async def ask_relay() -> None:
    async with AsyncClient("{}", max_concurrency=8) as client:
        assert_type(await client.chat("m", [{"role": "user", "content": "Hi"}]), Answer)
        async with client.chat_stream("m", "Hi") as pieces:
            assert_type(pieces, AsyncStream)
            async for piece in pieces:
                assert_type(piece.text, str)


breaker.call(ask, 7)  # type: ignore[arg-type]
decorated()  # type: ignore[call-arg]
Breaker("relay", open_ms="5")  # type: ignore[arg-type]
Breaker("relay", fail_max=5)  # type: ignore[call-arg]
Breaker("relay", window="hours")  # type: ignore[arg-type]
permit.throttled("1")  # type: ignore[arg-type]
Limiter("relay", limit="5")  # type: ignore[arg-type]
Limiter("relay", max_waiting=5)  # type: ignore[call-arg]
Bulkhead("relay", burst=5)  # type: ignore[call-arg]
limiter.correct(60)  # type: ignore[call-arg]
Client(7)  # type: ignore[arg-type]
relay.send("/models", timeout="5")  # type: ignore[arg-type]
