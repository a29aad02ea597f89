"""A breaker, a limiter, a bulkhead at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Optional

from .words import MODES, Mode

PRIVATE, REMOTE, ADVISED = 1, 2, 4
"""HSCB_SNAPSHOT_PRIVATE, HSCB_SNAPSHOT_REMOTE, HSCB_SNAPSHOT_ADVISED."""

SnapshotFields = tuple[int, int, int, int, int, int, int, int, int, int, Sequence[int]]
"""The fields of Snapshot in their order, as the backends give them: the mode as a number, what is so or
not as flags, the totals as numbers."""

LimiterFields = tuple[int, Optional[int], int, int, int, float, float, int, int, int, int, tuple[bool, float]]
"""The fields of LimiterSnapshot in their order, as the backends give them; the last two are one."""

BulkheadFields = tuple[int, int, int, int, int, int, int, int, bool]
"""The fields of BulkheadSnapshot in their order, as the backends give them."""


@dataclass(frozen=True)
class Totals:
    """Counts that only ever grow."""

    successes: int
    failures: int
    slow: int
    """Calls, of either kind, that were slow."""
    ignored: int
    """Permits given back without a verdict."""
    late: int
    """Outcomes whose permit was of an earlier generation."""
    rejected: int
    """Calls that were not admitted."""
    throttled: int
    """Failures that carried the server's own waiting time."""
    opened: int
    half_opened: int
    closed: int
    would_trip: int
    """Times that it would have tripped while observing."""
    probes_lost: int
    """Probes that neither returned nor were ignored within their lease."""


@dataclass(frozen=True)
class Snapshot:
    """A breaker at one moment. Its parts are read one after the other, while calls may go on."""

    mode: Mode
    """An opening that is over shows as open until the next call is admitted."""
    generation: int
    """One higher after every change of mode; starts at 1, and again after 16383."""
    window_calls: int
    """Calls in the window; while half-open, results of this episode; 0 while nothing is recorded."""
    window_failures: int
    window_slow: int
    probes_in_flight: int
    consecutive_failures: int
    open_remaining_ns: int
    """What is left of an opening."""
    changed_at_ns: int
    """When the generation changed last, on the core's monotonic clock; 0 if never."""
    remote: bool
    """The breakers of other hosts have made its mode or its deadline what it is."""
    advised: bool
    """Its rules ask for half as much for now, as other hosts have met an outage."""
    private: bool
    """The shared segment was lost, and this handle goes on with a breaker of its own."""
    totals: Totals


@dataclass(frozen=True)
class LimiterSnapshot:
    """A limiter at one moment. Its parts are read one after the other, while calls may go on."""

    limit: int
    """Units per period, as configured."""
    server_limit: int | None
    """Units per period, as the server says; None if it has not said."""
    period_ms: int
    burst: int
    """Units that may go at once after a quiet time, as configured."""
    available: int
    """Units that may go at once now."""
    retry_after: float
    """Seconds until one unit may go."""
    paused: float
    """Seconds that are left of a pause that the server asked for."""
    admitted: int
    """Calls that went."""
    units: int
    """Units that they took."""
    refused: int
    """Calls that did not go."""
    pauses: int
    """Pauses that the server asked for."""
    private: bool
    """The shared segment was lost, and this handle goes on with a limiter of its own."""
    share: float
    """What this host may use of the limit: 1, unless hosts share it."""


@dataclass(frozen=True)
class BulkheadSnapshot:
    """A bulkhead at one moment. Its parts are read one after the other, while calls may go on."""

    limit: int
    """Calls that may be in flight."""
    max_waiting: int
    """Calls that may wait."""
    active: int
    """Calls in flight; more than ``limit`` where that was lowered meanwhile."""
    available: int
    """How many more would be let in at once."""
    waiting: int
    """Calls that wait."""
    entered: int
    """Calls that were let in."""
    refused: int
    """Calls that were not."""
    reclaimed: int
    """Seats of processes that were gone, taken back."""
    private: bool
    """The shared segment was lost, and this handle goes on with a bulkhead of its own."""


def from_fields(fields: SnapshotFields) -> Snapshot:
    """What a backend shows."""
    flags = fields[9]
    return Snapshot(
        MODES[fields[0]],
        *fields[1:9],
        remote=bool(flags & REMOTE),
        advised=bool(flags & ADVISED),
        private=bool(flags & PRIVATE),
        totals=Totals(*fields[10]),
    )
