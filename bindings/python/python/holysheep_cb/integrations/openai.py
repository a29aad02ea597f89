"""Breakers in the OpenAI SDK (2.31 or later):

    client = protect(OpenAI(), segment="billing")
    client = protect(AsyncOpenAI(), segment="billing")

The SDK's own retries go through the breaker like every request, so an outage costs no more requests than the breaker
allows, and a refusal is not retried.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any, TypeVar

try:
    import openai
except ImportError as error:
    raise ImportError(f"{__name__} needs openai; install it with:  pip install openai") from error

from .. import errors
from ._breakers import Options

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["CircuitOpenError", "protect"]

_OLDEST = (2, 31)
"""Earlier ones retry errors of their own kind too."""

C = TypeVar("C", bound="openai.OpenAI | openai.AsyncOpenAI")


class CircuitOpenError(errors.CircuitOpenError, openai.APIConnectionError):
    """The request was not sent, because the breaker rejects calls. The SDK does not retry it."""

    def __init__(self, name: str, mode: str, retry_after: float | None, request: Any = None) -> None:
        refusal = errors.CircuitOpenError(name, mode, retry_after)
        openai.APIConnectionError.__init__(self, message=str(refusal), request=request)
        errors.CircuitOpenError.__init__(self, *refusal.args)


def protect(client: C, *, chunk_timeout: float | None = None, **options: Unpack[Options]) -> C:
    """Has every request of ``client`` go through breakers, and returns it. What is derived from it (``with_options``)
    is protected too, and so is all else that uses its HTTP client. A second call replaces the options of the first.

    :param chunk_timeout: seconds after which the body of a response has stalled, if not the client's read timeout;
        that is then for the headers alone.
    :param options: see :class:`Options`.
    """
    if tuple(map(int, openai.__version__.split(".")[:2])) < _OLDEST:
        wanted = ".".join(map(str, _OLDEST))
        raise ImportError(f"openai is {openai.__version__}, but must be {wanted} or later; earlier ones retry refusals")
    if not isinstance(client, (openai.OpenAI, openai.AsyncOpenAI)):
        raise TypeError(f"client is {client!r}, but must be an OpenAI or AsyncOpenAI")
    http: Any = client._client
    kind = _transport_for(http)

    def guarded(transport: Any) -> Any:
        guard = kind(
            transport._inner if isinstance(transport, kind) else transport, chunk_timeout=chunk_timeout, **options
        )
        guard._refused = CircuitOpenError
        return guard

    transport = guarded(http._transport)
    mounts = {pattern: mounted and guarded(mounted) for pattern, mounted in http._mounts.items()}
    http._transport, http._mounts = transport, mounts
    return client


def _transport_for(http: object) -> Any:
    """The breaker transport for an HTTP client of either library."""
    for name in ("httpx2", "httpx"):
        library = sys.modules.get(name)
        if library is not None and isinstance(http, (library.Client, library.AsyncClient)):
            guards = importlib.import_module(f"{__package__}.{name}")
            return guards.BreakerTransport if isinstance(http, library.Client) else guards.AsyncBreakerTransport
    raise TypeError(f"the client's HTTP client is {http!r}, but must be one of httpx or httpx2")
