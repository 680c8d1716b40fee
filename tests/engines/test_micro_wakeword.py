"""The real wake word models behind the gate: what they hear, what they cost, and how damaged files end."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import numpy as np
import pymicro_wakeword
import pytest

from assistant.audio.files import iter_audio, read_audio
from assistant.engines.micro_wakeword import MicroWakeWordDetector
from assistant.errors import ModelError
from assistant.hear.wake import WAKE_WORDS, WakeGate, load_detector, load_wake
from assistant.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples

pytestmark = pytest.mark.contract

OKAY_NABU = Path(__file__).parent.parent / "audio" / "clips" / "okay_nabu.flac"
MODELS = Path(pymicro_wakeword.__file__).parent / "models"


def hear(gate: WakeGate, samples: Samples) -> list[float]:
    pieces = np.split(samples, range(CHUNK_SAMPLES, len(samples), CHUNK_SAMPLES))
    return [
        found.at_ms
        for index, piece in enumerate(pieces)
        if (found := gate.feed(AudioChunk(samples=piece, rate_hz=RATE_HZ, start_ms=20.0 * index)))
    ]


@pytest.mark.parametrize("word", list(WAKE_WORDS))
def test_each_word_has_a_model(word: str) -> None:
    """Every built-in word loads, gives a score every 30 ms, and does not hear itself in silence."""
    detector = load_detector(word)
    silence = np.zeros(CHUNK_SAMPLES, np.int16)
    scores = [detector.process(silence) for _ in range(150)]
    known = [score for score in scores if score is not None]
    assert 97 <= len(known) <= 100
    assert max(known) < 0.1
    assert word == detector.word
    detector.close()


def test_a_recorded_word_is_heard_once_and_by_its_own_model_only() -> None:
    """A person says "Okay Nabu": one detection, with the end of the word, and none for the other words."""
    samples = np.concatenate((read_audio(OKAY_NABU), np.zeros(RATE_HZ, np.int16)))
    heard = {word: hear(load_wake(word), samples) for word in WAKE_WORDS}
    assert {"okay_nabu": 1, "hey_jarvis": 0, "hey_mycroft": 0, "alexa": 0} == {w: len(a) for w, a in heard.items()}
    assert 1200.0 <= heard["okay_nabu"][0] <= 1900.0


def test_the_same_sound_after_reset_gives_the_same_detection() -> None:
    """Reset leaves nothing of the stream before."""
    samples, gate = read_audio(OKAY_NABU), load_wake("okay_nabu")
    first = hear(gate, samples)
    gate.reset()
    assert first == hear(gate, samples)


def test_chunks_of_any_length_give_the_same_scores() -> None:
    """The model sees frames of 10 ms, however the sound is cut."""
    sizes = (1, 100, 160, CHUNK_SAMPLES, 4096)
    best = [
        max(score for piece in iter_audio(OKAY_NABU, size) if (score := load.process(piece)) is not None)
        for size in sizes
        if (load := load_detector("okay_nabu"))
    ]
    assert [best[0]] * len(sizes) == best


def test_one_word_costs_less_than_a_hundredth_of_a_core() -> None:
    """Thirty seconds of noise through the gate, in CPU time; a factor of three stays for a busy machine."""
    noise = np.random.default_rng(1).integers(-500, 500, 30 * RATE_HZ, dtype=np.int16)
    gate = load_wake("okay_nabu")
    started_s = time.process_time()
    assert [] == hear(gate, noise)
    assert time.process_time() - started_s < 0.3


@pytest.mark.parametrize("damage", ["no config", "no model", "cut model", "empty model", "foreign config"])
def test_missing_or_damaged_files_are_a_sentence_and_no_crash(tmp_path: Path, damage: str) -> None:
    """Native code never sees a path that was not looked at, neither at the start nor at a reset."""
    config, model = tmp_path / "okay_nabu.json", tmp_path / "okay_nabu.tflite"
    shutil.copy(MODELS / config.name, config)
    shutil.copy(MODELS / model.name, model)
    detector = MicroWakeWordDetector("okay_nabu", tmp_path)
    if damage == "no config":
        config.unlink()
    elif damage == "no model":
        model.unlink()
    elif damage == "foreign config":
        config.write_text("[]")
    else:
        part = tmp_path / "part"
        part.write_bytes(model.read_bytes()[:5000] if damage == "cut model" else b"")
        part.replace(model)
    with pytest.raises(ModelError, match="missing or damaged"):
        detector.reset()
    with pytest.raises(ModelError, match="missing or damaged"):
        MicroWakeWordDetector("okay_nabu", tmp_path)
    detector.close()
    detector.close()
