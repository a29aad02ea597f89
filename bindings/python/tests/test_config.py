"""Configuration: names, units, ranges, and what is said of a mistake."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from holysheep_cb import Breaker, Config, ConfigError, Error

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"success_threshold": 0}, "success_threshold is 0, but must be within 1..=255"),
    ({"failure_rate": 1.5}, "failure_rate is 1.5, but must be within 0..=1"),
    ({"failure_threshold": True}, "failure_threshold is true, but must be within 0..=64"),
    ({"failure_threshold": 2.5}, "failure_threshold is 2.5, but must be within 0..=64"),
    ({"window": "hours"}, 'window is "hours", but must be "time" or "calls"'),
    ({"open": timedelta(days=2)}, "open_ms is 172800000, but must be within 1..=86400000"),
    ({"open": -timedelta(seconds=1)}, "open_ms is -1000, but must be within 1..=86400000"),
    ({"open": 5}, "open is 5, but there is no such field"),
    ({"fail_max": 5}, "fail_max is 5, but there is no such field; allowed are slow_call_ms"),
    ({"open_ms": timedelta(seconds=5)}, "but must be whole milliseconds; open takes a timedelta"),
    ({"open_ms": float("nan")}, "open_ms is nan, but must be a number"),
    ({"open_ms": None}, "open_ms is None, but must be a number"),
    ({"open_ms": 1, "open": timedelta(seconds=5)}, "open_ms is given twice: as open_ms and as open"),
    ({"slow_rate": 0.5}, "slow_rate"),
]


@pytest.mark.parametrize(("fields", "message"), WRONG)
def test_a_mistake_is_named(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        Breaker("config", **fields)
    assert message in str(raised.value)
    assert isinstance(raised.value, ValueError) and isinstance(raised.value, Error)


def test_a_mistake_in_configure_changes_nothing(breaker: Breaker) -> None:
    with pytest.raises(ConfigError, match="min_calls"):
        breaker.configure(min_calls=-1)
    with pytest.raises(ZeroDivisionError):
        breaker.call(lambda: 1 / 0)
    assert breaker.state == "closed"


def test_fields_are_those_of_the_core(breaker: Breaker) -> None:
    config = breaker.config
    assert {name.removesuffix("_ms") if name.endswith("_ms") else name for name in Config.__annotations__} == {
        name.removesuffix("_ms") if name.endswith("_ms") else name for name in config
    }
    assert set(config) <= set(Config.__annotations__)
    assert (config["failure_threshold"], config["failure_rate"], config["open_ms"]) == (2, 0, 30000)


def test_timedeltas_are_rounded_up_to_milliseconds(request: pytest.FixtureRequest) -> None:
    breaker = Breaker(
        request.node.name,
        open=timedelta(microseconds=1500),
        window=timedelta(seconds=10),
        slow_call=timedelta(0),
    )
    config = breaker.config
    assert (config["open_ms"], config["window"], config["window_ms"], config["slow_call_ms"]) == (
        2,
        "time",
        10000,
        0,
    )


def test_configure_replaces_the_whole(breaker: Breaker) -> None:
    breaker.configure(**{**breaker.config, "open_ms": 5000})
    assert (breaker.config["open_ms"], breaker.config["failure_threshold"]) == (5000, 2)
    breaker.configure(open=timedelta(seconds=1))
    assert (breaker.config["open_ms"], breaker.config["failure_threshold"]) == (1000, 5)


def test_an_existing_breaker_keeps_its_configuration(breaker: Breaker, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "holysheep_cb")
    Breaker(breaker.name)
    Breaker(breaker.name, failure_threshold=2, failure_rate=0)
    assert caplog.records == []
    Breaker(breaker.name, failure_threshold=3)
    assert "existed with another configuration, and keeps it" in caplog.text
