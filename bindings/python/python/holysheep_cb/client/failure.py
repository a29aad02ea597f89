"""A call that has no answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import Error


@dataclass(frozen=True)
class Refusal:
    """A route that did not let a call go."""

    route: str
    model: str
    kind: str
    """"circuit_open", "bulkhead_full" or "limited"."""
    retry_after: float | None
    """Seconds until it may; None if that is not to be known."""


class ClientError(Error):
    """The call has no answer. Never holds a key."""

    def __init__(
        self,
        kind: str,
        scope: str,
        retryable: bool,
        message: str,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        route: str | None = None,
        attempts: int = 0,
        refusals: tuple[Refusal, ...] = (),
    ) -> None:
        super().__init__(
            kind, scope, retryable, message, status, code, request_id, retry_after, route, attempts, refusals
        )
        self.kind = kind
        """What went wrong: "rate_limit", "server", "circuit_open", ...; docs/CLIENT.md has them all."""
        self.scope = scope
        """Whose trouble it is: "caller", "account", "model" or "endpoint"."""
        self.retryable = retryable
        """Time may mend it."""
        self.message = message
        """For people: what was wrong, where, and what was tried."""
        self.status: int | None = status  # type: ignore[assignment]
        """The status of the response (HTTP); None if there was none."""
        self.code = code
        """The error's own code, type and parameter, as the service names them."""
        self.request_id = request_id
        """The request's number at the service, to ask its support about."""
        self.retry_after = retry_after
        """Seconds that the service asks to wait, or until a route may admit; None if that is not to be known."""
        self.route = route
        """The route that it came from; None if none was asked."""
        self.attempts = attempts
        """Requests that were sent."""
        self.refusals = refusals
        """The routes that did not let the call go, in the order of asking, of the last round."""

    def __str__(self) -> str:
        return self.message


def of_json(said: Mapping[str, Any]) -> ClientError:
    """The failure that the library tells of."""
    refusals = tuple(
        Refusal(one["route"], one["model"], one["kind"], seconds(one["retry_after_ms"])) for one in said["refusals"]
    )
    return ClientError(
        said["kind"],
        said["scope"],
        said["retryable"],
        said["message"],
        said["status"],
        said["code"],
        said["request_id"],
        seconds(said["retry_after_ms"]),
        said["route"],
        said["attempts"],
        refusals,
    )


def seconds(ms: float | None) -> float | None:
    """The library's ms."""
    return None if ms is None else ms / 1000
