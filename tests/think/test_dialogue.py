"""What was said, yes and no, and not listening to oneself."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.think.dialogue import (
    FORGET_AFTER_S,
    Dialogue,
    answer_of,
    echoes,
    load_dialogue,
    needs_facts,
    save_dialogue,
    wants_more,
)
from assistant.types import ToolCall

pytestmark = pytest.mark.unit


def test_an_answer_that_nobody_heard_is_not_remembered() -> None:
    """History holds what was heard."""
    dialogue = Dialogue()
    dialogue.add("why is the sky blue", "", 1.0)
    assert ["why is the sky blue"] == [message.text for message in dialogue.messages(2.0)]


def test_an_old_conversation_is_over() -> None:
    """After five minutes nothing is carried on."""
    dialogue = Dialogue()
    dialogue.add("hello", "Hi.", 1.0)
    assert [] == dialogue.messages(2.0 + FORGET_AFTER_S)


def test_a_long_conversation_loses_its_beginning_at_once() -> None:
    """After six exchanges the next one leaves the last two: the language model then reads few lines again."""
    dialogue = Dialogue()
    for number in range(7):
        dialogue.add(f"question {number}", f"answer {number}", 1.0)
    assert ["question 5", "answer 5", "question 6", "answer 6"] == [m.text for m in dialogue.messages(2.0)]


@pytest.mark.parametrize(
    ("text", "expected"), [("How old is Tom Hanks?", True), ("What day is it?", True), ("Why is the sky blue?", False)]
)
def test_facts_are_told_where_they_matter(text: str, expected: bool) -> None:
    """Date and time are read to the language model only for questions about time."""
    assert needs_facts(text) is expected


def test_a_named_conversation_survives_the_process(tmp_path: Path) -> None:
    """Saved and loaded, everything is as before; a damaged file is a fresh conversation."""
    dialogue = Dialogue()
    dialogue.add("hello", "Hi.", 1.0)
    dialogue.pending = ToolCall(tool="timer.set", arguments={"minutes": 3})
    dialogue.asked = "set a timer for {answer}"
    dialogue.add("what is in the news", "Rain.", 1.5, outside=True)
    file = tmp_path / "sessions" / "kitchen.json"
    save_dialogue(file, dialogue)
    again = load_dialogue(file)
    assert (dialogue.messages(2.0), dialogue.pending, dialogue.asked) == (
        again.messages(2.0),
        again.pending,
        again.asked,
    )
    assert (True, "tool") == (again.is_tainted(2.0), again.messages(2.0)[-1].role)
    assert 0o600 == file.stat().st_mode & 0o777
    file.write_text("{", encoding="utf-8")
    assert [] == load_dialogue(file).messages(2.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Yes.", True), ("yeah", True), ("No, thanks.", False), ("Don't.", False), ("yes but later", None), ("", None)],
)
def test_only_a_whole_yes_is_a_yes(text: str, expected: bool | None) -> None:
    """A sentence that begins with yes is another sentence."""
    assert answer_of(text) is expected


@pytest.mark.parametrize(
    ("heard", "spoken", "expected"),
    [
        ("the sky is blue because", "The sky is blue because air scatters light.", True),
        ("The sky's blue because air scatter light", "The sky is blue because air scatters light.", False),
        ("set a timer for ten minutes", "Ten minutes, starting now.", False),
        ("stop", "Say stop to stop.", False),
        (
            "light scatters the air",
            "The light is short, the red one scatters less, and the rest of the air is blue.",
            False,
        ),
        ("so the air is blue", "And the rest of the air is blue.", True),
    ],
)
def test_our_own_words_are_recognised(heard: str, spoken: str, expected: bool) -> None:
    """Three words in our own order are an echo; a command that shares some words is not."""
    assert echoes(heard, spoken) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tell me more.", True),
        ("Can you tell me a bit more about that, please?", True),
        ("Go on!", True),
        ("Continue.", True),
        ("Tell me more about penguins.", False),
        ("More milk on the list", False),
        ("Go on holiday", False),
        ("", False),
    ],
)
def test_only_a_whole_wish_for_more_expands(text: str, expected: bool) -> None:
    """Whoever names a new subject asks a new question."""
    assert expected == wants_more(text)


def test_the_talker_reads_no_commands(tmp_path: Path) -> None:
    """They are part of the conversation, but it can do nothing with them; that holds over a restart."""
    dialogue = Dialogue()
    dialogue.add("turn on the lamp", "The lamp is on.", 1.0, outside=True, deed=True)
    dialogue.add("why is the sky blue", "Light is scattered.", 2.0)
    save_dialogue(tmp_path / "dialogue.json", dialogue)
    for one in (dialogue, load_dialogue(tmp_path / "dialogue.json")):
        assert 4 == len(one.messages(3.0))
        assert ["why is the sky blue", "Light is scattered."] == [message.text for message in one.talk(3.0)]
