"""What can go wrong. Configuration, names and files raise an Error; a call that is not made, CircuitOpenError,
LimitedError or BulkheadFullError."""

from __future__ import annotations

from typing import Any


class Error(Exception):
    """Whatever this package raises of itself. ``status`` is the number of the C ABI (HSCB_ERR_...), 0 for none."""

    status = 0


class CircuitOpenError(Error):
    """The call was not made, because the breaker rejects calls."""

    def __init__(self, name: str, mode: str, retry_after: float | None) -> None:
        Exception.__init__(self, name, mode, retry_after)  # in the integrations it is a library's error besides
        self.name = name
        """The breaker's name."""
        self.mode = mode
        """The breaker's mode when the exception was made; a Mode."""
        self.retry_after = retry_after
        """Seconds until a call would be admitted; None = not to be known (forced open, or probes are out)."""

    @staticmethod
    def behind(error: BaseException | None) -> CircuitOpenError | None:
        """The refusal behind an error that a library has made of it, as LangChain and LiteLLM do; else None."""
        seen: set[int] = set()
        while error is not None and not isinstance(error, CircuitOpenError) and id(error) not in seen:
            seen.add(id(error))
            error = error.__cause__ or error.__context__
        return error if isinstance(error, CircuitOpenError) else None

    def __str__(self) -> str:
        if self.retry_after is None:
            return f"{self.name!r} is {self.mode} and rejects calls, it is not known for how long"
        return f"{self.name!r} is {self.mode} and rejects calls, the next may go in {self.retry_after:.3f} s"


class LimitedError(Error):
    """The call was not made, because the rate limit is reached and its turn would not come in time."""

    def __init__(self, retry_after: float, name: str) -> None:
        super().__init__(retry_after, name)
        self.retry_after = retry_after
        """Seconds until a call of its cost would go, as things stand."""
        self.name = name
        """The limiter's name."""

    def __str__(self) -> str:
        return f"the rate limit of {self.name!r} is reached, the next call may go in {self.retry_after:.3f} s"


class BulkheadFullError(Error):
    """The call was not made, because no seat was free in time, or as many waited already as may."""

    def __init__(self, limit: int, waiting: int, name: str) -> None:
        super().__init__(limit, waiting, name)
        self.limit = limit
        """Calls that may be in flight."""
        self.waiting = waiting
        """Calls that waited."""
        self.name = name
        """The bulkhead's name."""

    def __str__(self) -> str:
        return f"the bulkhead {self.name!r} is full: {self.limit} calls are in flight, and {self.waiting} wait"


class ConfigError(Error, ValueError):
    """A value is out of its range, unknown, or contradicts another; the message names field, value and range."""


class NameNotAllowedError(Error, ValueError):
    """The name of a segment, breaker, limiter or bulkhead is not allowed."""


class ModeError(Error, RuntimeError):
    """The breaker cannot go there from its present mode: half-open by hand is possible from open only."""


class SegmentError(Error, OSError):
    """A segment cannot be had: not there, not ours, full, of another layout. The message says which, and where."""


class UnsupportedError(Error, NotImplementedError):
    """This platform or backend lacks what is needed."""


_BY_STATUS = {
    -3: NameNotAllowedError,
    -4: NameNotAllowedError,
    -5: ConfigError,
    -6: ConfigError,
    -7: ConfigError,
    -8: ModeError,
    -17: UnsupportedError,
}


def of_status(status: int, message: str) -> Error:
    """The exception for a status of the C ABI; both backends ask here."""
    if status <= -9 and status != -17:
        error: Error = SegmentError(message)
    else:
        error = _BY_STATUS.get(status, Error)(message)
    error.status = status
    return error


def unpicklable(what: Any) -> TypeError:
    """The answer to ``pickle`` and ``copy``."""
    kind = type(what).__name__
    instead = {
        "AsyncClient": "it has connections of this process; open it in the other one: AsyncClient(table, segment)",
        "AsyncStream": "it is a call of this process; make it in the other one",
        "BulkheadPermit": "it is a seat of one call of this process; leave it here",
        "Cancel": "it belongs to one call of this process; break it off here",
        "Client": "it has connections of this process; open it in the other one: Client(table, segment)",
        "Permit": "it belongs to one call of this process; give it back here",
        "Response": "it is part of one call of this process; judge it here",
        "Segment": "it is memory of this process; open it by name in the other one: Segment(name)",
        "Stream": "it is a call of this process; make it in the other one",
    }.get(kind, f"it is a handle of memory of this process; open it by name in the other one: {kind}(name, segment)")
    return TypeError(f"{'an' if kind.startswith('A') else 'a'} {kind} cannot be pickled or copied: {instead}")
