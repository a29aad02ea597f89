"""The words of the core: modes of a breaker, reasons of a transition. The numbers are those of the C ABI."""

from __future__ import annotations

import enum


class _Word(str, enum.Enum):
    """Equal to its own text, so that ``breaker.state == "open"`` holds."""

    def __str__(self) -> str:
        return str(self.value)


class Mode(_Word):
    """The mode of a breaker."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"
    FORCED_OPEN = "forced-open"
    DISABLED = "disabled"
    OBSERVING = "observing"


class Reason(_Word):
    """Why a transition happened."""

    FAILURE = "failure"
    ROW = "row"
    SLOW = "slow"
    THROTTLED = "throttled"
    DEADLINE = "deadline"
    PROBES_SUCCEEDED = "probes-succeeded"
    PROBE_FAILED = "probe-failed"
    HALF_OPEN_TIMEOUT = "half-open-timeout"
    LEASE = "lease"
    OPERATOR = "operator"
    DETACHED = "detached"
    CONFIGURED = "configured"
    REMOTE = "remote"


MODES = tuple(Mode)
"""By number, from 0."""

REASONS = dict(enumerate(Reason, start=1))
"""By number, from 1."""
