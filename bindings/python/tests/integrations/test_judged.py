"""How responses are judged, over every library: `hscb mock` fails on cue, and the breaker's totals tell."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any, Callable

import pytest
from conftest import PATIENCE, collected, eventually
from holysheep_cb import CircuitOpenError
from hscb_mock import Mock

from integrations.conftest import MODEL, ODD, SEGMENT, Odd, breaker_of, outcomes
from integrations.drivers import DRIVERS, STALL, AiohttpDriver, AsyncDriver, Driver

Make = Callable[..., Driver]


@pytest.fixture(params=DRIVERS, ids=lambda driver: driver.name)
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    """Makes protected clients of one library."""
    made: list[Driver] = []

    def make(server: Mock | Odd, **options: Any) -> Driver:
        made.append(request.param(server.url, **options))
        return made[-1]

    yield make
    for driver in made:
        driver.close()


def test_answers_and_streams_that_end_well(make: Make, mock: Mock) -> None:
    driver = make(mock)
    driver.ask()
    assert outcomes(mock) == (1, 0, 0)
    assert driver.stream() > 5
    assert outcomes(mock) == (2, 0, 0)


def test_an_error_inside_of_a_stream(make: Make, mock: Mock) -> None:
    driver = make(mock)
    mock.phase("stream-error", after_chunks=2)
    if driver.library == "openai":
        with pytest.raises(Exception, match="cannot answer"):
            driver.stream()
    else:
        driver.stream()
    assert outcomes(mock) == (0, 1, 0)


@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
def test_a_stream_that_is_cut(make: Make, mock: Mock, reset: bool) -> None:
    driver = make(mock)
    mock.phase("cut", after_chunks=2, reset=reset)
    with pytest.raises(Exception):  # noqa: B017 (each library has its own)
        driver.stream()
    assert outcomes(mock) == (0, 1, 0)


def test_a_plain_answer_that_is_cut(make: Make, mock: Mock, odd: Odd) -> None:
    driver = make(mock)
    mock.phase("cut", after_bytes=10)
    with pytest.raises(Exception):  # noqa: B017
        driver.ask()
    assert outcomes(mock) == (0, 1, 0)
    with pytest.raises(Exception):  # noqa: B017
        make(odd).post("/short")
    assert outcomes(odd) == (0, 1, 0)


def test_a_stream_that_stalls(make: Make, mock: Mock) -> None:
    driver = make(mock, timeout=STALL)
    mock.phase("hang", after_chunks=2)
    with pytest.raises(Exception, match=r"(?i)time|^$"):
        driver.stream()
    assert outcomes(mock) == (0, 1, 0)


def test_a_chunk_timeout_is_for_the_body_alone(make: Make, mock: Mock) -> None:
    if (driver := make(mock)).library == "requests":
        pytest.skip("requests has one read timeout for all")
    driver = make(mock, chunk_timeout=STALL)
    mock.phase("slow", latency=int(STALL * 1500), chunks=2)
    driver.ask()
    assert outcomes(mock) == (1, 0, 0)
    for failures, chunks in enumerate((0, 2), start=1):
        mock.phase("hang", after_chunks=chunks)
        began = time.monotonic()
        with pytest.raises(Exception, match=r"(?i)time|^$"):
            driver.stream()
        assert time.monotonic() - began < PATIENCE / 2, "it was the client's own read timeout"
        assert outcomes(mock) == (1, failures, 0)


def test_no_answer_and_no_connection(make: Make, mock: Mock) -> None:
    driver = make(mock, timeout=STALL)
    mock.phase("hang")
    with pytest.raises(Exception, match=r"(?i)time|^$"):
        driver.ask()
    assert outcomes(mock) == (0, 1, 0)
    mock.phase("cut")
    with pytest.raises(Exception):  # noqa: B017
        driver.ask()
    assert outcomes(mock) == (0, 2, 0)
    mock.phase("refused")
    with pytest.raises(Exception):  # noqa: B017
        driver.ask()
    mock.phase("healthy")
    assert outcomes(mock) == (0, 3, 0)


def test_a_stream_that_is_abandoned(make: Make, mock: Mock) -> None:
    driver = make(mock)
    mock.phase("healthy", chunks=1000, interval_ms=50)
    driver.stream(take=2)
    collected()
    eventually(lambda: outcomes(mock) == (0, 0, 1))


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_stream_that_is_left_to_the_collector(make: Make, mock: Mock) -> None:
    driver = make(mock)
    mock.phase("healthy", chunks=1000, interval_ms=50)
    driver.drop()
    if isinstance(driver, AiohttpDriver):
        driver.run(driver.end())  # until then the connection keeps the response
    collected()
    eventually(lambda: outcomes(mock) == (0, 0, 1))


def test_who_leaves_after_the_end_has_not_broken_off(make: Make, mock: Mock) -> None:
    """The terminal marker is final, and counts as soon as it was seen."""
    driver = make(mock)
    pieces = driver.stream()
    driver.stream(take=None if driver.library == "openai" else pieces)  # the SDK itself leaves then
    assert outcomes(mock) == (2, 0, 0)


def test_statuses(make: Make, mock: Mock) -> None:
    driver = make(mock)
    for status, expected in [("500", (0, 1, 0)), ("503", (0, 2, 0)), ("400", (0, 2, 1)), ("404", (0, 2, 2))]:
        mock.phase(status)
        _ask_in_vain(driver)
        assert outcomes(mock) == expected, status
    assert breaker_of(mock).snapshot().totals.throttled == 0


def _ask_in_vain(driver: Driver) -> None:
    try:
        driver.ask()
    except Exception as error:
        assert driver.library == "openai" and type(error).__name__.endswith("Error"), error


def test_a_429_throttles_for_its_time_and_for_every_process(make: Make, mock: Mock) -> None:
    driver = make(mock)
    mock.phase("429", retry_after=17.5)
    _ask_in_vain(driver)
    breaker = breaker_of(mock)
    left = breaker.retry_after()
    assert breaker.state == "open" and left is not None and 15 < left <= 17.51
    assert breaker.snapshot().totals.throttled == 1
    program = (
        f"from holysheep_cb import Breaker; b = Breaker({breaker.name!r}, {SEGMENT!r}); print(b.state, b.retry_after())"
    )
    seen = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert seen[0] == "open" and 10 < float(seen[1]) <= 17.51


def test_a_refusal_reaches_no_server(make: Make, mock: Mock) -> None:
    driver = make(mock)
    breaker_of(mock).trip_for(60)
    for call in (driver.ask, driver.stream):
        with pytest.raises(CircuitOpenError, match=r"is open and rejects calls, the next may go in (59|60)") as raised:
            call()
        assert isinstance(raised.value, driver.error)
        assert (raised.value.name, raised.value.mode) == (f"{mock.host}|{MODEL}", "open")
        assert raised.value.retry_after is not None and 50 < raised.value.retry_after <= 60.01
    assert mock.received() == 0
    driver.ask("another-model")
    assert mock.received() == 1


def test_an_outage_costs_what_the_breaker_allows(make: Make, mock: Mock) -> None:
    driver = make(mock, failure_threshold=3, failure_rate=0)
    mock.phase("500")
    refused = 0
    for _ in range(20):
        try:
            driver.ask()
        except CircuitOpenError:
            refused += 1
        except Exception as error:
            assert driver.library == "openai", error
    assert (mock.received(), refused) == (3, 17)


def test_who_waits_as_long_as_the_server_asked_is_not_refused(make: Make, mock: Mock) -> None:
    """Deadlines are rounded up, and the clock that they are compared with moves in steps."""
    driver = make(mock)
    for _ in range(5):
        mock.phase("429", retry_after=0.05)
        _ask_in_vain(driver)
        time.sleep(0.05)
        mock.phase("healthy")
        driver.ask()


def test_the_duration_is_the_time_to_the_first_byte(make: Make, mock: Mock) -> None:
    driver = make(mock)
    mock.phase("healthy", chunks=5, interval_ms=200)
    driver.stream()
    latency = breaker_of(mock).latency(1)
    assert latency is not None and latency < 0.7
    mock.phase("slow", latency=900, chunks=2)
    driver.stream()
    latency = breaker_of(mock).latency(1)
    assert latency is not None and 0.8 < latency < 4


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("ok", (1, 0, 0)),
        ("gzip-ok", (1, 0, 0)),
        ("gzip-error", (0, 1, 0)),
        ("no-marker", (1, 0, 0)),
        ("empty-stream", (0, 1, 0)),
        ("error-in-json", (0, 1, 0)),
        ("quota-in-json", (0, 0, 1)),
        ("quota", (0, 0, 1)),
        ("unauthorized", (0, 0, 1)),
        ("no-content", (1, 0, 0)),
    ],
)
def test_odd_answers(make: Make, odd: Odd, path: str, expected: tuple[int, int, int]) -> None:
    driver = make(odd)
    try:
        answer = driver.post(f"/{path}")
    except Exception as error:
        assert driver.library == "openai", error
    else:
        if "gzip" not in path:
            assert answer == ODD[path][2]
    assert outcomes(odd) == expected
    assert breaker_of(odd).state == "closed"


def test_a_body_that_stays_unseen_is_judged_by_how_it_ends(make: Make, odd: Odd) -> None:
    driver = make(odd)
    if driver.library == "aiohttp":
        pytest.skip("aiohttp refuses what it cannot decode")
    driver.post("/unknown-encoding")
    assert outcomes(odd) == (1, 0, 0)


def test_models_beyond_the_limit_share_their_host_s_breaker(make: Make, mock: Mock) -> None:
    driver = make(mock, max_breakers=2)
    for model in ("a", "b", "c", "d", "a"):
        driver.ask(model)
    names = breaker_of(mock, "").segment.names()
    assert sorted(names) == sorted([mock.host, f"{mock.host}|a", f"{mock.host}|b"])
    assert (outcomes(mock, "a"), outcomes(mock, "")) == ((2, 0, 0), (2, 0, 0))


def test_memory_does_not_grow(make: Make, mock: Mock) -> None:
    """Whole streams, abandoned ones and refusals leave nothing."""
    driver = make(mock)
    mock.phase("healthy", chunks=2, interval_ms=0)

    def work(rounds: int) -> None:
        for _ in range(rounds):
            driver.stream()
            driver.stream(take=1)

    def objects() -> int:
        collected()
        if isinstance(driver, AsyncDriver):  # its loop closes abandoned streams when it next runs
            driver.run(asyncio.sleep(0.05))
            collected()
        return len(gc.get_objects())

    work(100)
    before = objects()
    work(500)
    # More would be an object that stays for two streams.
    eventually(lambda: objects() - before < 500)
    successes, failures, ignored = outcomes(mock)
    assert (successes + ignored, failures) == (1200, 0) and successes >= 600


def test_cancellation_is_ignored(make: Make, mock: Mock) -> None:
    driver = make(mock)
    if not isinstance(driver, AsyncDriver):
        pytest.skip("nothing can be cancelled")
    mock.phase("hang")
    with pytest.raises(asyncio.TimeoutError):
        driver.run(asyncio.wait_for(driver.post_async("/v1/chat/completions", MODEL), STALL))
    assert outcomes(mock) == (0, 0, 1)
    mock.phase("hang", after_chunks=2)
    with pytest.raises(asyncio.TimeoutError):
        driver.run(asyncio.wait_for(driver.stream_async(None, MODEL), STALL))
    assert outcomes(mock) == (0, 0, 2)
