"""Sentences of the user's own come before all templates, whole or not at all."""

from __future__ import annotations

import pytest

from assistant.engines.hassil_grammar import HassilGrammar
from assistant.think.fastpath import Template
from assistant.think.own import OwnSentences
from assistant.types import ToolCall

pytestmark = pytest.mark.unit

OWN = ToolCall(tool="routines.run", arguments={"name": "good night"})


@pytest.mark.parametrize(
    ("text", "tool", "complete"),
    [
        ("Good night!", "routines.run", "complete"),
        ("okay, good night please", "routines.run", "complete"),
        ("good night everybody", None, "unknown"),
        ("good", None, "prefix"),
        ("good day", "talk.greet", "complete"),
        ("", None, "empty"),
    ],
)
def test_whole_or_not_at_all(text: str, tool: str | None, complete: str) -> None:
    """As the grammar spells them; what is added later counts at once."""
    own: dict[str, ToolCall] = {}
    grammar = OwnSentences(HassilGrammar([Template(tool="talk.greet", text="good (day|night)")]), lambda: own)
    assert "talk.greet" == (grammar.match("good night") or (OWN,))[0].tool
    own["good night"] = OWN
    calls = grammar.match(text)
    assert tool == (calls[0].tool if calls else None)
    assert complete == grammar.is_complete(text)
