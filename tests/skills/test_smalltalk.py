"""Small talk: every phrase can be heard, what is said of privacy is what the README says, chance is chance."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from assistant_skill_smalltalk import JOKES, Topic
from assistant_skill_smalltalk.templates import TOPICS

from assistant.think.fastpath import stop_intent
from assistant.think.normalize import normalize

pytestmark = pytest.mark.unit

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_every_phrase_can_be_heard() -> None:
    """No phrase is one that the spelling of what was heard takes apart, or that stops the assistant."""
    assert [] == [phrase for phrase in TOPICS if normalize(phrase) != phrase or stop_intent(phrase)]
    assert set(get_args(Topic)) == set(TOPICS.values())


@pytest.mark.parametrize("topic", get_args(Topic))
def test_every_topic_has_an_answer(bench: Any, topic: str) -> None:
    """In a few words."""
    result = bench.run("smalltalk.chat", about=topic)
    assert result.ok
    assert 0 < len(result.speech) <= 160


def test_privacy_is_what_the_readme_says(bench: Any) -> None:
    """Three seconds in memory, no sound kept, no words in the record unless it is set so, nothing leaves unasked."""
    text = " ".join(README.partition("## What leaves the device")[2].partition("\n## ")[0].split())
    told = {
        "listening": ("three seconds of it while it waits for the wake word", "last three seconds of sound in memory"),
        "recording": ("without any word of yours", "without your words unless you set that"),
        "leaves": (
            "no account and no telemetry, and no cloud model unless you choose one",
            "a cloud model only if you chose one",
        ),
    }
    for about, (written, said) in told.items():
        assert written in text
        assert said in bench.say("smalltalk.chat", about=about)
    assert "Sound is kept in memory only" in text
    assert "No sound leaves" in bench.say("smalltalk.chat", about="leaves")


def test_no_joke_twice_before_all_were_told(bench: Any) -> None:
    """And the last one does not come again at once."""
    told = [bench.run("smalltalk.joke").data["joke"] for _ in range(len(JOKES) + 1)]
    assert set(JOKES) == set(told[:-1])
    assert told[-1] != told[-2]


def test_chance(bench: Any) -> None:
    """Both sides of the coin, all sides of the die, both ends of the range, and nothing beyond."""
    assert {"Heads.", "Tails."} == {bench.say("smalltalk.flip") for _ in range(100)}
    assert set(range(1, 7)) == {bench.run("smalltalk.roll").data["rolled"][0] for _ in range(300)}
    assert {3, 4, 5} == {bench.run("smalltalk.number", low=5, high=3).data["number"] for _ in range(100)}


def test_several_dice(bench: Any) -> None:
    """The sum is that of the dice that are named."""
    result = bench.run("smalltalk.roll", count=3)
    assert 3 == len(result.data["rolled"])
    assert re.fullmatch(r"\w+, \w+ and \w+\. Together that's \w+\.", result.speech)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("roll", {"sides": 1}),
        ("roll", {"sides": 10**6}),
        ("roll", {"count": 0}),
        ("roll", {"count": 11}),
        ("number", {"low": 7, "high": 7}),
        ("number", {"low": 1, "high": 10**12}),
    ],
)
def test_limits(bench: Any, tool: str, arguments: dict[str, int]) -> None:
    """What no die and no range has is refused in a sentence."""
    assert not bench.run(f"smalltalk.{tool}", **arguments).ok
