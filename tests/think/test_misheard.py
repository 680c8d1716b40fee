"""Commands that the recogniser spelled by their sound."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from assistant.devkit.bench import compile_grammar
from assistant.think.fastpath import Template
from assistant.think.misheard import Heard, SecondLook, meant
from assistant.types import Effect, ToolSpec, Transcript

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


CAFE = [
    Template(
        tool="cafe.order",
        text="(brew|get me|give me) [a] {size:size} {drink:drink}",
        lists={"size": {"small": "small", "large": "large"}, "drink": {"mocha": "mocha", "cappuccino": "cappuccino"}},
    )
]


def _cafe(effect: Effect = "change") -> tuple[SecondLook, Mapping[str, ToolSpec]]:
    specs = {"cafe.order": ToolSpec(name="cafe.order", description="Order.", parameters={}, effect=effect)}
    return SecondLook(compile_grammar(CAFE), lambda: specs), specs


def _heard(first: str, *readings: str) -> Heard:
    return Heard(first=first, skill="cafe", readings=[Transcript(text=text) for text in readings])


def test_a_reading_that_the_grammar_takes_is_what_was_meant() -> None:
    """The first words were damaged, one of the others is a command."""
    grammar, specs = _cafe()
    heard = _heard("Get me a large cup a chino", "get me a large cup, chino", "Get me a large cappuccino.")
    assert "get me a large cappuccino" == meant(heard, grammar, specs)


@pytest.mark.parametrize(
    ("first", "reading"),
    [
        ("The weather was fine in the mountains all day long", "get me a large mocha"),
        ("Don't get me a large mocha", "don't get me a large mocha"),
        ("Did you get me a large mocha", "did you get me a large mocha"),
        ("Get me a large mocha without", "get me a large mocha"),
        ("Get me a large table", "get me a large table"),
    ],
)
def test_what_was_not_said_is_not_meant(first: str, reading: str) -> None:
    """Other words than were heard first, a ban, a question, a lost "without", and what is no drink."""
    grammar, specs = _cafe()
    assert meant(_heard(first, reading), grammar, specs) is None


def test_what_is_sensitive_is_told_because_it_is_asked_about() -> None:
    """The sentence leads to the question of its tool; words that only sound nearly so are no match by themselves."""
    grammar, specs = _cafe("sensitive")
    assert "get me a large mocha" == meant(_heard("Get me a large mock", "get me a large mocha"), grammar, specs)
    assert grammar.match("get me a large mokha") is None


def test_another_spelling_of_the_same_sound_is_the_command() -> None:
    """What sounds exactly so is understood at once, and its turn may end as early."""
    look = SecondLook(
        compile_grammar(
            [Template(tool="cafe.order", text="get me {size:size}", lists={"size": {"twelve ounces": "12"}})]
        ),
        lambda: {"cafe.order": ToolSpec(name="cafe.order", description="Order.", parameters={}, effect="change")},
    )
    calls = look.match("Get me 12 ounces")
    assert calls is not None
    assert {"size": "12"} == calls[0].arguments
    assert "complete" == look.is_complete("Get me 12 ounces")
