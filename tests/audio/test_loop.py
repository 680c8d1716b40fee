"""The whole loop in the room with the real models: an open question, "stop", the wake word over an answer, timers."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from assistant.bench.conversation import Conversation
from assistant.bench.utterances import Voice
from assistant.types import Samples

pytestmark = [pytest.mark.audio, pytest.mark.slow]

Person = Callable[[str], Samples]
LONG_QUESTION = "Tell me a long story about a dragon and a brave knight."


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{4,}", text.lower()))


def test_the_answer_begins_while_it_is_written(
    conversation: Conversation, person: Person, transcribe: Callable[[Samples], str]
) -> None:
    """An open question is answered by the local model: the first sound comes before the last word is written."""
    conversation.say(person("Why is the sky blue?"))
    first = conversation.wait_for("first_audio", 30)
    reply = conversation.wait_for("reply", 30)
    conversation.wait_for("speech_done", 40)
    assert "talker" == reply.fields["route"]
    assert first.at_ms < reply.at_ms + 1500
    said, heard = words(str(reply.fields["text"])), words(transcribe(conversation.heard()))
    assert len(said & heard) >= 0.6 * len(said)
    conversation.wait_for("follow_up_closed", 20)


def test_stop_ends_an_answer(conversation: Conversation, person: Person, voice: Voice) -> None:
    """A spoken "stop" without the wake word silences a long answer."""
    conversation.say(person(LONG_QUESTION))
    conversation.wait_for("first_audio", 30)
    conversation.say(voice.words("Stop."))
    event = conversation.wait_for("interrupted", 8)
    assert "stop" == event.fields["by"]
    assert conversation.quiet(1.0, 5.0)


def test_the_wake_word_takes_the_floor(conversation: Conversation, person: Person) -> None:
    """The wake word over an answer ends it, and the new wish is served."""
    conversation.say(person(LONG_QUESTION))
    conversation.wait_for("first_audio", 30)
    conversation.say(person("What is three plus four?"))
    assert "wake" == conversation.wait_for("interrupted", 8).fields["by"]
    reply = conversation.wait_for("reply", 15, tool="calculator.calculate")
    assert "seven" in str(reply.fields["text"]).lower()
    conversation.wait_for("follow_up_closed", 20)


def test_two_timers_are_set_and_asked_for_and_cancelled(conversation: Conversation, person: Person) -> None:
    """Several named timers at once; what is said comes from their real state."""
    for wish, tool in (
        ("Set a pizza timer for twenty minutes.", "timer.set"),
        ("Set a timer for one hour.", "timer.set"),
        ("How long is left on the pizza timer?", "timer.left"),
        ("Cancel all timers.", "timer.cancel_all"),
    ):
        conversation.say(person(wish))
        event = conversation.wait_for("tool", 15, tool=tool)
        assert event.fields["ok"] is True
        conversation.wait_for("follow_up_closed", 20)
