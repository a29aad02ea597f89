"""The client against `hscb mock`, for threads; test_client_async has what is of coroutines."""

from __future__ import annotations

import copy
import json
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable

import pytest
from conftest import PATIENCE, collected, eventually, forked, joined
from holysheep_cb import Breaker, ConfigError, Error, Segment
from holysheep_cb.client import Answer, Cancel, Client, ClientError, Piece, Request, Usage
from hscb_mock import Mock

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork")

MODEL = "gpt-4.1"
KEY = "sk-0123456789abcdefghij"
ROOT = Path(__file__).parents[3]
NEVER = {"failure_threshold": 0, "failure_rate": 0.0, "retry_after_max_ms": 0}


def table(mock: Mock, **more: Any) -> dict[str, Any]:
    """One route to the mock, without retries, whose breaker opens for nothing."""
    return {
        "routes": [{"name": "r", "url": f"{mock.url}/v1", "breaker": NEVER}],
        "limits": {"first_byte_ms": 60_000, "chunk_ms": 60_000, "total_ms": 60_000, "route_wait_ms": 0},
        "retry": {"max": 0},
        **more,
    }


@pytest.fixture
def client(mock: Mock) -> Client:
    return Client(table(mock, prices={MODEL: {"input": 2.0, "output": 8.0}}), Segment())


def test_an_answer_and_what_became_of_the_call(client: Client, mock: Mock) -> None:
    mock.phase("healthy", latency=30)
    answer = client.chat(MODEL, "how do you do", temperature=0)
    assert answer.text and answer.json()["choices"][0]["message"]["content"] == answer.text
    assert json.loads(answer.content) == answer.json()
    meta = answer.meta
    assert (meta.source, meta.route, meta.account, meta.model) == ("service", "r", None, MODEL)
    assert (meta.fallback_used, meta.attempts) == (False, 1)
    assert 0.029 <= meta.first_byte <= meta.latency < PATIENCE
    assert meta.usage == Usage(4, 8) and meta.usd == (2 * 4 + 8 * 8) / 1e6
    assert meta.request_id
    assert repr(answer).startswith(f"<Answer of {len(answer.content)} bytes: Meta(") and answer.text not in repr(answer)
    [route] = client.status()["routes"]
    assert (route["route"], route["breaker"], route["mode"]) == ("r", f"{mock.host}|{MODEL}", "closed")
    assert 0.029 <= route["latency"] < PATIENCE
    [spent] = client.status()["spent"]
    assert (spent["calls"], spent["usd"]) == (1, meta.usd)


def test_every_path(client: Client) -> None:
    assert client.models().json()["data"]
    assert len(client.embeddings("text-embedding-3-small", ["one", "two"]).json()["data"]) == 2
    said = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    assert client.send("/chat/completions", {"model": MODEL, "messages": said}, timeout=20).text
    assert client.models().text is None


def test_tables(mock: Mock, tmp_path: Path) -> None:
    file = tmp_path / "routes.json"
    file.write_text(json.dumps(table(mock)))
    for written in (table(mock), file.read_text(), file):
        assert Client(written, Segment()).chat(MODEL, "Hi").text
    with pytest.raises(ConfigError, match="routes") as raised:
        Client({"routes": 7})
    assert raised.value.status == -5
    client = Client(file, Segment())
    with pytest.raises(ConfigError, match="unknown field `colour`"):
        client.replace_table(table(mock, colour="red"))
    assert client.chat(MODEL, "Hi").meta.route == "r"
    client.replace_table({"routes": [{"name": "other", "url": f"{mock.url}/v1"}]})
    assert client.chat(MODEL, "Hi").meta.route == "other"


FAILURES: list[tuple[dict[str, Any], tuple[str, str, bool, int | None]]] = [
    ({"kind": "400"}, ("invalid_request", "caller", False, 400)),
    ({"kind": "401"}, ("auth", "account", False, 401)),
    ({"kind": "404"}, ("not_found", "model", False, 404)),
    ({"kind": "429"}, ("rate_limit", "account", True, 429)),
    ({"kind": "429", "code": "insufficient_quota"}, ("quota", "account", False, 429)),
    ({"kind": "500"}, ("server", "model", True, 500)),
    ({"kind": "529"}, ("overloaded", "model", True, 529)),
    ({"kind": "cut", "after_bytes": 20}, ("bad_response", "model", True, 200)),
    ({"kind": "refused"}, ("connection", "endpoint", True, None)),
]


@pytest.mark.parametrize(("phase", "expected"), FAILURES)
def test_each_fault_has_its_kind(client: Client, mock: Mock, phase: dict[str, Any], expected: object) -> None:
    mock.phase(**phase)
    with pytest.raises(ClientError) as raised:
        client.chat(MODEL, "Hi")
    failure = raised.value
    said = failure.status if failure.kind != "bad_response" else 200
    assert (failure.kind, failure.scope, failure.retryable, said) == expected
    assert (failure.route, failure.attempts, failure.refusals) == ("r", 1, ())
    assert isinstance(failure, Error) and str(failure) == failure.message and "route r" in str(failure)


def test_what_a_service_says_is_told(client: Client, mock: Mock) -> None:
    mock.phase("429", retry_after=1.2, message="too fast")
    with pytest.raises(ClientError, match="too fast") as raised:
        client.chat(MODEL, "Hi")
    failure = raised.value
    assert (failure.retry_after, failure.code) == (1.2, "rate_limit_exceeded, rate_limit")
    assert failure.request_id
    copied = pickle.loads(pickle.dumps(failure))
    assert (vars(copied), str(copied)) == (vars(failure), str(failure))


def test_a_breaker_of_this_package_is_the_clients(mock: Mock) -> None:
    for segment in (None, Segment(), "billing", Segment("billing")):
        client = Client(table(mock), segment)
        breaker = Breaker(f"{mock.host}|{MODEL}", segment)
        breaker.trip_for(60)
        with pytest.raises(ClientError) as raised:
            client.chat(MODEL, "Hi")
        [refusal] = raised.value.refusals
        assert (raised.value.kind, refusal.kind, refusal.route) == ("circuit_open", "circuit_open", "r")
        assert refusal.retry_after is not None and 59 < refusal.retry_after < 61
        breaker.reset()
        assert client.chat(MODEL, "Hi").text
    assert mock.received() == 4


def test_instead_of_a_failure(mock: Mock) -> None:
    client = Client(table(mock, cache={"max_entries": 10, "ttl_ms": 1}), Segment())
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}
    first = client.send("/chat/completions", body)
    time.sleep(0.01)
    mock.phase("500")
    answer = client.send("/chat/completions", body, or_stale=True)
    assert (answer.meta.source, answer.content) == ("stale", first.content)
    answer = client.chat(MODEL, "another", fallback={"content": "later"})
    assert (answer.meta.source, answer.json(), answer.text) == ("static", {"content": "later"}, "later")
    client.replace_table(table(mock, cache={"max_entries": 10}))
    mock.phase("healthy")
    sources = [client.send("/chat/completions", body, cache=cache).meta.source for cache in (True, True, False)]
    assert sources == ["service", "cache", "service"]


def test_a_stream(client: Client, mock: Mock) -> None:
    mock.phase("healthy", chunks=5, interval_ms=1)
    with client.chat_stream(MODEL, "Hi", stream_options={"include_usage": True}) as stream:
        assert stream.meta is None and mock.received() == 0
        pieces = list(stream)
    assert pieces[-1] == Piece("[DONE]") and pieces[-1].json() is None and pieces[-1].text == ""
    assert len([piece for piece in pieces if piece.text]) == 5
    assert stream.meta and (stream.meta.route, stream.meta.usage) == ("r", Usage(1, 5)) and stream.meta.usd
    assert list(stream) == []
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}
    assert len(client.stream("/chat/completions", body).text().split()) == 5


@pytest.mark.parametrize(
    ("phase", "kind", "least"),
    [
        ({"kind": "500"}, "server", 0),
        ({"kind": "cut", "after_chunks": 3}, "bad_response", 3),
        ({"kind": "stream-error", "after_chunks": 2, "code": "rate_limit_exceeded"}, "rate_limit", 2),
    ],
)
def test_a_stream_that_fails(client: Client, mock: Mock, phase: dict[str, Any], kind: str, least: int) -> None:
    mock.phase(**phase)
    stream, pieces = client.chat_stream(MODEL, "Hi"), []
    with pytest.raises(ClientError) as raised:
        for piece in stream:
            pieces.append(piece)
    assert raised.value.kind == kind and least <= len(pieces) <= least + 1
    assert list(stream) == [] and stream.meta is None


@pytest.mark.parametrize("how", ["with", "close", "dropped"])
def test_who_leaves_a_stream_breaks_the_call_off(client: Client, mock: Mock, how: str) -> None:
    mock.phase("healthy", chunks=10_000, interval_ms=1)
    stream = client.chat_stream(MODEL, "Hi")
    if how == "with":
        with stream:
            next(stream)
    else:
        next(stream)
    if how == "close":
        stream.close()
        assert list(stream) == []
    del stream
    collected()
    eventually(lambda: mock.total("abandoned") == 1)
    totals = Breaker(f"{mock.host}|{MODEL}", client.segment).snapshot().totals
    assert totals.failures == 0
    assert client.status()["spent"] == [], "nothing is booked"


def test_a_slow_reader_loses_nothing(client: Client, mock: Mock) -> None:
    mock.phase("healthy", chunks=1000, interval_ms=0)
    stream = client.chat_stream(MODEL, "Hi")
    first = next(stream)
    time.sleep(0.3)
    assert len([piece for piece in [first, *stream] if piece.text]) == 1000


def test_texts_of_every_format() -> None:
    for said, text in [
        ({"choices": [{"delta": {"content": "hi"}}]}, "hi"),
        ({"choices": [{"delta": {}}]}, ""),
        ({"choices": []}, ""),
        ({"choices": [{"text": "hi"}]}, "hi"),
        ({"choices": [{"message": {"content": [{"text": "h"}, {"type": "image"}, {"text": "i"}]}}]}, "hi"),
        ({"type": "content_block_delta", "delta": {"text": "hi"}}, "hi"),
        ({"type": "response.output_text.delta", "delta": "hi"}, "hi"),
        ({"candidates": [{"content": {"parts": [{"text": "h"}, {"text": "i"}]}}]}, "hi"),
        ({"output": [{"type": "reasoning"}, {"content": [{"text": "hi"}]}]}, "hi"),
        ({"content": [{"text": "hi"}]}, "hi"),
        ({"data": [7]}, ""),
        ([7], ""),
    ]:
        assert Piece(json.dumps(said)).text == text, said


def test_a_call_is_broken_off_from_another_thread(client: Client, mock: Mock) -> None:
    mock.phase("hang")
    cancel, failures = Cancel(), []

    def call() -> None:
        try:
            client.chat(MODEL, "Hi", cancel=cancel)
        except ClientError as failure:
            failures.append(failure)

    thread = threading.Thread(target=call)
    thread.start()
    eventually(lambda: mock.total("hung") == 1)
    cancel.now()
    thread.join(PATIENCE)
    [failure] = failures
    assert (failure.kind, failure.scope, failure.attempts) == ("cancelled", "caller", 1)
    eventually(lambda: mock.total("abandoned") == 1)
    with pytest.raises(ClientError, match="cancelled"):
        client.chat_stream(MODEL, "Hi", cancel=cancel).text()
    with pytest.raises(TypeError, match="a Cancel cannot be pickled or copied: it belongs to one call"):
        copy.copy(cancel)


WAYS = {
    "send": "client.chat('gpt-4.1', 'Hi')",
    "stream": "next(client.chat_stream('gpt-4.1', 'Hi'))",
    "batch": "client.batch([Request.chat('gpt-4.1', str(n)) for n in range(4)], concurrency=2)",
}


@pytest.mark.parametrize("way", WAYS)
def test_ctrl_c_breaks_a_call_off(mock: Mock, python: Callable[..., subprocess.Popen[str]], way: str) -> None:
    mock.phase("hang")
    program = f"""
import signal, sys, json
from holysheep_cb.client import Client, Request
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background has none
client = Client(sys.argv[1])
try:
    {WAYS[way]}
except KeyboardInterrupt:
    print("interrupted", flush=True)
sys.stdin.read()
"""
    child = python(program, json.dumps(table(mock)))
    hung = 2 if way == "batch" else 1
    eventually(lambda: mock.total("hung") == hung)
    child.send_signal(signal.SIGINT)
    assert child.stdout is not None and child.stdout.readline() == "interrupted\n"
    eventually(lambda: mock.total("abandoned") == hung)
    assert child.communicate(timeout=PATIENCE)[0] == "" and child.returncode == 0
    assert mock.received() == hung


def test_a_batch_is_in_order_and_each_has_its_own_end(client: Client, mock: Mock) -> None:
    requests = [Request.chat(MODEL, f"question {number}") for number in range(20)]
    requests[7] = Request("/nowhere")
    heard: list[tuple[int, int]] = []
    results = client.batch(requests, concurrency=4, progress=lambda done, of: heard.append((done, of)))
    failures = {number: one for number, one in enumerate(results) if isinstance(one, ClientError)}
    assert {number: failure.kind for number, failure in failures.items()} == {7: "not_found"}
    assert sum(isinstance(one, Answer) for one in results) == 19
    assert heard == [(number, 20) for number in range(1, 21)]
    assert client.batch([]) == []
    usages = [one.meta.usage for one in client.batch([Request.chat(MODEL, "a " * n) for n in (1, 2, 3)]) if one]  # type: ignore[union-attr]
    assert [usage.input for usage in usages if usage] == [1, 2, 3]


def test_what_progress_raises_breaks_the_batch_off(client: Client, mock: Mock) -> None:
    def progress(done: int, of: int) -> None:
        mock.phase("hang")
        raise RuntimeError("enough")

    begun = time.monotonic()
    with pytest.raises(RuntimeError, match="enough"):
        client.batch([Request.chat(MODEL, str(number)) for number in range(50)], 1, progress)
    assert time.monotonic() - begun < PATIENCE and mock.received() < 50


def test_a_key_is_never_shown(mock: Mock) -> None:
    client = Client(table(mock, accounts={"main": {"key": KEY}}))
    mock.phase("401")
    with pytest.raises(ClientError) as raised:
        client.chat(MODEL, "a secret")
    request = Request.chat(MODEL, "a secret")
    shown = f"{client!r} {client} {raised.value!r} {raised.value} {client.status()} {request!r}"
    assert KEY[8:] not in shown and "secret" not in shown
    assert repr(client) == "<Client of this process>"
    assert repr(Client(table(mock), "billing")) == "<Client of segment 'billing'>"
    with pytest.raises(ConfigError, match="begin with") as wrong:
        Client(table(mock, accounts={"main": {"key": "pk-0123456789abcdefghij"}}))
    assert "9abcdefghij" not in str(wrong.value)


def test_it_is_a_handle(mock: Mock) -> None:
    with Client(table(mock)) as client:
        for act in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="a Client cannot be pickled or copied: it has connections"):
                act(client)
    assert repr(client) == "<Client of this process (closed)>"
    for use in (client.models, client.status, lambda: client.chat_stream(MODEL, "Hi"), lambda: client.batch([])):
        with pytest.raises(Error, match="the client is closed"):
            use()
    client.close()


def test_a_client_that_is_closed_while_a_call_is_out(client: Client, mock: Mock) -> None:
    mock.phase("healthy", chunks=5, interval_ms=20)
    stream = client.chat_stream(MODEL, "Hi")
    first = next(stream)
    client.close()
    assert (first.text + stream.text()).split()


def test_forked_children_call_with_a_client_of_their_parent(client: Client, mock: Mock) -> None:
    assert client.chat(MODEL, "Hi").text, "so there is a connection"

    def work() -> bool:
        return bool(
            all(client.chat(MODEL, str(number)).text for number in range(5)) and client.chat_stream(MODEL, "Hi").text()
        )

    children = [forked(work) for _ in range(4)]
    assert client.chat(MODEL, "in the parent").text
    assert [joined(pid) for pid in children] == [0] * 4
    assert client.chat(MODEL, "Hi").text
    assert mock.received() == 3 + 4 * 6


def test_a_child_that_leaves_a_stream_of_its_parent_ends_it_for_nobody(client: Client, mock: Mock) -> None:
    mock.phase("healthy", chunks=4, interval_ms=200)
    stream = client.chat_stream(MODEL, "Hi")
    first = next(stream)
    time.sleep(0.1)  # the call waits for the next piece

    def work() -> bool:
        stream.close()
        return bool(client.chat(MODEL, "in the child").text)

    assert joined(forked(work)) == 0
    assert len([piece for piece in [first, *stream] if piece.text]) == 4


def test_the_example(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    example = ROOT / "examples/python/client.py"
    assert len(example.read_text().splitlines()) <= 30
    is_real = "HOLYSHEEP_API_KEY" in os.environ  # then it asks the real relay
    if not is_real:
        monkeypatch.setenv("HOLYSHEEP_API_KEY", KEY)
    relay = [] if is_real else [f"{mock.url}/v1"]
    ran = subprocess.run([sys.executable, str(example), *relay], text=True, capture_output=True)
    assert ran.returncode == 0, ran.stderr
    cost = r"\d\S+" if is_real else r"6\.4e-05"
    assert re.search(rf"^\w.+ \(\d+ ms, {cost} USD\)$", ran.stdout, flags=re.MULTILINE)
    assert mock.received() == (0 if is_real else 4)


def test_the_readme(mock: Mock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    examples = re.findall(r"^```python\n(.*?)^```", readme, flags=re.DOTALL | re.MULTILINE)
    [example] = [example for example in examples if "holysheep_cb.client" in example]
    monkeypatch.setenv("HOLYSHEEP_API_KEY", KEY)
    exec(example.replace("https://api.holysheep.ai/v1", f"{mock.url}/v1"), {"__name__": "readme"})
    assert len(capsys.readouterr().out.splitlines()) > 3
