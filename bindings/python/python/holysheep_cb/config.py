"""The configuration of a breaker, a limiter or a bulkhead, as keyword arguments. The core checks it; here it becomes
the core's JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypedDict

from .errors import ConfigError

if TYPE_CHECKING:
    from typing_extensions import Literal


class Config(TypedDict, total=False):
    """The fields, with their defaults and ranges. A name without ``_ms`` takes a timedelta."""

    failure_threshold: int
    """5; 0..=64. Failures in the window that the failure rule asks for; 0 = it asks for none."""
    failure_rate: float
    """0.5; 0..=1. Share of the window's calls that must have failed for the failure rule; 0 = any."""
    min_calls: int
    """0; 0..=1048576. Calls in the window below which neither rate holds."""
    consecutive_failures: int
    """0; 0..=1024. The row rule: this many failures in a row; 0 = off."""
    slow_rate: float
    """0; 0..=1. The slow rule: share of the window's calls that were slow; 0 = off."""
    slow_call_ms: int
    slow_call: timedelta
    """0; 0..=86400000 ms. A call is slow if it took at least this long; 0 = none is."""
    window: Literal["time", "calls"] | timedelta
    """"time". What the failure and the slow rule look at; a timedelta is its length, window_ms."""
    window_ms: int
    """60000; 1..=86400000. Length of the time window."""
    window_buckets: int
    """10; 1..=64. Ticks in the time window."""
    window_calls: int
    """100; 1..=1024. Length of the window of calls."""
    open_ms: int
    open: timedelta
    """30000; 1..=86400000 ms. How long the first opening lasts."""
    open_backoff: float
    """1; 1..=10. The k-th opening since the last close lasts open_ms * open_backoff ** (k - 1)."""
    open_max_ms: int
    open_max: timedelta
    """300000; 1..=86400000 ms. The longest opening, never less than open_ms."""
    open_jitter: float
    """0; 0..=1. An opening is lengthened by a random share of up to this."""
    half_open_max_calls: int
    """3; 1..=255. Probes of one half-open episode, in flight and recorded."""
    half_open_max_concurrent: int
    """0; 0..=255. Cap on probes in flight at once; 0 = none beyond half_open_max_calls."""
    success_threshold: int
    """2; 1..=255. Successes that close (strict verdict)."""
    half_open_verdict: Literal["strict", "rate"]
    """"strict": the first failed probe reopens. "rate": the rates over half_open_max_calls results decide."""
    half_open_interval_ms: int
    half_open_interval: timedelta
    """0; 0..=86400000 ms. Least time between two probe admissions."""
    half_open_max_ms: int
    half_open_max: timedelta
    """0; 0..=86400000 ms. After this long half-open, reopen; 0 = never."""
    probe_lease_ms: int
    probe_lease: timedelta
    """60000; 1..=4294967295 ms. The time a probe may stay out before it counts as lost."""
    retry_after_max_ms: int
    retry_after_max: timedelta
    """300000; 0..=86400000 ms. Cap on a server's Retry-After; 0 = hints are not honoured."""


class LimiterConfig(TypedDict, total=False):
    """The fields of a limiter, with their defaults and ranges."""

    limit: int
    """60; 1..=1000000000. Units per period."""
    period_ms: int
    period: timedelta
    """60000; 1..=86400000 ms."""
    burst: int
    """1; 1..=1000000000. Units that may go at once after a quiet time; 1 = evenly spaced. A period lets pass at most
    limit + burst - 1."""


class BulkheadConfig(TypedDict, total=False):
    """The fields of a bulkhead, with their defaults and ranges."""

    limit: int
    """20; 1..=512. Calls that may be in flight."""
    max_waiting: int
    """128; 0..=128. Calls that may wait for one to end; further ones are refused."""


def to_json(fields: Mapping[str, Any]) -> str | None:
    """The core's JSON; None where no field is given."""
    if not fields:
        return None
    ready: dict[str, object] = {}
    for name, value in fields.items():
        key, value = _plain(name, value)
        if key in ready or (key != name and key in fields):
            raise ConfigError(f"{key} is given twice: as {key} and as {key[:-3]}")
        ready[key] = value
    return json.dumps(ready)


def from_json(text: str) -> dict[str, Any]:
    """Every field of a configuration, by the core's name."""
    return dict(json.loads(text))


def _plain(name: str, value: object) -> tuple[str, object]:
    """A field by the core's name, with a value that JSON has."""
    if isinstance(value, timedelta):
        if name.endswith("_ms"):
            raise ConfigError(f"{name} is {value!r}, but must be whole milliseconds; {name[:-3]} takes a timedelta")
        return f"{name}_ms", -(-value // timedelta(milliseconds=1))
    if isinstance(value, (str, int)) or (isinstance(value, float) and math.isfinite(value)):
        return name, value
    raise ConfigError(f"{name} is {value!r}, but must be a number or, without _ms, a timedelta")
