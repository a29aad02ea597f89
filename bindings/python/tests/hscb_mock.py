"""`hscb mock` as a process: a server that fails on cue and counts what reaches it."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest

HSCB = Path(os.environ.get("HSCB") or Path(__file__).parents[3] / "target" / "release" / "hscb")


class Mock:
    """A running `hscb mock`."""

    def __init__(self) -> None:
        if not HSCB.exists():
            pytest.fail(f"{HSCB} is missing: cargo build --release -p holysheep-cb-cli")
        command = [str(HSCB), "mock", "--control-port", "0"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url, self._control = (self._process.stdout.readline().split()[-1] for _ in range(2))
        self.host = self.url.partition("//")[2]

    def _ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._control}/control/{path}", data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def phase(self, kind: str, **fields: Any) -> None:
        """From now on, requests meet this."""
        self._ask("phase", {"kind": kind, **fields})

    def reset(self) -> None:
        self._ask("reset", {})

    def total(self, name: str) -> int:
        """One of its totals: "hung", "abandoned", ..."""
        return int(self._ask("stats")["totals"][name])

    def received(self) -> int:
        """How many requests reached it."""
        return self.total("received")

    def end(self) -> None:
        self._process.terminate()
        assert self._process.wait(20) == 0
        assert self._process.stdout is not None
        self._process.stdout.close()
