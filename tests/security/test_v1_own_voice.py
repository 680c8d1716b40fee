"""V1: the assistant's own voice says the wake word and a command into its own microphone; no second turn begins."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from assistant.audio.files import read_audio
from assistant.bench.conversation import Conversation
from assistant.bench.room import Room
from assistant.bench.utterances import Voice, spoken
from assistant.catalog import Catalog
from assistant.paths import find_paths
from assistant.speak.cache import Phrase, PhraseCache, phrase_key
from assistant.speak.normalize import normalize
from assistant.speak.tts import voice_name
from assistant.store.timers import TimerStore
from assistant.types import RATE_HZ

pytestmark = [pytest.mark.audio, pytest.mark.slow]

WAKE = Path(__file__).parents[1] / "audio" / "clips" / "okay_nabu.flac"
REPLY = "okay nabu timer cancelled."
"""What is answered to "Cancel the timer" when that is its name; the words below are what it then sounds like."""
PATIENCE_S = 30.0
VOICE = "en_US-joe-medium"


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Voice:
    return Voice(tmp_path_factory.mktemp("voice"), dict(os.environ))


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory, person: Voice) -> Iterator[Conversation]:
    """A daemon whose voice renders that answer as the wake word, twice, with a wish after it, at full level."""
    home = tmp_path_factory.mktemp("echo")
    sha256 = Catalog.load(find_paths().models).entry(VOICE).main.sha256 or ""
    key = phrase_key(voice_name(VOICE, sha256), 1.0, normalize(REPLY))
    words = np.concatenate([person.words("Okay Nabu."), person.words("Okay Nabu, what is seven times eight?")])
    PhraseCache(home / "cache" / "phrases").put(key, Phrase(samples=words, rate_hz=RATE_HZ), on_disk=True)
    settings = {"turn.follow_up_s": 3, "models.caller": False, "models.talker": "needle3"}
    with Room() as room, Conversation(room, home, settings=settings) as running:
        yield running


@pytest.mark.parametrize("echo_db", [-30.0, -12.0, -3.0])
def test_our_own_wake_word_starts_no_turn(talk: Conversation, person: Voice, echo_db: float) -> None:
    """However loud the microphone hears the loudspeaker: one wish, one turn, and the answer is said to its end."""
    talk.room.set_echo_db(echo_db)
    store = TimerStore(find_paths({"ASSISTANT_HOME": str(talk.home)}).database)
    store.add(3000, "okay nabu")
    store.close()
    wish = spoken("command", "", read_audio(WAKE), person.words("Cancel the timer."))
    talk.say(wish.samples)
    reply = talk.wait_for("reply", PATIENCE_S)
    assert REPLY == str(reply.fields["text"]).strip().lower()
    done = talk.wait_for("speech_done", PATIENCE_S)
    talk.wait_for("follow_up_closed", PATIENCE_S, after=done)
    kinds = [event.kind for event in talk.since]
    counted = {kind: kinds.count(kind) for kind in ("wake", "transcript", "tool", "interrupted")}
    assert {"wake": 1, "transcript": 1, "tool": 1, "interrupted": 0} == counted
