"""A circuit breaker that every thread, process and language on a host share.

    from holysheep_cb import Breaker, CircuitOpenError

    breaker = Breaker("api.example.com|gpt-4.1", segment="billing")  # the same line in every worker

    @breaker
    def ask(question): ...

    with breaker: ...
    answer = breaker.call(ask_unprotected, "Hello")

What one worker learns of an outage, all know at their next call. Beside it in the segment stand a rate limiter and a
bulkhead: Limiter, Bulkhead. See the README for the rest.
"""

from ._backend import BACKEND, VERSION, BulkheadPermit, Permit, Verdict, request_name
from .breaker import Breaker
from .bulkhead import Bulkhead
from .config import BulkheadConfig, Config, LimiterConfig
from .errors import (
    BulkheadFullError,
    CircuitOpenError,
    ConfigError,
    Error,
    LimitedError,
    ModeError,
    NameNotAllowedError,
    SegmentError,
    UnsupportedError,
)
from .events import Event, Events
from .limiter import Limiter
from .listeners import Subscription, log_transition
from .response import Response
from .segment import Segment
from .snapshot import BulkheadSnapshot, LimiterSnapshot, Snapshot, Totals
from .words import Mode, Reason

__version__ = VERSION

__all__ = [
    "BACKEND",
    "Breaker",
    "Bulkhead",
    "BulkheadConfig",
    "BulkheadFullError",
    "BulkheadPermit",
    "BulkheadSnapshot",
    "CircuitOpenError",
    "Config",
    "ConfigError",
    "Error",
    "Event",
    "Events",
    "LimitedError",
    "Limiter",
    "LimiterConfig",
    "LimiterSnapshot",
    "Mode",
    "ModeError",
    "NameNotAllowedError",
    "Permit",
    "Reason",
    "Response",
    "Segment",
    "SegmentError",
    "Snapshot",
    "Subscription",
    "Totals",
    "UnsupportedError",
    "Verdict",
    "__version__",
    "log_transition",
    "request_name",
]
