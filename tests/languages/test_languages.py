"""One breaker for a pre-forking Python server, a Node cluster and C programs, against a real server.

scripts/test_languages builds what it needs, and runs it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hscb_mock import Mock

HERE = Path(__file__).parent
PYTHON, NODE, C = 4, 3, 2
WORKERS = PYTHON + NODE + C
THRESHOLD = 12
LIMIT = 60
"""Seconds that anything may take."""


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline, f"{what} does not happen"
        time.sleep(0.002)


class Crew:
    """The workers, all started; each stage is begun here, and each worker that is still there reports on it."""

    def __init__(self, mock: Mock, folder: Path) -> None:
        self.folder = folder / "stages"
        self.folder.mkdir()
        shared = "crew", str(self.folder)
        self._processes = [
            subprocess.Popen([sys.executable, HERE / "worker.py", mock.url, *shared, str(PYTHON)]),
            subprocess.Popen(["node", HERE / "worker.mjs", mock.url, *shared, str(NODE)]),
            *(subprocess.Popen([os.environ["WORKER_C"], mock.host, *shared]) for _ in range(C)),
        ]

    def begin(self, stage: int) -> None:
        (self.folder / f"{stage}").touch()

    def reports(self, stage: int, workers: int) -> dict[int, int]:
        """Of a stage that is over, how many calls each process made."""

        def found() -> list[Path]:
            return list(self.folder.glob(f"{stage}.*"))

        until(lambda: len(found()) >= workers or self._failed(), f"the end of stage {stage}")
        assert not self._failed(), "a worker failed; it says why on standard error"
        return {int(path.suffix[1:]): int(path.read_text()) for path in found()}

    def _failed(self) -> bool:
        return any((process.poll() or 0) > 0 for process in self._processes)

    def end(self) -> list[int]:
        """Waits for all of them; how each ended."""
        return [process.wait(LIMIT) for process in self._processes]

    def kill(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()


@pytest.fixture
def mock() -> Iterator[Mock]:
    mock = Mock()
    yield mock
    mock.end()


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Where the segment lies: in memory, as those of users do."""
    memory = Path("/dev/shm") / f"hscb-languages-{os.getpid()}"
    memory.mkdir(mode=0o700)
    monkeypatch.setenv("HOLYSHEEP_CB_DIR", str(memory))
    yield tmp_path
    shutil.rmtree(memory)


def test_nine_workers_of_three_languages(mock: Mock, folder: Path) -> None:
    from holysheep_cb import Breaker, Segment

    segment = Segment("crew")
    breaker = Breaker(
        f"{mock.host}|gpt-4.1",
        segment,
        failure_threshold=THRESHOLD,
        failure_rate=0,
        open_ms=600_000,
        half_open_max_calls=1,
        success_threshold=1,
        probe_lease_ms=3000,
    )
    events = segment.events(timeout=0)
    crew = Crew(mock, folder)
    try:
        # What each of them sees, all count.
        crew.begin(1)
        made = crew.reports(1, WORKERS)
        assert breaker.snapshot().totals.successes == sum(made.values()) == mock.received() == 20 * WORKERS
        assert segment.names() == [breaker.name]
        assert segment.processes() == WORKERS + 1

        # An outage costs all together what it may cost one: the threshold, and what each of them has out meanwhile.
        mock.phase("503")
        crew.begin(2)
        failed = crew.reports(2, WORKERS)
        assert set(failed) == set(made)
        assert THRESHOLD <= sum(failed.values()) <= THRESHOLD + WORKERS - 1
        totals = breaker.snapshot().totals
        assert totals.failures == THRESHOLD
        assert totals.failures + totals.late == sum(failed.values()) == mock.received() - 20 * WORKERS

        # Whoever has the probe is killed in it; another has the next one, and all are back.
        mock.phase("hang")
        received = mock.received()
        assert [(event.from_, event.to) for event in events] == [("closed", "open")]
        crew.begin(3)
        breaker.trip_for(0.2)
        until(lambda: mock.received() > received, "the probe")
        (probing,) = events
        assert probing.to == "half-open"
        assert probing.pid in made
        assert mock.received() == received + 1
        os.kill(probing.pid, signal.SIGKILL)
        mock.phase("healthy")
        back = crew.reports(3, WORKERS - 1)
        assert set(back) == set(made) - {probing.pid}
        assert breaker.state == "closed"
        assert breaker.snapshot().totals.probes_lost == 1
        assert sorted(crew.end())[1:] == [0] * (C + 1)  # -9 is that of a C program, if that had the probe
        assert segment.processes() == 1
    finally:
        crew.kill()
