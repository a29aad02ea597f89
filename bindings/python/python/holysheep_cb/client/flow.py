"""The thread of a stream: the library pushes pieces, and the reader pulls them."""

from __future__ import annotations

import threading
from typing import Callable, Union

from .answer import Meta
from .cancel import Cancel
from .core import Core
from .piece import Piece
from .request import Request

_ROOM = 64
"""Pieces that may wait for the reader; then the service waits, too."""

Item = Union[Piece, Meta, BaseException]
"""A piece; or the end, which is the last item."""


class Flow:
    """A call that is made on a thread of its own, and its way to the reader."""

    def __init__(self, core: Core, request: Request, deliver: Callable[[Item], object]) -> None:
        self._core, self._request, self._deliver = core, request.encoded(), deliver
        self._cancel, self._room, self._left = request.cancel or Cancel(), threading.Semaphore(_ROOM), False

    def run(self) -> None:
        """The thread's work."""
        if self._left:
            return
        try:
            end: Item = self._core.stream(self._request, self._cancel, self._tell)
        except BaseException as error:
            end = error
        if not self._left:
            self._deliver(end)

    def _tell(self, data: str) -> bool:
        self._room.acquire()
        if not self._left:
            self._deliver(Piece(data))
        return not self._left

    def taken(self) -> None:
        """The reader has taken a piece."""
        self._room.release()

    def leave(self) -> None:
        """The reader wants no more: the call is broken off, in the process that makes it."""
        if not self._cancel.is_ours():
            return
        self._left = True
        self._cancel.now()
        self._room.release()
