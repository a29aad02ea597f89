"""What an exception or a result says of the service. This is the process's own; nothing of it is shared."""

from __future__ import annotations

import asyncio
from typing import Any, Callable, Union

from .errors import CircuitOpenError

SUCCESS, FAILURE, IGNORED = 0, 1, 2
"""HSCB_SUCCESS, HSCB_FAILURE, HSCB_IGNORED."""

Exceptions = Union[type[BaseException], tuple[type[BaseException], ...], Callable[[BaseException], bool]]
"""Types of exceptions, or a predicate."""

NEVER_FAILURES = (asyncio.CancelledError, GeneratorExit, KeyboardInterrupt, SystemExit)
"""Says that the caller goes away, and nothing of the service. No predicate is asked about them."""


class _Unset:
    """Stands for an argument that was not given, where None is a value."""

    def __repr__(self) -> str:
        return "<none>"


UNSET: Any = _Unset()


class Policy:
    """What counts as a failure, and what a caller gets instead of one."""

    __slots__ = ("failure_on", "failure_result", "fallback", "ignore")

    def __init__(
        self,
        failure_on: Exceptions = Exception,
        ignore: Exceptions = (),
        failure_result: Callable[[Any], bool] | None = None,
        fallback: Any = UNSET,
    ) -> None:
        _check("failure_on", failure_on)
        _check("ignore", ignore)
        if failure_result is not None and not callable(failure_result):
            raise TypeError(f"failure_result is {failure_result!r}, but must be a predicate of the result")
        self.failure_on = failure_on
        self.ignore = ignore
        self.failure_result = failure_result
        self.fallback = fallback

    def judge(self, error: BaseException) -> int:
        """The outcome of a call that raised ``error``."""
        if isinstance(error, NEVER_FAILURES) or _matches(self.ignore, error):
            return IGNORED
        if isinstance(error, CircuitOpenError) and not _names(self.failure_on, error):
            # The call that another breaker did not let go says nothing of the service behind this one.
            return IGNORED
        return FAILURE if _matches(self.failure_on, error) else IGNORED

    def judge_result(self, result: object) -> int:
        """The outcome of a call that returned ``result``."""
        return FAILURE if self.failure_result is not None and self.failure_result(result) else SUCCESS

    def instead(self, error: BaseException, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the caller gets for a call that has no result because of ``error``; without a fallback, that."""
        if self.fallback is UNSET:
            raise error
        if callable(self.fallback):
            return self.fallback(error, *args, **kwargs)
        return self.fallback


def _check(field: str, exceptions: object) -> None:
    kinds = exceptions if isinstance(exceptions, tuple) else (exceptions,)
    are_types = all(isinstance(kind, type) and issubclass(kind, BaseException) for kind in kinds)
    if not are_types and (isinstance(exceptions, (tuple, type)) or not callable(exceptions)):
        raise TypeError(f"{field} is {exceptions!r}, but must be exception types or a predicate of the exception")


def _matches(exceptions: Exceptions, error: BaseException) -> bool:
    if isinstance(exceptions, (type, tuple)):
        return isinstance(error, exceptions)
    return bool(exceptions(error))


def _names(exceptions: Exceptions, error: BaseException) -> bool:
    """Whether the very kind of ``error`` was asked for, and not just any exception."""
    if isinstance(exceptions, (type, tuple)):
        kinds = exceptions if isinstance(exceptions, tuple) else (exceptions,)
        return any(issubclass(kind, CircuitOpenError) and isinstance(error, kind) for kind in kinds)
    return True
