"""Workers of a pre-forking Python server: their calls go through httpx with a breaker for each host and model.

worker.py URL SEGMENT FOLDER WORKERS
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import httpx
from holysheep_cb.integrations.httpx import BreakerTransport, CircuitOpenError

URL, SEGMENT, FOLDER, WORKERS = sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
BODY = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "Hi"}]}


def stage(number: int) -> None:
    """Waits until it begins."""
    while not (FOLDER / f"{number}").exists():
        time.sleep(0.002)


def report(number: int, calls: int) -> None:
    """How many calls were made in it."""
    written = FOLDER / f"unfinished.{os.getpid()}"
    written.write_text(f"{calls}")
    written.rename(FOLDER / f"{number}.{os.getpid()}")


def work() -> None:
    client = httpx.Client(transport=BreakerTransport(segment=SEGMENT), timeout=60)

    def call() -> int | None:
        """The status; None if it was refused."""
        try:
            return client.post(f"{URL}/v1/chat/completions", json=BODY).status_code
        except CircuitOpenError:
            time.sleep(0.002)
            return None

    stage(1)
    for _ in range(20):
        assert call() == 200
    report(1, 20)

    stage(2)
    calls = 0
    while call() is not None:
        calls += 1
    report(2, calls)

    stage(3)
    while call() != 200:
        pass
    report(3, 1)


def main() -> None:
    children = []
    for _ in range(WORKERS):
        child = os.fork()
        if child == 0:
            work()
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


main()
