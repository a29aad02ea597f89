"""The README's examples run, in its order, and say what they should."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"


def test_the_examples(capsys: pytest.CaptureFixture[str]) -> None:
    examples = re.findall(r"^```python\n(.*?)^```", README.read_text(), flags=re.DOTALL | re.MULTILINE)
    elsewhere = ("holysheep_cb.integrations", "holysheep_cb.client")  # tests/integrations, test_client
    examples = [example for example in examples if not any(word in example for word in elsewhere)]
    assert len(examples) > 5
    names: dict[str, object] = {"__name__": "readme"}
    for example in examples:
        exec(compile(example, str(README), "exec"), names)
    printed = capsys.readouterr().out
    assert "an answer to Hello\n" in printed
    assert "to\nbe\nor\nnot\n" in printed
    assert "<Verdict failure: rate-limited, retry after 2.500 s>\n" in printed
    assert "closed 10000\n" in printed
    assert "api.holysheep.ai|gpt-4.1 closed open operator" in printed
