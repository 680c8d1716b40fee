"""How far behind what was played the microphone hears it: correlation by phase (GCC-PHAT, Knapp and Carter 1976)."""

from __future__ import annotations

import numpy as np

from assistant.types import RATE_HZ, Samples

WINDOW = RATE_HZ // 2
EARLIEST, LATEST = -RATE_HZ // 20, RATE_HZ
"""Lags that are looked for: 50 ms early, when a counter jumped, to 1 s late (a loudspeaker without a wire)."""
MIN_PEAK = 18.0
"""Height of the peak over the standard deviation: 25 and more for an echo, up to 13 without one."""
MIN_POWER = 50.0**2
SAME, AS_GOOD = 8, 0.5
"""A lag within so many samples of the known one is the same; it is believed from this share of the highest peak on."""
_SIZE = 1 << 15


def measure_lag(near: Samples, far: Samples, known: int | None = None) -> int | None:
    """The lag in samples, or none where no echo is clear.

    `near` int16 (WINDOW,); `far` int16 (WINDOW + LATEST - EARLIEST,) begins LATEST samples before `near`. A sound that
    repeats, a bell struck twice, has several lags that fit: where the one that is `known` fits nearly as well as the
    best, it is the one.
    """
    heard, played = near.astype(np.float64), far.astype(np.float64)
    if np.mean(played**2) < MIN_POWER or np.mean(heard**2) < MIN_POWER / 100:
        return None
    cross = np.fft.rfft(heard, _SIZE) * np.conj(np.fft.rfft(played, _SIZE))
    size = np.abs(cross)
    likeness = np.fft.irfft(cross / (size + 1e-3 * size.max()))
    shifts = np.arange(EARLIEST - LATEST, 1)  # `near` against the whole of `far`
    candidates = np.abs(likeness[shifts])
    best = int(np.argmax(candidates))
    if candidates[best] < MIN_PEAK * float(np.std(likeness)):
        return None
    if known is not None:
        around = np.abs(shifts + LATEST - known) <= SAME
        at_known = np.where(around, candidates, 0.0)
        if at_known.max() >= AS_GOOD * candidates[best]:
            best = int(np.argmax(at_known))
    return int(shifts[best]) + LATEST
