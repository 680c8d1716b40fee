"""The bench of what follows the wake word, with the real recogniser on a small data folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from assistant.audio.files import read_audio, write_wav
from assistant.bench.afterwake import run_after_wake
from assistant.types import RATE_HZ, JsonDict, Samples

pytestmark = pytest.mark.contract

CLIPS = Path(__file__).parent.parent / "audio" / "clips"
SAID = "set a pasta timer for ten minutes"


def put(folder: Path, sound: Samples, labels: JsonDict) -> None:
    folder.mkdir(parents=True)
    write_wav(folder / "a.wav", sound)
    (folder / "manifest.jsonl").write_text(json.dumps({"file": "a.wav"} | labels) + "\n", encoding="utf-8")


def test_what_follows_is_heard_both_ways(tmp_path: Path, model_path: Callable[[str], Path]) -> None:
    """A recorded command behind the wake word is heard without a mistake; of a hiss there are no words."""
    put(tmp_path / "wake" / "okay_nabu", read_audio(CLIPS / "okay_nabu.flac"), {"keyword": "okay nabu"})
    put(tmp_path / "asr" / "librispeech_other", read_audio(next((CLIPS / "demo").glob("1-*"))), {"text": SAID})
    hiss = np.random.default_rng(3).integers(-300, 300, 2 * RATE_HZ, dtype=np.int16)
    put(tmp_path / "noise" / "esc10", hiss, {})
    told = run_after_wake(tmp_path, model_path("whisper-tiny.en"), None, lambda step, done, total: None)
    assert (1, 1) == (told["n"], told["noises"])
    for way in ("begins", "prompt"):
        assert (0.0, 0) == (told[way]["wer"], told[way]["noises_with_words"])
        assert told[way]["ms_median"] > 0
    assert 1.0 == told["score"]
