"""V8: silence, fans, hum, music and coughs give an empty transcript, and nobody answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.audio.files import write_wav
from assistant.types import RATE_HZ, Samples

pytestmark = pytest.mark.contract

SECONDS = 4
PATIENCE_S = 120.0


def noises() -> dict[str, Samples]:
    """Name -> four seconds of sound without a word, int16 16 kHz, made here."""
    rng = np.random.default_rng(8)
    count = SECONDS * RATE_HZ
    time_s = np.arange(count) / RATE_HZ
    white = rng.normal(0.0, 1.0, count)
    brown = np.cumsum(white)
    brown -= np.convolve(brown, np.ones(801) / 801, mode="same")
    hum = sum(np.sin(2 * np.pi * 50 * n * time_s) / n for n in range(1, 9))
    chord = sum(np.sin(2 * np.pi * hz * time_s) for hz in (261.6, 329.6, 392.0)) * (1 + np.sin(2 * np.pi * 2 * time_s))
    cough = white * np.exp(-((time_s % 1.3) / 0.09))
    made = {"fan": white, "traffic": brown, "hum": hum, "music": chord, "cough": cough}
    return {"silence": np.zeros(count, np.int16)} | {name: loud(np.asarray(sound)) for name, sound in made.items()}


def loud(sound: NDArray[np.float64]) -> Samples:
    samples: Samples = np.round(9000 * sound / np.abs(sound).max()).astype(np.int16)
    return samples


def run(*words: str) -> list[dict[str, object]]:
    minds = {"ASSISTANT_SET_MODELS__CALLER": "false", "ASSISTANT_SET_MODELS__TALKER": "needle3"}
    done = subprocess.run(
        [sys.executable, "-m", "assistant", *words],
        env=os.environ | minds,
        capture_output=True,
        timeout=PATIENCE_S,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_noise_has_no_words(home: Path, tmp_path: Path) -> None:
    """Each kind of noise is transcribed as nothing at all."""
    files = []
    for name, sound in noises().items():
        files.append(str(tmp_path / f"{name}.wav"))
        write_wav(files[-1], sound)
    records = run("transcribe", "--json", *files)
    assert dict.fromkeys(files, "") == {record["file"]: record["text"] for record in records}


def test_noise_asks_nobody(home: Path, tmp_path: Path) -> None:
    """Heard without a wake word, all noises together start no turn: no words, no tool, no answer."""
    file = tmp_path / "noise.wav"
    write_wav(file, np.concatenate(list(noises().values())))
    kinds = {event["event"] for event in run("hear", str(file), "--no-wake")}
    assert set() == kinds & {"transcript", "route", "tool", "reply", "first_audio", "error"}
