"""Streams: answers that come in pieces, for threads and for coroutines."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Executor
from queue import SimpleQueue
from typing import NoReturn

from ..errors import unpicklable
from .answer import Meta
from .core import Core
from .flow import Flow, Item
from .piece import Piece
from .request import Request


class _Streaming:
    """What both have in common: how far it is."""

    _flow: Flow

    def __init__(self) -> None:
        self.meta: Meta | None = None
        """What became of the call; None until the stream has come to its end."""
        self._begun = self._ended = False

    def _take(self, item: Item) -> Piece | None:
        """A piece; None at the end."""
        if isinstance(item, Piece):
            self._flow.taken()
            return item
        self._ended = True
        if isinstance(item, Meta):
            self.meta = item
            return None
        raise item

    def _leave(self) -> None:
        begun, self._begun = self._begun, True
        if begun and not self._ended:
            self._flow.leave()
        self._ended = True

    def __reduce__(self) -> NoReturn:
        raise unpicklable(self)

    def __del__(self) -> None:
        if hasattr(self, "_flow"):
            self._leave()


class Stream(_Streaming):
    """The pieces of an answer, to iterate over. ``with`` closes it: left before its end, the call is broken off, which
    is no verdict on the service. For one thread at a time.

    :raises ClientError: by the iteration. A call is tried again, or elsewhere, until its first piece is there.
    """

    def __init__(self, core: Core, request: Request) -> None:
        super().__init__()
        self._arrived: SimpleQueue[Item] = SimpleQueue()
        self._flow = Flow(core, request, self._arrived.put)

    def __iter__(self) -> Stream:
        return self

    def __next__(self) -> Piece:
        if not self._begun:
            self._begun = True
            threading.Thread(target=self._flow.run, name="holysheep_cb stream", daemon=True).start()
        if self._ended:
            raise StopIteration
        try:
            piece = self._take(self._arrived.get())
        except BaseException:
            self.close()
            raise
        if piece is None:
            raise StopIteration
        return piece

    def text(self) -> str:
        """What is still to come, as text."""
        return "".join(piece.text for piece in self)

    def close(self) -> None:
        """Breaks the call off, if it has not ended."""
        self._leave()

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


class AsyncStream(_Streaming):
    """As :class:`Stream`, for ``async for`` and ``async with``. A task that is cancelled while it waits for a piece
    breaks the call off."""

    def __init__(self, core: Core, request: Request, executor: Executor) -> None:
        super().__init__()
        self._executor = executor
        self._loop = asyncio.get_running_loop()
        self._arrived: asyncio.Queue[Item] = asyncio.Queue()
        loop, arrive = self._loop, self._arrived.put_nowait
        self._flow = Flow(core, request, lambda item: loop.call_soon_threadsafe(arrive, item))

    def __aiter__(self) -> AsyncStream:
        return self

    async def __anext__(self) -> Piece:
        if not self._begun:
            self._begun = True
            self._executor.submit(self._flow.run)
        if self._ended:
            raise StopAsyncIteration
        try:
            piece = self._take(await self._arrived.get())
        except BaseException:
            self._leave()
            raise
        if piece is None:
            raise StopAsyncIteration
        return piece

    async def text(self) -> str:
        """What is still to come, as text."""
        return "".join([piece.text async for piece in self])

    async def close(self) -> None:
        """Breaks the call off, if it has not ended."""
        self._leave()

    async def __aenter__(self) -> AsyncStream:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.close()
