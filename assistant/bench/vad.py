"""Speech detection against labelled meetings, 10 ms frame by frame: `assistant bench vad`."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.audio.files import iter_audio
from assistant.bench.manifest import Clip, clips
from assistant.errors import UsageError
from assistant.hear.vad import SpeechSegmenter, load_speech
from assistant.types import RATE_HZ, AudioChunk, JsonDict

FRAMES_PER_S = 100

Frames = NDArray[np.bool_]
"""One value for every 10 ms: speech or not."""


def run_vad(
    data: Path, limit: int | None = None, *, progress: Callable[[str, int, int], None] | None = None
) -> JsonDict:
    """Precision, recall and F1 (`score`) of the live detector with the segments that `assistant detect` prints.

    Raises: UsageError: there are no sounds with labelled speech in `data`.
    """
    labelled = [clip for clip in clips(data, "vad/*") if isinstance(clip.labels.get("speech"), list)][:limit]
    if not labelled:
        raise UsageError(f"No sound below {data / 'vad'} has labelled speech.")
    hit = missed = false = total = 0
    cpu_s = 0.0
    for index, clip in enumerate(labelled):
        started_s = time.process_time()
        found, length_s = _detected(clip)
        cpu_s += time.process_time() - started_s
        ours, theirs = _frames(found, length_s), _frames(clip.labels["speech"], length_s)
        hit += int(np.sum(ours & theirs))
        missed += int(np.sum(~ours & theirs))
        false += int(np.sum(ours & ~theirs))
        total += len(ours)
        if progress:
            progress("speech", index + 1, len(labelled))
    return {
        "suite": "vad",
        "n": len(labelled),
        "score": 2 * hit / max(1, 2 * hit + missed + false),
        "precision": hit / max(1, hit + false),
        "recall": hit / max(1, hit + missed),
        "frame_error": (missed + false) / max(1, total),
        "seconds": total / FRAMES_PER_S,
        "cpu_share": round(cpu_s * FRAMES_PER_S / max(1, total), 5),
    }


def _detected(clip: Clip) -> tuple[list[list[float]], float]:
    """Segments [start, end] and the length of the sound, in seconds."""
    detector, segmenter = load_speech(), SpeechSegmenter()
    found = []
    now_ms = 0.0
    for samples in iter_audio(clip.path):
        chunk = AudioChunk(samples=samples, rate_hz=RATE_HZ, start_ms=now_ms)
        found.append(segmenter.feed(detector.feed(chunk), now_ms, chunk.end_ms))
        now_ms = chunk.end_ms
    found.append(segmenter.finish())
    return [[part.start_ms / 1000.0, part.end_ms / 1000.0] for part in found if part], now_ms / 1000.0


def _frames(segments: list[list[float]], length_s: float) -> Frames:
    """Segments [start_s, end_s], overlapping or not, as frames."""
    frames = np.zeros(round(length_s * FRAMES_PER_S), np.bool_)
    for start_s, end_s in segments:
        frames[round(start_s * FRAMES_PER_S) : round(end_s * FRAMES_PER_S)] = True
    return frames
