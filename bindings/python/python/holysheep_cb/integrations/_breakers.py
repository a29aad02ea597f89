"""Which breaker a request goes to."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, Any

from .._backend import Permit, request_name
from ..breaker import Breaker
from ..config import Config
from ..errors import CircuitOpenError, ConfigError, Error
from ..segment import Segment, shared

logger = logging.getLogger("holysheep_cb")


class Options(Config, total=False):
    """What every integration takes, beside the fields of Config for breakers that do not exist yet."""

    segment: Segment | str | None
    """Where the breakers live: the name of a segment that processes share; None: this process's own."""
    breaker: Breaker
    """One breaker for all requests, instead of one for each host and model."""
    max_breakers: int
    """256. Beyond so many models, a request goes to the breaker of its host alone."""


if TYPE_CHECKING:
    from typing_extensions import Unpack

_CLOCK_STEP = 0.005
"""Seconds that the core's clock may be behind: it moves in steps of up to 4 ms, and deadlines are rounded up to 1."""


def soon(answer: Permit | CircuitOpenError) -> float | None:
    """Seconds after which to ask again, where a refusal is over but for the step of a clock; else None. Who waits for
    exactly as long as the server has asked, as the SDKs do, comes at that moment."""
    if isinstance(answer, Permit) or answer.retry_after is None or answer.retry_after > _CLOCK_STEP:
        return None
    return answer.retry_after + _CLOCK_STEP


class Breakers:
    """The breakers of one client, by the names of requests. They are opened when they are first needed."""

    def __init__(self, **options: Unpack[Options]) -> None:
        config: dict[str, Any] = dict(options)
        self._one: Breaker | None = config.pop("breaker", None)
        self._segment = shared(config.pop("segment", None))
        self._limit = config.pop("max_breakers", 256)
        self._config = config
        if self._one is not None and len(options) > 1:
            raise ConfigError(f"breaker is given, and takes no other options, but there are {sorted(options)}")
        if not isinstance(self._limit, int) or self._limit < 1:
            raise ConfigError(f"max_breakers is {self._limit!r}, but must be a number of at least 1")
        self._own = Segment()
        Breaker("of no request", self._own, **config)  # says now what is wrong with the configuration
        self._of_models: dict[str, Breaker] = {}
        self._of_host = functools.lru_cache(self._limit)(self._open)

    def ask(self, host: str, body: bytes) -> Permit | CircuitOpenError:
        """May a request to ``host`` with this body go? ``body``: b"" if it is not to be read."""
        try:
            return self.of(host, body).admit()
        except CircuitOpenError as refusal:
            return refusal

    def of(self, host: str, body: bytes) -> Breaker:
        """The breaker of such a request."""
        if self._one is not None:
            return self._one
        name = request_name(host, body)
        found = self._of_models.get(name)
        if found is not None:
            return found
        alone = request_name(host, b"")
        if name == alone or len(self._of_models) >= self._limit:
            return self._of_host(alone)
        return self._of_models.setdefault(name, self._open(name))

    def _open(self, name: str) -> Breaker:
        try:
            return Breaker(name, self._segment, **self._config)
        except Error as error:
            logger.warning("%r of %r: %s; this process goes on with one of its own", name, self._segment, error)
            return Breaker(name, self._own, **self._config)
