"""What comes in between: finalisers, signal handlers, fallbacks that raise what they were given."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
import threading
import types
from collections.abc import Generator
from typing import Any

import pytest
from holysheep_cb import Breaker, Event, Segment

LIMIT = 30
"""Seconds that a thread may take where it could hang."""


def finishes(run: Any) -> None:
    """Runs it on a thread that may hang without hanging the tests."""
    failed: list[BaseException] = []

    def body() -> None:
        try:
            run()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    thread.join(LIMIT)
    assert not thread.is_alive(), "it hangs"
    assert not failed, failed


class Collecting(dict[int, Any]):
    """Listeners among whom garbage is collected just when they are listed, as the interpreter may do it."""

    def values(self) -> Any:
        gc.collect()
        return super().values()


def test_a_finaliser_may_cancel_a_subscription_while_listeners_are_told() -> None:
    segment = Segment("between")
    breaker = Breaker("garbage", segment=segment)
    segment._watcher._listeners = Collecting()
    told = threading.Event()
    cancelled = threading.Event()

    class Owner:
        def __init__(self) -> None:
            self.cycle = self
            self.subscription = breaker.on_transition(lambda event: None)

        def __del__(self) -> None:
            self.subscription.cancel()
            cancelled.set()

    def run() -> None:
        breaker.on_transition(lambda event: told.set())
        Owner()  # nobody has it, and only a collection finds that
        breaker.trip()
        assert told.wait(LIMIT / 2), "the thread that tells hangs"
        breaker.on_transition(lambda event: None).cancel()

    gc.collect()
    gc.disable()
    try:
        finishes(run)
    finally:
        gc.enable()
    assert cancelled.is_set()


def test_a_listener_that_exits_does_not_end_the_others() -> None:
    breaker = Breaker("exits", segment="between")
    heard: list[Event] = []
    told = threading.Event()

    def hear(event: Event) -> None:
        heard.append(event)
        told.set()

    first = breaker.on_transition(lambda event: sys.exit(3))
    second = breaker.on_transition(hear)
    breaker.trip()
    assert told.wait(LIMIT)
    told.clear()
    breaker.reset()
    assert told.wait(LIMIT), "the thread ended with the first listener"
    first.cancel()
    second.cancel()
    assert [str(event.to) for event in heard] == ["open", "closed"]


def test_a_signal_handler_may_open_a_breaker_while_one_is_opened() -> None:
    opened = 0

    def handler(*_: object) -> None:
        nonlocal opened
        Breaker("by the handler", segment="between")
        opened += 1

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    try:
        while opened < 200:
            Breaker("by the program", segment="between")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_a_signal_handler_may_enter_a_breaker_while_one_is_entered() -> None:
    breaker = Breaker("entered", segment="between")
    entered = 0

    def handler(*_: object) -> None:
        nonlocal entered
        with breaker:
            entered += 1

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
    blocks = 0
    try:
        while entered < 500:
            with breaker:
                blocks += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert breaker.snapshot().totals.successes == blocks + entered


def test_a_fallback_that_raises_the_cause_makes_no_circle() -> None:
    def unwrap(error: BaseException) -> None:
        assert error.__cause__ is not None
        raise error.__cause__

    breaker = Breaker("unwraps", segment="between", fallback=unwrap)

    def fails() -> None:
        try:
            raise OSError("root")
        except OSError as root:
            raise RuntimeError("wrapped") from root

    def run() -> None:
        with pytest.raises(OSError, match="root") as caught:
            breaker.call(fails)
        seen: set[int] = set()
        error: BaseException | None = caught.value
        while error is not None:
            assert id(error) not in seen, "contexts in a circle"
            seen.add(id(error))
            error = error.__context__
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.push(lambda *_: breaker.call(fails))
            raise ValueError("in the block")

    finishes(run)


async def answer() -> str:
    return "answer"


def test_objects_that_are_called_asynchronously_are_coroutine_functions() -> None:
    class Asked:
        async def __call__(self) -> str:
            return await answer()

    @types.coroutine
    def old() -> Generator[None, None, str]:
        yield from ()
        return "answer"

    breaker = Breaker("asked", segment="between", fallback="instead")

    async def ask(expected: str) -> None:
        for function in (Asked(), old):
            assert await breaker(function)() == expected
            assert await breaker.call(function) == expected

    asyncio.run(ask("answer"))
    breaker.trip()
    asyncio.run(ask("instead"))


def test_static_methods_are_refused_with_the_way_out() -> None:
    breaker = Breaker("static", segment="between")
    with pytest.raises(TypeError, match="decorate the function inside"):
        breaker(staticmethod(lambda: None))


def test_a_subclass_with_a_constructor_of_its_own_has_using() -> None:
    class Ours(Breaker):
        def __new__(cls, host: str) -> Ours:
            return super().__new__(cls, f"{host}|model", "between")  # type: ignore[return-value]

    ours = Ours("host")
    assert ours.using(fallback=1).name == "host|model"
