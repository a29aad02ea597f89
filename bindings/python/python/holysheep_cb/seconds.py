"""Durations as users give them: seconds as a number, or a timedelta."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Union

Seconds = Union[float, timedelta]

_LONGEST = 2**64 - 1


def units(duration: Seconds, per_second: int) -> int:
    """A duration in whole units, rounded up; a negative one is 0, a longer one than can be told is the longest."""
    if isinstance(duration, str):  # which float() would read
        raise TypeError(f"a duration is {duration!r}, but must be seconds or a timedelta")
    number = duration.total_seconds() if isinstance(duration, timedelta) else float(duration)
    if math.isnan(number):
        raise ValueError("a duration is nan, but must be seconds or a timedelta")
    scaled = max(0.0, number) * per_second
    return _LONGEST if scaled >= _LONGEST else math.ceil(scaled)
