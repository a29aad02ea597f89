"""SegmentCore over the C ABI."""

from __future__ import annotations

import ctypes
from ctypes import byref, c_uint32, c_uint64, c_void_p
from typing import Any

from ..events import FROM_NOW, OLDEST, EventFields
from ..snapshot import SnapshotFields
from . import abi
from .abi import check, lib

_PATH_BYTES = 4096
"""Room for a path, with its NUL: PATH_MAX."""


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
        path = ctypes.create_string_buffer(_PATH_BYTES)
        length = check(lib.hscb_segment_path(self._handle, path, len(path)))
        return path.value.decode() if length else None

    def _names(self) -> list[str]:
        return _listed(lib.hscb_segment_next_name, self._handle)

    def _limiters(self) -> list[str]:
        return _listed(lib.hscb_segment_next_limiter, self._handle)

    def _bulkheads(self) -> list[str]:
        return _listed(lib.hscb_segment_next_bulkhead, self._handle)

    def _processes(self) -> int | None:
        status = int(lib.hscb_segment_processes(self._handle))
        return None if status == abi.ERR_UNSUPPORTED else check(status)

    def _breaker_snapshot(self, name: str) -> SnapshotFields | None:
        shown = abi.Snapshot()
        status = lib.hscb_segment_snapshot(self._handle, abi.text(name), byref(shown))
        if status in (abi.ERR_NOT_FOUND, abi.ERR_NAME):
            return None
        check(status)
        return snapshot_fields(shown)

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


def _listed(next_name: Any, handle: int) -> list[str]:
    """All names that a function of the library tells one by one."""
    cursor, name, names = c_uint32(), ctypes.create_string_buffer(abi.NAME_BYTES), []
    while check(next_name(handle, byref(cursor), name, len(name))):
        names.append(name.value.decode())
    return names


def _fields(event: abi.Event) -> EventFields:
    name, note = event.breaker.decode(errors="replace"), event.note.decode(errors="replace")
    return (
        event.sequence, event.time_ns, name, event.from_, event.to, event.reason, event.generation, event.pid, note
    )  # fmt: skip


def snapshot_fields(s: abi.Snapshot) -> SnapshotFields:
    """What a breaker shows."""
    return (
        s.mode,
        s.generation,
        s.window_calls,
        s.window_failures,
        s.window_slow,
        s.probes_in_flight,
        s.consecutive_failures,
        s.open_remaining_ns,
        s.changed_at_ns,
        s.flags,
        list(s.totals),
    )
