"""Listeners: who is told of transitions, and the thread that tells them.

One daemon thread for each segment that has listeners. It waits inside of the core, for transitions of any process, with
the GIL released; it holds up neither calls nor the end of the interpreter. A forked child has none of its parent's
threads, so the thread is started anew there.
"""

from __future__ import annotations

import itertools
import logging
import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Callable

from .events import BATCH, FROM_NOW, Event, event_of
from .words import Mode, Reason

if TYPE_CHECKING:
    import asyncio

    from .segment import Segment

logger = logging.getLogger("holysheep_cb")

_TURN_MS = 1000
"""How long the thread waits before it looks whether anybody still listens."""


def log_transition(event: Event) -> None:
    """A listener that logs: ``breaker.on_transition(log_transition)``. To the logger ``holysheep_cb``; warnings are
    openings and the loss of a shared segment, the rest is information."""
    opened = event.to in (Mode.OPEN, Mode.FORCED_OPEN) and event.reason is not Reason.CONFIGURED
    bad = opened or event.reason is Reason.DETACHED
    logger.log(logging.WARNING if bad else logging.INFO, "%s", event, extra={"transition": event})


class Subscription:
    """A listener's place. It stays until :meth:`cancel`, whether this object is kept or not."""

    __slots__ = ("_cancel",)

    def __init__(self, cancel: Callable[[], None]) -> None:
        self._cancel = cancel

    def cancel(self) -> None:
        """Tells the listener no more."""
        self._cancel()


class Watcher:
    """Who listens to a segment, and the thread that tells them."""

    def __init__(self, segment: Segment) -> None:
        self._segment = weakref.ref(segment)
        # Re-entrant: garbage is collected anywhere, also under it, and a finaliser may cancel a subscription.
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None
        self._keys = itertools.count()
        self._listeners: dict[int, Callable[[Event], object]] = {}
        self._wakers: dict[int, Callable[[], object]] = {}
        _all.add(self)

    def subscribe(self, listener: Callable[[Event], object]) -> Subscription:
        """Tells ``listener`` of every transition from now on."""
        if not callable(listener):
            raise TypeError(f"listener is {listener!r}, but must be callable with an Event")
        key = self._add(self._listeners, listener)
        return Subscription(lambda: self._remove(self._listeners, key))

    @contextmanager
    def waking(self, loop: asyncio.AbstractEventLoop, wake: Callable[[], object]) -> Iterator[None]:
        """Within, ``wake`` is called in ``loop`` whenever there may be something to read."""

        def wake_loop() -> None:
            with suppress(RuntimeError):  # the loop was closed, so nobody waits
                loop.call_soon_threadsafe(wake)

        key = self._add(self._wakers, wake_loop)
        try:
            yield
        finally:
            self._remove(self._wakers, key)

    def after_fork(self) -> None:
        """In a forked child: its parent's thread is not there, and its parent's event loops are not its business."""
        self._lock = threading.RLock()
        self._thread = None
        self._wakers = {}
        with self._lock:
            self._start()

    def _add(self, to: dict[int, Any], told: object) -> int:
        with self._lock:
            key = next(self._keys)
            to[key] = told
            self._start()
        return key

    def _remove(self, from_: dict[int, Any], key: int) -> None:
        with self._lock:
            from_.pop(key, None)

    def _start(self) -> None:
        """Starts the thread if somebody listens and it does not run."""
        segment = self._segment()
        if self._runs() or segment is None or not (self._listeners or self._wakers):
            return
        cursor = segment._read_events(FROM_NOW, 0)[1]
        # The thread keeps the segment, and with it this watcher, for as long as somebody listens.
        self._thread = threading.Thread(
            target=self._run, args=(segment, cursor), name=f"holysheep_cb {segment!r}", daemon=True
        )
        self._thread.start()

    def _runs(self) -> bool:
        """The thread is there, or about to be: it was made by whoever holds the lock, who may be us."""
        return self._thread is not None and (self._thread.is_alive() or self._thread.ident is None)

    def _run(self, segment: Segment, cursor: int) -> None:
        while True:
            if not segment._wait_events(cursor, _TURN_MS):
                if not self._goes_on():
                    return
                continue
            fields, cursor, missed = segment._read_events(cursor, BATCH)
            if missed:
                logger.warning("%d transitions of %r came faster than listeners were told", missed, segment)
            for wake in self._told(self._wakers):
                self._tell(wake)
            for event in map(event_of, fields):
                for listener in self._told(self._listeners):
                    self._tell(listener, event)

    def _goes_on(self) -> bool:
        """Whether somebody listens; if not, the thread ends, and the next listener starts another."""
        with self._lock:
            goes_on = bool(self._listeners or self._wakers) and self._thread is threading.current_thread()
            if not goes_on and self._thread is threading.current_thread():
                self._thread = None
            return goes_on

    def _told(self, who: dict[int, Any]) -> list[Callable[..., object]]:
        with self._lock:
            return list(who.values())

    def _tell(self, listener: Callable[..., object], *event: Event) -> None:
        try:
            listener(*event)
        except BaseException:  # SystemExit too: it would end this thread, and nobody else
            logger.exception("a listener failed: %r", listener)


_all: weakref.WeakSet[Watcher] = weakref.WeakSet()


def _forked() -> None:
    for watcher in list(_all):
        watcher.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
