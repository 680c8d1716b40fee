"""What was played, at 16 kHz and by sample number, and where in it a moment of the microphone lies.

Loudspeaker and microphone run on their own counters. The smallest delay with which blocks of a stream arrive tells when
its counter began; the difference of two such beginnings is the shift between the counters, and it only changes when a
block is lost or two clocks drift apart.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from assistant.types import RATE_HZ, Samples

KEPT = 3 * RATE_HZ
WATCHED_BLOCKS = 150
"""Three seconds of arrivals: one in time among them is enough."""


class Beginning:
    """When (s, monotonic) the first sample of a stream of `rate_hz` was, by its most punctual recent block."""

    def __init__(self, rate_hz: int) -> None:
        self.samples = 0
        self._rate_hz = rate_hz
        self._recent: deque[float] = deque(maxlen=WATCHED_BLOCKS)

    def arrived(self, count: int, at_s: float) -> None:
        """A block of `count` samples ended (microphone) or was handed over (loudspeaker) at `at_s`."""
        self.samples += count
        self._recent.append(at_s - self.samples / self._rate_hz)

    @property
    def at_s(self) -> float:
        return min(self._recent)

    @property
    def known(self) -> bool:
        return bool(self._recent)


class Reference:
    """A ring of the last three seconds of what was played; int16, 16 kHz."""

    def __init__(self, rate_hz: int) -> None:
        self.beginning = Beginning(rate_hz)
        self.quiet_s = float("inf")
        """Time since there was any sound."""
        self._rate_hz = rate_hz
        self._ring: Samples = np.zeros(KEPT, dtype=np.int16)
        self._end = 0
        self._resampler: Any = None

    @property
    def end(self) -> int:
        """Number of the sample after the last one that is known."""
        return self._end

    def played(self, block: Samples, at_s: float) -> None:
        """Take the next block (n,) at the device's rate, silence included."""
        self.beginning.arrived(len(block), at_s)
        if block.any():
            self.quiet_s = 0.0
        else:
            self.quiet_s += len(block) / self._rate_hz
        if self._rate_hz == RATE_HZ:
            self._append(block)
        elif self.quiet_s > 0.5:
            self._append_silence()
        else:
            if self._resampler is None:
                import soxr

                self._resampler = soxr.ResampleStream(self._rate_hz, RATE_HZ, 1, dtype="int16", quality="MQ")
            self._append(self._resampler.resample_chunk(block))

    def at(self, start: int, count: int) -> Samples:
        """Samples from number `start` on; zeros where they are forgotten or not yet known."""
        out = np.zeros(count, dtype=np.int16)
        first, last = max(start, self._end - KEPT, 0), min(start + count, self._end)
        if first < last:
            out[first - start : last - start] = np.take(self._ring, np.arange(first, last), mode="wrap")
        return out

    def _append_silence(self) -> None:
        """Cheaper than resampling zeros all day: they are only counted."""
        if self._resampler is not None:
            self._append(self._resampler.resample_chunk(np.zeros(0, dtype=np.int16), last=True))
            self._resampler = None
        missing = max(0, round(self.beginning.samples * RATE_HZ / self._rate_hz) - self._end)
        first = self._end % KEPT
        if first + missing <= KEPT:
            self._ring[first : first + missing] = 0
            self._end += missing
        else:
            self._append(np.zeros(missing, dtype=np.int16))

    def _append(self, samples: Samples) -> None:
        samples = samples[-KEPT:]
        np.put(self._ring, np.arange(self._end, self._end + len(samples)), samples, mode="wrap")
        self._end += len(samples)
