"""The client for coroutines, against `hscb mock`."""

from __future__ import annotations

import asyncio
import pickle
import shlex
import time
from pathlib import Path

import pytest
from conftest import PATIENCE, collected, eventually, forked, joined
from holysheep_cb import Error, Segment
from holysheep_cb.client import AsyncClient, ClientError, Request
from hscb_mock import Mock
from test_client import KEY, MODEL, table

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork")


async def hung(mock: Mock, calls: int = 1) -> None:
    """Until so many calls hang."""
    limit = time.monotonic() + PATIENCE
    while mock.total("hung") < calls:
        assert time.monotonic() < limit
        await asyncio.sleep(0.005)


def test_every_method(mock: Mock) -> None:
    async def main() -> None:
        async with AsyncClient(table(mock), Segment()) as client:
            assert (await client.chat(MODEL, "Hi")).text
            assert (await client.models()).json()["data"]
            assert len((await client.embeddings("e", ["one", "two"])).json()["data"]) == 2
            with pytest.raises(ClientError, match="not_found"):
                await client.send("/nowhere")
            async with client.chat_stream(MODEL, "Hi") as stream:
                assert len([piece async for piece in stream if piece.text]) == 8
            assert stream.meta and stream.meta.route == "r"
            body = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}
            assert len((await client.stream("/chat/completions", body).text()).split()) == 8
            assert (await client.status())["routes"][0]["route"] == "r"
            await client.replace_table({"routes": [{"name": "other", "url": f"{mock.url}/v1"}]})
            assert (await client.chat(MODEL, "Hi")).meta.route == "other"
        with pytest.raises(Error, match="the client is closed"):
            await client.models()
        with pytest.raises(TypeError, match="an AsyncClient cannot be pickled"):
            pickle.dumps(client)
        assert repr(client) == "<AsyncClient of this process (closed)>"

    asyncio.run(main())


def test_opening_waits_for_a_key_command_and_the_loop_goes_on(mock: Mock, tmp_path: Path) -> None:
    script = f"cd {shlex.quote(str(tmp_path))}; touch begun; until [ -e go ]; do sleep 0.01; done; echo {KEY}"
    accounts = {"main": {"key_command": ["sh", "-c", script]}}
    routes = [{"name": "r", "url": f"{mock.url}/v1", "account": "main"}]

    async def main() -> None:
        opening = asyncio.ensure_future(AsyncClient.open(table(mock, routes=routes, accounts=accounts), Segment()))
        while not (tmp_path / "begun").exists():
            await asyncio.sleep(0.005)
        assert not opening.done()
        (tmp_path / "go").touch()
        async with await opening as client:
            assert (await client.chat(MODEL, "Hi")).meta.account == "main"

    asyncio.run(main())


def test_a_hundred_calls_at_once_and_the_loop_goes_on(mock: Mock) -> None:
    mock.phase("healthy", latency=200)
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        while True:
            begun = time.monotonic()
            await asyncio.sleep(0.005)
            longest = max(longest, time.monotonic() - begun)

    async def main() -> None:
        async with AsyncClient(table(mock), Segment(), max_concurrency=100) as client:
            ticker = asyncio.ensure_future(tick())
            answers = await asyncio.gather(*(client.chat(MODEL, str(number)) for number in range(100)))
            ticker.cancel()
            assert all(answer.text for answer in answers)

    begun = time.monotonic()
    asyncio.run(main())
    assert mock.received() == 100
    assert time.monotonic() - begun < 100 * 0.2 / 4, "they were made at once"
    assert 0 < longest < 1


def test_further_calls_wait_for_their_turn(mock: Mock) -> None:
    async def main() -> None:
        async with AsyncClient(table(mock), Segment(), max_concurrency=2) as client:
            mock.phase("hang")
            calls = [asyncio.ensure_future(client.chat(MODEL, str(number))) for number in range(5)]
            await hung(mock, 2)
            await asyncio.sleep(0.05)
            assert mock.received() == 2
            for some in (calls[2:], calls[:2]):  # first those that have not begun
                for call in some:
                    call.cancel()
                ends = await asyncio.gather(*some, return_exceptions=True)
                assert all(isinstance(end, asyncio.CancelledError) for end in ends)
            mock.phase("healthy")
            assert (await client.chat(MODEL, "Hi")).text

    asyncio.run(main())
    assert mock.received() == 3


def test_a_task_that_is_cancelled_breaks_its_call_off(mock: Mock) -> None:
    async def main() -> float:
        async with AsyncClient(table(mock), Segment()) as client:
            mock.phase("hang")
            call = asyncio.ensure_future(client.chat(MODEL, "Hi"))
            await hung(mock)
            begun = time.monotonic()
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            return time.monotonic() - begun

    assert asyncio.run(main()) < 1
    eventually(lambda: mock.total("abandoned") == 1)


def test_a_time_limit_around_a_call_breaks_it_off(mock: Mock) -> None:
    mock.phase("hang")

    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(AsyncClient(table(mock), Segment()).chat(MODEL, "Hi"), 0.2)

    asyncio.run(main())
    eventually(lambda: mock.total("abandoned") == 1)


@pytest.mark.parametrize("how", ["with", "cancelled", "dropped"])
def test_who_leaves_a_stream_breaks_the_call_off(mock: Mock, how: str) -> None:
    mock.phase("hang", after_chunks=2)

    async def main() -> None:
        client = AsyncClient(table(mock), Segment())
        stream = client.chat_stream(MODEL, "Hi")
        first = await stream.__anext__()
        assert first.data
        if how == "with":
            async with stream:
                pass
            assert [piece async for piece in stream] == []
        elif how == "cancelled":
            rest = asyncio.ensure_future(stream.text())
            await asyncio.sleep(0.05)
            rest.cancel()
            with pytest.raises(asyncio.CancelledError):
                await rest
        del stream
        collected()
        limit = time.monotonic() + PATIENCE
        while mock.total("abandoned") < 1:
            assert time.monotonic() < limit
            await asyncio.sleep(0.01)

    asyncio.run(main())


def test_a_batch_is_in_order_and_each_has_its_own_end(mock: Mock) -> None:
    requests = [Request.chat(MODEL, "a " * (number + 1)) for number in range(20)]
    requests[7] = Request("/nowhere")
    heard: list[tuple[int, int]] = []

    async def main() -> list[object]:
        async with AsyncClient(table(mock), Segment()) as client:
            results = await client.batch(requests, 4, lambda done, of: heard.append((done, of)))
            return [
                one.kind if isinstance(one, ClientError) else one.meta.usage and one.meta.usage.input for one in results
            ]

    assert asyncio.run(main()) == [*range(1, 8), "not_found", *range(9, 21)]
    assert heard == [(number, 20) for number in range(1, 21)]


def test_a_batch_that_is_cancelled_breaks_its_calls_off(mock: Mock) -> None:
    mock.phase("hang")

    async def main() -> None:
        client = AsyncClient(table(mock), Segment())
        batch = asyncio.ensure_future(client.batch([Request.chat(MODEL, str(number)) for number in range(9)], 3))
        await hung(mock, 3)
        batch.cancel()
        with pytest.raises(asyncio.CancelledError):
            await batch

    asyncio.run(main())
    eventually(lambda: mock.total("abandoned") == 3)
    assert mock.received() == 3


def test_forked_children_call_with_a_client_of_their_parent(mock: Mock) -> None:
    client = AsyncClient(table(mock), Segment())

    async def main() -> bool:
        answers = await asyncio.gather(*(client.chat(MODEL, str(number)) for number in range(8)))
        return all(answer.text for answer in answers)

    assert asyncio.run(main()), "so there are threads and connections"
    children = [forked(lambda: asyncio.run(main())) for _ in range(3)]
    assert [joined(pid) for pid in children] == [0] * 3
    assert asyncio.run(main())
