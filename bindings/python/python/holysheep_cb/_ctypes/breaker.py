"""BreakerCore over the C ABI."""

from __future__ import annotations

import json
from collections.abc import Coroutine
from ctypes import byref, c_void_p
from datetime import timedelta
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any, Callable

from ..guard import closing
from ..policy import FAILURE, IGNORED, SUCCESS
from ..seconds import units
from ..snapshot import SnapshotFields
from . import abi
from .abi import check, lib
from .permit import Entry, Permit, enter, settle
from .segment import SegmentCore, snapshot_fields

CLOSED, OPEN, HALF_OPEN, FORCED_OPEN, DISABLED, OBSERVING = range(6)
"""HSCB_CLOSED, ..."""

WINDOWS = ("time", "calls")
"""By HSCB_WINDOW_..."""

VERDICTS = ("strict", "rate")
"""By HSCB_VERDICT_..."""

_NOT_CONFIGURED = ("struct_size", "reserved")

_DEFERRED = (CoroutineType, GeneratorType, AsyncGeneratorType)


class BreakerCore:
    """The handle of a breaker. ``holysheep_cb.Breaker`` inherits from it, and adds the hooks ``_judge``,
    ``_judge_result``, ``_refusal``, ``_rejected``, ``_instead``, ``_deferred``."""

    __slots__ = ("_handle", "_has_fallback", "_judges_results", "_kept_config", "_out")
    _handle: int
    """The pointer; 0 once it is closed."""
    _out: dict[int, list[int]]
    """What permits hold, by its identity. The garbage collector finalizes a breaker and its permits in any order, so
    the breaker gives back what is out before it closes."""
    _has_fallback: bool
    _judges_results: bool
    _kept_config: bool

    _judge: Callable[[BaseException], int]
    _judge_result: Callable[[object], int]
    _refusal: Callable[[], BaseException]
    _rejected: Callable[..., Any]
    _instead: Callable[..., Any]
    _deferred: Callable[..., Any]

    def __new__(
        cls, segment: SegmentCore, name: str, config: str | None, judges_results: bool, has_fallback: bool
    ) -> BreakerCore:
        breaker = super().__new__(cls)
        breaker._handle = 0
        breaker._out = {}
        handle = c_void_p()
        breaker._judges_results = judges_results
        breaker._has_fallback = has_fallback
        wanted = None if config is None else byref(_config(config))
        status = check(lib.hscb_breaker_open(segment._handle, abi.text(name), wanted, byref(handle)))
        breaker._handle = handle.value or 0
        breaker._kept_config = status == abi.EXISTING
        return breaker

    def __del__(self, close: Any = lib.hscb_breaker_close) -> None:
        for held in list(self._out.values()):
            settle(self, held, lib.hscb_record, IGNORED)
        handle, self._handle = self._handle, 0
        close(handle)

    def call(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Makes the call if it may go. It is a success if it returns; what its exception means, the policy says."""
        handle = self._handle
        permit = lib.hscb_admit(handle)
        if not permit:
            return self._rejected(function, args, kwargs)
        try:
            result = function(*args, **kwargs)
        except BaseException as error:
            outcome = self._judged(permit, self._judge, error)
            if outcome == FAILURE and self._has_fallback:
                return self._instead(error, args, kwargs)
            raise
        if isinstance(result, _DEFERRED) or hasattr(type(result), "__await__"):
            return self._deferred(Permit._empty()._fill(self, permit), result, args, kwargs)
        if self._judges_results:
            self._judged(permit, self._judge_result, result)
        else:
            lib.hscb_record(handle, permit, SUCCESS)
        return result

    def _judged(self, permit: int, judge: Callable[[Any], int], what: Any) -> int:
        """Gives a permit back with what the policy says; where the policy itself fails, it is ignored."""
        outcome = IGNORED
        try:
            outcome = judge(what)
        finally:
            lib.hscb_record(self._handle, permit, outcome)
        return outcome

    def _guarded(self, function: Callable[..., Any], is_coroutine: bool) -> Callable[..., Any]:
        """A callable that makes every call of ``function`` through the breaker."""
        if is_coroutine:

            async def guarded_coroutine(*args: Any, **kwargs: Any) -> Any:
                permit = self.admit()
                with permit, closing(permit.ignore):
                    return await function(*args, **kwargs)

            return guarded_coroutine

        def guarded(*args: Any, **kwargs: Any) -> Any:
            return self.call(function, *args, **kwargs)

        return guarded

    def admit(self) -> Permit:
        """May a call go? The permit to give back with its outcome."""
        permit = lib.hscb_admit(self._handle)
        if not permit:
            raise self._refusal()
        return Permit._empty()._fill(self, permit)

    def __enter__(self) -> Permit:
        return enter(self)

    async def _enter_async(self, permit: Permit) -> Permit:
        return permit

    def __aenter__(self) -> Coroutine[Any, Any, Permit]:
        return self._enter_async(enter(self))

    __exit__ = Entry(asynchronous=False)
    __aexit__ = Entry(asynchronous=True)

    def would_admit(self) -> bool:
        """Whether a call would be admitted now; changes nothing."""
        return bool(lib.hscb_would_admit(self._handle))

    def retry_after(self) -> float | None:
        """Seconds until a call would be admitted: 0 = now, None = not to be known (forced open, or probes are out)."""
        ns = lib.hscb_retry_after_ns(self._handle)
        return None if ns == abi.UNKNOWN_NS else ns / 1e9

    def reset(self, *, note: str | None = None) -> None:
        """Closes it and forgets everything but the totals."""
        self._set_mode(CLOSED, note)

    def trip(self, *, note: str | None = None) -> None:
        """Opens it, as if a rule had been met."""
        self._set_mode(OPEN, note)

    def trip_for(self, duration: float | timedelta, *, note: str | None = None) -> None:
        """Opens it for so many seconds; if it is open, replaces what is left of the opening."""
        check(lib.hscb_trip_for_noted(self._handle, units(duration, 1000), _note(note)))

    def force_open(self, *, note: str | None = None) -> None:
        """Rejects every call until told otherwise."""
        self._set_mode(FORCED_OPEN, note)

    def disable(self, *, note: str | None = None) -> None:
        """Admits every call and records none but in the totals, until told otherwise."""
        self._set_mode(DISABLED, note)

    def observe(self, *, note: str | None = None) -> None:
        """Admits and records every call but never trips, and counts when it would have."""
        self._set_mode(OBSERVING, note)

    def half_open(self, *, note: str | None = None) -> None:
        """Lets an open breaker probe now."""
        self._set_mode(HALF_OPEN, note)

    def latency(self, quantile: float) -> float | None:
        """Seconds that a share ``quantile`` (0 to 1) of the successes did not exceed; None where there was none."""
        ns = lib.hscb_latency_ns(self._handle, quantile)
        return ns / 1e9 if ns else None

    def _set_mode(self, mode: int, note: str | None) -> None:
        check(lib.hscb_set_mode_noted(self._handle, mode, _note(note)))

    def _mode(self) -> int:
        return int(self._shown().mode)

    def _shown(self) -> abi.Snapshot:
        shown = abi.Snapshot()
        check(lib.hscb_breaker_snapshot(self._handle, byref(shown)))
        return shown

    def _snapshot(self) -> SnapshotFields:
        return snapshot_fields(self._shown())

    def _configure(self, config: str) -> None:
        check(lib.hscb_breaker_configure(self._handle, byref(_config(config))))

    def _config(self) -> str:
        config = abi.Config()
        check(lib.hscb_breaker_config(self._handle, byref(config)))
        fields = {name: getattr(config, name) for name, *_ in abi.Config._fields_ if name not in _NOT_CONFIGURED}
        fields["window"] = WINDOWS[config.window]
        fields["half_open_verdict"] = VERDICTS[config.half_open_verdict]
        return json.dumps(fields)


def _config(text: str) -> abi.Config:
    config = abi.Config()
    check(lib.hscb_config_from_json(text.encode(), byref(config)))
    return config


def _note(note: str | None) -> bytes | None:
    """A note as the library takes it, which makes spaces of control characters, and ends at a NUL."""
    if note is None:
        return None
    if not isinstance(note, str):
        raise TypeError(f"note is of type {type(note).__name__}, but must be a string")
    return note.encode().replace(b"\0", b" ")
