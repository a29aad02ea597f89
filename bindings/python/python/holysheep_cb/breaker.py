"""Breaker: what users hold."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Callable, NoReturn, TypeVar

from . import config as _config
from . import guard
from ._backend import BreakerCore, Permit
from .errors import CircuitOpenError, unpicklable
from .events import Event
from .listeners import Subscription
from .policy import UNSET, Exceptions, Policy
from .segment import Segment, shared
from .snapshot import Snapshot, from_fields
from .words import MODES, Mode

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .config import Config

F = TypeVar("F", bound=Callable[..., Any])

logger = logging.getLogger("holysheep_cb")


class Breaker(BreakerCore):
    """A circuit breaker. Every Breaker of the same name in the same segment, in any process, is the same breaker.

    Use it as ``breaker.call(function, *args)``, as a decorator, by ``with breaker:`` or ``async with breaker:``, or in
    two steps with :meth:`admit`. A call that may not go raises :class:`CircuitOpenError`.

    :param name: 1 to 127 bytes of UTF-8 without control characters.
    :param segment: a :class:`Segment`, or the name of one that processes share; None: this process's own.
    :param failure_on: exceptions that are failures of the service: types, or a predicate. Default: ``Exception``.
    :param ignore: exceptions that say nothing of the service, such as the caller's own mistakes.
    :param failure_result: a predicate: a result for which it holds is a failure, and is returned all the same.
    :param fallback: what a caller gets where the call was rejected or failed: a value, or a callable that is given the
        exception and the arguments of the call.
    :param config: the fields of :class:`Config`, for a breaker that does not exist yet: an existing one keeps its own,
        and a difference is logged as a warning.
    :raises ConfigError: names the field, its value and its range.

    Cancellation (``CancelledError``, ``GeneratorExit``, ``KeyboardInterrupt``, ``SystemExit``) is always ignored.
    """

    __slots__ = ("__weakref__", "_name", "_policy", "_segment")
    _name: str
    _policy: Policy
    _segment: Segment

    def __new__(
        cls,
        name: str,
        segment: Segment | str | None = None,
        *,
        failure_on: Exceptions = Exception,
        ignore: Exceptions = (),
        failure_result: Callable[[Any], bool] | None = None,
        fallback: Any = UNSET,
        **config: Unpack[Config],
    ) -> Breaker:
        policy = Policy(failure_on, ignore, failure_result, fallback)
        where = shared(segment)
        json = _config.to_json(config)
        breaker = super().__new__(cls, where, name, json, failure_result is not None, fallback is not UNSET)
        breaker._name = name
        breaker._policy = policy
        breaker._segment = where
        if breaker._kept_config:
            logger.warning("%r existed with another configuration, and keeps it; configure() replaces it", breaker)
        return breaker

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def segment(self) -> Segment:
        """The segment that it lives in."""
        return self._segment

    def __call__(self, function: F) -> F:
        """Decorates a function, coroutine function, generator or async generator: every call goes through the breaker.

        The outcome is that of the whole: a coroutine is admitted when it is awaited, a generator at its first item, and
        each is a success at its end. One that is closed or cancelled before was ignored.
        """
        return guard.decorate(self, function)

    def using(
        self,
        *,
        failure_on: Exceptions = UNSET,
        ignore: Exceptions = UNSET,
        failure_result: Callable[[Any], bool] | None = UNSET,
        fallback: Any = UNSET,
    ) -> Breaker:
        """The same breaker with another policy: ``@breaker.using(fallback=[])``. What is not given stays."""
        given = {
            "failure_on": failure_on,
            "ignore": ignore,
            "failure_result": failure_result,
            "fallback": fallback,
        }
        policy = {field: getattr(self._policy, field) if value is UNSET else value for field, value in given.items()}
        return Breaker.__new__(type(self), self._name, self._segment, **policy)  # a subclass may be made otherwise

    @property
    def state(self) -> Mode:
        """Its mode, equal to its name: ``breaker.state == "open"``. An opening that is over shows as open until the
        next call is admitted."""
        return MODES[self._mode()]

    def snapshot(self) -> Snapshot:
        """Its state, window and totals."""
        return from_fields(self._snapshot())

    @property
    def config(self) -> dict[str, Any]:
        """The configuration in force, by the names of :class:`Config` with ``_ms``."""
        return _config.from_json(self._config())

    def configure(self, **config: Unpack[Config]) -> None:
        """Replaces the configuration, for every process; a field that is not given takes its default. To change one:
        ``breaker.configure(**{**breaker.config, "open_ms": 5000})``. Mode and window stay, unless the window's own
        fields change."""
        self._configure(_config.to_json(config) or "{}")

    def on_transition(self, listener: Callable[[Event], object]) -> Subscription:
        """Calls ``listener`` with each transition of this breaker from now on, whichever process makes it; see
        :meth:`Segment.on_transition`."""
        name = self._name
        return self._segment.on_transition(lambda event: listener(event) if event.breaker == name else None)

    def _judge(self, error: BaseException) -> int:
        return self._policy.judge(error)

    def _judge_result(self, result: object) -> int:
        return self._policy.judge_result(result)

    def _refusal(self) -> CircuitOpenError:
        return CircuitOpenError(self._name, self.state, self.retry_after())

    def _rejected(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> Any:
        error = self._refusal()
        if self._policy.fallback is UNSET:
            raise error  # now, also where the function would have returned a coroutine
        return guard.rejected(self, error, function, args, kwargs or {})

    def _instead(self, error: BaseException, args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> Any:
        return self._policy.instead(error, args, kwargs or {})

    def _deferred(self, permit: Permit, result: Any, args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> Any:
        return guard.finish(self, permit, result, args, kwargs or {})

    def __repr__(self) -> str:
        where = "this process" if self._segment.name is None else f"segment {self._segment.name!r}"
        return f"<Breaker {self._name!r} of {where}: {self.state}>"

    def __reduce__(self) -> NoReturn:
        raise unpicklable(self)
