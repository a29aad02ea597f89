"""The client of the C ABI."""

from __future__ import annotations

import ctypes
import json
from ctypes import byref, c_size_t, c_void_p
from typing import Any, Callable

from .._ctypes import abi
from .._ctypes.abi import check, lib
from ..segment import Segment
from . import failure
from .answer import Answer, Meta
from .cancel import Cancel


class Core:
    """The handle of a client. Each call holds it, so it is closed when the last one has ended."""

    def __init__(self, table: bytes, segment: Segment) -> None:
        self._handle = 0
        handle = c_void_p()
        check(lib.hscb_client_open(segment._handle, table, byref(handle)))
        self._handle = handle.value or 0

    def __del__(self, close: Any = lib.hscb_client_close) -> None:
        handle, self._handle = self._handle, 0
        close(handle)

    def replace_table(self, table: bytes) -> None:
        """For the calls to come."""
        check(lib.hscb_client_replace_table(self._handle, table))

    def send(self, request: bytes, cancel: Cancel) -> Answer:
        """Makes a call, and waits for its end."""
        result = c_void_p()
        status = check(lib.hscb_client_send(self._handle, request, cancel._handle, byref(result)))
        try:
            said, text, size = _json(result), lib.hscb_result_text(result), c_size_t()
            if status == abi.CALL_FAILED:
                raise failure.of_json(said)
            body = lib.hscb_result_body(result, byref(size))
            content = ctypes.string_at(body, size.value) if body else b""
            return Answer(content, None if text is None else text.decode(), Meta.of_json(said))
        finally:
            lib.hscb_result_free(result)

    def stream(self, request: bytes, cancel: Cancel, tell: Callable[[str], bool]) -> Meta:
        """Makes a call whose answer comes in pieces: ``tell`` hears of each, on this thread, and may break it off."""

        def on_piece(_: Any, data: int, size: int) -> bool:
            try:
                return tell(ctypes.string_at(data, size).decode())
            except BaseException:  # which C cannot take
                return False

        result = c_void_p()
        hears = abi.ON_PIECE(on_piece)
        status = check(lib.hscb_client_stream(self._handle, request, cancel._handle, hears, None, byref(result)))
        try:
            said = _json(result)
        finally:
            lib.hscb_result_free(result)
        if status == abi.CALL_FAILED:
            raise failure.of_json(said)
        return Meta.of_json(said)

    def status(self) -> dict[str, Any]:
        """How the routes are and what the calls came to; durations in seconds."""
        result = c_void_p()
        check(lib.hscb_client_status(self._handle, byref(result)))
        try:
            said = _json(result)
        finally:
            lib.hscb_result_free(result)
        return {what: [_in_seconds(row) for row in rows] for what, rows in said.items()}


def _json(result: c_void_p) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(lib.hscb_result_json(result))
    return said


def _in_seconds(row: dict[str, Any]) -> dict[str, Any]:
    """The fields that end in ``_ms`` without it."""
    return {
        name[:-3] if name.endswith("_ms") else name: failure.seconds(value) if name.endswith("_ms") else value
        for name, value in row.items()
    }
