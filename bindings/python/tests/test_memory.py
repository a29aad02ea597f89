"""Nothing is left behind: by a million calls, by ten thousand breakers. Each program runs in a process of its own, and
prints what grew."""

from __future__ import annotations

import subprocess
import weakref
from typing import Any, Callable

import pytest
from conftest import collected, cpython_only
from holysheep_cb import Breaker

pytestmark = cpython_only

Start = Callable[..., "subprocess.Popen[str]"]

KIT = """
import asyncio, gc, os
import holysheep_cb as h

def resident():
    with open('/proc/self/statm') as file:
        return int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')

def descriptors():
    return len(os.listdir('/proc/self/fd'))

def growth(work, warm_up, rounds):
    work(warm_up)
    gc.collect()
    before, open_before = resident(), descriptors()
    work(rounds)
    gc.collect()
    print(resident() - before, descriptors() - open_before)
"""

CALLS = """
breaker = h.Breaker('relay', 'memory')

def function():
    return 1

def broken():
    raise OSError

async def coroutine():
    return 1

async def broken_coroutine():
    raise OSError

guarded, guarded_coroutine = breaker(function), breaker(coroutine)
broken_guarded = breaker.using(ignore=OSError)(broken_coroutine)
quiet = breaker.using(fallback=None)

def stream():
    yield 1

def plain(rounds):
    for _ in range(rounds):
        breaker.call(function)
        guarded()

def others(rounds):
    for _ in range(rounds):
        with breaker:
            function()
        breaker.admit().success()
        breaker.admit()
        for _ in breaker(stream)():
            pass

async def awaited(rounds):
    for _ in range(rounds):
        await guarded_coroutine()
        await breaker.call(coroutine)
        async with breaker:
            pass
        try:
            await broken_guarded()
        except OSError:
            pass
        guarded_coroutine().close()

def failing(rounds):
    breaker.observe()
    for _ in range(rounds):
        quiet.call(broken)
        try:
            with breaker:
                raise OSError
        except OSError:
            pass
    breaker.force_open()
    for _ in range(rounds):
        quiet.call(function)
        try:
            breaker.call(function)
        except h.CircuitOpenError:
            pass
    breaker.reset()

growth(plain, 10_000, 500_000)
growth(others, 2_000, 50_000)
growth(lambda rounds: asyncio.run(awaited(rounds)), 2_000, 50_000)
growth(failing, 2_000, 50_000)
"""

BREAKERS = """
def private(rounds):
    for number in range(rounds):
        h.Breaker(f'private {number}').call(int)

def shared(rounds):
    for number in range(rounds):
        h.Breaker('shared', 'memory').call(int)

def segments(rounds):
    for number in range(rounds // 20):
        h.Breaker('relay', h.Segment('again')).call(int)

def together(rounds):
    breakers = [h.Breaker(f'together {number}') for number in range(rounds)]
    for breaker in breakers:
        breaker(int)()

growth(private, 1_000, 10_000)
growth(shared, 1_000, 10_000)
growth(segments, 1_000, 10_000)
growth(together, 10_000, 10_000)
"""

OBJECTS = """
import tracemalloc

def work(rounds):
    for number in range(rounds):
        breaker = h.Breaker(f'private {number}', h.Segment())
        breaker(int)()
        with breaker:
            pass
        subscription = breaker.on_transition(print) if number % 1000 == 0 else None
        if subscription:
            subscription.cancel()

work(10)
gc.collect()
tracemalloc.start()
work(1_000)
gc.collect()
before = tracemalloc.get_traced_memory()[0]
work(2_000)
gc.collect()
print(tracemalloc.get_traced_memory()[0] - before, 0)
"""

SLACK = 2 * 2**20
"""Bytes by which memory may differ before it counts as growing; each program would leak many times as much."""


@pytest.mark.parametrize("program", [CALLS, BREAKERS], ids=["calls", "breakers"])
def test_nothing_grows(program: str, python: Start) -> None:
    grown = [list(map(int, line.split())) for line in python(KIT + program).communicate()[0].splitlines()]
    assert len(grown) == 4
    for bytes_, descriptors in grown:
        assert bytes_ < SLACK and descriptors == 0, grown


def test_no_python_object_stays(python: Start) -> None:
    grown, _ = map(int, python(KIT + OBJECTS).communicate()[0].split())
    assert grown < 20_000


def test_a_private_breaker_goes_with_its_last_handle(python: Start) -> None:
    program = "s = h.Segment()\nfor n in range(10_000): h.Breaker(f'b{n}', s)\nprint(len(s.names()))"
    assert python(KIT + program).communicate()[0] == "0\n"


class Client:
    """Holds a breaker that holds it, and a call that is not over."""

    def __init__(self, breaker: Breaker) -> None:
        self.breaker = breaker.using(fallback=self.cached)
        self.permit = self.breaker.admit()

    def cached(self, *_: object) -> str:
        return "cached"


def test_cycles_through_permits_are_collected(breaker: Breaker) -> None:
    client = Client(breaker)
    gone = weakref.ref(client)
    del client
    collected()
    assert gone() is None
    assert breaker.snapshot().totals.ignored == 1


def test_cycles_through_decorated_functions_are_collected(breaker: Breaker) -> None:
    class Local:
        pass

    def make() -> weakref.ref[Local]:
        local = Local()

        @breaker
        def plain() -> Any:
            return plain, later, local

        @breaker
        async def later() -> Any:
            return plain, later, local

        return weakref.ref(local)

    gone = make()
    collected()
    assert gone() is None
