"""Speech or not: a cheap gate listens all the time, a neural model confirms only while the gate is open.

chunk 20 ms --> gate (WebRTC) --shut for 0.3 s--> 0.0
                  '--open--> model (Silero, 32 ms blocks) --> probability --> segments
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from assistant.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples

BLOCK_SAMPLES = 512
"""32 ms: the block that the model takes."""

HOLD_MS = 300.0
"""The gate counts as open for so long after it last fired."""

LEAD_MS = 200.0
"""When the gate opens, the model hears this much of what came before: without it the first syllable is judged cold
(recall on AMI meetings 2 points lower)."""

FALLEN_DB = 30.0
"""A frame so far below the loudest of late is silence already: the model, which remembers, says so 75 ms later."""
FORGIVES_DB = 0.2
"""By how much the loudest level of late sinks every 20 ms: after a shout, soft words count again within 3 s."""


class SpeechGate(Protocol):
    """A cheap first opinion."""

    def is_speech(self, samples: Samples) -> bool:
        """Take int16 (CHUNK_SAMPLES,), mono, 16 kHz."""

    def reset(self) -> None:
        """Forget the stream."""


class SpeechModel(Protocol):
    """A neural second opinion with a state of its own: one stream for each object."""

    def probability(self, samples: Samples) -> float:
        """Take int16 (BLOCK_SAMPLES,), mono, 16 kHz; the probability 0..1 that this block is speech."""

    def reset(self) -> None:
        """Forget the stream."""


class SpeechDetector:
    """The probability of speech for every chunk of a stream; costs next to nothing while it is quiet."""

    def __init__(self, gate: SpeechGate, model: SpeechModel) -> None:
        self._gate = gate
        self._model = model
        self._frames: Samples = np.zeros(0, np.int16)
        self._blocks: Samples = np.zeros(0, np.int16)
        self._silent_ms = float("inf")
        self._probability = 0.0
        self._loudest_db = float("-inf")

    def feed(self, chunk: AudioChunk) -> float:
        """Take the next chunk (any length, 16 kHz); the newest probability 0..1, and 0.0 while the gate is shut."""
        samples = chunk.samples if chunk.suppressed is None else chunk.suppressed
        self._frames = np.concatenate((self._frames, samples)) if len(self._frames) else samples
        fallen = False
        while len(self._frames) >= CHUNK_SAMPLES:
            frame, self._frames = self._frames[:CHUNK_SAMPLES], self._frames[CHUNK_SAMPLES:]
            self._frame(frame)
            fallen = self._has_fallen(frame)
        return 0.0 if fallen and chunk.suppressed is None else self._probability

    def reset(self) -> None:
        """Start another stream."""
        self._gate.reset()
        self._model.reset()
        self._frames = self._blocks = np.zeros(0, np.int16)
        self._silent_ms = float("inf")
        self._probability = 0.0
        self._loudest_db = float("-inf")

    def _has_fallen(self, frame: Samples) -> bool:
        if self._probability == 0.0:
            return False
        sound = frame.astype(np.float32)
        level_db = 10.0 * float(np.log10(np.mean(sound * sound) + 1e-3))
        self._loudest_db = max(level_db, self._loudest_db - FORGIVES_DB)
        return level_db < self._loudest_db - FALLEN_DB

    def _frame(self, samples: Samples) -> None:
        was_open = self._silent_ms <= HOLD_MS
        self._silent_ms = 0.0 if self._gate.is_speech(samples) else self._silent_ms + 1000.0 * len(samples) / RATE_HZ
        self._blocks = np.concatenate((self._blocks, samples))
        if self._silent_ms > HOLD_MS:
            self._probability = 0.0
            self._blocks = self._blocks[-int(LEAD_MS * RATE_HZ / 1000) :]
            return
        if not was_open:
            self._model.reset()
        while len(self._blocks) >= BLOCK_SAMPLES:
            self._probability = self._model.probability(self._blocks[:BLOCK_SAMPLES])
            self._blocks = self._blocks[BLOCK_SAMPLES:]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechSegment:
    """A stretch of speech, in ms on the clock of the chunks."""

    start_ms: float
    end_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentSettings:
    """Probabilities 0..1 (hysteresis), times in ms. `hang_ms` bridges pauses; `lead_ms` makes up for a late onset."""

    onset: float = 0.4
    offset: float = 0.25
    min_speech_ms: float = 100.0
    hang_ms: float = 500.0
    lead_ms: float = 60.0


class SpeechSegmenter:
    """Probabilities and times in, segments out. Pure."""

    def __init__(self, settings: SegmentSettings | None = None) -> None:
        self._settings = settings or SegmentSettings()
        self._start_ms: float | None = None
        self._speech_ms = 0.0
        self._earliest_ms: float | None = None

    def feed(self, probability: float, start_ms: float, end_ms: float) -> SpeechSegment | None:
        """Take the probability of one chunk; a segment comes out when the pause after it outlasts the hang-over."""
        if self._earliest_ms is None:
            self._earliest_ms = start_ms
        if self._start_ms is None:
            if probability >= self._settings.onset:
                self._start_ms, self._speech_ms = start_ms, end_ms
            return None
        if probability >= self._settings.offset:
            self._speech_ms = end_ms
            return None
        return self.finish() if end_ms - self._speech_ms >= self._settings.hang_ms else None

    def finish(self) -> SpeechSegment | None:
        """The segment that is still open, at the end of the stream."""
        start_ms, self._start_ms = self._start_ms, None
        if start_ms is None or self._speech_ms - start_ms < self._settings.min_speech_ms:
            return None
        begin_ms = max(start_ms - self._settings.lead_ms, self._earliest_ms or 0.0)
        self._earliest_ms = self._speech_ms
        return SpeechSegment(start_ms=begin_ms, end_ms=self._speech_ms)


def load_speech() -> SpeechDetector:
    """The detector on the real engines.

    Raises: ModelError: the model file is missing or damaged.
    """
    gate: SpeechGate = importlib.import_module("assistant.engines.webrtc_vad").WebrtcGate()
    model: SpeechModel = importlib.import_module("assistant.engines.silero_vad").SileroModel()
    return SpeechDetector(gate, model)
