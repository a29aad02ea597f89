"""Limiter: how often calls go, over all processes of the host."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator
from contextlib import closing
from datetime import timedelta
from operator import index
from typing import TYPE_CHECKING

from . import config as _config
from ._backend import LimiterCore
from .beside import Beside
from .errors import ConfigError, LimitedError
from .patience import Patience
from .segment import Segment
from .snapshot import LimiterSnapshot

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .config import LimiterConfig

_MOST_UNITS = 2**32 - 1

_LOOK_AGAIN = 0.25
"""Seconds after which a waiter looks whether a pause has come meanwhile."""


class Limiter(Beside, LimiterCore):
    """A rate limiter: ``limit`` units per period, of which ``burst`` may go at once. Every Limiter of the same name in
    the same segment, in any process, is the same limiter: an account's limit is one, however many workers there are.

    Units are whatever is limited, requests or tokens. ``with limiter:`` and ``async with limiter:`` take one before the
    block, and wait for it.

    :param name: 1 to 127 bytes of UTF-8 without control characters; names of breakers are not in its way.
    :param segment: a :class:`Segment`, or the name of one that processes share; None: this process's own.
    :param config: the fields of :class:`LimiterConfig`, for a limiter that does not exist yet: an existing one keeps
        its own, and a difference is logged as a warning.
    :raises ConfigError: names the field, its value and its range.
    """

    __slots__ = ("__weakref__", "_name", "_segment")

    def __new__(cls, name: str, segment: Segment | str | None = None, **config: Unpack[LimiterConfig]) -> Limiter:
        limiter: Limiter = cls._open(name, segment, config)
        return limiter

    def try_acquire(self, units: int = 1) -> bool:
        """Takes units if they are to be had now. More than ``burst`` are to be had once all before them is paid, and
        delay those that follow."""
        return self._try_acquire(_checked(units))

    def acquire(self, units: int = 1, timeout: float | timedelta | None = None) -> None:
        """Takes units and waits until their turn comes, over all processes in the order of asking.

        :param timeout: seconds; None = as long as it takes, up to a day.
        :raises LimitedError: at once where it would take longer than that, and when a pause that comes meanwhile makes
            it so. Then nothing is taken.
        """
        with closing(self._waits(units, timeout)) as waits:
            for seconds in waits:
                time.sleep(seconds)

    async def acquire_async(self, units: int = 1, timeout: float | timedelta | None = None) -> None:
        """As :meth:`acquire`, without blocking the event loop. Cancelled, it gives the units back."""
        with closing(self._waits(units, timeout)) as waits:
            for seconds in waits:
                await asyncio.sleep(seconds)

    def _waits(self, units: int, timeout: float | timedelta | None) -> Generator[float, None, None]:
        """How long to sleep, again and again, until the units may be used."""
        units, patience = _checked(units), Patience(timeout)
        turn = self._reserve(units, patience.seconds)
        if isinstance(turn, float):
            raise LimitedError(turn, self._name)
        patience = Patience(patience.seconds)
        try:
            while (due := turn.due_in()) > 0:
                if due > patience.left():
                    raise LimitedError(turn.give_up(), self._name)
                yield min(due, _LOOK_AGAIN)
            turn.go()
        finally:
            turn.drop()

    def retry_after(self, units: int = 1) -> float:
        """Seconds until a call of so many units would go; 0 = now. Changes nothing."""
        return self._retry_after(_checked(units))

    def give_back(self, units: int = 1) -> None:
        """Gives back units that a call took and did not use."""
        self._give_back(_checked(units))

    def charge(self, units: int = 1) -> None:
        """Takes units that a call used beyond those that it took; those that follow wait until they are paid."""
        self._charge(_checked(units))

    def correct(
        self, *, limit: int | None = None, remaining: int | None = None, reset: float | timedelta | None = None
    ) -> None:
        """Heeds what the server says, in headers such as ``x-ratelimit-limit``.

        :param limit: units per period. A lower one than configured replaces it, until the server says another.
        :param remaining: units that are left. Fewer than known lower our own count; more are not believed.
        :param reset: seconds until there are more. Heeded where none is left.
        """
        limit = None if limit is None else _checked(limit, "limit")
        remaining = None if remaining is None else _checked(remaining, "remaining")
        self._correct(limit, remaining, reset)

    def snapshot(self) -> LimiterSnapshot:
        """Its limits, what is left of them, and totals."""
        fields = self._snapshot()
        return LimiterSnapshot(*fields[:11], *fields[11])

    def configure(self, **config: Unpack[LimiterConfig]) -> None:
        """Replaces the configuration, for every process; a field that is not given takes its default. What was taken
        counts on as so many units."""
        self._configure(_config.to_json(config) or "{}")

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *raised: object) -> None:
        pass

    async def __aenter__(self) -> None:
        await self.acquire_async()

    async def __aexit__(self, *raised: object) -> None:
        pass


def _checked(units: int, what: str = "units") -> int:
    number = index(units)
    if not 0 <= number <= _MOST_UNITS:
        raise ConfigError(f"{what} is {number}, but must be within 0..={_MOST_UNITS}")
    return number
