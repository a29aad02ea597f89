"""Servers to call: `hscb mock`, and one of our own for what it lacks."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from holysheep_cb import Breaker
from hscb_mock import Mock

SEGMENT = "integrations"
MODEL = "gpt-4.1"


def breaker_of(mock: Mock | Odd, model: str = MODEL) -> Breaker:
    """The breaker that requests to a server go to."""
    return Breaker(f"{mock.host}|{model}" if model else mock.host, SEGMENT)


def outcomes(mock: Mock | Odd, model: str = MODEL) -> tuple[int, int, int]:
    """Successes, failures, ignored."""
    totals = breaker_of(mock, model).snapshot().totals
    return totals.successes, totals.failures, totals.ignored


EVENT = b'data: {"choices": [{"delta": {"content": "token"}}]}\n\n'
DONE = b"data: [DONE]\n\n"
ERROR = b'data: {"error": {"code": "server_error", "message": "broken"}}\n\n'
SSE, JSON = "text/event-stream", "application/json"
QUOTA = b'{"error": {"code": "insufficient_quota", "message": "pay first"}}'

ODD: dict[str, tuple[int, dict[str, str], bytes]] = {
    "ok": (200, {"Content-Type": JSON}, b'{"choices": []}'),
    "gzip-ok": (200, {"Content-Type": SSE, "Content-Encoding": "gzip"}, gzip.compress(EVENT * 9 + DONE)),
    "gzip-error": (200, {"Content-Type": SSE, "Content-Encoding": "gzip"}, gzip.compress(EVENT * 9 + ERROR)),
    "unknown-encoding": (200, {"Content-Type": SSE, "Content-Encoding": "rot13"}, ERROR),
    "no-marker": (200, {"Content-Type": SSE}, EVENT),
    "empty-stream": (200, {"Content-Type": SSE}, b": nothing\n\n"),
    "error-in-json": (200, {"Content-Type": JSON}, b'{"error": {"code": "server_error"}}'),
    "quota-in-json": (200, {"Content-Type": JSON}, b'{"error": {"type": "tokens_limit_exceeded"}}'),
    "quota": (429, {"Content-Type": JSON, "Retry-After": "20"}, QUOTA),
    "unauthorized": (401, {"Content-Type": JSON}, b'{"error": {"code": "invalid_api_key"}}'),
    "no-content": (204, {}, b""),
    "redirect": (307, {"Location": "/ok"}, b""),
    "short": (200, {"Content-Type": JSON, "Content-Length": "99"}, b'{"choices": '),
}
"""Status, headers and body by path."""


class Odd:
    """A server that answers by path; it keeps the last body that it received."""

    def __init__(self) -> None:
        odd = self
        self.body = b""

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                odd.body = self._received()
                status, headers, body = ODD[self.path.strip("/").split("/")[0]]
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in headers:
                    self.send_header("Content-Length", str(len(body)))
                else:
                    self.close_connection = True
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST

            def _received(self) -> bytes:
                if self.headers.get("Transfer-Encoding") != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length", 0)))
                parts = []
                while size := int(self.rfile.readline(), 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def odd() -> Iterator[Odd]:
    server = Odd()
    yield server
    server.end()
