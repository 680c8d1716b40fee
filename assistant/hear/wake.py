"""The wake word: a detector scores the sound, a gate decides when it was really said.

armed --score over the threshold--> crossed --it was speech--> Detection, then 1 s of refractory time
  ^                                    |                                   |
  '-------- score under half the threshold (the word is over) <------------'
"""

from __future__ import annotations

import importlib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np

from assistant.errors import UsageError
from assistant.hear.vad import BLOCK_SAMPLES, SpeechModel
from assistant.types import RATE_HZ, AudioChunk, Detection, Samples

REFRACTORY_MS = 1000.0
REARM_SHARE = 0.5
"""The score must fall under this share of the threshold before the next detection: it stays high for up to 0.5 s."""

CONFIRM_MS = 1200.0
CONFIRM_WARM_MS = 1300.0
CONFIRM_PROBABILITY = 0.5
"""Somewhere in the last 1.2 s there must have been speech by the model's own threshold. A clatter of dishes scored 0.9
for "alexa"; the model gave it 0.7 when started cold, under 0.4 with 1.3 s of the noise before it, and 0.84 and more to
190 spoken words in kitchen noise at 5 and 10 dB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeWord:
    """A built-in word: how it is said, and the threshold 0..1 on the mean probability of 150 ms."""

    phrase: str
    threshold: float


WAKE_WORDS: Mapping[str, WakeWord] = MappingProxyType(
    {
        # The most sensitive setting below half a false alarm per hour: 0.376/h at 0.69 on the Dinner Party Corpus, as
        # published in the firmware of Home Assistant's Voice device; the model's own 0.85 loses soft voices in noise.
        "okay_nabu": WakeWord(phrase="Okay Nabu", threshold=0.70),
        # The model's own: 0.563/h, published beside it.
        "hey_jarvis": WakeWord(phrase="Hey Jarvis", threshold=0.97),
        # 0.567/h at 0.99 and 1.5/h at 0.95 by the same publication.
        "hey_mycroft": WakeWord(phrase="Hey Mycroft", threshold=0.98),
        # No published rate; swept with `assistant bench wake`: the model's own 0.9 misses 9 % in noise at 10 dB, and
        # from there down to 0.5 no alarm in speech is added.
        "alexa": WakeWord(phrase="Alexa", threshold=0.60),
    }
)


class WakeDetector(Protocol):
    """Scores a stream of sound for one word. Not safe for two threads at once."""

    @property
    def word(self) -> str: ...

    def process(self, samples: Samples) -> float | None:
        """Take int16 (n,), mono, 16 kHz; the highest new score 0..1, or none when no new one exists yet."""

    def reset(self) -> None:
        """Forget the stream, for the start of another one."""

    def close(self) -> None:
        """Free the model; the detector is of no use afterwards."""


class WakeGate:
    """Turns scores into detections: one per spoken word, none for sounds that are no speech.

    `speech` is optional: without it every crossing of the threshold counts.
    """

    def __init__(self, detector: WakeDetector, threshold: float, *, speech: SpeechModel | None = None) -> None:
        self.threshold = threshold
        self._detector = detector
        self._speech = speech
        self._armed = True
        self._quiet_until_ms = float("-inf")
        self._recent: deque[Samples] = deque()
        self._recent_samples = 0

    @property
    def word(self) -> str:
        return self._detector.word

    def feed(self, chunk: AudioChunk) -> Detection | None:
        """Take the next chunk (16 kHz) of the stream; a detection carries the end of the chunk it fired on."""
        self._remember(chunk.samples)
        score = self._detector.process(chunk.samples)
        if score is None or not self._crosses(score):
            return None
        if chunk.end_ms < self._quiet_until_ms or not self._was_speech():
            return None
        self._quiet_until_ms = chunk.end_ms + REFRACTORY_MS
        return Detection(word=self.word, score=score, at_ms=chunk.end_ms)

    def reset(self) -> None:
        """Start another stream: forget everything that was heard."""
        self._detector.reset()
        self._armed, self._quiet_until_ms = True, float("-inf")
        self._recent.clear()
        self._recent_samples = 0

    def close(self) -> None:
        self._detector.close()

    def _crosses(self, score: float) -> bool:
        if score < self.threshold * REARM_SHARE:
            self._armed = True
        crosses = self._armed and score > self.threshold
        if crosses:
            self._armed = False
        return crosses

    def _remember(self, samples: Samples) -> None:
        if self._speech is None:
            return
        self._recent.append(samples)
        self._recent_samples += len(samples)
        limit = int((CONFIRM_WARM_MS + CONFIRM_MS) * RATE_HZ / 1000)
        while self._recent_samples - len(self._recent[0]) >= limit:
            self._recent_samples -= len(self._recent.popleft())

    def _was_speech(self) -> bool:
        """Run the speech model over the last seconds, and only now: 20 to 40 ms of work, on a crossing."""
        if self._speech is None:
            return True
        sound = np.concatenate(self._recent)
        judged_from = len(sound) - int(CONFIRM_MS * RATE_HZ / 1000)
        self._speech.reset()
        for start in range(0, len(sound) - BLOCK_SAMPLES + 1, BLOCK_SAMPLES):
            probability = self._speech.probability(sound[start : start + BLOCK_SAMPLES])
            if start >= judged_from and probability >= CONFIRM_PROBABILITY:
                return True
        return False


def wake_word(word: str) -> WakeWord:
    """What is known of a built-in word.

    Raises: UsageError: no such word; the built-in ones are named.
    """
    if word not in WAKE_WORDS:
        raise UsageError(f"There is no wake word '{word}'.", fix=f"Choose one of: {', '.join(WAKE_WORDS)}.")
    return WAKE_WORDS[word]


def load_wake(word: str, threshold: float | None = None) -> WakeGate:
    """The gate for a built-in word on the real engines; `threshold` none means the word's own.

    Raises:
        UsageError: no such word; the built-in ones are named.
        ModelError: its model file is missing or damaged.
    """
    known = wake_word(word)
    if threshold is not None and not 0.0 < threshold < 1.0:
        raise UsageError(f"The wake threshold {threshold:g} does not lie between 0 and 1.", fix="Try 0.8.")
    return WakeGate(load_detector(word), threshold or known.threshold, speech=load_speech_model())


def load_detector(word: str) -> WakeDetector:
    """The bare detector of a built-in word.

    Raises: ModelError: its model file is missing or damaged.
    """
    detector: WakeDetector = importlib.import_module("assistant.engines.micro_wakeword").MicroWakeWordDetector(word)
    return detector


def load_speech_model() -> SpeechModel:
    model: SpeechModel = importlib.import_module("assistant.engines.silero_vad").SileroModel()
    return model
