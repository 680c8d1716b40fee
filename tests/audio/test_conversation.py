"""The real daemon in the room: a person speaks, the loudspeaker answers, and devices come and go in between."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from assistant.bench.conversation import Conversation
from assistant.bench.measure import first_sound_after
from assistant.types import RATE_HZ, Samples

pytestmark = [pytest.mark.audio, pytest.mark.slow]
PATIENCE_S = 30.0

Person = Callable[[str], Samples]
Transcribe = Callable[[Samples], str]


def test_an_answer_is_heard(conversation: Conversation, person: Person, transcribe: Transcribe) -> None:
    """Wake word and wish in one breath: no word is lost, and the loudspeaker says what the reply event tells."""
    wish = person("What is twelve times eight?")
    conversation.say(wish)
    conversation.wait_for("wake", PATIENCE_S, word="okay_nabu")
    transcript = conversation.wait_for("transcript", PATIENCE_S)
    conversation.wait_for("route", PATIENCE_S, route="grammar", tool="calculator.calculate")
    conversation.wait_for("speech_done", PATIENCE_S)
    conversation.wait_for("follow_up_closed", PATIENCE_S)
    assert transcript.fields["text"].lower().startswith("what")
    assert first_sound_after(conversation.heard(), RATE_HZ, 0.0) is not None
    assert "96" in transcribe(conversation.heard())


def test_the_microphone_is_unplugged_and_replugged(
    start_conversation: Callable[..., Conversation], person: Person, transcribe: Transcribe
) -> None:
    """Without a microphone the daemon says so and lives on; with it again, the next wish is answered."""
    talk = start_conversation()
    talk.room.unplug_mic()
    gone = talk.wait_for("device", PATIENCE_S, state="no_microphone")
    talk.room.replug_mic()
    talk.wait_for("device", PATIENCE_S, after=gone, state="ok")
    talk.say(person("What day is it today?"))
    talk.wait_for("speech_done", PATIENCE_S)
    assert "day" in transcribe(talk.heard()).lower()
