"""What the transports for httpx and httpx2 share: the two have the same classes, each with its own types."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from types import ModuleType, TracebackType
from typing import Any

import anyio  # comes with both

from .._backend import Permit
from ..errors import CircuitOpenError
from ._breakers import Breakers, Options, soon
from ._exchange import Errors, Exchange


def errors_of(httpx: ModuleType) -> Errors:
    """What the exceptions of either library say."""
    return Errors(
        failures=(httpx.TransportError, OSError),
        own=(httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.PoolTimeout, CircuitOpenError),
        timeouts=(httpx.TimeoutException,),
    )


class Guard:
    """The part of a transport that does not wait."""

    _errors: Errors
    _bytes: type
    """A request's body that is there."""
    _refused: type[Any]
    """What is raised for a call that may not go; made of the breaker's own error and the request."""

    def __init__(self, transport: Any, chunk_timeout: float | None, options: Options) -> None:
        self._inner = transport
        self._chunk_timeout = chunk_timeout
        self._breakers = Breakers(**options)

    def _ask(self, request: Any) -> Permit | CircuitOpenError:
        return self._breakers.ask(request.url.netloc.decode("latin-1"), _body(request, self._bytes))

    def _admit(self, answer: Permit | CircuitOpenError, request: Any) -> Exchange:
        if isinstance(answer, CircuitOpenError):
            raise self._refused(answer.name, answer.mode, answer.retry_after, request)
        return Exchange(answer, self._errors)

    def _answered(self, exchange: Exchange, request: Any, response: Any) -> None:
        exchange.answered(response.status_code, response.headers.raw, response.headers.get("content-encoding"))
        timeout = request.extensions.get("timeout")
        if self._chunk_timeout is not None and timeout is not None and response.is_success:
            timeout["read"] = self._chunk_timeout  # by which the body is read; no other request will use it


class SyncGuard(Guard):
    """A transport that waits."""

    _stream: type[SyncJudged]

    def handle_request(self, request: Any) -> Any:
        answer = self._ask(request)
        if (wait := soon(answer)) is not None:
            time.sleep(wait)
            answer = self._ask(request)
        exchange = self._admit(answer, request)
        try:
            response = self._inner.handle_request(request)
        except BaseException as error:
            exchange.failed(error)
            raise
        self._answered(exchange, request, response)
        response.stream = self._stream(response.stream, exchange)
        return response

    def __enter__(self) -> Any:
        self._inner.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self._inner.__exit__(kind, value, traceback)

    def close(self) -> None:
        self._inner.close()


class AsyncGuard(Guard):
    """A transport that awaits."""

    _stream: type[AsyncJudged]

    async def handle_async_request(self, request: Any) -> Any:
        answer = self._ask(request)
        if (wait := soon(answer)) is not None:
            await anyio.sleep(wait)
            answer = self._ask(request)
        exchange = self._admit(answer, request)
        try:
            response = await self._inner.handle_async_request(request)
        except BaseException as error:
            exchange.failed(error)
            raise
        self._answered(exchange, request, response)
        response.stream = self._stream(response.stream, exchange)
        return response

    async def __aenter__(self) -> Any:
        await self._inner.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self._inner.__aexit__(kind, value, traceback)

    async def aclose(self) -> None:
        await self._inner.aclose()


class SyncJudged:
    """The body of a response, judged as it passes."""

    def __init__(self, inner: Any, exchange: Exchange) -> None:
        self._inner = inner
        self._exchange = exchange

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._inner:
                self._exchange.passed(chunk)
                yield chunk
        except BaseException as error:
            self._exchange.broke(error)
            raise
        self._exchange.ended("complete")

    def close(self) -> None:
        self._exchange.ended("abandoned")
        self._inner.close()


class AsyncJudged:
    """The same, awaited."""

    def __init__(self, inner: Any, exchange: Exchange) -> None:
        self._inner = inner
        self._exchange = exchange

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._inner:
                self._exchange.passed(chunk)
                yield chunk
        except BaseException as error:
            self._exchange.broke(error)
            raise
        self._exchange.ended("complete")

    async def aclose(self) -> None:
        self._exchange.ended("abandoned")
        await self._inner.aclose()


def _body(request: Any, kind: type) -> bytes:
    """What a request sends, where that is there (``kind``); what is streamed is left for the transport."""
    return bytes(request.read()) if isinstance(request.stream, kind) else b""
