"""Segment: where breakers live."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Callable, NoReturn

from ._backend import SegmentCore
from .errors import unpicklable
from .events import Event, Events, follow_from
from .listeners import Subscription, Watcher
from .snapshot import Snapshot, from_fields


class Segment(SegmentCore):
    """A block of memory that holds named breakers and the events of their transitions.

    With a name it is a file that every process of the host shares, in ``$HOLYSHEEP_CB_DIR`` or
    ``/dev/shm/holysheep-cb-UID``; without, it is this process's own. The options are for who makes the file:

    :param name: 1 to 64 of ``A-Z a-z 0-9 . _ -``.
    :param capacity: room for so many breakers, 1 to 1048576; default 1024.
    :param stripes: counters per breaker that CPUs are spread over, a power of two up to 64; default one for each CPU,
        at most 8.
    :param file_mode: 0o600 (default) or 0o660.
    :param existing: refuse a segment that is not there instead of making it.
    :param read_only: look only; no breaker can be opened. Implies ``existing``.
    :raises NameNotAllowedError: for the name, :class:`ConfigError` for an option, :class:`SegmentError` for the file.
    """

    __slots__ = ("__weakref__", "_name", "_watcher")
    _name: str | None
    _watcher: Watcher

    def __new__(
        cls,
        name: str | None = None,
        *,
        capacity: int = 0,
        stripes: int = 0,
        file_mode: int = 0,
        existing: bool = False,
        read_only: bool = False,
    ) -> Segment:
        if name is None and (capacity or stripes or file_mode or existing or read_only):
            raise TypeError("a segment without a name is this process's own, and takes no options")
        segment = super().__new__(cls, name, capacity, stripes, file_mode, existing, read_only)
        segment._name = name
        segment._watcher = Watcher(segment)
        return segment

    @property
    def name(self) -> str | None:
        """Its name; None for a private segment."""
        return self._name

    @property
    def path(self) -> str | None:
        """Where its file lies; None for a private segment."""
        return self._path()

    def names(self) -> list[str]:
        """The names of its breakers."""
        return self._names()

    def limiters(self) -> list[str]:
        """The names of its limiters."""
        return self._limiters()

    def bulkheads(self) -> list[str]:
        """The names of its bulkheads."""
        return self._bulkheads()

    def processes(self) -> int | None:
        """How many processes have it open for use, this one included; None where the system does not say."""
        return self._processes()

    def snapshot(self, breaker: str) -> Snapshot | None:
        """The state of a breaker by name, without opening it; None if there is none."""
        fields = self._breaker_snapshot(breaker)
        return None if fields is None else from_fields(fields)

    def events(self, follow: str | int = "now", *, timeout: float | None = None) -> Events:
        """The transitions of its breakers, whichever process made them; to iterate over, also by ``async for``.

        :param follow: "now": from the next one on; "oldest": from the oldest that is kept; a number: from that one on.
        :param timeout: the iteration ends when there was none for so many seconds; None = never.
        """
        return Events(self, follow_from(self, follow), timeout)

    def on_transition(self, listener: Callable[[Event], object]) -> Subscription:
        """Calls ``listener`` with each transition from now on, whichever process makes it.

        It runs on a daemon thread that all listeners of the segment share, away from the calls; the thread starts with
        the first, and anew in a forked child. What the listener raises is logged.
        """
        return self._watcher.subscribe(listener)

    def __repr__(self) -> str:
        return "<Segment of this process>" if self.name is None else f"<Segment {self.name!r}>"

    def __reduce__(self) -> NoReturn:
        raise unpicklable(self)


# Re-entrant: a signal handler or a finaliser may open a breaker while this thread does.
_lock = threading.RLock()
_open: weakref.WeakValueDictionary[tuple[str | None, str], Segment] = weakref.WeakValueDictionary()
_of_process: Segment | None = None


def shared(given: Segment | str | None) -> Segment:
    """The segment that is meant: itself, the one of this name, or the process's own. Breakers share it, and with it one
    mapping of the file and one thread for listeners."""
    global _of_process
    if isinstance(given, Segment):
        return given
    with _lock:
        if given is None:
            made = _of_process or Segment()
            _of_process = _of_process or made  # who came in between was first
            return _of_process
        key = (os.environ.get("HOLYSHEEP_CB_DIR"), given)
        return _open.get(key) or _open.setdefault(key, Segment(given))


def _forked() -> None:
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
