"""The path from our loudspeaker to our microphone, learnt while we speak, and the echo taken out along it.

A partitioned-block frequency-domain Kalman filter (Enzner and Vary 2006; Kuech, Mabande and Enzner 2014). It is linear:
what a person says over us comes through untouched, which the residual suppressor of a telephone canceller takes away
(`assistant bench doubletalk`; docs/decisions/0005).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Spectra = NDArray[np.complex128]

BLOCK = 320
"""20 ms at 16 kHz: the hop, and the length of a partition."""
PARTITIONS = 12
"""240 ms of echo path: a living room's reverberation; the latency of the devices is taken out before."""
SHAPE = (PARTITIONS, BLOCK + 1)
FIRST_DOUBT = 1.0
"""Variance of the unknown path at its start: as loud as it plays, for learning within the first second."""
DECAY = 0.6
"""Nepers by which a partition's share is expected to be weaker than that of the one before (60 dB in 0.23 s)."""
FORGETTING = 0.9999
"""How much of the path is the same 20 ms later; lower follows a moving person sooner and cancels less."""
NOISE_SMOOTHING = 0.5
DIVERGED = 4.0
"""An output louder than the input by this power ratio over `DIVERGED_BLOCKS` is worse than no filter: start again."""
DIVERGED_BLOCKS = 10


class EchoPath:
    """One adaptive filter; `step` by step it learns. All blocks float64 (BLOCK,), int16 scale, 16 kHz."""

    def __init__(self) -> None:
        self.resets = 0
        self.echo: Floats = np.zeros(BLOCK)
        """What was taken for the echo in the newest block, whether or not it was taken out."""
        self._far: Floats = np.zeros(2 * BLOCK)
        self._spectra: Spectra = np.zeros(SHAPE, dtype=np.complex128)
        self._path: Spectra
        self._doubt: Floats
        self._noise: Floats
        self._worse: int
        self._kept: tuple[Spectra, Floats] | None = None
        self._forget_path()

    def silence(self) -> None:
        """Nothing was played for longer than the path: what is known of it is kept."""
        self._far = np.zeros(2 * BLOCK)
        self._spectra = np.zeros(SHAPE, dtype=np.complex128)

    def keep(self) -> None:
        """The path as it is now is a good one."""
        self._kept = self._path, self._doubt

    def recall(self) -> None:
        """Go back to the last good path, if any: what was learnt since was wrong."""
        if self._kept is None:
            self._forget_path()
        else:
            self._path, self._doubt = self._kept
        self._worse = 0
        self.silence()

    def step(self, far: Floats, near: Floats) -> Floats:
        """The microphone's block without the echo of what was played up to and in the same block."""
        self._far = np.concatenate([self._far[BLOCK:], far])
        self._spectra = np.roll(self._spectra, 1, axis=0)
        self._spectra[0] = np.fft.rfft(self._far)
        self.echo = np.fft.irfft((self._path * self._spectra).sum(0))[BLOCK:]
        rest = near - self.echo
        self._learn(rest)
        loud, quiet = float(rest @ rest), float(near @ near)
        self._worse = self._worse + 1 if loud > DIVERGED * quiet + BLOCK else 0
        if self._worse >= DIVERGED_BLOCKS:
            self.resets += 1
            self._forget_path()
        return rest if loud < quiet else near

    def distrust(self) -> None:
        """The path may be wrong: learn as fast as at the start, from where it is."""
        self._doubt = np.maximum(self._doubt, self._first_doubt())

    def _learn(self, rest: Floats) -> None:
        error = np.fft.rfft(np.concatenate([np.zeros(BLOCK), rest]))
        power = np.abs(self._spectra) ** 2
        self._noise = NOISE_SMOOTHING * self._noise + (1.0 - NOISE_SMOOTHING) * np.abs(error) ** 2
        # The window of the error holds half of a block: its noise counts twice.
        gain = self._doubt / ((power * self._doubt).sum(0) + 2.0 * self._noise + 1e-3)
        change = np.fft.irfft(gain * np.conj(self._spectra) * error, axis=1)
        change[:, BLOCK:] = 0.0  # circular convolution must not leak into the path
        self._path = self._path + np.fft.rfft(change, axis=1)
        drift = (1.0 - FORGETTING**2) * np.abs(self._path) ** 2
        self._doubt = FORGETTING**2 * (1.0 - 0.5 * gain * power) * self._doubt + drift

    def _forget_path(self) -> None:
        self._path = np.zeros(SHAPE, dtype=np.complex128)
        self._doubt = self._first_doubt()
        self._noise = np.full(BLOCK + 1, 1e4)
        self._worse = 0

    @staticmethod
    def _first_doubt() -> Floats:
        return np.broadcast_to(FIRST_DOUBT * np.exp(-DECAY * np.arange(PARTITIONS))[:, None], SHAPE)
