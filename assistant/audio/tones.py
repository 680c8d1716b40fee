"""The assistant's own sounds: a chime when it listens, a tick while it thinks, the ring of a timer, a soft no.

Made of sine waves, no files.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assistant.types import Samples

_E5, _A5, _C6, _E6 = 659.26, 880.0, 1046.5, 1318.51
_A4, _F4 = 440.0, 349.23

_Wave = NDArray[np.float64]


def chime(rate_hz: int) -> Samples:
    """Two soft rising notes, 150 ms, int16 (n,) at `rate_hz`: "I am listening"."""
    return _samples(_joined(rate_hz, 150, [(0, _A5, 90, 0.16), (60, _E6, 90, 0.16)]))


def tick(rate_hz: int) -> Samples:
    """One soft note, 110 ms: "I heard you, and I am at it"."""
    return _samples(_joined(rate_hz, 110, [(0, _E5, 110, 0.12)]))


def alarm(rate_hz: int) -> Samples:
    """One round of a timer's ring, 2 s, to be looped: bells, then a second in which "stop" is heard."""
    bells = [(start + step, tone, 260, 0.42) for start in (0, 500) for step, tone in ((0, _E5), (120, _A5), (240, _C6))]
    return _samples(_joined(rate_hz, 2000, bells))


def error_tone(rate_hz: int) -> Samples:
    """Two low falling notes, 300 ms: "that did not work"."""
    return _samples(_joined(rate_hz, 300, [(0, _A4, 140, 0.2), (150, _F4, 150, 0.2)]))


def _joined(rate_hz: int, length_ms: int, notes: list[tuple[int, float, int, float]]) -> _Wave:
    """Notes as (start ms, Hz, length ms, level 0..1), laid over each other in `length_ms` of silence."""
    sound = np.zeros(_count(rate_hz, length_ms))
    for start_ms, tone_hz, note_ms, level in notes:
        note = level * _note(rate_hz, tone_hz, note_ms)
        begin = _count(rate_hz, start_ms)
        end = min(begin + len(note), len(sound))
        sound[begin:end] += note[: end - begin]
    return sound


def _note(rate_hz: int, tone_hz: float, length_ms: int) -> _Wave:
    """A struck bell: a fast rise, a slow fall to nothing, and a little of the octave above."""
    seconds = np.arange(_count(rate_hz, length_ms)) / rate_hz
    length_s = length_ms / 1000
    rise = np.minimum(1.0, seconds / 0.006)
    fall = np.exp(-3.5 * seconds / length_s) * np.minimum(1.0, (length_s - seconds) / (0.25 * length_s))
    wave = np.sin(2 * np.pi * tone_hz * seconds) + 0.25 * np.sin(4 * np.pi * tone_hz * seconds)
    note: _Wave = rise * fall * wave / 1.25
    return note


def _count(rate_hz: int, ms: int) -> int:
    return rate_hz * ms // 1000


def _samples(sound: _Wave) -> Samples:
    samples: Samples = np.round(sound * 32767.0).astype(np.int16)
    return samples
