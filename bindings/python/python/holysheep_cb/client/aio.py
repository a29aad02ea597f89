"""AsyncClient: calls for coroutines."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Callable

from ..segment import Segment
from .answer import Answer
from .cancel import Cancel
from .failure import ClientError
from .handle import Handle
from .request import Messages, Request, Table, table_text
from .stream import AsyncStream


class AsyncClient(Handle):
    """As :class:`Client`, for coroutines: the event loop is never blocked, for calls are made on threads of its own. A
    task that is cancelled breaks its call off, and waits for nothing. Made by its class, it reads the keys of the table
    meanwhile, which blocks for as long as a ``key_command`` takes; :meth:`open` does so on a thread.

    :param max_concurrency: calls and streams that are out at once, one thread each; further ones wait for their turn,
        which their timeout does not count.
    """

    def __init__(self, table: Table, segment: Segment | str | None = None, *, max_concurrency: int = 64) -> None:
        self._max_concurrency = max_concurrency
        self._threads = self._new_threads()
        super().__init__(table, segment)

    @classmethod
    async def open(
        cls, table: Table, segment: Segment | str | None = None, *, max_concurrency: int = 64
    ) -> AsyncClient:
        """A client whose table is read on a thread: its ``key_command`` blocks nobody."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, lambda: cls(table, segment, max_concurrency=max_concurrency))

    async def send(
        self,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        timeout: float | timedelta | None = None,
        cache: bool = True,
        or_stale: bool = False,
        fallback: Any = None,
        cancel: Cancel | None = None,
    ) -> Answer:
        """As :meth:`Client.send`."""
        return await self._send(Request(path, body, timeout, cache, or_stale, fallback, cancel))

    async def chat(self, model: str, messages: Messages, **fields: Any) -> Answer:
        """As :meth:`Client.chat`."""
        return await self._send(Request.chat(model, messages, **fields))

    async def embeddings(self, model: str, input: str | Sequence[str], **fields: Any) -> Answer:  # noqa: A002
        """As :meth:`Client.embeddings`."""
        return await self._send(Request.embeddings(model, input, **fields))

    async def models(self) -> Answer:
        """As :meth:`Client.models`."""
        return await self._send(Request("/models"))

    def stream(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        timeout: float | timedelta | None = None,
        cancel: Cancel | None = None,
    ) -> AsyncStream:
        """As :meth:`Client.stream`; to be asked for within the event loop."""
        return AsyncStream(self._open(), Request(path, body, timeout, cancel=cancel), self._executor())

    def chat_stream(self, model: str, messages: Messages, **fields: Any) -> AsyncStream:
        """As :meth:`Client.chat_stream`."""
        return AsyncStream(self._open(), Request.chat(model, messages, **fields), self._executor())

    async def batch(
        self,
        requests: Iterable[Request],
        concurrency: int = 8,
        progress: Callable[[int, int], object] | None = None,
    ) -> list[Answer | ClientError]:
        """As :meth:`Client.batch`; cancelled, it breaks all of its calls off."""
        wanted, turns, done = list(requests), asyncio.Semaphore(max(1, concurrency)), 0

        async def call(request: Request) -> Answer | ClientError:
            nonlocal done
            async with turns:
                try:
                    outcome: Answer | ClientError = await self._send(request)
                except ClientError as failure:
                    outcome = failure
            done += 1
            if progress is not None:
                progress(done, len(wanted))
            return outcome

        calls = [asyncio.ensure_future(call(request)) for request in wanted]
        try:
            return list(await asyncio.gather(*calls))
        finally:
            for one in calls:
                one.cancel()

    async def replace_table(self, table: Table) -> None:
        """As :meth:`Client.replace_table`."""
        core, loop = self._open(), asyncio.get_running_loop()
        await loop.run_in_executor(self._executor(), lambda: core.replace_table(table_text(table)))

    async def status(self) -> dict[str, Any]:
        """As :meth:`Client.status`."""
        return self._open().status()

    async def close(self) -> None:
        """As :meth:`Client.close`; calls that are waiting for their turn go, too."""
        self._core = None
        self._executor().shutdown(wait=False)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.close()

    async def _send(self, request: Request) -> Answer:
        core, wanted, cancel = self._open(), request.encoded(), request.cancel or Cancel()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._executor(), core.send, wanted, cancel)
        except BaseException:  # cancelled, or closed
            cancel.now()
            raise

    def _executor(self) -> ThreadPoolExecutor:
        """Its threads, in this process: a forked child has none of its parent's."""
        if self._threads[0] != os.getpid():
            self._threads = self._new_threads()
        return self._threads[1]

    def _new_threads(self) -> tuple[int, ThreadPoolExecutor]:
        return os.getpid(), ThreadPoolExecutor(self._max_concurrency, "holysheep_cb client")
