"""The real gate and the real model of speech detection, together on real sound."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from assistant.audio.files import read_audio
from assistant.engines.silero_vad import SileroModel
from assistant.errors import ModelError
from assistant.hear.vad import SpeechDetector, load_speech
from assistant.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples

pytestmark = pytest.mark.contract

CLIP = Path(__file__).parent.parent / "audio" / "clips" / "okay_nabu.flac"


def feed(detector: SpeechDetector, samples: Samples, size: int = CHUNK_SAMPLES) -> list[float]:
    pieces = np.split(samples, range(size, len(samples), size))
    return [detector.feed(AudioChunk(samples=piece, rate_hz=RATE_HZ, start_ms=0.0)) for piece in pieces]


def tone(length_ms: int, level: int = 1) -> Samples:
    return np.full(length_ms * RATE_HZ // 1000, level, np.int16)


def test_a_recorded_word_is_speech_and_noise_is_not() -> None:
    """The real pair: a voice is found where it is, white noise and silence are never speech."""
    detector = load_speech()
    voice = feed(detector, np.concatenate((tone(1000, 0), read_audio(CLIP))))
    assert 0.0 == max(voice[:50])
    assert max(voice) > 0.9
    detector.reset()
    noise = np.random.default_rng(2).integers(-3000, 3000, 3 * RATE_HZ, dtype=np.int16)
    assert max(feed(detector, noise)) < 0.4
    detector.reset()
    assert 0.0 == max(feed(detector, tone(1000, 0)))


def test_reset_gives_the_same_answers_again() -> None:
    """Nothing is left of the stream before."""
    detector, sound = load_speech(), read_audio(CLIP)
    first = feed(detector, sound)
    detector.reset()
    assert first == feed(detector, sound)


def test_speech_detection_costs_little() -> None:
    """Thirty seconds that are all speech, in CPU time: 1.6 % of a core; a factor of four stays for a busy machine."""
    detector, sound = load_speech(), np.tile(read_audio(CLIP), 15)
    started_s = time.process_time()
    feed(detector, sound)
    assert time.process_time() - started_s < 2.0


@pytest.mark.parametrize("content", [None, b"", b"not a model at all"])
def test_a_missing_or_damaged_model_is_a_sentence_and_no_crash(tmp_path: Path, content: bytes | None) -> None:
    """Native code never sees a path that was not looked at."""
    model = tmp_path / "ggml-silero.bin"
    if content is not None:
        model.write_bytes(content)
    with pytest.raises(ModelError, match=r"missing\.|damaged\."):
        SileroModel(model)
