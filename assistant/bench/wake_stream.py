"""The sound of the wake bench: clips laid on noise, one after the other, heard by one live gate for each threshold."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from assistant.audio.files import iter_audio, read_audio
from assistant.bench.manifest import Clip
from assistant.bench.measure import FULL_SCALE, levels_dbfs, loudest_frame_power, peak_normalise
from assistant.hear.wake import WakeGate, load_detector, load_speech_model
from assistant.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples

SNR_FRAME = 512
PEAK = 0.9
LEAD_S = 1.0
TAIL_S = 0.5
WORD_END_DB = 20.0
"""The word is over where its level has fallen so far below its loudest frame; what follows is room and noise."""

Heard = dict[float, list[float]]
"""By threshold: the moments of the detections in seconds after the start of the sound."""


class _SharedScore:
    """One detector's score for the gates of all thresholds, so that the model runs once."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.score: float | None = None

    def process(self, samples: Samples) -> float | None:
        return self.score

    def reset(self) -> None:
        self.score = None

    def close(self) -> None:
        return None


class Listener:
    """A live detector with one live gate for each threshold, on one endless stream."""

    def __init__(self, word: str, thresholds: Iterable[float]) -> None:
        self.audio_s = 0.0
        self.cpu_s = 0.0
        self._detector = load_detector(word)
        self._shared = _SharedScore(word)
        speech = load_speech_model()
        self._gates = {threshold: WakeGate(self._shared, threshold, speech=speech) for threshold in thresholds}

    def hear(self, chunks: Iterable[Samples]) -> Heard:
        """Listen on; `audio_s` and `cpu_s` (of the detector alone) grow."""
        heard: Heard = {threshold: [] for threshold in self._gates}
        began_s = self.audio_s
        for samples in chunks:
            started_s = time.process_time()
            self._shared.score = self._detector.process(samples)
            self.cpu_s += time.process_time() - started_s
            chunk = AudioChunk(samples=samples, rate_hz=RATE_HZ, start_ms=1000.0 * self.audio_s)
            self.audio_s += len(samples) / RATE_HZ
            for threshold, gate in self._gates.items():
                if detection := gate.feed(chunk):
                    heard[threshold].append(detection.at_ms / 1000.0 - began_s)
        return heard

    def close(self) -> None:
        self._detector.close()


def spoken_items(clips: Sequence[Clip], bed: Samples, snr_db: float) -> Iterator[tuple[Clip, Samples, float]]:
    """Each clip with a second of the same noise before it and half a second after, and its own length in seconds.

    `bed` is the noise, int16 (n,); it runs on from clip to clip and begins again at its end; empty means silence.
    """
    lead, tail = int(LEAD_S * RATE_HZ), int(TAIL_S * RATE_HZ)
    position = 0
    for clip in clips:
        sound = peak_normalise(read_audio(clip.path), PEAK)
        total = -(-(lead + len(sound) + tail) // CHUNK_SAMPLES) * CHUNK_SAMPLES
        stretch = np.resize(np.roll(bed, -position), total) if len(bed) else np.zeros(total, np.int16)
        position = (position + total) % max(1, len(bed))
        yield clip, lay(sound, stretch, lead, snr_db), len(sound) / RATE_HZ


def lay(sound: Samples, stretch: Samples, lead: int, snr_db: float) -> Samples:
    """The sound on the noise from sample `lead` on, int16 (len(stretch),).

    The ratio counts what lies under the sound, by the loudest 512-sample frames; the noise goes on around it.
    """
    under = loudest_frame_power(stretch[lead : lead + len(sound)], SNR_FRAME)
    gain = math.sqrt(loudest_frame_power(sound, SNR_FRAME) / under / 10.0 ** (snr_db / 10.0)) if under else 0.0
    mixed = gain * stretch.astype(np.float64)
    mixed[lead : lead + len(sound)] += sound
    mixed *= min(1.0, FULL_SCALE / max(1.0, float(np.max(np.abs(mixed)))))
    return np.round(mixed).astype(np.int16)


def hits(heard: Heard, clip_s: float) -> dict[float, float | None]:
    """By threshold the first detection within the clip + 0.5 s, in seconds after the start of the clip."""
    return {
        threshold: next((at_s - LEAD_S for at_s in times if 0.0 < at_s - LEAD_S <= clip_s + TAIL_S), None)
        for threshold, times in heard.items()
    }


def word_end_s(samples: Samples) -> float:
    """Where the word in a clip ends, in seconds: the last 10 ms within 20 dB of the loudest."""
    levels = levels_dbfs(samples, RATE_HZ, frame_ms=10.0)
    loud = np.flatnonzero(levels > np.max(levels) - WORD_END_DB) if len(levels) else np.zeros(0)
    return float(loud[-1] + 1) / 100.0 if len(loud) else 0.0


def chunked(sound: Samples) -> Iterator[Samples]:
    for start in range(0, len(sound), CHUNK_SAMPLES):
        yield sound[start : start + CHUNK_SAMPLES]


def with_pause(path: Path) -> Iterator[Samples]:
    """A file in chunks, then half a second of silence."""
    yield from iter_audio(path)
    yield from chunked(np.zeros(int(TAIL_S * RATE_HZ), np.int16))
