"""A sound is heard again only where its words are no command but speak of a skill."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from assistant.bench.schema import Schema, write_skill
from assistant.devkit.bench import compile_grammar
from assistant.errors import EngineError
from assistant.rehearing import heard_again
from assistant.skills_host import LentContext, SkillHost
from assistant.store.timers import TimerStore
from assistant.testing import ScriptedRecognizer
from assistant.think.misheard import SecondLook
from assistant.think.understanding import Minds, Understanding
from assistant.types import Samples, Transcript, Utterance

pytestmark = pytest.mark.unit

LAMPS = Schema(
    name="lamps",
    intents={"turn_on": ["turn on [the] {lamp:name}"]},
    lists={"lamp": ["fernseher lamp", "floor lamp"]},
)
Again = Callable[..., str]


@pytest.fixture
def again(tmp_path: Path) -> Iterator[Again]:
    """What a recogniser's first words become, in a conversation with a skill for lamps."""
    timers = TimerStore(tmp_path / "timers.sqlite3")
    host = SkillHost.load(LentContext(timers=timers), sources={"lamps": write_skill(LAMPS, tmp_path)})
    grammar = SecondLook(compile_grammar(host.templates), lambda: host.specs)

    def heard(recognizer: ScriptedRecognizer, text: str, *, after_wake: bool = False) -> str:
        understanding = Understanding(grammar=grammar, toolbox=host, minds=Minds())
        sound = np.ones(1600, np.int16)
        utterance = Utterance(samples=sound, started_ms=0.0, ended_ms=100.0, ended_by="silence", after_wake=after_wake)
        return asyncio.run(heard_again(recognizer, understanding, utterance, text, "Okay Nabu"))

    yield heard
    host.close()
    timers.close()


def test_a_name_is_heard_when_it_is_expected(again: Again) -> None:
    """The recogniser is told the names, and one of its readings is the command."""
    recognizer = ScriptedRecognizer("", readings=["turn on the fan say her lamp", "Turn on the Fernseher lamp."])
    assert "turn on the fernseher lamp" == again(recognizer, "Turn on the fan, Sarah, lamp.")
    assert [True] == ["fernseher lamp" in hint for hint in recognizer.hints]


@pytest.mark.parametrize("text", ["Turn on the floor lamp.", "Who wrote Romeo and Juliet?", "Turn on the", "Stop."])
def test_what_is_understood_or_of_something_else_is_not_heard_again(again: Again, text: str) -> None:
    """A command, an open question, the beginning of a command and a stop word cost no second hearing."""
    recognizer = ScriptedRecognizer("", readings=["turn on the floor lamp"])
    assert text == again(recognizer, text)
    assert [] == recognizer.hints


def test_the_wake_word_is_expected_and_cut_off(again: Again) -> None:
    """The sound begins with it."""
    recognizer = ScriptedRecognizer("", readings=["Okay Nabu, turn on the floor lamp."])
    assert "turn on the floor lamp" == again(recognizer, "Turn on the floor ramp.", after_wake=True)
    assert "Okay Nabu" in recognizer.hints[0]


class Broken(ScriptedRecognizer):
    """Fails when it is asked again."""

    async def again(self, samples: Samples, *, hint: str) -> tuple[Transcript, ...]:
        self.hints.append(hint)
        raise EngineError("It broke.")


def test_what_was_heard_first_stands_when_the_recogniser_fails(again: Again) -> None:
    """The second hearing is a gain, never a loss."""
    recognizer = Broken("")
    assert "Turn on the first air lamp." == again(recognizer, "Turn on the first air lamp.")
    assert 1 == len(recognizer.hints)
