"""What exceptions and results mean, and fallbacks."""

from __future__ import annotations

import asyncio
from typing import Any, Callable

import pytest
from holysheep_cb import Breaker, CircuitOpenError


def totals(breaker: Breaker) -> tuple[int, int, int]:
    """Successes, failures, ignored."""
    counts = breaker.snapshot().totals
    return counts.successes, counts.failures, counts.ignored


def raising(error: BaseException) -> Callable[..., Any]:
    def raises(*_: object) -> None:
        raise error

    return raises


class Rude(BaseException):
    pass


@pytest.mark.parametrize(
    "error", [asyncio.CancelledError(), GeneratorExit(), KeyboardInterrupt(), SystemExit(), Rude()]
)
@pytest.mark.parametrize("options", [{}, {"failure_on": lambda _: True}])
def test_going_away_is_no_failure(error: BaseException, options: dict[str, Any], breaker: Breaker) -> None:
    asked = breaker.using(**options)
    with pytest.raises(type(error)):
        asked.call(raising(error))
    expected = (0, 1, 0) if isinstance(error, Rude) and options else (0, 0, 1)
    assert totals(breaker) == expected


@pytest.mark.parametrize(
    ("options", "error", "outcome"),
    [
        ({}, OSError(), (0, 1, 0)),
        ({"failure_on": OSError}, ConnectionError(), (0, 1, 0)),
        ({"failure_on": (OSError, KeyError)}, KeyError(), (0, 1, 0)),
        ({"failure_on": OSError}, ValueError(), (0, 0, 1)),
        ({"failure_on": lambda e: e.args == (503,)}, OSError(503), (0, 1, 0)),
        ({"failure_on": lambda e: e.args == (503,)}, OSError(400), (0, 0, 1)),
        ({"ignore": ValueError}, ValueError(), (0, 0, 1)),
        ({"ignore": ValueError}, OSError(), (0, 1, 0)),
        ({"ignore": ConnectionError, "failure_on": OSError}, ConnectionError(), (0, 0, 1)),
        ({"ignore": lambda e: "user" in str(e)}, OSError("user error"), (0, 0, 1)),
        ({}, CircuitOpenError("inner", "open", 1.0), (0, 0, 1)),
        ({"failure_on": CircuitOpenError}, CircuitOpenError("inner", "open", 1.0), (0, 1, 0)),
    ],
)
@pytest.mark.parametrize("way", ["call", "decorator", "with", "coroutine"])
def test_which_exceptions_are_failures(
    way: str, options: dict[str, Any], error: Exception, outcome: tuple[int, int, int], breaker: Breaker
) -> None:
    judge = breaker.using(**options)
    with pytest.raises(type(error)):
        if way == "call":
            judge.call(raising(error))
        elif way == "decorator":
            judge(raising(error))()
        elif way == "with":
            with judge:
                raise error
        else:

            @judge
            async def coroutine() -> None:
                raise error

            asyncio.run(coroutine())
    assert totals(breaker) == outcome


def test_a_policy_that_fails_shows_itself_and_holds_nothing(breaker: Breaker) -> None:
    def predicate(_: object) -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as raised:
        breaker.using(failure_on=predicate).call(raising(OSError("the call's own")))
    assert totals(breaker) == (0, 0, 1)
    with pytest.raises(ZeroDivisionError), breaker.using(ignore=predicate):
        raise OSError
    with pytest.raises(ZeroDivisionError):
        breaker.using(failure_result=predicate).call(int)
    assert totals(breaker) == (0, 0, 3)
    assert isinstance(raised.value.__context__, OSError)


@pytest.mark.parametrize("field", ["failure_on", "ignore", "failure_result"])
@pytest.mark.parametrize("value", [7, "OSError", (OSError, 7), int])
def test_mistakes_in_a_policy_are_named(field: str, value: Any) -> None:
    if field == "failure_result" and value is int:
        return  # any callable is a predicate of a result
    with pytest.raises(TypeError, match=f"{field} is .*, but must be"):
        Breaker("policy", **{field: value})


def test_results_that_are_failures(breaker: Breaker) -> None:
    judge = breaker.using(failure_result=lambda status: status >= 500)
    assert judge.call(lambda: 503) == 503
    assert judge(lambda: 200)() == 200

    @judge
    async def coroutine() -> int:
        return 500

    assert asyncio.run(coroutine()) == 500
    assert totals(breaker) == (1, 2, 0)
    assert breaker.state == "open"


def test_a_fallback_stands_in_for_failures_and_rejections(breaker: Breaker) -> None:
    with_value = breaker.using(fallback="cached")
    assert with_value.call(raising(OSError())) == "cached"
    assert with_value.call(lambda: "fresh") == "fresh"
    with pytest.raises(KeyboardInterrupt):
        with_value.call(raising(KeyboardInterrupt()))
    with pytest.raises(ValueError):
        breaker.using(fallback="cached", ignore=ValueError).call(raising(ValueError()))
    breaker.trip()
    assert with_value.call(print) == "cached"
    assert breaker.using(fallback=None).call(print) is None


def test_a_fallback_is_told_why_and_of_what(breaker: Breaker) -> None:
    told = []

    def fallback(error: Exception, *args: Any, **kwargs: Any) -> str:
        told.append((type(error), args, kwargs))
        return "instead"

    @breaker.using(fallback=fallback)
    def ask(question: str, *, model: str) -> str:
        raise TimeoutError

    assert ask("Hi", model="m") == "instead"
    breaker.trip()
    assert ask("Hi", model="m") == "instead"
    expected: list[tuple[type[Exception], Any, Any]] = [
        (TimeoutError, ("Hi",), {"model": "m"}),
        (CircuitOpenError, ("Hi",), {"model": "m"}),
    ]
    assert told == expected


def test_a_fallback_that_fails_shows_what_it_was_for(breaker: Breaker) -> None:
    with pytest.raises(KeyError) as raised:
        breaker.using(fallback=raising(KeyError("cache"))).call(raising(OSError()))
    assert isinstance(raised.value.__context__, OSError)
    assert totals(breaker) == (0, 1, 0)


def test_a_fallback_may_raise_what_it_was_told(breaker: Breaker) -> None:
    error = OSError()
    with pytest.raises(OSError) as raised:
        breaker.using(fallback=raising(error)).call(raising(error))
    assert raised.value is error and error.__context__ is None
