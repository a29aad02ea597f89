"""The transitions of a segment's breakers, one after the other."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .words import MODES, REASONS, Mode, Reason

if TYPE_CHECKING:
    from .segment import Segment

EventFields = tuple[int, int, str, int, int, int, int, int, str]
"""The fields of Event in their order, as the backends give them: modes and reason as numbers."""

OLDEST, FROM_NOW = 0, 2**64 - 1
"""Cursors of the C ABI: the oldest event that is kept; the next that happens."""

BATCH = 64
"""Events that are read at once."""

_SIGNAL_SLICE_MS = 100
"""The longest wait without a look for signals: only between two waits can the main thread run their handlers."""

_SLICE_MS = 1000
"""The longest wait of other threads."""


@dataclass(frozen=True)
class Event:
    """A transition of a breaker."""

    sequence: int
    """Its number in the segment, from 1."""
    time_ns: int
    """When it happened, on the core's monotonic clock, which all processes of the host share."""
    breaker: str
    """The breaker's name."""
    from_: Mode
    to: Mode
    reason: Reason
    generation: int
    """The breaker's generation after it."""
    pid: int
    """The process that made it; for display only."""
    note: str = ""
    """Who made it and why, as the operator said; empty for what breakers do by themselves."""

    def __str__(self) -> str:
        note = f", {self.note}" if self.note else ""
        return f"{self.breaker}: {self.from_} -> {self.to} ({self.reason}, pid {self.pid}{note})"


def event_of(fields: EventFields) -> Event:
    """What a backend shows."""
    sequence, time_ns, breaker, from_, to, reason, generation, pid, note = fields
    return Event(sequence, time_ns, breaker, MODES[from_], MODES[to], REASONS[reason], generation, pid, note)


def follow_from(segment: Segment, follow: str | int) -> int:
    """The number of the first event to read. Fixed now, so that nothing is missed before the first wait."""
    if isinstance(follow, int):
        cursor = follow
    elif follow in ("now", "oldest"):
        cursor = FROM_NOW if follow == "now" else OLDEST
    else:
        raise ValueError(f'follow is {follow!r}, but must be "now", "oldest" or the number of an event')
    return segment._read_events(cursor, 0)[1]


class Events:
    """An iterator, and async iterator, over events; for one thread or task. ``for`` waits, with the GIL released."""

    def __init__(self, segment: Segment, cursor: int, timeout: float | None) -> None:
        self._segment = segment
        self._cursor = cursor
        self._timeout = timeout
        self._read: deque[Event] = deque()
        self._missed = 0

    @property
    def missed(self) -> int:
        """How many events were overwritten before this reader came to them."""
        return self._missed

    @property
    def cursor(self) -> int:
        """The number of the next event; ``segment.events(follow=cursor)`` goes on from it."""
        return self._read[0].sequence if self._read else self._cursor

    def __iter__(self) -> Events:
        return self

    def __next__(self) -> Event:
        deadline = _deadline(self._timeout)
        while True:
            event = self._take()
            if event is not None:
                return event
            if not self._wait(deadline):
                raise StopIteration

    def __aiter__(self) -> Events:
        return self

    async def __anext__(self) -> Event:
        event = self._take()
        if event is not None:
            return event
        arrived = asyncio.Event()
        loop = asyncio.get_running_loop()
        with self._segment._watcher.waking(loop, arrived.set):
            deadline = _deadline(self._timeout)
            while True:
                arrived.clear()
                event = self._take()
                if event is not None:
                    return event
                try:
                    await asyncio.wait_for(arrived.wait(), _left(deadline))
                except asyncio.TimeoutError:
                    raise StopAsyncIteration from None

    def _take(self) -> Event | None:
        if not self._read:
            fields, self._cursor, missed = self._segment._read_events(self._cursor, BATCH)
            self._missed += missed
            self._read.extend(map(event_of, fields))
        return self._read.popleft() if self._read else None

    def _wait(self, deadline: float | None) -> bool:
        """Whether there is something to read before the deadline."""
        in_main = threading.current_thread() is threading.main_thread()
        longest = _SIGNAL_SLICE_MS if in_main else _SLICE_MS
        while True:
            left = _left(deadline)
            slice_ms = longest if left is None else min(longest, int(left * 1000 + 0.999))
            if self._segment._wait_events(self._cursor, slice_ms):
                return True
            if left is not None and left <= 0:
                return False

    def __repr__(self) -> str:
        return f"<Events of {self._segment!r}, next {self.cursor}, missed {self.missed}>"


def _deadline(timeout: float | None) -> float | None:
    return None if timeout is None else time.monotonic() + timeout


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - time.monotonic())
