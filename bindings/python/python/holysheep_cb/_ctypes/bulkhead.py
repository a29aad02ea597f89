"""BulkheadCore, Place and BulkheadPermit over the C ABI."""

from __future__ import annotations

import json
from ctypes import byref, c_void_p
from types import TracebackType
from typing import Any, NoReturn

from ..errors import unpicklable
from ..seconds import Seconds, units
from ..snapshot import PRIVATE, BulkheadFields
from . import abi
from .abi import check, lib
from .segment import SegmentCore


class BulkheadCore:
    """The handle of a bulkhead; ``holysheep_cb.Bulkhead`` is what users see."""

    __slots__ = ("_handle", "_kept_config", "_out")
    _handle: int
    """The pointer; 0 once it is closed."""
    _out: dict[int, list[int]]
    """What permits hold, by its identity. The garbage collector finalizes a bulkhead and its permits in any order, so
    the bulkhead leaves the seats that are out before it closes."""
    _kept_config: bool

    def __new__(cls, segment: SegmentCore, name: str, config: str | None) -> BulkheadCore:
        bulkhead = super().__new__(cls)
        bulkhead._handle = 0
        bulkhead._out = {}
        handle = c_void_p()
        wanted = None if config is None else byref(_config(config))
        status = check(lib.hscb_bulkhead_open(segment._handle, abi.text(name), wanted, byref(handle)))
        bulkhead._handle = handle.value or 0
        bulkhead._kept_config = status == abi.EXISTING
        return bulkhead

    def __del__(self, close: Any = lib.hscb_bulkhead_close) -> None:
        for words in list(self._out.values()):
            leave(self, words)
        handle, self._handle = self._handle, 0
        close(handle)

    def try_enter(self) -> BulkheadPermit | None:
        """A seat if one is free; else None."""
        word = lib.hscb_bulkhead_enter(self._handle, 0)
        return BulkheadPermit._of(self, word) if word else None

    def _line_up(self) -> Place | None:
        place = c_void_p()
        there_is_room = lib.hscb_bulkhead_line_up(self._handle, byref(place))
        return Place._of(self, place.value or 0) if there_is_room else None

    def _snapshot(self) -> BulkheadFields:
        s = abi.BulkheadSnapshot()
        check(lib.hscb_bulkhead_get_snapshot(self._handle, byref(s)))
        return (
            s.limit,
            s.max_waiting,
            s.active,
            s.available,
            s.waiting,
            s.entered_total,
            s.refused_total,
            s.reclaimed_total,
            bool(s.flags & PRIVATE),
        )

    def _configure(self, config: str) -> None:
        check(lib.hscb_bulkhead_configure(self._handle, byref(_config(config))))

    def _config(self) -> str:
        config = abi.BulkheadConfig()
        check(lib.hscb_bulkhead_get_config(self._handle, byref(config)))
        return json.dumps(config.fields())


class Place:
    """A call that waits for a seat. It ends once: with its permit, given up, or dropped."""

    __slots__ = ("_core", "_handles")
    _core: BulkheadCore
    _handles: list[int]
    """The pointer, or nothing once it has ended; ``list.pop`` is atomic."""

    @classmethod
    def _of(cls, core: BulkheadCore, handle: int) -> Place:
        place = object.__new__(cls)
        place._core = core
        place._handles = [handle]
        return place

    def enter(self, patience: Seconds) -> BulkheadPermit | None:
        """The permit, if a seat is free within ``patience``; 0 looks for one."""
        (handle,) = self._handles
        # In two steps: a signal handler that raises where the wait ends finds the seat with the place: none is lost.
        if not lib.hscb_bulkhead_place_wait(handle, units(patience, 1000)):
            return None
        word = lib.hscb_bulkhead_place_enter(handle)
        return BulkheadPermit._of(self._core, word) if word else None

    def give_up(self) -> None:
        """The call waits no longer, and is not let in."""
        lib.hscb_bulkhead_place_give_up(self._take())

    def drop(self) -> None:
        """The call is in, or was cancelled."""
        lib.hscb_bulkhead_place_close(self._take())

    def _take(self) -> int | None:
        try:
            return self._handles.pop()
        except IndexError:
            return None

    def __del__(self) -> None:
        self.drop()


class BulkheadPermit:
    """A seat of a bulkhead, for as long as its call is in flight. Dropped, it is left."""

    __slots__ = ("__weakref__", "_core", "_words")
    _core: BulkheadCore
    _words: list[int]
    """The permit, or nothing once it was left; ``list.pop`` is atomic, so that one of two threads gets it."""

    def __new__(cls) -> BulkheadPermit:
        raise TypeError("bulkhead.enter() gives permits")

    @classmethod
    def _of(cls, core: BulkheadCore, word: int) -> BulkheadPermit:
        permit = object.__new__(cls)
        permit._core = core
        permit._words = [word]
        core._out[id(permit._words)] = permit._words
        return permit

    def leave(self) -> None:
        """Leaves the seat, and lets the next call in; nothing if it was left."""
        leave(self._core, self._words)

    @property
    def pending(self) -> bool:
        """Whether the seat has yet to be left."""
        return bool(self._words)

    def __enter__(self) -> BulkheadPermit:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.leave()

    def __del__(self) -> None:
        self.leave()

    def __repr__(self) -> str:
        return "<BulkheadPermit, to be left>" if self._words else "<BulkheadPermit, left>"

    def __reduce__(self) -> NoReturn:
        raise unpicklable(self)


def leave(core: BulkheadCore, words: list[int]) -> None:
    """Leaves a seat, unless it was before."""
    try:
        word = words.pop()
    except IndexError:
        return
    core._out.pop(id(words), None)
    lib.hscb_bulkhead_leave(core._handle, word)


def _config(text: str) -> abi.BulkheadConfig:
    config = abi.BulkheadConfig()
    check(lib.hscb_bulkhead_config_from_json(text.encode(), byref(config)))
    return config
