"""Bulkhead: how many calls are in flight, over all processes of the host."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING

from . import config as _config
from ._backend import BulkheadCore, BulkheadPermit, Place
from .beside import Beside
from .errors import BulkheadFullError
from .patience import Patience
from .segment import Segment
from .snapshot import BulkheadSnapshot

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .config import BulkheadConfig

_SLICE = 0.1
"""Seconds that a thread waits before it looks for signals, such as Ctrl-C."""

_FIRST_LOOK, _LAST_LOOK = 0.001, 0.02
"""Seconds between two looks of a coroutine that waits: they double from the first to the last."""


class Bulkhead(Beside, BulkheadCore):
    """A bulkhead: at most ``limit`` calls in flight, and ``max_waiting`` that wait for one to end. Every Bulkhead of
    the same name in the same segment, in any process, is the same bulkhead. The seats of a process that is killed come
    back.

    ``with bulkhead:`` and ``async with bulkhead:`` have a seat for the block, and wait for it; :meth:`enter` gives a
    permit to hold.

    :param name: 1 to 127 bytes of UTF-8 without control characters; names of breakers are not in its way.
    :param segment: a :class:`Segment`, or the name of one that processes share; None: this process's own.
    :param config: the fields of :class:`BulkheadConfig`, for a bulkhead that does not exist yet: an existing one keeps
        its own, and a difference is logged as a warning.
    :raises ConfigError: names the field, its value and its range.
    """

    __slots__ = ("__weakref__", "_inside", "_name", "_segment")
    _inside: deque[BulkheadPermit]
    """Those of ``with`` blocks. Any block may leave any of these seats, for nobody else knows the permits."""

    def __new__(cls, name: str, segment: Segment | str | None = None, **config: Unpack[BulkheadConfig]) -> Bulkhead:
        bulkhead: Bulkhead = cls._open(name, segment, config)
        bulkhead._inside = deque()
        return bulkhead

    def enter(self, timeout: float | timedelta | None = None) -> BulkheadPermit:
        """A seat; waits for a free one. A context manager, which leaves the seat at its end.

        :param timeout: seconds; None = as long as it takes, up to a day.
        :raises BulkheadFullError: if none was free in time; at once if as many wait already as may.
        """
        patience, place = Patience(timeout), self._lined_up()
        try:
            while True:
                permit = place.enter(min(patience.left(), _SLICE))
                if permit is not None:
                    return permit
                if not patience.left():
                    raise self._given_up(place)
        finally:
            place.drop()

    async def enter_async(self, timeout: float | timedelta | None = None) -> BulkheadPermit:
        """As :meth:`enter`, without blocking the event loop. It looks for a seat every 1 to 20 ms, and counts meanwhile
        among those that wait; cancelled, it holds nothing."""
        patience, place, look = Patience(timeout), self._lined_up(), _FIRST_LOOK
        try:
            while (permit := place.enter(0)) is None:
                left = patience.left()
                if not left:
                    raise self._given_up(place)
                await asyncio.sleep(min(look, left))
                look = min(2 * look, _LAST_LOOK)
            return permit
        finally:
            place.drop()

    def _lined_up(self) -> Place:
        place = self._line_up()
        if place is None:
            raise self._full()
        return place

    def _given_up(self, place: Place) -> BulkheadFullError:
        place.give_up()
        return self._full()

    def _full(self) -> BulkheadFullError:
        shown = self.snapshot()
        return BulkheadFullError(shown.limit, shown.waiting, self._name)

    def snapshot(self) -> BulkheadSnapshot:
        """Who is in, who waits, and totals. Seats of processes that are gone are taken back before."""
        return BulkheadSnapshot(*self._snapshot())

    def configure(self, **config: Unpack[BulkheadConfig]) -> None:
        """Replaces the configuration, for every process; a field that is not given takes its default. Where more calls
        are in flight than a lowered limit allows, they end undisturbed, and none is let in meanwhile."""
        self._configure(_config.to_json(config) or "{}")

    def __enter__(self) -> None:
        self._inside.append(self.enter())

    def __exit__(self, *raised: object) -> None:
        self._inside.pop().leave()

    async def __aenter__(self) -> None:
        self._inside.append(await self.enter_async())

    async def __aexit__(self, *raised: object) -> None:
        self._inside.pop().leave()
