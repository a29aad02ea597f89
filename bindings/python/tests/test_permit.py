"""Two-step use."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from conftest import collected, eventually
from holysheep_cb import Breaker, CircuitOpenError, Permit


def test_each_outcome(breaker: Breaker) -> None:
    breaker.admit().success()
    breaker.admit().failure()
    breaker.admit().ignore()
    totals = breaker.snapshot().totals
    assert (totals.successes, totals.failures, totals.ignored) == (1, 1, 1)


def test_a_permit_is_given_back_once(breaker: Breaker) -> None:
    permit = breaker.admit()
    assert permit.pending
    permit.success()
    assert not permit.pending
    for again in (permit.success, permit.failure, permit.ignore, lambda: permit.throttled(1)):
        with pytest.raises(RuntimeError, match="given back already"):
            again()
    with permit:
        pass
    assert breaker.snapshot().totals.successes == 1


def test_a_permit_that_is_dropped_was_ignored(breaker: Breaker) -> None:
    permit = breaker.admit()
    del permit
    collected()
    assert breaker.snapshot().totals.ignored == 1


def test_only_the_breaker_makes_permits() -> None:
    with pytest.raises(TypeError):
        Permit()


def test_throttled_opens_for_as_long_as_the_server_said(breaker: Breaker) -> None:
    breaker.admit().throttled(2.5)
    assert breaker.state == "open"
    retry_after = breaker.retry_after()
    assert retry_after is not None and 2 < retry_after <= 2.51
    with pytest.raises(CircuitOpenError):
        breaker.admit()
    assert breaker.snapshot().totals.throttled == 1
    breaker.reset()
    breaker.admit().throttled(timedelta(seconds=50))
    retry_after = breaker.retry_after()
    assert retry_after is not None and 49 < retry_after <= 50.01


def test_durations_feed_the_slow_rule(request: pytest.FixtureRequest) -> None:
    breaker = Breaker(
        request.node.name, slow_rate=0.5, slow_call_ms=1000, min_calls=2, failure_threshold=0, failure_rate=0
    )
    breaker.admit().success(duration=2)
    breaker.admit().failure(duration=timedelta(seconds=2))
    assert (breaker.state, breaker.snapshot().totals.slow) == ("open", 2)


def test_a_mistaken_duration_leaves_the_permit(breaker: Breaker) -> None:
    permit = breaker.admit()
    for wrong in ("1", float("nan")):
        with pytest.raises((TypeError, ValueError)):
            permit.success(duration=wrong)  # type: ignore[arg-type]
        with pytest.raises((TypeError, ValueError)):
            permit.throttled(wrong)  # type: ignore[arg-type]
    permit.success()


def test_a_permit_as_a_context(breaker: Breaker) -> None:
    with breaker.admit() as permit:
        assert permit.pending
    with pytest.raises(OSError), breaker.admit():
        raise OSError
    with breaker.admit() as permit:
        permit.throttled(1)
    totals = breaker.snapshot().totals
    assert (totals.successes, totals.failures, totals.throttled) == (1, 2, 1)


def test_of_many_threads_one_gives_it_back(breaker: Breaker) -> None:
    rounds, threads = 50, 4
    refused = []

    def give_back(permit: Permit, gate: threading.Barrier) -> None:
        gate.wait()
        try:
            permit.success()
        except RuntimeError:
            refused.append(1)

    for _ in range(rounds):
        permit, gate = breaker.admit(), threading.Barrier(threads)
        racers = [threading.Thread(target=give_back, args=(permit, gate)) for _ in range(threads)]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
    assert breaker.snapshot().totals.successes == rounds
    assert len(refused) == rounds * (threads - 1)


def test_probes_are_bounded(request: pytest.FixtureRequest) -> None:
    breaker = Breaker(request.node.name, open_ms=20, half_open_max_calls=2)
    breaker.trip()
    eventually(breaker.would_admit)
    probes = [breaker.admit(), breaker.admit()]
    with pytest.raises(CircuitOpenError) as raised:
        breaker.admit()
    assert raised.value.mode == "half-open"
    del probes
    collected()
    breaker.admit().success()
    breaker.admit().success()
    assert breaker.state == "closed"
