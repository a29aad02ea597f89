"""One request that was admitted, and its response as it passes."""

from __future__ import annotations

import contextlib
import logging
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Callable

from .._backend import Permit
from ..response import Response

logger = logging.getLogger("holysheep_cb")

_LONGEST = 1 << 20
"""Bytes of a chunk that the judge is shown unpacked; the core keeps no more than 64 KiB of a body."""

Kinds = tuple[type[BaseException], ...]
Headers = Iterable[tuple["str | bytes", "str | bytes"]]


@dataclass(frozen=True)
class Errors:
    """What a library's exceptions say. Those that it does not name say nothing of the service."""

    failures: Kinds
    """Raised instead of a response: the service could not be reached, or did not answer."""
    own: Kinds
    """Those of them that are the caller's own doing."""
    timeouts: Kinds
    """A read timed out."""


class Exchange:
    """Gives its permit back once: with the verdict on the response, or with what came instead of one. Dropped before
    that, the user broke off. Nothing in here raises."""

    def __init__(self, permit: Permit, errors: Errors) -> None:
        self._permit = permit
        self._errors = errors
        self._began = time.perf_counter()
        self._first_byte: float | None = None
        self._response: Response | None = None
        self._shown: Callable[[bytes], bytes] | None = None

    def failed(self, error: BaseException) -> None:
        """There is no response."""
        if isinstance(error, self._errors.failures) and not isinstance(error, self._errors.own):
            self._permit.failure()
        else:
            self._permit.ignore()

    def answered(self, status: int, headers: Headers, encoding: str | None = None) -> None:
        """The headers are in. ``encoding``: the content encoding in which the body will pass."""
        try:
            self._response = Response(status, headers)
            self._shown = decoder(encoding)
            if self._response.body(b""):
                self.ended("complete")
        except Exception:
            self._give_up()

    def passed(self, chunk: bytes, decoded: bool = False) -> None:
        """Bytes of the body pass; ``decoded``: not in the content encoding any more."""
        if self._response is None or not chunk:
            return
        if self._first_byte is None:
            self._first_byte = time.perf_counter() - self._began
        try:
            if self._is_final(self._response, bytes(chunk), decoded):
                self.ended("complete")
        except Exception:
            self._give_up()

    def _is_final(self, response: Response, chunk: bytes, decoded: bool) -> bool:
        if decoded:
            return response.body(chunk)
        if self._shown is not None:
            try:
                return response.body(self._shown(chunk))
            except zlib.error:
                self._shown = None
        return response.skip()

    def unseen(self) -> None:
        """The body will pass where nobody sees it: the status must do."""
        if self._response is not None:
            self._response.skip()
        self.ended("complete")

    def broke(self, error: BaseException) -> None:
        """The body broke off with this exception, which goes on to the user."""
        if isinstance(error, self._errors.timeouts):
            self.ended("stalled")
        else:
            self.ended("cut" if isinstance(error, Exception) else "abandoned")

    def ended(self, how: str) -> None:
        """The body is over; of several times the first counts."""
        response, self._response = self._response, None
        try:
            if response is not None and self._permit.pending:
                self._permit.settle(response.end(how), self._first_byte)
        except Exception:
            self._give_up()

    def _give_up(self) -> None:
        """A defect in here is no reason that a call fails."""
        logger.warning("a response could not be judged", exc_info=True)
        self._response = None
        with contextlib.suppress(RuntimeError):  # it was given back already
            self._permit.ignore()

    def __del__(self) -> None:
        self.ended("abandoned")


def decoder(encoding: str | None) -> Callable[[bytes], bytes] | None:
    """What shows a body that passes in this content encoding; None: it stays unseen."""
    coding = (encoding or "identity").strip().lower()
    if coding == "identity":
        return bytes
    if coding in ("gzip", "x-gzip"):
        return _bounded(zlib.decompressobj(zlib.MAX_WBITS | 16))
    if coding == "deflate":
        return _bounded(zlib.decompressobj())
    return None


def _bounded(unpacker: Any) -> Callable[[bytes], bytes]:
    """A few bytes may stand for gigabytes: a chunk that unpacks to more than can be looked at is not shown."""

    def shown(chunk: bytes) -> bytes:
        data: bytes = unpacker.decompress(chunk, _LONGEST)
        if unpacker.unconsumed_tail:
            raise zlib.error(f"a chunk of {len(chunk)} bytes unpacks to more than {_LONGEST}")
        return data

    return shown
