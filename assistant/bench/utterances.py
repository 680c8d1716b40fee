"""The person's sentences as sound: a recorded wake word, and right after it words spoken by the voice."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from assistant.audio.files import read_audio, write_wav
from assistant.bench.measure import peak_normalise, speech_end_s, speech_start_s
from assistant.errors import EngineError, UsageError
from assistant.types import RATE_HZ, Samples

Kind = Literal["command", "question", "follow_up", "barge_in", "pause"]

WAKE_GAP_S = 0.12
"""What people leave between the wake word and the wish when they speak on."""
LEVEL = 0.4
"""Peak of the person's speech, of full scale: a voice at a metre, well under clipping."""
KEEP_S = 0.02
SEED = 7
"""One person, whose words sound the same in every run: a drawing of the voice's melody may be misheard."""
SAY_PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One thing to say. `wish_s` is where the words after the wake word begin and `end_s` where speech ends, in s.

    `opening` is said before it, with the wake word, and answered; `after_s` is how long the person then waits (for a
    follow-up from the end of the answer, for an interruption from its first sound). `rest` is what comes after a pause
    inside the sentence.
    """

    kind: Kind
    text: str
    samples: Samples
    wish_s: float
    end_s: float
    opening: Samples | None = None
    after_s: float = 0.0
    rest: str = ""


def speech_only(samples: Samples) -> Samples:
    """The sound from the first to the last word, with 20 ms around, at the person's level.

    Raises:
        UsageError: there is no speech in it.
    """
    start_s, end_s = speech_start_s(samples, RATE_HZ), speech_end_s(samples, RATE_HZ)
    if start_s is None or end_s is None:
        raise UsageError("A clip of the bench holds no sound.", fix="Remove it, so that it is made again.")
    first, last = max(0.0, start_s - KEEP_S), end_s + KEEP_S
    return peak_normalise(samples[round(first * RATE_HZ) : round(last * RATE_HZ)], LEVEL)


def spoken(kind: Kind, text: str, wake: Samples | None, words: Samples) -> Spoken:
    """Join the wake word, where there is one, and the words (both int16 16 kHz, as recorded) as one breath."""
    wish = speech_only(words)
    opening = np.zeros(0, dtype=np.int16)
    if wake is not None:
        opening = np.concatenate([speech_only(wake), np.zeros(round(WAKE_GAP_S * RATE_HZ), dtype=np.int16)])
    samples = np.concatenate([opening, wish])
    wish_s = len(opening) / RATE_HZ
    end_s = speech_end_s(wish, RATE_HZ)
    return Spoken(kind=kind, text=text, samples=samples, wish_s=wish_s, end_s=wish_s + (end_s or 0.0))


class Voice:
    """The person: sentences are spoken once by `assistant say` and kept in `folder`."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self._folder = folder
        self._env = env
        folder.mkdir(parents=True, exist_ok=True)

    def words(self, text: str) -> Samples:
        """The sentence as int16 (n,) 16 kHz. Raises: EngineError: it could not be spoken."""
        file = self.file(text)
        if not file.exists():
            draft = file.with_suffix(".part.wav")
            command = [sys.executable, "-m", "assistant", "say", text, "--out", str(draft), "--seed", str(SEED)]
            done = subprocess.run(
                command, env=self._env, capture_output=True, text=True, timeout=SAY_PATIENCE_S, check=False
            )
            if done.returncode != 0:
                why = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
                raise EngineError(f"The sentence '{text}' could not be spoken: {why}", fix="Try 'assistant doctor'.")
            # Kept at our own rate, so that all later runs play the very same samples.
            write_wav(file, read_audio(draft))
            draft.unlink()
        return read_audio(file)

    def file(self, text: str) -> Path:
        slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:48]
        return self._folder / f"{slug}-{hashlib.sha256(text.encode()).hexdigest()[:8]}.wav"
