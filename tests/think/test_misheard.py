"""Commands that the recogniser spelled by their sound."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from assistant.devkit.bench import compile_grammar
from assistant.think.fastpath import Template
from assistant.think.misheard import SecondLook
from assistant.types import Effect, ToolSpec

pytestmark = pytest.mark.unit


def _look(effect: Effect = "change") -> SecondLook:
    templates = [
        Template(tool="alarm.set", text="wake me at {time}"),
        Template(tool="timer.set", text="set a timer for {duration}"),
    ]
    specs: Mapping[str, ToolSpec] = {
        name: ToolSpec(name=name, description="Do it.", parameters={}, effect=effect)
        for name in ("alarm.set", "timer.set")
    }
    return SecondLook(compile_grammar(templates), lambda: specs)


@pytest.mark.parametrize(
    ("heard", "tool", "arguments"),
    [
        ("Wait me that 7.", "alarm.set", {"time": "7:00"}),
        ("Wake me that seven.", "alarm.set", {"time": "7:00"}),
        ("Wake me at seven.", "alarm.set", {"time": "7:00"}),
        ("Set a timer for ten minutes.", "timer.set", {"minutes": 10}),
    ],
)
def test_small_words_are_heard_again(heard: str, tool: str, arguments: Mapping[str, object]) -> None:
    """What sounds like a command is one, and its turn may end as early."""
    look = _look()
    calls = look.match(heard)
    assert calls is not None
    assert [(tool, arguments)] == [(call.tool, call.arguments) for call in calls]
    assert "complete" == look.is_complete(heard)


@pytest.mark.parametrize("text", ["wait for me", "what is that", "that seven of us came", "wait", "that is 7", ""])
def test_other_sentences_stay(text: str) -> None:
    """The words beside decide, and the whole sentence must be a command."""
    look = _look()
    assert look.match(text) is None
    assert "complete" != look.is_complete(text)


def test_tools_that_come_later_are_known() -> None:
    """A home tells of its devices when it is connected: its tools count then, and do no harm before."""
    specs: dict[str, ToolSpec] = {}
    look = SecondLook(compile_grammar([Template(tool="home.warm", text="warm the room at {time}")]), lambda: specs)
    assert look.match("warm the room that 7") is None
    specs["home.warm"] = ToolSpec(name="home.warm", description="Do it.", parameters={}, effect="change")
    assert look.match("warm the room that 7") is not None


def test_sensitive_tools_are_never_reached_so() -> None:
    """What needs a confirmation must have been said in so many words."""
    look = _look("sensitive")
    assert look.match("Wait me that 7.") is None
    assert look.match("Wake me at 7.") is not None
