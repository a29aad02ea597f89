"""An answer, and what became of its call on the way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Usage:
    """Tokens, as the service counts them."""

    input: int
    output: int


@dataclass(frozen=True)
class Meta:
    """What became of a call on its way."""

    source: str
    """Where it comes from: "service", "cache", "stale" (the last good one, as all else failed) or "static" (what the
    request said to take)."""
    route: str
    """The route that answered; empty for a static answer."""
    account: str | None
    """The account that it was charged to."""
    model: str
    """The model that answered, as the route calls it."""
    fallback_used: bool
    """It is another model than was asked for."""
    attempts: int
    """Requests that were sent for it."""
    latency: float
    """Seconds from the first attempt to the end."""
    first_byte: float
    """Seconds from sending the request that was answered to the first byte of the answer."""
    usage: Usage | None
    usd: float | None
    """What it cost, where the model has a price."""
    request_id: str | None
    """The request's number at the service."""

    @classmethod
    def of_json(cls, said: Mapping[str, Any]) -> Meta:
        """What the library tells."""
        usage = said["usage"] and Usage(said["usage"]["input"], said["usage"]["output"])
        shown: dict[str, Any] = {field.name: said.get(field.name) for field in fields(cls)}
        shown.update(latency=said["latency_ms"] / 1000, first_byte=said["first_byte_ms"] / 1000, usage=usage)
        return cls(**shown)


@dataclass(frozen=True)
class Answer:
    """An answer: its body as it came, and what became of the call."""

    content: bytes
    """The body, as it came."""
    text: str | None
    """What the model has written, whatever the provider's format; None if there is none."""
    meta: Meta

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.content)

    def __repr__(self) -> str:
        return f"<Answer of {len(self.content)} bytes: {self.meta!r}>"
