"""Client: calls that block."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta
from typing import Any, Callable

from . import breakable
from .answer import Answer
from .cancel import Cancel
from .core import Core
from .failure import ClientError
from .handle import Handle
from .request import Messages, Request, Table, table_text
from .stream import Stream


class Client(Handle):
    """A client for OpenAI-compatible relays. Any thread may use it, and a forked child may use its parent's.

    :param table: the routes (``docs/CLIENT.md``): an object, the same as JSON, or the path of a file.
    :param segment: a :class:`Segment`, or the name of one that processes share; None: this process's own.
    :raises ConfigError: for the table and its keys, with the place in it.
    """

    def send(
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
        """Makes a call, and waits for its end. The parameters are those of :class:`Request`.

        :raises ClientError: says what went wrong, whose trouble it is, and what was tried.
        """
        return self._send(Request(path, body, timeout, cache, or_stale, fallback, cancel))

    def chat(self, model: str, messages: Messages, **fields: Any) -> Answer:
        """A chat. ``messages`` may be the text of one; ``fields`` are those of the body, and the parameters of
        :meth:`send`."""
        return self._send(Request.chat(model, messages, **fields))

    def embeddings(self, model: str, input: str | Sequence[str], **fields: Any) -> Answer:  # noqa: A002
        """Embeddings of texts."""
        return self._send(Request.embeddings(model, input, **fields))

    def models(self) -> Answer:
        """The models that there are."""
        return self._send(Request("/models"))

    def stream(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        timeout: float | timedelta | None = None,
        cancel: Cancel | None = None,
    ) -> Stream:
        """A call whose answer comes in pieces; it is made when the first is asked for."""
        return Stream(self._open(), Request(path, body, timeout, cancel=cancel))

    def chat_stream(self, model: str, messages: Messages, **fields: Any) -> Stream:
        """A chat whose answer comes in pieces."""
        return Stream(self._open(), Request.chat(model, messages, **fields))

    def batch(
        self,
        requests: Iterable[Request],
        concurrency: int = 8,
        progress: Callable[[int, int], object] | None = None,
    ) -> list[Answer | ClientError]:
        """Makes many calls, ``concurrency`` at a time: in the order of the requests, each one's own answer or failure.

        ``progress(done, of)`` hears of each that is done, on this thread. What it raises breaks the rest off, as
        Ctrl-C does.
        """
        core, wanted = self._open(), [(request.encoded(), request.cancel or Cancel()) for request in requests]
        pool = ThreadPoolExecutor(max(1, min(concurrency, len(wanted))), "holysheep_cb batch")
        try:
            calls = [pool.submit(_outcome, core, *request) for request in wanted]
            for done, _ in enumerate(as_completed(calls), start=1):
                if progress is not None:
                    progress(done, len(calls))
            return [call.result() for call in calls]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # first, so that none begins in the place of one that ends
            for _, cancel in wanted:
                cancel.now()
            raise
        finally:
            pool.shutdown(wait=False)

    def replace_table(self, table: Table) -> None:
        """Replaces the table, also while calls are out: those go on with the old one."""
        self._open().replace_table(table_text(table))

    def status(self) -> dict[str, Any]:
        """How the routes are (``routes``) and what the calls came to (``spent``); durations in seconds."""
        return self._open().status()

    def close(self) -> None:
        """Ends its health checks and connections; calls that are out go on."""
        self._core = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def _send(self, request: Request) -> Answer:
        core, wanted, cancel = self._open(), request.encoded(), request.cancel or Cancel()
        return breakable.run(lambda: core.send(wanted, cancel), cancel)


def _outcome(core: Core, request: bytes, cancel: Cancel) -> Answer | ClientError:
    try:
        return core.send(request, cancel)
    except ClientError as failure:
        return failure
