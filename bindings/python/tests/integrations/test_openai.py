"""The OpenAI SDK: its retries, what is derived from a client, and the HTTP clients that it takes."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import pickle
import time
from typing import Any

import pytest
from holysheep_cb import Breaker, CircuitOpenError, ConfigError
from hscb_mock import Mock

from integrations.conftest import MODEL, SEGMENT, breaker_of, outcomes

openai = pytest.importorskip("openai")
from holysheep_cb.integrations.openai import CircuitOpenError as Refusal  # noqa: E402
from holysheep_cb.integrations.openai import protect  # noqa: E402

ASK: Any = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}
RETRIES = 5


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK waits for half a second before its first retry, and longer each time."""
    for name in ("INITIAL_RETRY_DELAY", "MAX_RETRY_DELAY"):
        monkeypatch.setattr(f"openai._base_client.{name}", 0.01)


def client(mock: Mock, **options: Any) -> Any:
    return openai.OpenAI(base_url=f"{mock.url}/v1", api_key="k", max_retries=RETRIES, **options)


def ask_async(mock: Mock, calls: int, **options: Any) -> list[Any]:
    """Many calls at once; what they returned or raised."""

    async def work() -> list[Any]:
        bare = openai.AsyncOpenAI(base_url=f"{mock.url}/v1", api_key="k", max_retries=RETRIES)
        async with protect(bare, segment=SEGMENT, **options) as protected:
            asks = (protected.chat.completions.create(**ASK) for _ in range(calls))
            return await asyncio.gather(*asks, return_exceptions=True)

    return asyncio.run(work())


def test_without_a_breaker_the_sdk_multiplies(mock: Mock) -> None:
    """What the other tests are about."""
    mock.phase("503")
    with client(mock) as bare, pytest.raises(openai.InternalServerError):
        bare.chat.completions.create(**ASK)
    assert mock.received() == 1 + RETRIES


@pytest.mark.parametrize("outage", ["503", "cut"])
def test_an_outage_is_not_multiplied_by_retries(mock: Mock, outage: str) -> None:
    mock.phase(outage)
    with protect(client(mock), segment=SEGMENT, failure_threshold=3) as protected:
        for _ in range(10):
            with pytest.raises(openai.APIConnectionError) as raised:
                protected.chat.completions.create(**ASK)
            assert isinstance(raised.value, Refusal)
    totals = breaker_of(mock).snapshot().totals
    assert (mock.received(), totals.failures, totals.rejected) == (3, 3, 10), "every call was refused once"


def test_nor_by_many_calls_at_once(mock: Mock) -> None:
    mock.phase("503", latency=50)
    errors = ask_async(mock, 3, failure_threshold=3) + ask_async(mock, 50, failure_threshold=3)
    assert all(isinstance(error, Refusal) for error in errors), errors
    assert mock.received() == 3
    assert breaker_of(mock).snapshot().totals.rejected == 53


def test_a_refusal_is_of_both_kinds_and_is_not_retried(mock: Mock) -> None:
    with protect(client(mock), segment=SEGMENT) as protected:
        breaker_of(mock).trip_for(60)
        with pytest.raises(openai.APIConnectionError) as raised:
            protected.chat.completions.create(**ASK)
    refusal = raised.value
    assert type(refusal) is Refusal and issubclass(Refusal, CircuitOpenError)
    assert (mock.received(), breaker_of(mock).snapshot().totals.rejected) == (0, 1)
    assert refusal.message == str(refusal) and str(refusal.request.url).endswith("/v1/chat/completions")
    assert "gpt-4.1' is open and rejects calls" in str(refusal)
    assert CircuitOpenError.behind(refusal) is refusal
    copied = pickle.loads(pickle.dumps(Refusal("a", "open", 1.5)))
    assert (copied.name, copied.mode, copied.retry_after) == ("a", "open", 1.5)


def test_the_sdk_s_retry_after_a_429_is_the_probe(mock: Mock) -> None:
    """It comes just when the server has asked for; that is no time to be refused."""
    with protect(client(mock), segment=SEGMENT) as protected:
        for _ in range(5):
            mock.phase("429", retry_after=0.2, duration_ms=100)
            protected.chat.completions.create(**ASK)
    totals = breaker_of(mock).snapshot().totals
    assert (totals.throttled, totals.successes) == (5, 5)


def test_async_calls_share_the_breaker(mock: Mock) -> None:
    answers = ask_async(mock, 100)
    assert all(answer.choices[0].message.content for answer in answers)
    assert outcomes(mock) == (100, 0, 0)


def test_what_is_derived_from_a_client_is_protected(mock: Mock) -> None:
    with protect(client(mock), segment=SEGMENT) as protected:
        protected.with_options(max_retries=0, timeout=5).chat.completions.create(**ASK)
        protected.with_raw_response.models.list()
        with protected.with_streaming_response.models.list() as response:
            response.read()
    assert outcomes(mock) == (1, 0, 0)
    assert outcomes(mock, model="") == (2, 0, 0)


def test_protecting_again_replaces(mock: Mock) -> None:
    with client(mock) as bare:
        assert protect(protect(bare, segment="first"), segment=SEGMENT) is bare
        bare.chat.completions.create(**ASK)
    assert outcomes(mock) == (1, 0, 0)
    assert Breaker(f"{mock.host}|{MODEL}", "first").snapshot().totals.successes == 0


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_either_kind_of_http_client(mock: Mock, library: str) -> None:
    if not importlib.util.find_spec(library) or (library == "httpx2" and openai.__version__ < "3"):
        pytest.skip(f"this SDK takes no client of {library}")
    http = importlib.import_module(library)
    with http.Client(mounts={"http://127.0.0.1": http.HTTPTransport(), "all://example.com": None}) as inner:
        protect(client(mock, http_client=inner), segment=SEGMENT).chat.completions.create(**ASK)
    assert outcomes(mock) == (1, 0, 0)


def test_mistakes(mock: Mock) -> None:
    with client(mock) as bare:
        with pytest.raises(ConfigError, match="open_ms is 0"):
            protect(bare, open_ms=0)
        with pytest.raises(TypeError, match="must be an OpenAI or AsyncOpenAI"):
            protect(object())  # type: ignore[type-var]
        bare.chat.completions.create(**ASK)
    assert outcomes(mock) == (0, 0, 0), "a mistake leaves the client as it was"


def test_an_older_sdk_is_refused(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai, "__version__", "2.30.0")
    with client(mock) as bare, pytest.raises(ImportError, match=r"openai is 2\.30\.0, but must be 2\.31 or later"):
        protect(bare)


def test_a_refusal_costs_no_time(mock: Mock) -> None:
    with protect(client(mock), segment=SEGMENT) as protected:
        breaker_of(mock).trip()
        began = time.perf_counter()
        for _ in range(100):
            with pytest.raises(Refusal):
                protected.chat.completions.create(**ASK)
    assert time.perf_counter() - began < 2, "the SDK's own waits would be longer than that"
