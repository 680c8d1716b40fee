"""The whole loop in the room with the real models: an open question, "stop", the wake word over an answer, timers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from assistant.bench.conversation import Conversation
from assistant.bench.latency import wait_until_thinking
from assistant.bench.room import Room
from assistant.bench.utterances import Voice
from assistant.events import Event
from assistant.types import JsonDict, Samples

pytestmark = [pytest.mark.audio, pytest.mark.slow]

Person = Callable[[str], Samples]
LONG_QUESTIONS = (
    "Explain how a car engine works, step by step.",
    "Tell me a story about a dragon and a knight.",
    "Explain how a computer works, step by step.",
)
TALKATIVE: JsonDict = {"turn.follow_up_s": 0.5, "reply.max_tokens": 120}


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conversation]:
    """A daemon that gives long answers, so that there is something to interrupt."""
    with Room() as opened, Conversation(opened, tmp_path_factory.mktemp("talk"), settings=TALKATIVE) as running:
        wait_until_thinking(running)
        yield running


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{4,}", text.lower()))


def test_an_open_question_is_answered_aloud(
    talk: Conversation, person: Person, transcribe: Callable[[Samples], str]
) -> None:
    """The local model answers, and what the loudspeaker says is what the reply tells."""
    talk.say(person("Why is the sky blue?"))
    reply = talk.wait_for("reply", 30)
    talk.wait_for("speech_done", 40)
    assert "talker" == reply.fields["route"]
    said, heard = words(str(reply.fields["text"])), words(transcribe(talk.heard()))
    assert len(said & heard) >= 0.6 * len(said)
    talk.wait_for("follow_up_closed", 20)


def interrupt(talk: Conversation, person: Person, wish: Samples, **fields: object) -> Event:
    """Talk over a long answer. The model may have little to say, a word may be misheard: up to three answers."""
    for question in LONG_QUESTIONS:
        talk.say(person(question))
        talk.wait_for("first_audio", 30)
        talk.say(wish)
        try:
            return talk.wait_for("interrupted", 4, **fields)
        except TimeoutError:
            talk.quiet(2.0, 30.0)
    raise AssertionError("three answers were not interrupted")


def test_stop_ends_an_answer(talk: Conversation, person: Person) -> None:
    """ "Okay Nabu, stop" silences a long answer and is not answered itself."""
    interrupt(talk, person, person("Stop."))
    assert "stop_word" == talk.wait_for("route", 8).fields["reason"]
    assert talk.quiet(1.0, 5.0)


def test_stop_needs_no_wake_word_over_an_answer(talk: Conversation, person: Person, voice: Voice) -> None:
    """ "Stop", said over our own voice, is heard through it: the answer pauses at once and ends."""
    interrupt(talk, person, voice.words("Stop."), by="stop")
    assert talk.quiet(1.0, 5.0)


def test_a_wish_needs_no_wake_word_over_an_answer(talk: Conversation, person: Person, voice: Voice) -> None:
    """Whoever speaks over an answer takes the floor, and is understood from the first word."""
    interrupt(talk, person, voice.words("What is three plus four?"), by="speech")
    reply = talk.wait_for("reply", 15, tool="calculator.calculate")
    assert "7" in str(reply.fields["text"])
    talk.wait_for("follow_up_closed", 20)


def test_the_wake_word_takes_the_floor(talk: Conversation, person: Person) -> None:
    """The wake word over an answer ends it, and the new wish is served."""
    interrupt(talk, person, person("What is three plus four?"), by="wake")
    reply = talk.wait_for("reply", 15, tool="calculator.calculate")
    assert "7" in str(reply.fields["text"])
    talk.wait_for("follow_up_closed", 20)


def test_two_timers_are_set_and_asked_for_and_cancelled(talk: Conversation, person: Person) -> None:
    """Several named timers at once; what is said comes from their real state."""
    for wish, tool in (
        ("Set a pizza timer for twenty minutes.", "timer.set"),
        ("Set a timer for one hour.", "timer.set"),
        ("How long is left on the pizza timer?", "timer.left"),
        ("Cancel all timers.", "timer.cancel_all"),
    ):
        talk.say(person(wish))
        event = talk.wait_for("tool", 15, tool=tool)
        assert event.fields["ok"] is True
        talk.wait_for("follow_up_closed", 20)
