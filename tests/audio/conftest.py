"""A room for each test, and one conversation with the real daemon that several tests share."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.audio.files import read_audio, write_wav
from assistant.bench.conversation import Conversation
from assistant.bench.latency import wait_until_thinking
from assistant.bench.room import Room
from assistant.bench.utterances import Voice, spoken
from assistant.types import JsonDict, Samples

CLIPS = Path(__file__).parent / "clips"
QUICK: JsonDict = {"turn.follow_up_s": 0.5, "reply.max_tokens": 40}
"""Less to wait for between turns."""

StartConversation = Callable[..., Conversation]


@pytest.fixture
def room() -> Iterator[Room]:
    """A room of its own: plug and unplug as you like."""
    with Room() as opened:
        yield opened


@pytest.fixture(scope="session")
def wake_word() -> Samples:
    """A person says "Okay Nabu", int16 16 kHz."""
    return read_audio(CLIPS / "okay_nabu.flac")


@pytest.fixture(scope="session")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Voice:
    """The person's voice for words that were not recorded."""
    return Voice(tmp_path_factory.mktemp("voice"), dict(os.environ))


@pytest.fixture(scope="session")
def person(wake_word: Samples, voice: Voice) -> Callable[[str], Samples]:
    """`person("What time is it?")` is "Okay Nabu, what time is it?" in one breath, int16 16 kHz."""
    return lambda text: spoken("command", text, wake_word, voice.words(text)).samples


@pytest.fixture
def start_conversation(room: Room, tmp_path: Path) -> Iterator[StartConversation]:
    """`start_conversation(settings={...})` starts a daemon in this test's room; it ends with the test."""
    with contextlib.ExitStack() as stack:

        def start(*, home: Path = tmp_path / "daemon", settings: JsonDict | None = None) -> Conversation:
            return stack.enter_context(Conversation(room, home, settings=QUICK | (settings or {})))

        yield start


@pytest.fixture(scope="session")
def conversation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conversation]:
    """One daemon in one room, its language model loaded, shared by the tests that leave it as they found it."""
    with Room() as opened, Conversation(opened, tmp_path_factory.mktemp("shared"), settings=QUICK) as running:
        wait_until_thinking(running)
        yield running


@pytest.fixture
def transcribe(tmp_path: Path) -> Callable[[Samples], str]:
    """What the real recogniser understands of int16 16 kHz samples."""

    def words(samples: Samples) -> str:
        file = tmp_path / "heard.wav"
        write_wav(file, samples)
        command = [sys.executable, "-m", "assistant", "transcribe", str(file), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        return str(json.loads(done.stdout.splitlines()[0])["text"])

    return words
