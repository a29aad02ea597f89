"""Requests, as users write them and as the library reads them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Union

from ..seconds import units
from .cancel import Cancel

Messages = Union[str, Sequence[Mapping[str, Any]]]
"""A user's message, or all that were said so far."""

Table = Union[Mapping[str, Any], str, "os.PathLike[str]"]
"""A table of routes: as an object, as JSON, or where it is a file."""


_OWN = ("timeout", "cache", "or_stale", "fallback", "cancel")
"""Fields of a request that are none of its body."""


@dataclass(frozen=True)
class Request:
    """A call to be made.

    :param path: below the endpoint's URL, such as ``/embeddings``.
    :param body: a JSON object, of which nothing but ``model`` is changed; None asks by GET.
    :param timeout: seconds for the whole call, over all attempts and routes; None: as the table says.
    :param cache: False: neither take an answer from the cache nor keep it.
    :param or_stale: where all fails, take the last good answer to the same request.
    :param fallback: where all fails, take this as the answer's body; None: raise.
    :param cancel: what another thread may break the call off by.
    """

    path: str
    body: Mapping[str, Any] | None = None
    timeout: float | timedelta | None = None
    cache: bool = True
    or_stale: bool = False
    fallback: Any = None
    cancel: Cancel | None = None

    @classmethod
    def chat(cls, model: str, messages: Messages, **fields: Any) -> Request:
        """A chat. ``messages`` may be the text of one; ``fields`` are those of the body, and the parameters above."""
        said = [{"role": "user", "content": messages}] if isinstance(messages, str) else list(messages)
        return cls._of("/chat/completions", {"model": model, "messages": said, **fields})

    @classmethod
    def embeddings(cls, model: str, input: str | Sequence[str], **fields: Any) -> Request:  # noqa: A002
        """Embeddings of texts."""
        return cls._of("/embeddings", {"model": model, "input": input, **fields})

    @classmethod
    def _of(cls, path: str, fields: dict[str, Any]) -> Request:
        own = {name: fields.pop(name) for name in _OWN if name in fields}
        return cls(path, fields, **own)

    def __repr__(self) -> str:
        """Without the body, which is the user's."""
        return f"<Request {self.path} for {None if self.body is None else self.body.get('model')!r}>"

    def encoded(self) -> bytes:
        """As the library reads it."""
        said: dict[str, Any] = {"path": self.path, "cache": self.cache, "or_stale": self.or_stale}
        if self.body is not None:
            said["body"] = dict(self.body)
        if self.timeout is not None:
            said["timeout_ms"] = units(self.timeout, 1000)
        if self.fallback is not None:
            said["or"] = self.fallback
        return json.dumps(said).encode()


def table_text(table: Table) -> bytes:
    """A table as the library reads it."""
    if isinstance(table, Mapping):
        return json.dumps(dict(table)).encode()
    return table.encode() if isinstance(table, str) else Path(table).read_bytes()
