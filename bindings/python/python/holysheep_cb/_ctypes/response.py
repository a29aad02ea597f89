"""ResponseCore and Verdict over the C ABI."""

from __future__ import annotations

import ctypes
from ctypes import byref, c_void_p
from typing import Any

from . import abi
from .abi import check, lib

OUTCOMES = ("success", "failure", "ignored")
"""By HSCB_SUCCESS, ..."""

CAUSES = (
    "ok", "client-error", "auth", "permission", "quota", "rate-limited", "overloaded", "server-error", "timeout",
    "stream-error", "cut", "empty", "abandoned",
)  # fmt: skip
"""By HSCB_CAUSE_...; a later library may have more."""


class Verdict:
    """What a response says of the service; ``Permit.settle`` takes it."""

    __slots__ = ("_judged",)
    _judged: abi.Verdict

    def __new__(cls) -> Verdict:
        raise TypeError("response.end() gives verdicts")

    @classmethod
    def _of(cls, judged: abi.Verdict) -> Verdict:
        verdict = object.__new__(cls)
        verdict._judged = judged
        return verdict

    @property
    def outcome(self) -> str:
        """ "success", "failure" or "ignored"."""
        return OUTCOMES[self._judged.outcome]

    @property
    def cause(self) -> str:
        """Why, in a word: "ok", "rate-limited", "cut", ..."""
        number = self._judged.cause
        return CAUSES[number] if number < len(CAUSES) else f"cause-{number}"

    @property
    def retry_after(self) -> float | None:
        """Seconds that the service asks to wait; None if it does not. A failure with it opens the breaker at once."""
        return self._judged.retry_after_ms / 1000 or None

    def __repr__(self) -> str:
        wait = "" if self.retry_after is None else f", retry after {self.retry_after:.3f} s"
        return f"<Verdict {self.outcome}: {self.cause}{wait}>"


class ResponseCore:
    """The handle of a response that is being judged."""

    __slots__ = ("_handle",)
    _handle: int
    """The pointer; 0 once it is closed."""

    def __new__(cls, status: int, unix_ms: int) -> ResponseCore:
        response = super().__new__(cls)
        response._handle = 0
        handle = c_void_p()
        check(lib.hscb_response_begin(status, unix_ms, byref(handle)))
        response._handle = handle.value or 0
        return response

    def __del__(self, close: Any = lib.hscb_response_close) -> None:
        handle, self._handle = self._handle, 0
        close(handle)

    def _header(self, name: bytes, value: bytes) -> None:
        check(lib.hscb_response_header(self._handle, name, len(name), value, len(value)))

    def body(self, chunk: bytes) -> bool:
        """The next bytes of the body, decoded and cut anywhere. Whether the verdict is final, whatever follows."""
        return check(lib.hscb_response_body(self._handle, chunk, len(chunk))) == 1

    def skip(self) -> bool:
        """Bytes came that cannot be shown, such as compressed ones. Whether the verdict is final."""
        return check(lib.hscb_response_skip(self._handle)) == 1

    def _end(self, how: int) -> Verdict:
        judged = abi.Verdict()
        check(lib.hscb_response_end(self._handle, how, byref(judged)))
        return Verdict._of(judged)


def request_name(host: str, body: bytes) -> str:
    """The name of the breaker that a request belongs to: ``host|model``, or ``host`` where the body names no model."""
    name = ctypes.create_string_buffer(abi.NAME_BYTES)
    check(lib.hscb_request_name(abi.text(host), body, len(body), name, len(name)))
    return name.value.decode()
