"""Takes the silence off both ends of rendered speech while it streams, and puts a natural pause after it."""

from __future__ import annotations

import numpy as np

from assistant.types import Samples

SILENCE_LEVEL = 104
"""-50 dBFS: this voice's own silence lies below -80 dBFS, its softest consonants above -50."""

LEAD_MS, TAIL_MS = 10, 30
"""What stays of the silence before the first and after the last sound, faded so that nothing clicks."""

_PAUSES_MS = {".": 200, "!": 200, "?": 220, ",": 120, ";": 160, ":": 160}
_PAUSE_WITHOUT_MARK_MS = 30


def pause_after_ms(mark: str) -> int:
    """How long to be silent after a piece that ends in this punctuation mark ("" for none)."""
    return _PAUSES_MS.get(mark, _PAUSE_WITHOUT_MARK_MS)


class Trimmer:
    """For one sentence: `feed` its samples as they come, then `finish`. int16 (n,) mono in and out."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._held: Samples = np.zeros(0, dtype=np.int16)
        self._started = False

    def feed(self, samples: Samples) -> Samples:
        """What can be played now; silence is held back until it is known whether sound follows."""
        waiting = np.concatenate((self._held, samples))
        loud = np.flatnonzero((waiting > SILENCE_LEVEL) | (waiting < -SILENCE_LEVEL))
        if not len(loud):
            lead = len(waiting) if self._started else self._count(LEAD_MS)
            self._held = waiting[max(0, len(waiting) - lead) :]
            return waiting[:0]
        begin, end = 0, int(loud[-1]) + 1
        ready = waiting[:end]
        if not self._started:
            self._started = True
            begin = max(0, int(loud[0]) - self._count(LEAD_MS))
            ready = ready[begin:]
            ramp = min(int(loud[0]) - begin, len(ready))
            ready = _faded(ready, np.arange(ramp) / max(1, ramp), at_end=False)
        self._held = waiting[end:]
        return ready

    def finish(self, pause_ms: int) -> Samples:
        """The end: a short faded tail, then silence of `pause_ms` in all. Empty when there was no sound at all."""
        if not self._started:
            return self._held[:0]
        tail = self._held[: self._count(TAIL_MS)]
        tail = _faded(tail, np.arange(len(tail), 0, -1) / (len(tail) + 1), at_end=True)
        silence = np.zeros(max(0, self._count(pause_ms) - len(tail)), dtype=np.int16)
        return np.concatenate((tail, silence))

    def _count(self, ms: int) -> int:
        return self._rate_hz * ms // 1000


def _faded(samples: Samples, ramp: np.ndarray, *, at_end: bool) -> Samples:
    if not len(ramp):
        return samples
    faded = samples.copy()
    part = slice(len(samples) - len(ramp), None) if at_end else slice(0, len(ramp))
    faded[part] = (faded[part] * ramp).astype(np.int16)
    return faded
