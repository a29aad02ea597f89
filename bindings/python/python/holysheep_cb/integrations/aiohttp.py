"""Breakers in aiohttp (3.12 or later):

session = aiohttp.ClientSession(middlewares=[BreakerMiddleware(segment="billing")])
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Callable

try:
    import aiohttp
    from aiohttp.payload import BytesPayload
    from aiohttp.streams import StreamReader
except ImportError as error:
    raise ImportError(f"{__name__} needs aiohttp; install it with:  pip install 'aiohttp>=3.12'") from error

from .. import errors
from .._backend import Permit
from ._breakers import Breakers, Options, soon
from ._exchange import Errors, Exchange

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["BreakerMiddleware", "CircuitOpenError"]


class CircuitOpenError(errors.CircuitOpenError, aiohttp.ClientConnectionError):
    """The request was not sent, because the breaker rejects calls."""


_ERRORS = Errors(
    failures=(aiohttp.ClientError, asyncio.TimeoutError, OSError),
    own=(aiohttp.InvalidURL, CircuitOpenError),
    timeouts=(asyncio.TimeoutError,),
)


class BreakerMiddleware:
    """Sends the requests of a session through breakers.

    :param chunk_timeout: seconds after which the body of a response has stalled, if not the session's ``sock_read``,
        which then is for the headers alone.
    :param options: see :class:`Options`.
    """

    def __init__(self, *, chunk_timeout: float | None = None, **options: Unpack[Options]) -> None:
        self._chunk_timeout = chunk_timeout
        self._breakers = Breakers(**options)

    async def __call__(
        self,
        request: aiohttp.ClientRequest,
        handler: Callable[[aiohttp.ClientRequest], Awaitable[aiohttp.ClientResponse]],
    ) -> aiohttp.ClientResponse:
        answer = await self._ask(request)
        if (wait := soon(answer)) is not None:
            await asyncio.sleep(wait)
            answer = await self._ask(request)
        if isinstance(answer, errors.CircuitOpenError):
            raise CircuitOpenError(answer.name, answer.mode, answer.retry_after)
        exchange = Exchange(answer, _ERRORS)
        try:
            response = await handler(request)
        except BaseException as error:
            exchange.failed(error)
            raise
        exchange.answered(response.status, response.raw_headers, response.headers.get("Content-Encoding"))
        response.content = _Content(response.content, exchange, decoded=request.session.auto_decompress)
        if self._chunk_timeout is not None and response.connection is not None:
            protocol = response.connection.protocol
            if protocol is not None:
                protocol.read_timeout = self._chunk_timeout
                protocol.start_timeout()
        return response

    async def _ask(self, request: aiohttp.ClientRequest) -> Permit | errors.CircuitOpenError:
        body = await request.body.as_bytes() if isinstance(request.body, BytesPayload) else b""
        return self._breakers.ask(request.url.host_port_subcomponent or "", body)


class _Content(StreamReader):
    """The body of a response, judged as it is read. Its state is that of the reader which the connection feeds."""

    __slots__ = ("_decoded", "_exchange", "_inner")

    def __init__(self, inner: StreamReader, exchange: Exchange, decoded: bool) -> None:
        self._inner = inner
        self._exchange = exchange
        self._decoded = decoded
        if inner.at_eof():
            exchange.ended("complete")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def read(self, n: int = -1) -> bytes:
        return await self._judged(self._inner.read(n))

    async def readany(self) -> bytes:
        return await self._judged(self._inner.readany())

    async def readexactly(self, n: int) -> bytes:
        return await self._judged(self._inner.readexactly(n))

    async def readline(self, **limit: Any) -> bytes:
        return await self._judged(self._inner.readline(**limit))

    async def readuntil(self, separator: bytes = b"\n", **limit: Any) -> bytes:
        return await self._judged(self._inner.readuntil(separator, **limit))

    async def readchunk(self) -> tuple[bytes, bool]:
        try:
            chunk, is_last = await self._inner.readchunk()
        except Exception as error:
            self._exchange.broke(error)
            raise
        return self._passed(chunk), is_last

    def read_nowait(self, n: int = -1) -> bytes:
        return self._passed(self._inner.read_nowait(n))

    async def _judged(self, read: Awaitable[bytes]) -> bytes:
        try:
            chunk = await read
        except Exception as error:  # a read that is cancelled may be followed by another
            self._exchange.broke(error)
            raise
        return self._passed(chunk)

    def _passed(self, chunk: bytes) -> bytes:
        self._exchange.passed(chunk, self._decoded)
        if self._inner.at_eof():
            self._exchange.ended("complete")
        return chunk

    def set_exception(self, *error: Any) -> None:
        """So the response says that it was closed."""
        self._exchange.ended("abandoned")
        self._inner.set_exception(*error)

    def exception(self) -> BaseException | None:
        return self._inner.exception()

    def is_eof(self) -> bool:
        return self._inner.is_eof()

    def at_eof(self) -> bool:
        return self._inner.at_eof()

    def on_eof(self, callback: Callable[[], None]) -> None:
        self._inner.on_eof(callback)

    async def wait_eof(self) -> None:
        await self._inner.wait_eof()

    def unread_data(self, data: bytes) -> None:
        self._inner.unread_data(data)
