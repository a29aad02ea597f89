"""Calls, and what a breaker shows and obeys."""

from __future__ import annotations

import functools
import inspect
import pickle
import re
from copy import copy, deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import eventually
from holysheep_cb import (
    Breaker,
    Bulkhead,
    CircuitOpenError,
    Limiter,
    Mode,
    ModeError,
    NameNotAllowedError,
    Segment,
    Snapshot,
)


def fail(*_: object, **__: object) -> None:
    raise ConnectionError("the service is down")


def test_a_call_is_made_and_counted(breaker: Breaker) -> None:
    assert breaker.call(divmod, 7, 2) == (3, 1)
    assert breaker.call(dict, a=1) == {"a": 1}
    assert breaker.snapshot().totals.successes == 2


def test_the_exception_of_a_call_is_the_callers(breaker: Breaker) -> None:
    error = ConnectionError("mine")

    def raises() -> None:
        raise error

    with pytest.raises(ConnectionError) as raised:
        breaker.call(raises)
    assert raised.value is error
    assert raised.traceback[-1].name == "raises"
    assert error.__context__ is None
    assert breaker.snapshot().totals.failures == 1


def test_a_failing_service_is_left_alone(breaker: Breaker) -> None:
    for _ in range(2):
        with pytest.raises(ConnectionError):
            breaker.call(fail)
    calls: list[int] = []
    with pytest.raises(CircuitOpenError) as raised:
        breaker.call(calls.append, 1)
    assert calls == []
    error = raised.value
    assert (error.name, error.mode) == (breaker.name, "open")
    assert error.retry_after is not None and 29 < error.retry_after <= 30.1
    assert re.fullmatch(r"'.*' is open and rejects calls, the next may go in (29|30)\.\d{3} s", str(error))
    assert breaker.snapshot().totals.rejected == 1


def test_an_error_of_a_forced_open_breaker_knows_no_time(breaker: Breaker) -> None:
    breaker.force_open()
    with pytest.raises(CircuitOpenError, match="not known for how long") as raised:
        breaker.call(print)
    assert raised.value.retry_after is None
    copied = pickle.loads(pickle.dumps(raised.value))
    assert (copied.name, copied.mode, copied.retry_after) == (breaker.name, Mode.FORCED_OPEN, None)


def test_it_recovers(request: pytest.FixtureRequest) -> None:
    breaker = Breaker(request.node.name, failure_threshold=1, failure_rate=0, open=timedelta(milliseconds=30))
    with pytest.raises(ConnectionError):
        breaker.call(fail)
    assert breaker.state == "open" and not breaker.would_admit()
    eventually(breaker.would_admit)
    assert breaker.call(lambda: 1) == 1
    assert breaker.snapshot().mode == Mode.HALF_OPEN
    assert breaker.call(lambda: 1) == 1
    assert breaker.snapshot().mode == Mode.CLOSED


def test_a_decorated_function_is_the_function(breaker: Breaker) -> None:
    @breaker
    def add(a: int, b: int = 2) -> int:
        """Adds."""
        return a + b

    assert (add(1), add(a=1, b=4)) == (3, 5)
    assert (add.__name__, add.__doc__, add.__module__) == ("add", "Adds.", __name__)
    assert list(inspect.signature(add).parameters) == ["a", "b"]
    assert breaker.snapshot().totals.successes == 2
    with pytest.raises(TypeError, match="add"):
        add()  # type: ignore[call-arg]


def test_decorated_methods(breaker: Breaker) -> None:
    class Client:
        @breaker
        def ask(self, question: str) -> str:
            return f"{type(self).__name__}: {question}"

        @classmethod
        @breaker
        def make(cls) -> str:
            return cls.__name__

        @staticmethod
        @breaker
        def ping() -> str:
            return "pong"

    client = Client()
    assert client.ask("Hello") == "Client: Hello"
    assert functools.partial(client.ask, "Hi")() == "Client: Hi"
    assert Client.ask(client, "?") == "Client: ?"
    assert (Client.make(), client.make(), Client.ping()) == ("Client", "Client", "pong")
    assert breaker.snapshot().totals.successes == 6


_of_module = Breaker("test_breaker.of_module")


@_of_module
def of_module() -> int:
    return 42


def test_a_decorated_function_is_pickled_by_name() -> None:
    assert pickle.loads(pickle.dumps(of_module)) is of_module


def test_what_is_no_function_is_not_decorated(breaker: Breaker) -> None:
    with pytest.raises(TypeError, match="cannot be called"):
        breaker(classmethod(print))  # type: ignore[type-var]
    with pytest.raises(TypeError):
        breaker.call("print")  # type: ignore[arg-type]


def test_handles_of_one_name_are_one_breaker(breaker: Breaker) -> None:
    Breaker(breaker.name).trip()
    assert breaker.state == "open"
    other = Breaker(breaker.name, Segment())
    assert other.state == "closed"


def test_operator_commands(breaker: Breaker) -> None:
    with pytest.raises(ModeError, match="from open only"):
        breaker.half_open()
    breaker.trip()
    assert (breaker.state, breaker.snapshot().totals.opened) == ("open", 1)
    breaker.trip_for(5)
    retry_after = breaker.retry_after()
    assert retry_after is not None and 4 < retry_after <= 5.01
    breaker.trip_for(timedelta(minutes=2))
    retry_after = breaker.retry_after()
    assert retry_after is not None and 119 < retry_after <= 120.01
    breaker.half_open()
    assert breaker.state == "half-open" and breaker.retry_after() == 0
    breaker.force_open()
    assert breaker.state == "forced-open" and breaker.retry_after() is None
    breaker.disable()
    assert breaker.state == "disabled" and breaker.call(lambda: 1) == 1
    breaker.observe()
    for _ in range(3):
        with pytest.raises(ConnectionError):
            breaker.call(fail)
    assert breaker.state == "observing" and breaker.snapshot().totals.would_trip == 1
    breaker.reset()
    assert breaker.state is Mode.CLOSED


def test_commands_say_who_and_why(breaker: Breaker) -> None:
    events = breaker.segment.events("now", timeout=0)
    breaker.trip(note="user alice: a drill")
    breaker.half_open(note="b")
    breaker.force_open(note="c")
    breaker.disable(note="d\ne\0f")
    breaker.observe(note="")
    breaker.reset(note=None)
    breaker.trip_for(60, note="g")
    breaker.trip_for(90, note="longer, which is no transition")
    breaker.reset()
    told = [(str(event.to), event.note) for event in events if event.breaker == breaker.name]
    assert told == [
        ("open", "user alice: a drill"),
        ("half-open", "b"),
        ("forced-open", "c"),
        ("disabled", "d e f"),
        ("observing", ""),
        ("closed", ""),
        ("open", "g"),
        ("closed", ""),
    ]
    with pytest.raises(TypeError):
        breaker.trip("no keyword")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="note"):
        breaker.trip(note=7)  # type: ignore[arg-type]
    assert breaker.state == "closed"


def test_durations_are_seconds_or_timedeltas(breaker: Breaker) -> None:
    with pytest.raises(ValueError, match="nan"):
        breaker.trip_for(float("nan"))
    with pytest.raises(TypeError):
        breaker.trip_for("1")  # type: ignore[arg-type]
    breaker.trip_for(-1)
    breaker.trip_for(float("inf"))
    retry_after = breaker.retry_after()
    assert retry_after is not None and retry_after > 10**9


def test_a_snapshot_is_a_frozen_dataclass(breaker: Breaker) -> None:
    with pytest.raises(ConnectionError):
        breaker.call(fail)
    shown = breaker.snapshot()
    assert isinstance(shown, Snapshot)
    assert (shown.mode, shown.generation) == (Mode.CLOSED, 1)
    assert (shown.window_calls, shown.window_failures, shown.consecutive_failures) == (1, 1, 1)
    assert shown.private is False
    with pytest.raises(AttributeError):
        shown.mode = Mode.OPEN  # type: ignore[misc]


def test_latency(breaker: Breaker) -> None:
    assert breaker.latency(0.5) is None
    for seconds in (0.1, 0.1, 10.0):
        breaker.admit().success(duration=seconds)
    median, slowest = breaker.latency(0.5), breaker.latency(1.0)
    assert median is not None and 0.0875 <= median <= 0.1125
    assert slowest is not None and 8.75 <= slowest <= 11.25
    assert breaker.latency(2.0) is None


def test_repr_tells(breaker: Breaker) -> None:
    assert repr(breaker) == f"<Breaker {breaker.name!r} of this process: closed>"
    breaker.trip()
    assert repr(Breaker("b", "billing")) == "<Breaker 'b' of segment 'billing': closed>"
    assert "open" in repr(breaker)
    assert (repr(Segment("billing")), repr(Segment())) == ("<Segment 'billing'>", "<Segment of this process>")
    permit = Breaker("b").admit()
    assert repr(permit) == "<Permit, to be given back>"
    permit.ignore()
    assert repr(permit) == "<Permit, given back>"


@pytest.mark.parametrize("act", [pickle.dumps, copy, deepcopy])
def test_handles_are_not_pickled(breaker: Breaker, act: Any) -> None:
    with pytest.raises(TypeError, match=r"a Breaker cannot be pickled.*open it by name in the other one: Breaker\("):
        act(breaker)
    with pytest.raises(TypeError, match=r"a Segment cannot be pickled.*Segment\("):
        act(Segment())
    with pytest.raises(TypeError, match=r"a Permit cannot be pickled.*one call"):
        act(breaker.admit())


@pytest.mark.parametrize("name", ["", "a\nb", "a\0b", "x" * 128])
def test_names_that_are_not_allowed(name: str) -> None:
    with pytest.raises(NameNotAllowedError, match="not allowed"):
        Breaker(name)
    with pytest.raises(NameNotAllowedError, match="not allowed"):
        Segment(name)


def test_another_policy_for_the_same_breaker(breaker: Breaker) -> None:
    lenient = breaker.using(ignore=ConnectionError)
    with pytest.raises(ConnectionError):
        lenient.call(fail)
    with pytest.raises(ConnectionError):
        breaker.call(fail)
    totals = breaker.snapshot().totals
    assert (totals.ignored, totals.failures) == (1, 1)
    assert lenient.snapshot().totals == totals
    assert lenient.using(fallback=1)._policy.ignore is ConnectionError


class Named(Breaker):
    """Users inherit."""


def test_a_subclass(request: pytest.FixtureRequest) -> None:
    breaker = Named(request.node.name)
    assert type(breaker.using(fallback=1)) is Named
    with breaker:
        pass
    assert breaker.snapshot().totals.successes == 1


def test_a_segment_lists_its_breakers(directory: Path) -> None:
    segment = Segment("billing")
    breaker = Breaker("relay|gpt-4.1", segment)
    assert breaker.segment is segment
    assert segment.names() == ["relay|gpt-4.1"]
    assert segment.limiters() == segment.bulkheads() == []
    kept = Limiter("account", segment), Bulkhead("route 1", segment), Bulkhead("route 2", segment)
    assert (segment.limiters(), segment.bulkheads()) == (["account"], ["route 1", "route 2"]), kept
    assert segment.names() == ["relay|gpt-4.1"]
    assert segment.processes() == 1
    assert segment.snapshot("relay|gpt-4.1") == breaker.snapshot()
    assert segment.snapshot("other") is None
    assert segment.path == f"{directory}/billing"
    assert Segment().path is None
