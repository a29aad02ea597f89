"""Events and listeners, also of other processes."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import threading
import time
from typing import Callable

import pytest
from conftest import PATIENCE, eventually, forked, joined
from holysheep_cb import Breaker, Event, Mode, Reason, Segment, log_transition

Start = Callable[..., "subprocess.Popen[str]"]

TRIP = "import sys, holysheep_cb as h; h.Breaker(sys.argv[1], 'events').trip()"


def modes(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.from_.value, event.to.value) for event in events]


def test_events_are_read_in_order() -> None:
    segment = Segment()
    events = segment.events(timeout=0)
    breaker = Breaker("relay", segment)
    assert list(events) == []
    breaker.trip()
    breaker.half_open()
    breaker.reset()
    read = list(events)
    assert modes(read) == [("closed", "open"), ("open", "half-open"), ("half-open", "closed")]
    assert [event.sequence for event in read] == [1, 2, 3]
    first = read[0]
    assert (first.breaker, first.to, first.reason, first.pid) == ("relay", Mode.OPEN, Reason.OPERATOR, os.getpid())
    assert first.generation == 2 and first.time_ns > 0 and first.note == ""
    assert str(first) == f"relay: closed -> open (operator, pid {os.getpid()})"
    assert (events.missed, events.cursor) == (0, 4)


def test_where_to_begin() -> None:
    segment = Segment()
    breaker = Breaker("relay", segment)
    breaker.trip()
    breaker.reset()
    assert modes(list(segment.events("oldest", timeout=0))) == [("closed", "open"), ("open", "closed")]
    assert list(segment.events("now", timeout=0)) == []
    assert modes(list(segment.events(2, timeout=0))) == [("open", "closed")]
    reader = segment.events("oldest", timeout=0)
    next(reader)
    assert reader.cursor == 2
    assert list(segment.events(reader.cursor, timeout=0)) == list(reader)
    with pytest.raises(ValueError, match="follow is 'today', but must be \"now\""):
        segment.events("today")


def test_a_reader_that_falls_behind_is_told() -> None:
    segment = Segment()
    breaker, rounds = Breaker("relay", segment), 3000
    events = segment.events(timeout=0)
    for _ in range(rounds):
        breaker.trip()
        breaker.reset()
    read = list(events)
    assert 0 < len(read) < 2 * rounds
    assert events.missed == 2 * rounds - len(read)
    assert [event.sequence for event in read] == list(range(events.missed + 1, 2 * rounds + 1))


def test_the_time_limit_is_kept() -> None:
    begun = time.monotonic()
    assert list(Segment().events(timeout=0.15)) == []
    assert time.monotonic() - begun >= 0.15


def test_waiting_for_another_process(python: Start) -> None:
    segment = Segment("events")
    events = segment.events(timeout=PATIENCE)
    child = python(TRIP, "relay")
    event = next(events)
    assert (event.breaker, event.to, event.pid) == ("relay", "open", child.pid)


def test_waiting_lets_other_threads_run() -> None:
    segment = Segment()
    breaker = Breaker("relay", segment)
    events = segment.events(timeout=PATIENCE)
    got: list[Event] = []
    waiter = threading.Thread(target=lambda: got.append(next(events)))
    waiter.start()
    assert sum(range(100_000)) > 0 and waiter.is_alive()
    breaker.trip()
    waiter.join(PATIENCE)
    assert modes(got) == [("closed", "open")]


def test_ctrl_c_ends_a_wait_promptly(python: Start) -> None:
    # Whoever runs the tests in the background may have it ignored, and children inherit that.
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import holysheep_cb as h\nevents = h.Segment('events').events()\nprint('waiting', flush=True)\nnext(events)"
    )
    child = python(program)
    assert child.stdout is not None and child.stdout.readline() == "waiting\n"
    begun = time.monotonic()
    child.send_signal(signal.SIGINT)
    assert child.wait(PATIENCE) == -signal.SIGINT
    assert time.monotonic() - begun < 2


def test_async_iteration(python: Start) -> None:
    async def main() -> None:
        segment = Segment("events")
        first = segment.events()
        second = segment.events(timeout=PATIENCE)
        ticks = 0

        async def read() -> list[Event]:
            return [await second.__anext__(), await second.__anext__()]

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.001)

        ticker, reading = asyncio.create_task(tick()), asyncio.create_task(read())
        while not segment._watcher._wakers:
            await asyncio.sleep(0)
        python(TRIP, "relay")
        async for event in first:
            assert event.breaker == "relay"
            break
        Breaker("other", segment).trip()
        assert [event.breaker for event in await reading] == ["relay", "other"]
        ticker.cancel()
        assert ticks > 10  # the loop ran meanwhile

    asyncio.run(main())


def test_async_iteration_ends() -> None:
    segment = Segment()

    async def main() -> None:
        assert [event async for event in segment.events(timeout=0.02)] == []
        waiting = asyncio.ensure_future(segment.events().__anext__())
        while not segment._watcher._wakers:
            await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(main())
    assert segment._watcher._wakers == {}
    Breaker("relay", segment).trip()  # with the loop closed
    asyncio.run(main())


def test_listeners_hear_of_their_breaker(python: Start) -> None:
    segment = Segment("events")
    mine: list[Event] = []
    all_: list[Event] = []
    subscription = Breaker("relay", segment).on_transition(mine.append)
    segment.on_transition(all_.append)
    child = python(TRIP, "relay")
    eventually(lambda: mine)
    assert mine[0].pid == child.pid
    python(TRIP, "other")
    eventually(lambda: len(all_) == 2)
    assert len(mine) == 1
    subscription.cancel()
    subscription.cancel()
    Breaker("relay", segment).reset()
    eventually(lambda: len(all_) == 3)
    assert len(mine) == 1
    with pytest.raises(TypeError, match="but must be callable"):
        segment.on_transition(7)  # type: ignore[arg-type]


def test_listeners_run_on_one_daemon_thread() -> None:
    segment = Segment()
    breaker, threads = Breaker("relay", segment), []
    for _ in range(3):
        segment.on_transition(lambda _: threads.append(threading.current_thread()))
    breaker.trip()
    eventually(lambda: len(threads) == 3)
    assert len(set(threads)) == 1 and threads[0].daemon and threads[0] is not threading.current_thread()


def test_a_listener_that_fails_is_logged_and_kept(caplog: pytest.LogCaptureFixture) -> None:
    segment = Segment()
    heard: list[Event] = []
    segment.on_transition(lambda event: 1 / 0)
    segment.on_transition(heard.append)
    breaker = Breaker("relay", segment)
    breaker.trip()
    breaker.reset()
    eventually(lambda: len(heard) == 2)
    assert caplog.text.count("ZeroDivisionError") == 2 and "a listener failed" in caplog.text


def test_the_thread_ends_when_nobody_listens() -> None:
    segment = Segment()
    subscription = segment.on_transition(print)
    thread = segment._watcher._thread
    assert thread is not None and thread.is_alive()
    subscription.cancel()
    eventually(lambda: not thread.is_alive())
    heard: list[Event] = []
    segment.on_transition(heard.append)
    Breaker("relay", segment).trip()
    eventually(lambda: heard)


def test_transitions_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "holysheep_cb")
    breaker = Breaker("relay", Segment())
    breaker.on_transition(log_transition)
    breaker.trip()
    breaker.reset()
    eventually(lambda: len(caplog.records) == 2)
    opened, closed = caplog.records
    assert (opened.name, opened.levelname, closed.levelname) == ("holysheep_cb", "WARNING", "INFO")
    assert opened.getMessage() == f"relay: closed -> open (operator, pid {os.getpid()})"
    assert opened.transition.to == "open"  # type: ignore[attr-defined]


@pytest.mark.parametrize("way", ["listener", "async for"])
def test_a_listener_does_not_keep_the_interpreter(way: str, python: Start) -> None:
    programs = {
        "listener": "h.Breaker('relay', 'events').on_transition(print)",
        "async for": """
import asyncio
async def main():
    try:
        await asyncio.wait_for(h.Segment('events').events().__anext__(), 0.01)
    except asyncio.TimeoutError:
        pass
asyncio.run(main())""",
    }
    child = python(f"import holysheep_cb as h\n{programs[way]}\nprint('done', flush=True)")
    assert child.stdout is not None and child.stdout.readline() == "done\n"
    begun = time.monotonic()
    assert child.wait(PATIENCE) == 0
    assert time.monotonic() - begun < 1


@pytest.mark.filterwarnings("ignore:.*use of fork")
def test_listeners_go_on_in_a_forked_child() -> None:
    segment = Segment("events")
    breaker = Breaker("relay", segment)
    heard: list[Event] = []
    breaker.on_transition(heard.append)

    def work() -> bool:
        heard.clear()
        Breaker("relay", "events").trip()
        eventually(lambda: heard)
        return heard[0].pid == os.getpid()

    assert joined(forked(work)) == 0
    eventually(lambda: heard)
