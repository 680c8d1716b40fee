"""Pure signal analysis for the benches: levels, where sound begins and ends, mixing, alignment, percentiles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.types import Samples

FULL_SCALE = 32767.0
FRAME_MS = 5.0
SILENCE_DBFS = -100.0
"""The level given to digital silence, so that logarithms and medians stay finite."""
AUDIBLE_DBFS = -50.0
"""A 5 ms frame above this is heard by a person at usual volume; the breath before a synthesised word is below."""
ABOVE_FLOOR_DB = 12.0
BELOW_PEAK_DB = 40.0
"""Speech ends where it has fallen this far below its loudest frame: the tail of a vowel still counts as speech."""

Levels = NDArray[np.float64]
Seconds = float


def levels_dbfs(samples: Samples, rate_hz: int, frame_ms: float = FRAME_MS) -> Levels:
    """RMS of consecutive frames in dB below full scale, float64 (n_frames,); an incomplete last frame is left out."""
    size = max(1, round(rate_hz * frame_ms / 1000.0))
    count = len(samples) // size
    frames = samples[: count * size].astype(np.float64).reshape(count, size) / FULL_SCALE
    power = np.mean(frames**2, axis=1) if count else np.zeros(0)
    return np.maximum(10.0 * np.log10(np.maximum(power, 1e-12)), SILENCE_DBFS)


def noise_floor_dbfs(levels: Levels) -> float:
    """The level of the quietest tenth of the frames."""
    return float(np.percentile(levels, 10)) if len(levels) else SILENCE_DBFS


def speech_threshold_dbfs(levels: Levels) -> float:
    """Above this a frame is speech: well over the floor, not too far under the peak, and audible at all."""
    if not len(levels):
        return 0.0
    peak = float(np.max(levels))
    floor = min(noise_floor_dbfs(levels) + ABOVE_FLOOR_DB, peak - ABOVE_FLOOR_DB)
    return max(floor, peak - BELOW_PEAK_DB, AUDIBLE_DBFS - 15.0)


def onsets(
    samples: Samples, rate_hz: int, *, gap_s: Seconds = 0.3, least_s: Seconds = 0.02
) -> list[tuple[float, float]]:
    """Stretches of sound as (start_s, end_s); shorter pauses are bridged, shorter clicks dropped."""
    levels = levels_dbfs(samples, rate_hz)
    frame_s = FRAME_MS / 1000.0
    loud = np.flatnonzero(levels > speech_threshold_dbfs(levels))
    found: list[tuple[float, float]] = []
    for index in loud:
        start_s, end_s = float(index) * frame_s, float(index + 1) * frame_s
        if found and start_s - found[-1][1] < gap_s:
            found[-1] = (found[-1][0], end_s)
        else:
            found.append((start_s, end_s))
    return [(start_s, end_s) for start_s, end_s in found if end_s - start_s >= least_s]


def speech_start_s(samples: Samples, rate_hz: int) -> Seconds | None:
    found = onsets(samples, rate_hz)
    return found[0][0] if found else None


def speech_end_s(samples: Samples, rate_hz: int) -> Seconds | None:
    """The end of the last stretch of sound, or none when there is only silence."""
    found = onsets(samples, rate_hz)
    return found[-1][1] if found else None


def first_sound_after(
    samples: Samples, rate_hz: int, after_s: Seconds, *, threshold_dbfs: float = AUDIBLE_DBFS
) -> Seconds | None:
    """When the first sound at or after `after_s` begins, to 5 ms; three of four frames must be audible, so no click."""
    skipped = max(0, round(after_s * rate_hz))
    audible = levels_dbfs(samples[skipped:], rate_hz) > threshold_dbfs
    for index in np.flatnonzero(audible):
        if np.count_nonzero(audible[index : index + 4]) >= 3:
            return skipped / rate_hz + float(index) * FRAME_MS / 1000.0
    return None


def peak_normalise(samples: Samples, peak: float = 1.0) -> Samples:
    """The same sound with its largest sample at `peak` (0..1 of full scale); silence stays silence."""
    largest = int(np.max(np.abs(samples.astype(np.int32)))) if len(samples) else 0
    if largest == 0:
        return samples.copy()
    return np.round(samples.astype(np.float64) * (peak * FULL_SCALE / largest)).astype(np.int16)


def loudest_frame_power(samples: Samples, frame: int) -> float:
    """Mean square of the loudest of consecutive frames of `frame` samples (sample units squared)."""
    if len(samples) < frame:
        frame = max(1, len(samples))
    count = len(samples) // frame
    if not count:
        return 0.0
    frames = samples[: count * frame].astype(np.float64).reshape(count, frame)
    return float(np.max(np.mean(frames**2, axis=1)))


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where a clip lies in a recording: `offset` in samples, `likeness` 0..1 (normalised correlation there)."""

    offset: int
    likeness: float


def align(recording: Samples, clip: Samples) -> Alignment | None:
    """Find a clip in a recording of the same rate by cross-correlation; none when it cannot be in there."""
    size = len(clip)
    if size == 0 or len(recording) < size:
        return None
    long, short = recording.astype(np.float64), clip.astype(np.float64)
    length = 1 << (len(long) + size - 1).bit_length()
    product = np.fft.irfft(np.fft.rfft(long, length) * np.conj(np.fft.rfft(short, length)), length)
    places = len(long) - size + 1
    energy = np.concatenate([[0.0], np.cumsum(long**2)])
    # A place that is nearly silent would divide by nothing: it is measured against a hundredth of the clip's energy.
    clip_energy = float(np.sum(short**2))
    window = np.maximum(energy[size:] - energy[:places], 0.01 * clip_energy)
    likeness = product[:places] / np.sqrt(window * clip_energy) if clip_energy else np.zeros(places)
    best = int(np.argmax(likeness))
    return Alignment(best, float(np.clip(likeness[best], 0.0, 1.0))) if likeness[best] > 0.0 else None


def steady(recording: Samples, clip: Samples, offset: int, rate_hz: int) -> bool:
    """Whether both halves of a clip lie where the whole was found, to 5 ms: a stutter moves one of them.

    Noise lowers the likeness as well, but it moves nothing.
    """
    half, reach = len(clip) // 2, rate_hz // 10
    for first, part in ((0, clip[:half]), (half, clip[half:])):
        start = max(0, offset + first - reach)
        found = align(recording[start : offset + first + len(part) + reach], part)
        if found is None or abs(start + found.offset - offset - first) > rate_hz // 200:
            return False
    return True


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0..1) of the values lie, between neighbours in proportion; nan when empty."""
    return float(np.percentile(np.asarray(values, dtype=np.float64), 100.0 * share)) if values else math.nan
