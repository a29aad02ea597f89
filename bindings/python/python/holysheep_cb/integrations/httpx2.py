"""Breakers in httpx2:

client = httpx2.Client(transport=BreakerTransport(segment="billing"))
client = httpx2.AsyncClient(transport=AsyncBreakerTransport(segment="billing"))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

try:
    import httpx2
except ImportError as error:
    raise ImportError(f"{__name__} needs httpx2; install it with:  pip install httpx2") from error

from .. import errors
from ._breakers import Options
from ._transport import AsyncGuard, AsyncJudged, SyncGuard, SyncJudged, errors_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["AsyncBreakerTransport", "BreakerTransport", "CircuitOpenError"]


class CircuitOpenError(errors.CircuitOpenError, httpx2.TransportError):
    """The request was not sent, because the breaker rejects calls."""

    def __init__(self, name: str, mode: str, retry_after: float | None, request: httpx2.Request | None = None) -> None:
        httpx2.TransportError.__init__(self, "", request=request)
        errors.CircuitOpenError.__init__(self, name, mode, retry_after)


class _Stream(SyncJudged, httpx2.SyncByteStream):
    pass


class _AsyncStream(AsyncJudged, httpx2.AsyncByteStream):
    pass


class BreakerTransport(SyncGuard, httpx2.BaseTransport):
    """Sends requests through breakers.

    :param transport: what sends them; default: a new ``httpx2.HTTPTransport()``.
    :param chunk_timeout: seconds after which the body of a response has stalled, if not the client's read timeout;
        that is then for the headers alone.
    :param options: see :class:`Options`.
    """

    _errors = errors_of(httpx2)
    _bytes = httpx2.ByteStream
    _refused = CircuitOpenError
    _stream = _Stream

    def __init__(
        self,
        transport: httpx2.BaseTransport | None = None,
        *,
        chunk_timeout: float | None = None,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(httpx2.HTTPTransport() if transport is None else transport, chunk_timeout, options)


class AsyncBreakerTransport(AsyncGuard, httpx2.AsyncBaseTransport):
    """As :class:`BreakerTransport`, for asynchronous clients."""

    _errors = errors_of(httpx2)
    _bytes = httpx2.ByteStream
    _refused = CircuitOpenError
    _stream = _AsyncStream

    def __init__(
        self,
        transport: httpx2.AsyncBaseTransport | None = None,
        *,
        chunk_timeout: float | None = None,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(httpx2.AsyncHTTPTransport() if transport is None else transport, chunk_timeout, options)
