"""The README's recipes run, against the mock, and are protected."""

from __future__ import annotations

import asyncio
import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest
from holysheep_cb import Breaker, CircuitOpenError
from hscb_mock import Mock

from integrations.conftest import MODEL

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture(autouse=True)
def environment(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    """So the recipes reach the mock; and LiteLLM asks nobody for the prices of models."""
    monkeypatch.setenv("OPENAI_BASE_URL", f"{mock.url}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2"):
        monkeypatch.setenv(name, "false")


def recipe(word: str) -> dict[str, Any]:
    """Runs the README's example with this word in it; its names."""
    examples = re.findall(r"^```python\n(.*?)^```", README.read_text(), flags=re.DOTALL | re.MULTILINE)
    (example,) = (example for example in examples if word in example and "holysheep_cb.integrations" in example)
    names: dict[str, Any] = {}
    exec(compile(example, str(README), "exec"), names)
    return names


def needs(library: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not importlib.util.find_spec(library), reason=f"{library} is not in this environment")


def breaker_of(mock: Mock) -> Breaker:
    return Breaker(f"{mock.host}|{MODEL}", "billing")


@needs("openai")
def test_openai(mock: Mock) -> None:
    with recipe("AsyncOpenAI likewise")["client"] as client:
        client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hi"}])
    assert breaker_of(mock).snapshot().totals.successes == 1


@needs("langchain_openai")
def test_langchain(mock: Mock, capsys: pytest.CaptureFixture[str]) -> None:
    llm = recipe("langchain")["llm"]
    assert capsys.readouterr().out.strip()
    assert list(llm.stream("Hi"))

    async def work() -> None:
        async with llm.root_async_client:
            await llm.ainvoke("Hi")

    asyncio.run(work())
    assert breaker_of(mock).snapshot().totals.successes == 3
    assert_refused(mock, lambda: llm.invoke("Hi"))


@needs("litellm")
@pytest.mark.filterwarnings("default")  # its own
def test_litellm(mock: Mock, capsys: pytest.CaptureFixture[str]) -> None:
    names = recipe("litellm")
    litellm, client = names["litellm"], names["client"]
    assert capsys.readouterr().out.strip()
    ask: Any = {"model": f"openai/{MODEL}", "messages": [{"role": "user", "content": "Hi"}]}
    assert list(litellm.completion(client=client, stream=True, **ask))

    async def work() -> None:
        async with names["protect"](names["AsyncOpenAI"](), segment="billing") as protected:
            await litellm.acompletion(client=protected, **ask)

    asyncio.run(work())
    assert breaker_of(mock).snapshot().totals.successes == 3
    assert_refused(mock, lambda: litellm.completion(client=client, **ask))
    assert_refused(mock, lambda: litellm.completion(client=client, num_retries=2, **ask))


def assert_refused(mock: Mock, call: Any) -> None:
    """While the breaker is open, a call fails with a refusal behind its error, and nothing is sent."""
    breaker_of(mock).trip()
    before = mock.received()
    with pytest.raises(Exception) as raised:
        call()
    refusal = CircuitOpenError.behind(raised.value)
    assert refusal is not None and refusal.name == f"{mock.host}|{MODEL}"
    assert mock.received() == before
