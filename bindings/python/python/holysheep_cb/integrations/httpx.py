"""Breakers in httpx:

client = httpx.Client(transport=BreakerTransport(segment="billing"))
client = httpx.AsyncClient(transport=AsyncBreakerTransport(segment="billing"))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

try:
    import httpx
except ImportError as error:
    raise ImportError(f"{__name__} needs httpx; install it with:  pip install httpx") from error

from .. import errors
from ._breakers import Options
from ._transport import AsyncGuard, AsyncJudged, SyncGuard, SyncJudged, errors_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["AsyncBreakerTransport", "BreakerTransport", "CircuitOpenError"]


class CircuitOpenError(errors.CircuitOpenError, httpx.TransportError):
    """The request was not sent, because the breaker rejects calls."""

    def __init__(self, name: str, mode: str, retry_after: float | None, request: httpx.Request | None = None) -> None:
        httpx.TransportError.__init__(self, "", request=request)
        errors.CircuitOpenError.__init__(self, name, mode, retry_after)


class _Stream(SyncJudged, httpx.SyncByteStream):
    pass


class _AsyncStream(AsyncJudged, httpx.AsyncByteStream):
    pass


class BreakerTransport(SyncGuard, httpx.BaseTransport):
    """Sends requests through breakers.

    :param transport: what sends them; default: a new ``httpx.HTTPTransport()``.
    :param chunk_timeout: seconds after which the body of a response has stalled, if not the client's read timeout;
        that is then for the headers alone.
    :param options: see :class:`Options`.
    """

    _errors = errors_of(httpx)
    _bytes = httpx.ByteStream
    _refused = CircuitOpenError
    _stream = _Stream

    def __init__(
        self,
        transport: httpx.BaseTransport | None = None,
        *,
        chunk_timeout: float | None = None,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(httpx.HTTPTransport() if transport is None else transport, chunk_timeout, options)


class AsyncBreakerTransport(AsyncGuard, httpx.AsyncBaseTransport):
    """As :class:`BreakerTransport`, for asynchronous clients."""

    _errors = errors_of(httpx)
    _bytes = httpx.ByteStream
    _refused = CircuitOpenError
    _stream = _AsyncStream

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        chunk_timeout: float | None = None,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(httpx.AsyncHTTPTransport() if transport is None else transport, chunk_timeout, options)
