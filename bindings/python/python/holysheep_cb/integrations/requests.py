"""Breakers in requests:

session.mount("https://", BreakerAdapter(segment="billing"))
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Callable
from urllib.parse import urlsplit

try:
    import requests
except ImportError as error:
    raise ImportError(f"{__name__} needs requests; install it with:  pip install requests") from error

import urllib3  # comes with requests
from requests.adapters import BaseAdapter, HTTPAdapter

from .. import errors
from .._backend import Permit
from ._breakers import Breakers, Options, soon
from ._exchange import Errors, Exchange

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["BreakerAdapter", "CircuitOpenError"]


class CircuitOpenError(errors.CircuitOpenError, requests.ConnectionError):
    """The request was not sent, because the breaker rejects calls."""

    def __init__(
        self, name: str, mode: str, retry_after: float | None, request: requests.PreparedRequest | None = None
    ) -> None:
        requests.ConnectionError.__init__(self, request=request)
        errors.CircuitOpenError.__init__(self, name, mode, retry_after)


_ERRORS = Errors(
    failures=(requests.ConnectionError, requests.Timeout, requests.exceptions.RetryError),
    own=(CircuitOpenError,),
    timeouts=(urllib3.exceptions.TimeoutError,),
)


class BreakerAdapter(BaseAdapter):
    """Sends requests through breakers.

    :param adapter: what sends them; default: a new ``HTTPAdapter()``.
    :param options: see :class:`Options`.

    A body has stalled when the read timeout of the request is over (``timeout=(connect, read)``).
    """

    def __init__(self, adapter: BaseAdapter | None = None, **options: Unpack[Options]) -> None:
        super().__init__()
        self._inner = HTTPAdapter() if adapter is None else adapter
        self._breakers = Breakers(**options)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        answer = self._ask(request)
        if (wait := soon(answer)) is not None:
            time.sleep(wait)
            answer = self._ask(request)
        if isinstance(answer, errors.CircuitOpenError):
            raise CircuitOpenError(answer.name, answer.mode, answer.retry_after, request)
        exchange = Exchange(answer, _ERRORS)
        try:
            response = self._inner.send(request, stream, timeout, verify, cert, proxies)  # type: ignore[arg-type]
        except BaseException as error:
            exchange.failed(error)
            raise
        exchange.answered(response.status_code, response.headers.items(), response.headers.get("content-encoding"))
        _watch(response.raw, exchange)
        return response

    def _ask(self, request: requests.PreparedRequest) -> Permit | errors.CircuitOpenError:
        host = urlsplit(request.url or "").netloc.rpartition("@")[2]
        body = request.body.encode() if isinstance(request.body, str) else request.body
        return self._breakers.ask(host, body if isinstance(body, bytes) else b"")

    def close(self) -> None:
        self._inner.close()


class _Judged(urllib3.HTTPResponse):
    """The body of a response, judged as it passes: whatever reads it comes through here."""

    _exchange: Exchange
    _decodes = False
    """What is read decoded is plain."""
    _reading = False
    """A read is under way. If it fails, urllib3 closes the response before it says why."""

    def read(self, amt: int | None = None, decode_content: bool | None = None, cache_content: bool = False) -> bytes:
        data: bytes = self._judged(super().read, amt, decode_content, cache_content)
        self._passed(data, decode_content)
        if amt is None or amt < 0 or (amt > 0 and not data):
            self._exchange.ended("complete")
        return data

    def read1(self, amt: int | None = None, decode_content: bool | None = None) -> bytes:
        data: bytes = self._judged(super().read1, amt, decode_content)
        self._passed(data, decode_content)
        if amt != 0 and not data:
            self._exchange.ended("complete")
        return data

    def read_chunked(self, amt: int | None = None, decode_content: bool | None = None) -> Iterator[bytes]:  # type: ignore[override]
        chunks = super().read_chunked(amt, decode_content)
        while (data := self._judged(next, chunks, None)) is not None:
            self._passed(data, decode_content)
            yield data
        self._exchange.ended("complete")

    def stream(self, amt: int | None = 2**16, decode_content: bool | None = None) -> Iterator[bytes]:  # type: ignore[override]
        yield from super().stream(amt, decode_content)
        self._exchange.ended("complete")

    def close(self) -> None:
        if not self._reading:
            self._exchange.ended("complete" if self.length_remaining == 0 else "abandoned")
        super().close()

    def _judged(self, read: Callable[..., Any], *args: Any) -> Any:
        self._reading = True
        try:
            return read(*args)
        except BaseException as error:
            self._exchange.broke(error)
            raise
        finally:
            self._reading = False

    def _passed(self, data: bytes, decode_content: bool | None) -> None:
        decoded = self.decode_content if decode_content is None else decode_content
        self._exchange.passed(data, self._decodes and decoded)


def _watch(raw: Any, exchange: Exchange) -> None:
    """Shows a body to its exchange."""
    if raw.__class__ is not urllib3.HTTPResponse:
        exchange.unseen()
        return
    raw.__class__ = _Judged  # in place: the user gets what the adapter made
    judged: Any = raw
    judged._exchange = exchange
    judged._decodes = raw.headers.get("content-encoding", "").lower() in raw.CONTENT_DECODERS
