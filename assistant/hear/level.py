"""How loud was it said? Who speaks much more softly in a follow-up than the person did before does not mean us."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assistant.types import CHUNK_SAMPLES, Samples

FULL_SCALE = 32768.0
SILENCE_DBFS = -96.0
SPEECH_QUANTILE, FLOOR_QUANTILE = 0.9, 0.1
CLEAR_DB = 6.0
"""Speech that stands out of the room by less than this comes from another room, or from a loudspeaker far away."""
SOFTER_DB = 15.0
"""Twice the distance costs 6 dB in the open and less in a room; a turned head some more. This is beyond both."""


class Loudness:
    """Remembers how loud the person was who said the wake word; levels in dB of full scale."""

    def __init__(self) -> None:
        self._person_dbfs: float | None = None

    def addressed(self, samples: Samples) -> None:
        """Learn from speech (int16 (n,)) that was surely meant for us."""
        levels = _levels_dbfs(samples)
        if len(levels):
            self._person_dbfs = float(np.quantile(levels, SPEECH_QUANTILE))

    def faint(self, samples: Samples) -> bool:
        """Whether speech (int16 (n,), a little of the room before it) is too soft to be meant for us."""
        levels = _levels_dbfs(samples)
        if not len(levels):
            return True
        speech, floor = np.quantile(levels, (SPEECH_QUANTILE, FLOOR_QUANTILE))
        if self._person_dbfs is not None and speech < self._person_dbfs - SOFTER_DB:
            return True
        return bool(speech - floor < CLEAR_DB)


def _levels_dbfs(samples: Samples) -> NDArray[np.float64]:
    """The level of each whole chunk of 20 ms."""
    whole = len(samples) // CHUNK_SAMPLES * CHUNK_SAMPLES
    chunks = samples[:whole].reshape(-1, CHUNK_SAMPLES).astype(np.float64) / FULL_SCALE
    power: NDArray[np.float64] = np.mean(chunks**2, axis=1)
    return np.asarray(10.0 * np.log10(np.maximum(power, 10 ** (SILENCE_DBFS / 10.0))), dtype=np.float64)
