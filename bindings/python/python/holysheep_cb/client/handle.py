"""What both clients have in common: the handle."""

from __future__ import annotations

from typing import NoReturn

from ..errors import Error, unpicklable
from ..segment import Segment, shared
from .core import Core
from .request import Table, table_text


class Handle:
    """A client of the library, until it is closed."""

    def __init__(self, table: Table, segment: Segment | str | None = None) -> None:
        self._core: Core | None = None
        self._segment = shared(segment)
        self._core = Core(table_text(table), self._segment)

    @property
    def segment(self) -> Segment:
        """Where its breakers, limiters and bulkheads live."""
        return self._segment

    def _open(self) -> Core:
        if self._core is None:
            raise Error("the client is closed")
        return self._core

    def __repr__(self) -> str:
        """Without keys: a table is not shown."""
        state = " (closed)" if self._core is None else ""
        where = "this process" if self._segment.name is None else f"segment {self._segment.name!r}"
        return f"<{type(self).__name__} of {where}{state}>"

    def __reduce__(self) -> NoReturn:
        raise unpicklable(self)
