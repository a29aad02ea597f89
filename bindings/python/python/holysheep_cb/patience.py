"""How long somebody waits."""

from __future__ import annotations

import time
from datetime import timedelta

from .seconds import units

_LONGEST = 86400.0
"""Seconds that are waited at most, also where no timeout is given."""


class Patience:
    """How long somebody is ready to wait, and what is left of it."""

    def __init__(self, timeout: float | timedelta | None) -> None:
        self.seconds = _LONGEST if timeout is None else min(units(timeout, 10**9) / 1e9, _LONGEST)
        self._until = time.monotonic() + self.seconds

    def left(self) -> float:
        """Seconds; 0 once it is at an end."""
        return max(0.0, self._until - time.monotonic())
