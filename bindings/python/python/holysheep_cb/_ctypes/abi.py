"""The C ABI as ``include/holysheep_cb.h`` declares it."""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.machinery
import os
from ctypes import POINTER, c_bool, c_char, c_char_p, c_double, c_int32, c_size_t, c_uint32, c_uint64, c_void_p
from pathlib import Path
from typing import Any

from ..errors import NameNotAllowedError, of_status

ABI_MAJOR, ABI_MINOR = 0, 4
"""The ABI that this backend was written for; a library's may be newer within the major one."""

EXISTING = 1
"""HSCB_EXISTING."""

ERR_NAME, ERR_NOT_FOUND, ERR_UNSUPPORTED = -4, -9, -17
"""HSCB_ERR_NAME, ..."""

SEGMENT_EXISTING, SEGMENT_READ_ONLY = 1, 2
"""HSCB_SEGMENT_EXISTING, HSCB_SEGMENT_READ_ONLY."""

NAME_BYTES = 128
"""HSCB_NAME_BYTES."""

UNKNOWN_NS = 2**64 - 1
"""hscb_retry_after_ns: not to be known."""

UNSAID = 2**64 - 1
"""hscb_limiter_correct: what the server does not say."""


class _Sized(ctypes.Structure):
    """A struct that says its own size."""

    def __init__(self, **fields: int) -> None:
        super().__init__(struct_size=ctypes.sizeof(self), **fields)

    def fields(self) -> dict[str, Any]:
        """All but its size."""
        return {name: getattr(self, name) for name, *_ in self._fields_ if name != "struct_size"}


class Config(_Sized):
    """hscb_config."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("failure_threshold", c_uint32),
        ("failure_rate", c_double),
        ("min_calls", c_uint32),
        ("consecutive_failures", c_uint32),
        ("slow_rate", c_double),
        ("slow_call_ms", c_uint32),
        ("window", c_uint32),
        ("window_ms", c_uint32),
        ("window_buckets", c_uint32),
        ("window_calls", c_uint32),
        ("open_ms", c_uint32),
        ("open_backoff", c_double),
        ("open_max_ms", c_uint32),
        ("reserved", c_uint32),
        ("open_jitter", c_double),
        ("half_open_max_calls", c_uint32),
        ("half_open_max_concurrent", c_uint32),
        ("success_threshold", c_uint32),
        ("half_open_verdict", c_uint32),
        ("half_open_interval_ms", c_uint32),
        ("half_open_max_ms", c_uint32),
        ("probe_lease_ms", c_uint32),
        ("retry_after_max_ms", c_uint32),
    ]


class SegmentOptions(_Sized):
    """hscb_segment_options."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("capacity", c_uint32),
        ("stripes", c_uint32),
        ("file_mode", c_uint32),
        ("flags", c_uint32),
    ]


class Snapshot(_Sized):
    """hscb_snapshot."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("mode", c_uint32),
        ("generation", c_uint64),
        ("window_calls", c_uint64),
        ("window_failures", c_uint64),
        ("window_slow", c_uint64),
        ("probes_in_flight", c_uint32),
        ("consecutive_failures", c_uint32),
        ("open_remaining_ns", c_uint64),
        ("changed_at_ns", c_uint64),
        ("totals", c_uint64 * 12),
        ("flags", c_uint32),
        ("reserved", c_uint32),
    ]


class Event(_Sized):
    """hscb_event."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("pid", c_uint32),
        ("sequence", c_uint64),
        ("time_ns", c_uint64),
        ("from_", c_uint32),
        ("to", c_uint32),
        ("reason", c_uint32),
        ("generation", c_uint32),
        ("breaker", c_char * 128),
        ("note", c_char * 128),
    ]


class Verdict(_Sized):
    """hscb_verdict."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("outcome", c_int32),
        ("cause", c_uint32),
        ("reserved", c_uint32),
        ("retry_after_ms", c_uint64),
    ]


class LimiterConfig(_Sized):
    """hscb_limiter_config."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("limit", c_uint32),
        ("period_ms", c_uint32),
        ("burst", c_uint32),
    ]


class LimiterSnapshot(_Sized):
    """hscb_limiter_snapshot."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("limit", c_uint32),
        ("server_limit", c_uint32),
        ("period_ms", c_uint32),
        ("burst", c_uint32),
        ("available", c_uint32),
        ("retry_after_ns", c_uint64),
        ("paused_ns", c_uint64),
        ("admitted_total", c_uint64),
        ("units_total", c_uint64),
        ("refused_total", c_uint64),
        ("pauses_total", c_uint64),
        ("flags", c_uint32),
        ("share_ppm", c_uint32),
    ]


class BulkheadConfig(_Sized):
    """hscb_bulkhead_config."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("limit", c_uint32),
        ("max_waiting", c_uint32),
    ]


class BulkheadSnapshot(_Sized):
    """hscb_bulkhead_snapshot."""

    _fields_ = [
        ("struct_size", c_uint32),
        ("limit", c_uint32),
        ("max_waiting", c_uint32),
        ("active", c_uint32),
        ("available", c_uint32),
        ("waiting", c_uint32),
        ("entered_total", c_uint64),
        ("refused_total", c_uint64),
        ("reclaimed_total", c_uint64),
        ("flags", c_uint32),
        ("reserved", c_uint32),
    ]


_STATUS: dict[str, list[Any]] = {
    "hscb_config_from_json": [c_char_p, POINTER(Config)],
    "hscb_segment_open": [c_char_p, POINTER(SegmentOptions), POINTER(c_void_p)],
    "hscb_breaker_open": [c_void_p, c_char_p, POINTER(Config), POINTER(c_void_p)],
    "hscb_segment_path": [c_void_p, c_char_p, c_uint32],
    "hscb_segment_next_name": [c_void_p, POINTER(c_uint32), c_char_p, c_uint32],
    "hscb_segment_next_limiter": [c_void_p, POINTER(c_uint32), c_char_p, c_uint32],
    "hscb_segment_next_bulkhead": [c_void_p, POINTER(c_uint32), c_char_p, c_uint32],
    "hscb_segment_processes": [c_void_p],
    "hscb_segment_snapshot": [c_void_p, c_char_p, POINTER(Snapshot)],
    "hscb_breaker_config": [c_void_p, POINTER(Config)],
    "hscb_breaker_configure": [c_void_p, POINTER(Config)],
    "hscb_breaker_snapshot": [c_void_p, POINTER(Snapshot)],
    "hscb_set_mode_noted": [c_void_p, c_int32, c_char_p],
    "hscb_trip_for_noted": [c_void_p, c_uint64, c_char_p],
    "hscb_events_read": [c_void_p, POINTER(c_uint64), POINTER(Event), c_uint32],
    "hscb_events_wait": [c_void_p, c_uint64, c_uint64],
    "hscb_limiter_config_from_json": [c_char_p, POINTER(LimiterConfig)],
    "hscb_limiter_open": [c_void_p, c_char_p, POINTER(LimiterConfig), POINTER(c_void_p)],
    "hscb_limiter_configure": [c_void_p, POINTER(LimiterConfig)],
    "hscb_limiter_get_config": [c_void_p, POINTER(LimiterConfig)],
    "hscb_limiter_get_snapshot": [c_void_p, POINTER(LimiterSnapshot)],
    "hscb_bulkhead_config_from_json": [c_char_p, POINTER(BulkheadConfig)],
    "hscb_bulkhead_open": [c_void_p, c_char_p, POINTER(BulkheadConfig), POINTER(c_void_p)],
    "hscb_bulkhead_configure": [c_void_p, POINTER(BulkheadConfig)],
    "hscb_bulkhead_get_config": [c_void_p, POINTER(BulkheadConfig)],
    "hscb_bulkhead_get_snapshot": [c_void_p, POINTER(BulkheadSnapshot)],
}
"""Functions that return a status. They may wait, so they are called without the GIL."""

_WAITING: dict[str, tuple[list[Any], Any]] = {
    "hscb_bulkhead_place_wait": ([c_void_p, c_uint64], c_bool),
}
"""Others that may wait."""

_HOT: dict[str, tuple[list[Any], Any]] = {
    "hscb_admit": ([c_void_p], c_uint64),
    "hscb_record": ([c_void_p, c_uint64, c_int32], None),
    "hscb_record_duration": ([c_void_p, c_uint64, c_int32, c_uint64], None),
    "hscb_record_throttled": ([c_void_p, c_uint64, c_uint64], None),
    "hscb_would_admit": ([c_void_p], c_bool),
    "hscb_retry_after_ns": ([c_void_p], c_uint64),
    "hscb_latency_ns": ([c_void_p, c_double], c_uint64),
    "hscb_response_begin": ([c_uint32, c_uint64, POINTER(c_void_p)], c_int32),
    "hscb_response_header": ([c_void_p, c_char_p, c_size_t, c_char_p, c_size_t], c_int32),
    "hscb_response_body": ([c_void_p, c_char_p, c_size_t], c_int32),
    "hscb_response_skip": ([c_void_p], c_int32),
    "hscb_response_end": ([c_void_p, c_int32, POINTER(Verdict)], c_int32),
    "hscb_response_close": ([c_void_p], None),
    "hscb_record_verdict": ([c_void_p, c_uint64, POINTER(Verdict), c_uint64], c_int32),
    "hscb_request_name": ([c_char_p, c_char_p, c_size_t, c_char_p, c_uint32], c_int32),
    "hscb_limiter_acquire": ([c_void_p, c_uint32, c_uint64], c_uint64),
    "hscb_limiter_reserve": ([c_void_p, c_uint32, c_uint64, POINTER(c_void_p)], c_uint64),
    "hscb_limiter_turn_due_ns": ([c_void_p], c_uint64),
    "hscb_limiter_turn_go": ([c_void_p], None),
    "hscb_limiter_turn_give_up": ([c_void_p], c_uint64),
    "hscb_limiter_turn_close": ([c_void_p], None),
    "hscb_limiter_retry_after_ns": ([c_void_p, c_uint32], c_uint64),
    "hscb_limiter_give_back": ([c_void_p, c_uint32], None),
    "hscb_limiter_charge": ([c_void_p, c_uint32], None),
    "hscb_limiter_pause": ([c_void_p, c_uint64], None),
    "hscb_limiter_correct": ([c_void_p, c_uint64, c_uint64, c_uint64], None),
    "hscb_limiter_close": ([c_void_p], None),
    "hscb_bulkhead_enter": ([c_void_p, c_uint64], c_uint64),
    "hscb_bulkhead_leave": ([c_void_p, c_uint64], None),
    "hscb_bulkhead_line_up": ([c_void_p, POINTER(c_void_p)], c_bool),
    "hscb_bulkhead_place_enter": ([c_void_p], c_uint64),
    "hscb_bulkhead_place_give_up": ([c_void_p], None),
    "hscb_bulkhead_place_close": ([c_void_p], None),
    "hscb_bulkhead_close": ([c_void_p], None),
    "hscb_last_error": ([], c_char_p),
    "hscb_version": ([], c_char_p),
    "hscb_abi_version": ([], c_uint32),
    "hscb_segment_close": ([c_void_p], None),
    "hscb_breaker_close": ([c_void_p], None),
}
"""Functions that do not wait, with the arguments that they get here: called with the GIL held, which is cheaper than to
let it go and take it again."""

CALL_FAILED = 2
"""HSCB_CALL_FAILED."""

ON_PIECE = ctypes.CFUNCTYPE(c_bool, c_void_p, c_void_p, c_size_t)
"""hscb_on_piece."""

_CLIENT_STATUS: dict[str, list[Any]] = {
    "hscb_client_open": [c_void_p, c_char_p, POINTER(c_void_p)],
    "hscb_client_replace_table": [c_void_p, c_char_p],
    "hscb_client_send": [c_void_p, c_char_p, c_void_p, POINTER(c_void_p)],
    "hscb_client_stream": [c_void_p, c_char_p, c_void_p, ON_PIECE, c_void_p, POINTER(c_void_p)],
    "hscb_client_status": [c_void_p, POINTER(c_void_p)],
}
"""Functions of the client that return a status. They wait."""

_CLIENT_WAITING: dict[str, tuple[list[Any], Any]] = {
    "hscb_client_close": ([c_void_p], None),
    "hscb_cancel_now": ([c_void_p], None),
}
"""Others of the client that may wait."""

_CLIENT_HOT: dict[str, tuple[list[Any], Any]] = {
    "hscb_result_json": ([c_void_p], c_char_p),
    "hscb_result_body": ([c_void_p, POINTER(c_size_t)], c_void_p),
    "hscb_result_text": ([c_void_p], c_char_p),
    "hscb_result_free": ([c_void_p], None),
    "hscb_cancel_new": ([POINTER(c_void_p)], c_int32),
    "hscb_cancel_free": ([c_void_p], None),
}
"""Functions of the client that do not wait."""


def _candidates() -> list[str]:
    """Where the library may be: named by the environment, else beside this package, else of the system. Where the
    native module is forced it is that one, for the client, which is over the C ABI in both backends."""
    named = os.environ.get("HOLYSHEEP_CB_LIBRARY")
    if named and os.environ.get("HOLYSHEEP_CB_BACKEND") != "native":
        return [named]
    package = Path(__file__).parent.parent
    beside = [package / f"_native{suffix}" for suffix in (*importlib.machinery.EXTENSION_SUFFIXES, ".abi3.so")]
    of_system = ctypes.util.find_library("holysheep_cb")
    return [str(path) for path in dict.fromkeys(beside) if path.exists()] + ([of_system] if of_system else [])


class _Library:
    """The functions of the library, by their names."""

    def __init__(self) -> None:
        tried = []
        for path in _candidates():
            try:
                self._bind(path)
                return
            except (OSError, AttributeError) as error:
                tried.append(f"{path}: {error}")
        nowhere = "HOLYSHEEP_CB_LIBRARY is not set, there is no native module, and no libholysheep_cb in the system"
        raise ImportError("; ".join(tried) or nowhere)

    def _bind(self, path: str) -> None:
        waiting = ctypes.CDLL(path)
        hot = getattr(ctypes, "PyDLL", ctypes.CDLL)(path)  # PyPy has none
        for name, (arguments, result) in _HOT.items():
            self._function(hot, name, arguments, result)
        version = self.hscb_abi_version()
        if version >> 16 != ABI_MAJOR or version & 0xFFFF < ABI_MINOR:
            had, wanted = f"{version >> 16}.{version & 0xFFFF}", f"{ABI_MAJOR}.{ABI_MINOR}"
            raise OSError(f"its ABI is {had}, but must be {wanted} or a later one of the same major number")
        for name, arguments in _STATUS.items():
            self._function(waiting, name, arguments, c_int32)
        for name, (arguments, result) in _WAITING.items():
            self._function(waiting, name, arguments, result)
        if hasattr(waiting, "hscb_client_open"):  # a library may be built without it
            self._client(hot, waiting)

    def _client(self, hot: ctypes.CDLL, waiting: ctypes.CDLL) -> None:
        for name, (arguments, result) in _CLIENT_HOT.items():
            self._function(hot, name, arguments, result)
        for name, arguments in _CLIENT_STATUS.items():
            self._function(waiting, name, arguments, c_int32)
        for name, (arguments, result) in _CLIENT_WAITING.items():
            self._function(waiting, name, arguments, result)

    def _function(self, library: ctypes.CDLL, name: str, arguments: list[Any], result: Any) -> None:
        function = getattr(library, name)
        function.argtypes, function.restype = arguments, result
        setattr(self, name, function)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"the library has no {name}")


lib = _Library()

VERSION = lib.hscb_version().decode()
"""The version of the library."""


def check(status: int) -> int:
    """A status that is no failure; else the exception for it, with the library's own message."""
    if status < 0:
        raise of_status(status, lib.hscb_last_error().decode())
    return status


def text(name: str) -> bytes:
    """A string as the library takes it, which ends at a NUL."""
    encoded = name.encode()
    if b"\0" in encoded:
        raise NameNotAllowedError(f"name {name!r} is not allowed: it must be without control characters")
    return encoded
