"""What does not depend on the library: which breaker, what is passed on, and what must never make a call fail."""

from __future__ import annotations

import asyncio
import importlib
import logging
import subprocess
import sys
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from holysheep_cb import Breaker, ConfigError, Response, Segment
from hscb_mock import Mock

from integrations.conftest import MODEL, ODD, SEGMENT, Odd, breaker_of, outcomes
from integrations.drivers import body

httpx = pytest.importorskip("httpx")
from holysheep_cb.integrations import httpx as guards  # noqa: E402


def client(server: Mock | Odd, transport: Any = None, **options: Any) -> Any:
    guard = guards.BreakerTransport(transport, **{"segment": SEGMENT, **options})
    return httpx.Client(transport=guard, base_url=server.url)


def test_a_request_body_that_is_streamed_is_not_read(odd: Odd) -> None:
    def parts() -> Iterator[bytes]:
        yield b'{"model": '
        yield b'"gpt-4.1"}'

    with client(odd) as http:
        http.post("/ok", content=parts())
        assert odd.body == b'{"model": "gpt-4.1"}'
        http.post("/ok", content=b"\xff\0")
    assert (outcomes(odd), outcomes(odd, model="")) == ((0, 0, 0), (2, 0, 0))


def test_requests_and_aiohttp_read_no_streamed_body_either(odd: Odd) -> None:
    aiohttp, requests = pytest.importorskip("aiohttp"), pytest.importorskip("requests")
    adapter = importlib.import_module("holysheep_cb.integrations.requests").BreakerAdapter(segment=SEGMENT)
    middleware = importlib.import_module("holysheep_cb.integrations.aiohttp").BreakerMiddleware(segment=SEGMENT)
    with requests.Session() as session:
        session.mount("http://", adapter)
        session.post(f"{odd.url}/ok", data=iter([b'{"model": "a"}']))
        assert odd.body == b'{"model": "a"}'

    async def parts() -> AsyncIterator[bytes]:
        yield b'{"model": "b"}'

    async def work() -> None:
        async with (
            aiohttp.ClientSession(middlewares=[middleware]) as session,
            session.post(f"{odd.url}/ok", data=parts()) as response,
        ):
            await response.read()

    asyncio.run(work())
    assert odd.body == b'{"model": "b"}'
    assert outcomes(odd, model="") == (2, 0, 0)


def test_responses_pass_as_they_are(odd: Odd) -> None:
    with client(odd) as guarded, httpx.Client(base_url=odd.url) as bare:
        for path, (status, _, _) in ODD.items():
            if path == "short":
                continue
            ours, theirs = guarded.post(f"/{path}"), bare.post(f"/{path}")
            assert ours.status_code == theirs.status_code == status
            assert ours.content == theirs.content
            assert {**ours.headers, "date": ""} == {**theirs.headers, "date": ""}
            assert ours.extensions.keys() == theirs.extensions.keys()


def test_streams_are_not_buffered(mock: Mock) -> None:
    """The first piece is there while the server has yet to send the others."""
    mock.phase("hang", after_chunks=1)
    with client(mock) as http, http.stream("POST", "/v1/chat/completions", json=body(MODEL, stream=True)) as response:
        assert next(response.iter_lines()).startswith("data: {")
    assert outcomes(mock) == (0, 0, 1)


def test_a_redirect_is_a_request_of_its_own(odd: Odd) -> None:
    with client(odd) as http:
        assert http.post("/redirect", follow_redirects=True, json={"model": MODEL}).status_code == 200
    assert outcomes(odd) == (2, 0, 0)


def test_one_breaker_for_all_requests(mock: Mock, odd: Odd) -> None:
    one = Breaker("one", SEGMENT)
    for server, path in ((mock, "/v1/models"), (odd, "/ok")):
        with httpx.Client(transport=guards.BreakerTransport(breaker=one), base_url=server.url) as http:
            http.get(path)
    assert one.snapshot().totals.successes == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"open_ms": 0}, "open_ms is 0, but must be within 1..=86400000"),
        ({"opn_ms": 1}, "opn_ms"),
        ({"max_breakers": 0}, "max_breakers is 0, but must be a number of at least 1"),
        ({"breaker": Breaker("one"), "open_ms": 5}, "breaker is given, and takes no other options, but there are"),
    ],
)
def test_mistakes_are_told_at_once(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        guards.BreakerTransport(**options)


def test_a_full_segment_fails_no_call(odd: Odd, caplog: pytest.LogCaptureFixture) -> None:
    segment = Segment("small", capacity=1)
    Breaker("another", segment)
    with client(odd, segment=segment, failure_threshold=1, failure_rate=0) as http, caplog.at_level(logging.WARNING):
        assert http.post("/ok", json={"model": MODEL}).status_code == 200
        assert "this process goes on with one of its own" in caplog.text
        http.post("/error-in-json", json={"model": MODEL})
        with pytest.raises(guards.CircuitOpenError):
            http.post("/ok", json={"model": MODEL})


def test_a_defect_in_the_judgement_fails_no_call(odd: Odd, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("planted")

    for method in ("headers", "body", "end"):
        with monkeypatch.context() as patch, client(odd) as http:
            patch.setattr(Response, method, broken, raising=False)
            assert http.post("/ok", json={"model": MODEL}).status_code == 200
    assert outcomes(odd) == (0, 0, 3)


def test_what_is_the_caller_s_own_doing_is_no_failure(mock: Mock) -> None:
    class Own(httpx.BaseTransport):  # type: ignore[misc, name-defined]
        def handle_request(self, request: Any) -> Any:
            raise httpx.PoolTimeout("all connections are in use")

    with client(mock, Own()) as http, pytest.raises(httpx.PoolTimeout):
        http.post("/", json={"model": MODEL})
    with client(mock) as http, pytest.raises(httpx.UnsupportedProtocol):
        http.get("gopher://127.0.0.1")
    assert outcomes(mock) == (0, 0, 1)


def test_transports_can_be_nested(mock: Mock) -> None:
    """The refusal of the inner one is no failure to the outer one."""
    breaker_of(mock).trip()
    inner = guards.BreakerTransport(segment=SEGMENT)
    with client(mock, inner, segment="outer") as http, pytest.raises(guards.CircuitOpenError):
        http.post("/v1/chat/completions", json={"model": MODEL})
    totals = Breaker(f"{mock.host}|{MODEL}", "outer").snapshot().totals
    assert (totals.failures, totals.ignored) == (0, 1)


@pytest.mark.parametrize("library", ["httpx", "httpx2", "requests", "aiohttp", "openai"])
def test_a_library_that_is_not_there_is_named(library: str) -> None:
    program = f"import sys; sys.modules[{library!r}] = None; import holysheep_cb.integrations.{library}"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stderr
    assert f"ImportError: holysheep_cb.integrations.{library} needs {library}; install it with:  pip install " in said


def test_the_package_needs_none_of_them() -> None:
    program = (
        "import sys, holysheep_cb, holysheep_cb.integrations\n"
        "print({'httpx', 'httpx2', 'requests', 'aiohttp', 'openai', 'anyio'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "set()\n"


def test_what_unpacks_to_more_than_it_should_is_not_shown() -> None:
    from holysheep_cb.integrations._exchange import decoder

    for coding, wbits in (("gzip", 31), ("deflate", 15)):
        packer = zlib.compressobj(wbits=wbits)
        bomb = packer.compress(bytes(64 << 20)) + packer.flush()
        shown = decoder(coding)
        assert shown is not None
        with pytest.raises(zlib.error, match="unpacks to more"):
            shown(bomb)
    small = zlib.compressobj(wbits=31)
    packed = small.compress(b"data: [DONE]\n\n") + small.flush()
    shown = decoder("gzip")
    assert shown is not None and shown(packed) == b"data: [DONE]\n\n"
