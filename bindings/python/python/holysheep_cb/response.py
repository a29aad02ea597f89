"""Response: an HTTP response while it is judged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from ._backend import ResponseCore, Verdict
from .errors import ConfigError, unpicklable

ENDS = ("complete", "cut", "stalled", "abandoned")
"""By HSCB_END_..."""


class Response(ResponseCore):
    """An HTTP response of an AI API while it comes in; the core judges what it says of the service.

        response = Response(status, headers)
        for chunk in ...:
            response.body(chunk)          # decoded, not compressed; True once the verdict is final
        permit.settle(response.end())     # or end("cut"), end("stalled"), end("abandoned")

    :param status: 100 to 999.
    :param headers: names and values, as text or bytes.
    :param unix_time: the wall clock in seconds, for waiting times that are dates; None reads it.

    docs/RESPONSES.md says what each is judged to be.
    """

    __slots__ = ("__weakref__",)

    def __new__(
        cls, status: int, headers: Iterable[tuple[str | bytes, str | bytes]] = (), unix_time: float | None = None
    ) -> Response:
        response = super().__new__(cls, status, 0 if unix_time is None else max(1, round(unix_time * 1000)))
        response.headers(headers)
        return response

    def header(self, name: str | bytes, value: str | bytes) -> None:
        """A header, in any case of letters; those that say nothing here are ignored. Before the body."""
        self._header(_encoded(name), _encoded(value))

    def headers(self, headers: Iterable[tuple[str | bytes, str | bytes]]) -> None:
        """Several of them."""
        for name, value in headers:
            self._header(_encoded(name), _encoded(value))

    def end(self, how: str = "complete") -> Verdict:
        """What it says of the service if it ends here, and like this: "complete", "cut" (the connection broke),
        "stalled" (a read timed out) or "abandoned" (the user broke off). Changes nothing; may be asked again."""
        if how not in ENDS:
            raise ConfigError(f"how is {how!r}, but must be one of {', '.join(map(repr, ENDS))}")
        return self._end(ENDS.index(how))

    def __reduce__(self) -> NoReturn:
        raise unpicklable(self)


def _encoded(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
