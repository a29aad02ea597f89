"""A piece of an answer that comes as a stream."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Piece:
    """A piece of an answer."""

    data: str
    """The data of the event, as it came."""

    def json(self) -> Any:
        """The same as JSON; None if it is none, as ``[DONE]``."""
        try:
            return json.loads(self.data)
        except ValueError:
            return None

    @property
    def text(self) -> str:
        """The text that it adds, whatever the provider's format; empty if it adds none."""
        said = self.json()
        return _text(said) or "" if isinstance(said, dict) else ""


def _text(said: dict[str, Any]) -> str | None:
    """In the formats of OpenAI (chats, completions, responses), Anthropic and Google, as the core reads them."""
    if choice := _first(said.get("choices")):
        message = choice.get("message") or choice.get("delta") or {}
        return _joined(message.get("content") or choice.get("text"))
    if candidate := _first(said.get("candidates")):
        return _joined((candidate.get("content") or {}).get("parts"))
    if isinstance(output := said.get("output"), list):
        return "".join(_joined(item.get("content")) or "" for item in output if isinstance(item, dict))
    delta = said.get("delta", said.get("content"))
    return _joined(delta.get("text") if isinstance(delta, dict) else delta)


def _first(them: Any) -> Any:
    return them[0] if isinstance(them, list) and them and isinstance(them[0], dict) else None


def _joined(parts: Any) -> str | None:
    """A text, or those of a list of parts."""
    if isinstance(parts, list):
        texts = [part.get("text") for part in parts if isinstance(part, dict)]
        return "".join(text for text in texts if isinstance(text, str))
    return parts if isinstance(parts, str) else None
