"""LimiterCore and Turn over the C ABI."""

from __future__ import annotations

import json
from ctypes import byref, c_void_p
from datetime import timedelta
from typing import Any

from ..seconds import Seconds, units
from ..snapshot import PRIVATE, LimiterFields
from . import abi
from .abi import check, lib
from .segment import SegmentCore


class LimiterCore:
    """The handle of a rate limiter; ``holysheep_cb.Limiter`` is what users see."""

    __slots__ = ("_handle", "_kept_config")
    _handle: int
    """The pointer; 0 once it is closed."""
    _kept_config: bool

    def __new__(cls, segment: SegmentCore, name: str, config: str | None) -> LimiterCore:
        limiter = super().__new__(cls)
        limiter._handle = 0
        handle = c_void_p()
        wanted = None if config is None else byref(_config(config))
        status = check(lib.hscb_limiter_open(segment._handle, abi.text(name), wanted, byref(handle)))
        limiter._handle = handle.value or 0
        limiter._kept_config = status == abi.EXISTING
        return limiter

    def __del__(self, close: Any = lib.hscb_limiter_close) -> None:
        handle, self._handle = self._handle, 0
        close(handle)

    def _try_acquire(self, units: int) -> bool:
        return bool(lib.hscb_limiter_acquire(self._handle, units, 0) == 0)

    def _reserve(self, units: int, patience: Seconds) -> Turn | float:
        turn = c_void_p()
        wait = lib.hscb_limiter_reserve(self._handle, units, _ms(patience), byref(turn))
        return wait / 1e9 if wait else Turn._of(turn.value or 0)

    def _retry_after(self, units: int) -> float:
        return float(lib.hscb_limiter_retry_after_ns(self._handle, units) / 1e9)

    def _give_back(self, units: int) -> None:
        lib.hscb_limiter_give_back(self._handle, units)

    def _charge(self, units: int) -> None:
        lib.hscb_limiter_charge(self._handle, units)

    def pause(self, duration: Seconds) -> None:
        """Nobody goes for so many seconds, at most a day; of several pauses at once the longest counts."""
        lib.hscb_limiter_pause(self._handle, _ms(duration))

    def _correct(self, limit: int | None, remaining: int | None, reset: Seconds | None) -> None:
        said = (limit, remaining, None if reset is None else _ms(reset))
        lib.hscb_limiter_correct(self._handle, *(abi.UNSAID if number is None else number for number in said))

    def _snapshot(self) -> LimiterFields:
        s = abi.LimiterSnapshot()
        check(lib.hscb_limiter_get_snapshot(self._handle, byref(s)))
        return (
            s.limit,
            s.server_limit or None,
            s.period_ms,
            s.burst,
            s.available,
            s.retry_after_ns / 1e9,
            s.paused_ns / 1e9,
            s.admitted_total,
            s.units_total,
            s.refused_total,
            s.pauses_total,
            (bool(s.flags & PRIVATE), s.share_ppm / 1e6),
        )

    def _configure(self, config: str) -> None:
        check(lib.hscb_limiter_configure(self._handle, byref(_config(config))))

    def _config(self) -> str:
        config = abi.LimiterConfig()
        check(lib.hscb_limiter_get_config(self._handle, byref(config)))
        return json.dumps(config.fields())


class Turn:
    """Units that a call has taken, and when it may go. It ends once: the call goes, gives up, or is dropped."""

    __slots__ = ("_handles",)
    _handles: list[int]
    """The pointer, or nothing once it has ended; ``list.pop`` is atomic."""

    @classmethod
    def _of(cls, handle: int) -> Turn:
        turn = object.__new__(cls)
        turn._handles = [handle]
        return turn

    def due_in(self) -> float:
        """Seconds until the call may go; 0 = now. A pause that comes meanwhile makes it longer."""
        return float(lib.hscb_limiter_turn_due_ns(self._handles[0]) / 1e9) if self._handles else 0.0

    def go(self) -> None:
        """The call goes, and uses the units."""
        self._end(lib.hscb_limiter_turn_go)

    def give_up(self) -> float:
        """The call waits no longer, and does not go; seconds until it would have."""
        return (self._end(lib.hscb_limiter_turn_give_up) or 0) / 1e9

    def drop(self) -> None:
        """The call was cancelled; nothing if the turn has ended."""
        self._end(lib.hscb_limiter_turn_close)

    def _end(self, how: Any) -> Any:
        try:
            handle = self._handles.pop()
        except IndexError:
            return None
        return how(handle)

    def __del__(self) -> None:
        self.drop()


def _config(text: str) -> abi.LimiterConfig:
    config = abi.LimiterConfig()
    check(lib.hscb_limiter_config_from_json(text.encode(), byref(config)))
    return config


def _ms(duration: float | timedelta) -> int:
    return units(duration, 1000)
