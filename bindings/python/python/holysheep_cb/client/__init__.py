"""A client for OpenAI-compatible relays, over the breaker, the limiter and the bulkhead of this package.

    from holysheep_cb.client import Client

    with Client(table, segment="billing") as client:
        answer = client.chat("gpt-4.1", "Say hello.")
        print(answer.text, answer.meta.usd)

``docs/CLIENT.md`` has the table of routes and every rule; :class:`AsyncClient` is the same for coroutines. Over either
backend it is ``ctypes`` over the C ABI, which lets other threads run while a call is out.
"""

from .aio import AsyncClient
from .answer import Answer, Meta, Usage
from .blocking import Client
from .cancel import Cancel
from .failure import ClientError, Refusal
from .piece import Piece
from .request import Request
from .stream import AsyncStream, Stream

__all__ = [
    "Answer",
    "AsyncClient",
    "AsyncStream",
    "Cancel",
    "Client",
    "ClientError",
    "Meta",
    "Piece",
    "Refusal",
    "Request",
    "Stream",
    "Usage",
]
