"""The real end-of-turn model: its files, its numbers, and the features that it hears."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from faster_whisper.feature_extractor import FeatureExtractor

from assistant.audio.files import read_audio
from assistant.engines.smart_turn import FRAMES, MELS, WINDOW_SAMPLES, SmartTurnModel, mel_filters
from assistant.errors import EngineError
from assistant.hear.turn_model import MODEL_FILE, load_turn_model
from assistant.types import RATE_HZ, Samples

pytestmark = pytest.mark.contract

CLIP = Path(__file__).parent.parent / "audio" / "clips" / "demo" / "3-left.flac"


@pytest.fixture(scope="module")
def folder(model_path: Callable[[str], Path]) -> Path:
    return model_path("smart-turn-v3.2-cpu")


@pytest.fixture(scope="module")
def model(folder: Path) -> SmartTurnModel:
    return SmartTurnModel(folder / MODEL_FILE)


def test_a_missing_model_names_the_command_that_brings_it(tmp_path: Path) -> None:
    """An error of ours before native code is given a path."""
    with pytest.raises(EngineError, match="missing") as raised:
        load_turn_model(tmp_path)
    assert "models pull smart-turn-v3.2-cpu" in raised.value.fix


@pytest.mark.parametrize("content", [b"", b"not a model at all", bytes(2_000_000)])
def test_a_damaged_model_is_a_sentence_and_no_crash(tmp_path: Path, content: bytes) -> None:
    """Nothing, a few words, and two megabytes of zeros."""
    (tmp_path / MODEL_FILE).write_bytes(content)
    with pytest.raises(EngineError, match="damaged") as raised:
        load_turn_model(tmp_path)
    assert raised.value.fix


def test_half_a_model_is_damaged(tmp_path: Path, folder: Path) -> None:
    """A download that broke off is noticed."""
    (tmp_path / MODEL_FILE).write_bytes((folder / MODEL_FILE).read_bytes()[:4_000_000])
    with pytest.raises(EngineError, match="damaged"):
        load_turn_model(tmp_path)


def test_a_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    """A whole ONNX model that takes something else is told apart by its input."""
    spec = importlib.util.find_spec("faster_whisper")
    assert spec is not None and spec.origin is not None
    other = Path(spec.origin).parent / "assets" / "silero_vad_v6.onnx"
    (tmp_path / MODEL_FILE).symlink_to(other)
    with pytest.raises(EngineError, match="another kind"):
        load_turn_model(tmp_path)


@pytest.mark.parametrize("length", [0, 1, 100, RATE_HZ, WINDOW_SAMPLES, WINDOW_SAMPLES + 1, 10 * RATE_HZ])
def test_any_length_gives_a_probability(model: SmartTurnModel, length: int) -> None:
    """From no sound at all to more than the model hears, always 0..1."""
    sound = np.random.default_rng(1).integers(-3000, 3000, length, dtype=np.int16)
    assert 0.0 <= model.probability(sound) <= 1.0


def test_silence_and_full_scale_are_sounds(model: SmartTurnModel) -> None:
    """Neither the variance of silence nor the loudest sample breaks the scaling."""
    for value in (0, 32767, -32768):
        assert 0.0 <= model.probability(np.full(RATE_HZ, value, np.int16)) <= 1.0


def test_a_request_is_finished_at_its_end_and_not_in_its_middle(model: SmartTurnModel) -> None:
    """What the model is for, on one real sentence."""
    sound = read_audio(CLIP)
    assert model.probability(sound) > 0.5
    assert model.probability(sound[: len(sound) // 2]) < 0.5


def test_the_same_sound_gives_the_same_number(model: SmartTurnModel) -> None:
    """No state is left between calls, and only the last eight seconds count."""
    sound = read_audio(CLIP)
    first = model.probability(sound)
    model.probability(sound[: len(sound) // 2])
    assert first == model.probability(sound)
    long = np.tile(sound, 1 + WINDOW_SAMPLES // len(sound))
    assert model.probability(long) == model.probability(long[-WINDOW_SAMPLES:])


def test_the_filters_are_those_of_whisper() -> None:
    """80 triangles over 201 bins, the same as an independent implementation's to a hundred-thousandth."""
    ours = mel_filters()
    assert (MELS, 201) == ours.shape
    assert np.float32 == ours.dtype
    assert np.allclose(FeatureExtractor.get_mel_filters(RATE_HZ, 400, MELS), ours, atol=1e-5)


def test_the_features_are_those_of_whisper(model: SmartTurnModel) -> None:
    """Of eight seconds that are scaled to unit variance, again against the other implementation."""
    sound: Samples = np.tile(read_audio(CLIP), 8)[:WINDOW_SAMPLES]
    assert WINDOW_SAMPLES == len(sound)
    scaled = sound.astype(np.float32) / 32768
    scaled = (scaled - scaled.mean()) / np.sqrt(scaled.var() + 1e-7)
    expected = FeatureExtractor(chunk_length=8)(scaled, padding=0)
    actual = model._features(sound)
    assert (MELS, FRAMES) == actual.shape
    assert np.allclose(expected, actual, atol=2e-3)
