"""What a response says of the service: the core's judgement, by both backends."""

from __future__ import annotations

import copy
import ctypes

import pytest
from holysheep_cb import Breaker, ConfigError, Response, Verdict, request_name

EVENTS = [("Content-Type", "text/event-stream; charset=utf-8")]
JSON = [(b"content-type", b"application/json")]


def test_a_stream_is_final_at_its_end() -> None:
    response = Response(200, EVENTS)
    assert not response.body(b'data: {"choices": [{"delta": {"content": "to')
    assert not response.body(b'ken"}}]}\n\n')
    assert response.body(b"data: [DONE]\n\n")
    for how in ("complete", "cut", "stalled", "abandoned"):
        assert (response.end(how).outcome, response.end(how).cause) == ("success", "ok")


@pytest.mark.parametrize(
    ("how", "outcome", "cause"),
    [
        ("complete", "success", "ok"),
        ("cut", "failure", "cut"),
        ("stalled", "failure", "timeout"),
        ("abandoned", "ignored", "abandoned"),
    ],
)
def test_how_it_ends(how: str, outcome: str, cause: str) -> None:
    response = Response(200, EVENTS)
    response.body(b"data: {}\n\n")
    verdict = response.end(how)
    assert (verdict.outcome, verdict.cause, verdict.retry_after) == (outcome, cause, None)
    assert repr(verdict) == f"<Verdict {outcome}: {cause}>"


def test_an_error_inside_of_a_200() -> None:
    response = Response(200, EVENTS)
    assert response.body(b'data: {"error": {"code": "server_error"}}\n\n')
    assert response.end().cause == "stream-error"
    response = Response(200, JSON)
    response.body(b'{"error": {"type": "tokens_limit_exceeded"}}')
    assert (response.end().outcome, response.end().cause) == ("ignored", "quota")


def test_waiting_times() -> None:
    assert Response(429, [("Retry-After", "1.5")]).end().retry_after == 1.5
    assert Response(503, [("retry-after-ms", "69")]).end().retry_after == 0.069
    date = [("Retry-After", "Thu, 01 Jan 1970 00:00:30 GMT")]
    assert Response(429, date, unix_time=10).end().retry_after == 20
    assert Response(429, date).end().retry_after is None
    assert repr(Response(429, [("Retry-After", "2")]).end()) == "<Verdict failure: rate-limited, retry after 2.000 s>"


def test_statuses() -> None:
    causes = {400: "client-error", 401: "auth", 403: "permission", 402: "quota", 500: "server-error", 504: "timeout"}
    assert {status: Response(status).end().cause for status in causes} == causes
    for wrong in (0, 99, 1000, 65536 + 200, -1):
        with pytest.raises((ConfigError, ValueError, OverflowError)):
            Response(wrong)


def test_what_cannot_be_shown_counts_as_data() -> None:
    response = Response(200, EVENTS)
    assert response.end().cause == "empty"
    assert not response.skip()
    assert response.end().cause == "ok"
    assert Response(500).skip()


def test_mistakes() -> None:
    response = Response(200)
    with pytest.raises(ConfigError, match="how is 'closed', but must be one of 'complete', 'cut'"):
        response.end("closed")
    with pytest.raises((TypeError, ctypes.ArgumentError)):
        response.body("text")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a Response cannot be pickled or copied"):
        copy.copy(response)
    with pytest.raises(TypeError):
        Verdict()


def test_odd_headers_pass() -> None:
    response = Response(429, [("\udcff", "\udcff"), ("Retry-After", "\0"), ("", ""), ("retry-after", "\N{BULLET}")])
    assert (response.end().cause, response.end().retry_after) == ("rate-limited", None)


def test_a_verdict_settles_a_permit(breaker: Breaker) -> None:
    ok, stalled = Response(204).end(), Response(200).end("stalled")
    breaker.admit().settle(ok)
    breaker.admit().settle(stalled, duration=0.2)
    breaker.admit().settle(Response(404).end())
    totals = breaker.snapshot().totals
    assert (totals.successes, totals.failures, totals.ignored, totals.throttled) == (1, 1, 1, 0)
    permit = breaker.admit()
    permit.settle(Response(429, [("Retry-After", "30")]).end(), duration=0.2)
    assert (breaker.state, breaker.snapshot().totals.throttled) == ("open", 1)
    retry_after = breaker.retry_after()
    assert retry_after is not None and 29 < retry_after <= 30.01
    with pytest.raises(RuntimeError, match="given back already"):
        permit.settle(ok)
    with pytest.raises((TypeError, AttributeError)):
        permit.settle("ok")  # type: ignore[arg-type]


def test_the_duration_is_that_of_the_slow_rule(request: pytest.FixtureRequest) -> None:
    breaker = Breaker(request.node.name, slow_call_ms=1000)
    breaker.admit().settle(Response(200).end(), duration=2)
    breaker.admit().settle(Response(200).end(), duration=0.5)
    assert breaker.snapshot().totals.slow == 1


def test_which_breaker() -> None:
    assert request_name("api.holysheep.ai", b'{"messages": [], "model": "gpt-4.1"}') == "api.holysheep.ai|gpt-4.1"
    assert request_name("api.holysheep.ai", b"\0\xff") == "api.holysheep.ai"
    assert request_name("", b"") == "-"
    assert len(request_name("h" * 300, b"").encode()) == 127
