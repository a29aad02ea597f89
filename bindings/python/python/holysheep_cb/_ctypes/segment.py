"""SegmentCore over the C ABI."""

from __future__ import annotations

import ctypes
from ctypes import byref, c_uint64, c_void_p
from typing import Any, NoReturn

from ..errors import UnsupportedError
from ..events import FROM_NOW, OLDEST, EventFields
from ..snapshot import SnapshotFields
from . import abi
from .abi import check, lib


class SegmentCore:
    """The handle of a segment."""

    __slots__ = ("_handle",)
    _handle: int
    """The pointer; 0 once it is closed."""

    def __new__(
        cls, name: str | None, capacity: int, stripes: int, file_mode: int, existing: bool, read_only: bool
    ) -> SegmentCore:
        flags = existing * abi.SEGMENT_EXISTING | read_only * abi.SEGMENT_READ_ONLY
        options = abi.SegmentOptions(capacity=capacity, stripes=stripes, file_mode=file_mode, flags=flags)
        segment = super().__new__(cls)
        segment._handle = 0
        handle = c_void_p()
        encoded = None if name is None else abi.text(name)
        check(lib.hscb_segment_open(encoded, byref(options), byref(handle)))
        segment._handle = handle.value or 0
        return segment

    def __del__(self, close: Any = lib.hscb_segment_close) -> None:
        handle, self._handle = self._handle, 0
        close(handle)

    def _path(self) -> str | None:
        _no_function("the path of a segment")

    def _names(self) -> list[str]:
        _no_function("the names of a segment's breakers")

    def _processes(self) -> int | None:
        _no_function("the number of a segment's processes")

    def _breaker_snapshot(self, name: str) -> SnapshotFields | None:
        _no_function("the snapshot of a breaker that is not open")

    def _read_events(self, cursor: int, limit: int) -> tuple[list[EventFields], int, int]:
        at = c_uint64(cursor)
        events = (abi.Event * max(1, limit))()
        events[0].struct_size = ctypes.sizeof(abi.Event)
        if cursor in (OLDEST, FROM_NOW):
            check(lib.hscb_events_read(self._handle, byref(at), events, 0))
        first = at.value
        count = check(lib.hscb_events_read(self._handle, byref(at), events, limit)) if limit else 0
        missed = max(0, events[0].sequence - first) if count else 0
        return [_fields(event) for event in events[:count]], at.value, missed

    def _wait_events(self, cursor: int, timeout_ms: int) -> bool:
        return check(lib.hscb_events_wait(self._handle, cursor, timeout_ms)) == 1


def _fields(event: abi.Event) -> EventFields:
    name = event.breaker.decode(errors="replace")
    return (
        event.sequence, event.time_ns, name, event.from_, event.to, event.reason, event.generation, event.pid
    )  # fmt: skip


def _no_function(what: str) -> NoReturn:
    raise UnsupportedError(f"the C ABI does not tell {what}; the native backend does")
