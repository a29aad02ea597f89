"""What stands beside a breaker in a segment, a limiter and a bulkhead, as far as both are alike."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from . import config as _config
from .errors import unpicklable
from .segment import Segment, shared

logger = logging.getLogger("holysheep_cb")


class Beside:
    """Name, segment and configuration; the core's class is the other base."""

    __slots__ = ()
    _name: str
    _segment: Segment

    if TYPE_CHECKING:  # the core's

        @property
        def _kept_config(self) -> bool: ...
        def _config(self) -> str: ...

    @classmethod
    def _open(cls, name: str, segment: Segment | str | None, config: Mapping[str, Any]) -> Any:
        where = shared(segment)
        opened: Any = super().__new__(cls, where, name, _config.to_json(config))  # type: ignore[call-arg]
        opened._name = name
        opened._segment = where
        if opened._kept_config:
            logger.warning("%r existed with another configuration, and keeps it; configure() replaces it", opened)
        return opened

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def segment(self) -> Segment:
        """The segment that it lives in."""
        return self._segment

    @property
    def config(self) -> dict[str, Any]:
        """The configuration in force, by the names of its fields with ``_ms``."""
        return _config.from_json(self._config())

    def __repr__(self) -> str:
        where = "this process" if self._segment.name is None else f"segment {self._segment.name!r}"
        return f"<{type(self).__name__} {self._name!r} of {where}>"

    def __reduce__(self) -> NoReturn:
        raise unpicklable(self)
