"""Permit over the C ABI."""

from __future__ import annotations

import threading
from ctypes import byref
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Optional, Union

from ..errors import unpicklable
from ..policy import FAILURE, IGNORED, SUCCESS
from ..seconds import units
from . import abi
from .abi import lib

if TYPE_CHECKING:
    from .breaker import BreakerCore
    from .response import Verdict

Duration = Optional[Union[float, timedelta]]


class Permit:
    """An admitted call, to be given back once with its outcome. Dropped without, it counts as ignored."""

    __slots__ = ("__weakref__", "_core", "_words")
    _core: BreakerCore
    _words: list[int]
    """The permit, or nothing once it was given back; ``list.pop`` is atomic, so that one of two threads gets it."""

    def __new__(cls) -> Permit:
        raise TypeError("breaker.admit() gives permits")

    @classmethod
    def _empty(cls) -> Permit:
        permit = object.__new__(cls)
        permit._words = []
        return permit

    def _fill(self, core: BreakerCore, word: int) -> Permit:
        self._core = core
        core._out[id(self._words)] = self._words
        self._words.append(word)
        return self

    def success(self, duration: Duration = None) -> None:
        """The call did what it should. ``duration``: seconds or a timedelta, if not the time since admission."""
        self._give_back(SUCCESS, duration)

    def failure(self, duration: Duration = None) -> None:
        """The service failed the call. ``duration``: as in success."""
        self._give_back(FAILURE, duration)

    def ignore(self) -> None:
        """No verdict on the service: the call was cancelled, or its failure was the caller's own fault."""
        self._give_back(IGNORED, None)

    def throttled(self, retry_after: float | timedelta) -> None:
        """The service failed the call and said how long to wait: opens the breaker at once for so long."""
        hint = units(retry_after, 1000)
        self._settle(lib.hscb_record_throttled, hint)

    def settle(self, verdict: Verdict, duration: Duration = None) -> None:
        """What became of the call is what its response says of the service. ``duration``: as in success, such as the
        time to the first byte."""
        took = abi.UNKNOWN_NS if duration is None else units(duration, 10**9)
        self._settle(lib.hscb_record_verdict, byref(verdict._judged), took)

    def _give_back(self, outcome: int, duration: Duration) -> None:
        if duration is None:
            self._settle(lib.hscb_record, outcome)
        else:
            self._settle(lib.hscb_record_duration, outcome, units(duration, 10**9))

    def _settle(self, record: Any, *details: Any) -> None:
        if not self._words or not settle(self._core, self._words, record, *details):
            raise RuntimeError("this permit was given back already")

    @property
    def pending(self) -> bool:
        """Whether it has yet to be given back."""
        return bool(self._words)

    def __enter__(self) -> Permit:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leave(kind, value, traceback)

    def _leave(self, *raised: Any) -> None:
        """The end of a ``with`` block, by what it raised. A permit that was given back inside is left alone."""
        if not self._words:
            return
        kind, value, _ = raised[-3:]
        if kind is None:
            self._give_back(SUCCESS, None)
            return
        try:
            self._give_back(self._core._judge(kind() if value is None else value), None)
        finally:
            if self._words:  # the policy itself failed
                self.ignore()

    async def _leave_async(self, *raised: Any) -> None:
        self._leave(*raised)

    def __del__(self) -> None:
        if self._words:
            settle(self._core, self._words, lib.hscb_record, IGNORED)

    def __repr__(self) -> str:
        return "<Permit, to be given back>" if self._words else "<Permit, given back>"

    def __reduce__(self) -> NoReturn:
        raise unpicklable(self)


def settle(core: BreakerCore, words: list[int], record: Any, *details: Any) -> bool:
    """Gives a permit back, unless it was before."""
    try:
        word = words.pop()
    except IndexError:
        return False
    core._out.pop(id(words), None)
    record(core._handle, word, *details)
    return True


class Entry:
    """The descriptor behind ``__exit__`` and ``__aexit__``, by which every ``with`` statement gets a permit of its own.

    The statement looks its exit up before it calls ``__enter__``, keeps what it found, and calls that at its end. Here
    it finds the method of a fresh, empty permit, which the ``__enter__`` that follows in the same thread fills: no
    stack per thread or context, in which generators and coroutines could mix theirs up. (``src/entry.rs`` tells the
    same.)
    """

    def __init__(self, asynchronous: bool) -> None:
        self._asynchronous = asynchronous

    def __get__(self, core: BreakerCore | None, owner: type | None = None) -> Any:
        permit = Permit._empty()
        del _local.pending[:-_MOST_PENDING]
        _local.pending.append((permit, core))
        return permit._leave_async if self._asynchronous else permit._leave


class _Local(threading.local):
    def __init__(self) -> None:
        self.pending: list[tuple[Permit, BreakerCore | None]] = []
        """The exits that this thread looked up last and has not entered; of no breaker if looked up on the class. More
        than one where a signal handler enters between the two steps, or where somebody only looked."""


_MOST_PENDING = 8


_local = _Local()


def enter(core: BreakerCore) -> Permit:
    """``__enter__``: admits a call, and puts its permit where the statement looked for its exit."""
    permit, looked_up = _local.pending.pop() if _local.pending else (None, None)
    if permit is None or looked_up not in (None, core):
        raise TypeError(
            "a breaker is entered by a with statement or an ExitStack; where you call the steps yourself, "
            "breaker.admit() gives a permit to enter and exit; a subclass with an __exit__ of its own needs an "
            "__enter__, too"
        )
    word = lib.hscb_admit(core._handle)
    if not word:
        raise core._refusal()
    return permit._fill(core, word)
