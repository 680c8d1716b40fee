"""How often the wake word is missed, and how often it is heard where nobody said it: `assistant bench wake`.

Counted as the public benchmarks do: every clip once, peak-normalised, on noise at 10 dB (loudest 512-sample frame);
a hit is a detection within the clip + 0.5 s; false alarms over all sounds that do not hold the word. The clips follow
each other in one stream, as a microphone would deliver them, through the gate that listens in daily use.
"""

from __future__ import annotations

import json
import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from assistant.audio.files import iter_audio, read_audio
from assistant.bench.manifest import Clip, clips
from assistant.bench.measure import FULL_SCALE, loudest_frame_power, peak_normalise, percentile, speech_end_s
from assistant.hear.wake import WAKE_WORDS, WakeGate, load_detector, load_speech_model
from assistant.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, JsonDict, Samples

SNR_DB = 10.0
SNR_FRAME = 512
PEAK = 0.9
LEAD_S = 1.0
TAIL_S = 0.5
CHUNK_MS = 1000.0 * CHUNK_SAMPLES / RATE_HZ
SWEEP = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.97, 0.98, 0.99)
RATES_PER_H = (0.5, 0.1)
"""False alarms per hour at which published miss rates stand."""


class _SharedScore:
    """One detector's score for the gates of all thresholds: the model runs once."""

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

    def hear(self, chunks: Iterable[Samples]) -> dict[float, list[float]]:
        """For every threshold the moments of its detections, in seconds after the start of `chunks`."""
        heard: dict[float, list[float]] = {threshold: [] for threshold in self._gates}
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


@dataclass(slots=True)
class _Alarms:
    """False alarms by threshold, hours by folder."""

    counts: Counter[float] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    by_folder: Counter[str] = field(default_factory=Counter)

    @property
    def hours(self) -> float:
        return sum(self.seconds.values()) / 3600.0


def run_wake(
    data: Path,
    word: str = "alexa",
    limit: int | None = None,
    details: Path | None = None,
    *,
    noise: str = "kitchen",
    progress: Callable[[str, int, int], None] | None = None,
) -> JsonDict:
    """Measure a built-in word. `score` is 1 - the miss rate in noise at the word's own threshold, none without clips.

    `limit` takes the first so many clips of the word and of every folder of negatives; `details` gets one JSON line for
    every clip of the word and every false alarm; `progress` hears (step, done, all).

    Raises:
        UsageError: the data are not there.
        ModelError: the word's model is missing.
    """
    default = WAKE_WORDS[word].threshold
    thresholds = sorted({*SWEEP, default})
    lines: list[JsonDict] = []
    tell = progress or (lambda step, done, total: None)
    spoken = _spoken(data, word, limit)
    kinds = {"clean": np.zeros(0, np.int16), "noise": _noise(data, noise)}
    misses: dict[str, Counter[float]] = {}
    delays_ms: list[float] = []
    for kind, bed in kinds.items():
        misses[kind] = Counter()
        listener = Listener(word, thresholds)
        for index, (clip, sound, clip_s) in enumerate(_items(spoken, bed)):
            hits = _hits(listener.hear(_chunks(sound)), clip_s)
            misses[kind].update(threshold for threshold, at_s in hits.items() if at_s is None)
            at_s = hits[default]
            if kind == "clean" and at_s is not None:
                delays_ms += _delay_ms(clip, at_s)
            lines.append({"file": clip.path.name, "kind": kind, "hit": at_s is not None, "at_s": at_s})
            tell(kind, index + 1, len(spoken))
        listener.close()
    alarms, cpu_share = _false_alarms(data, word, limit, default, thresholds, lines, tell)
    if details:
        details.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    table = [
        {
            "threshold": threshold,
            "misses_clean": misses["clean"][threshold],
            "misses_noise": misses["noise"][threshold],
            "false_alarms": alarms.counts[threshold],
        }
        for threshold in thresholds
    ]
    return _report(word, len(spoken), table, alarms, delays_ms) | {"cpu_share": round(cpu_share, 5)}


def _report(word: str, n: int, table: Sequence[JsonDict], alarms: _Alarms, delays_ms: Sequence[float]) -> JsonDict:
    default = WAKE_WORDS[word].threshold
    row = next(row for row in table if row["threshold"] == default)
    hours = alarms.hours
    return {
        "suite": "wake",
        "word": word,
        "n": n,
        "score": 1.0 - row["misses_noise"] / n if n else None,
        "threshold": default,
        "misses_clean": row["misses_clean"],
        "misses_noise": row["misses_noise"],
        "miss_rate_clean": row["misses_clean"] / n if n else None,
        "miss_rate_noise": row["misses_noise"] / n if n else None,
        "false_alarms": row["false_alarms"],
        "negative_hours": round(hours, 3),
        "false_alarms_per_hour": row["false_alarms"] / hours if hours else None,
        # No alarm in T hours proves (95 %) only a rate below 3/T.
        "rate_below_per_hour": 3.0 / hours if hours and not row["false_alarms"] else None,
        "false_alarms_by": {
            folder: {"alarms": alarms.by_folder[folder], "hours": round(seconds / 3600.0, 3)}
            for folder, seconds in alarms.seconds.items()
        },
        "at_rate": [_at_rate(rate, n, hours, table) for rate in RATES_PER_H],
        "delay_ms_p50": round(percentile(delays_ms, 0.5)) if delays_ms else None,
        "delay_ms_p95": round(percentile(delays_ms, 0.95)) if delays_ms else None,
        "thresholds": list(table),
    }


def _at_rate(rate_per_h: float, n: int, hours: float, table: Sequence[JsonDict]) -> JsonDict:
    """The miss rates at the lowest threshold of the sweep with at most so many false alarms per hour."""
    for row in table:
        if hours and n and row["false_alarms"] / hours <= rate_per_h:
            return {
                "false_alarms_per_hour": rate_per_h,
                "threshold": row["threshold"],
                "miss_rate_clean": row["misses_clean"] / n,
                "miss_rate_noise": row["misses_noise"] / n,
            }
    return {"false_alarms_per_hour": rate_per_h, "threshold": None, "miss_rate_clean": None, "miss_rate_noise": None}


def _spoken(data: Path, word: str, limit: int | None) -> list[Clip]:
    """The clips of the word: its own folder where there is one, else wherever it is labelled."""
    labelled = [clip for clip in clips(data, "wake/*") if clip.keyword == word]
    own = [clip for clip in labelled if clip.folder == f"wake/{word}"]
    return (own or labelled)[:limit]


def _noise(data: Path, folder: str) -> Samples:
    return np.concatenate([read_audio(clip.path) for clip in clips(data, f"noise/{folder}")])


def _items(spoken: Sequence[Clip], bed: Samples) -> Iterator[tuple[Clip, Samples, float]]:
    """Each clip with a second of the same noise before it and half a second after, and its own length in seconds."""
    lead, tail = int(LEAD_S * RATE_HZ), int(TAIL_S * RATE_HZ)
    position = 0
    for clip in spoken:
        sound = peak_normalise(read_audio(clip.path), PEAK)
        total = -(-(lead + len(sound) + tail) // CHUNK_SAMPLES) * CHUNK_SAMPLES
        stretch = np.resize(np.roll(bed, -position), total) if len(bed) else np.zeros(total, np.int16)
        position = (position + total) % max(1, len(bed))
        yield clip, _mixed(sound, stretch, lead), len(sound) / RATE_HZ


def _mixed(sound: Samples, stretch: Samples, lead: int) -> Samples:
    """The sound laid on the noise; the ratio counts what lies under the sound, the noise goes on around it."""
    under = loudest_frame_power(stretch[lead : lead + len(sound)], SNR_FRAME)
    gain = math.sqrt(loudest_frame_power(sound, SNR_FRAME) / under / 10.0 ** (SNR_DB / 10.0)) if under else 0.0
    mixed = gain * stretch.astype(np.float64)
    mixed[lead : lead + len(sound)] += sound
    mixed *= min(1.0, FULL_SCALE / max(1.0, float(np.max(np.abs(mixed)))))
    return np.round(mixed).astype(np.int16)


def _chunks(sound: Samples) -> Iterator[Samples]:
    for start in range(0, len(sound), CHUNK_SAMPLES):
        yield sound[start : start + CHUNK_SAMPLES]


def _hits(heard: dict[float, list[float]], clip_s: float) -> dict[float, float | None]:
    """For every threshold the first detection within the clip + 0.5 s, in seconds after the start of the clip."""
    return {
        threshold: next((at_s - LEAD_S for at_s in times if 0.0 < at_s - LEAD_S <= clip_s + TAIL_S), None)
        for threshold, times in heard.items()
    }


def _delay_ms(clip: Clip, at_s: float) -> list[float]:
    """How long after the end of the word the detection came (negative: before the last sound had died away)."""
    end_s = speech_end_s(read_audio(clip.path), RATE_HZ)
    return [] if end_s is None else [1000.0 * (at_s - end_s)]


def _false_alarms(
    data: Path,
    word: str,
    limit: int | None,
    default: float,
    thresholds: Sequence[float],
    lines: list[JsonDict],
    tell: Callable[[str, int, int], None],
) -> tuple[_Alarms, float]:
    """Listen to every sound that does not hold the word, with half a second of silence after each."""
    alarms = _Alarms()
    listener = Listener(word, thresholds)
    negatives = _negatives(data, word, limit)
    for index, clip in enumerate(negatives):
        before_s = listener.audio_s
        heard = listener.hear(_with_pause(clip.path))
        alarms.seconds[clip.folder] += listener.audio_s - before_s
        alarms.counts.update({threshold: len(times) for threshold, times in heard.items()})
        alarms.by_folder[clip.folder] += len(heard[default])
        name = f"{clip.folder}/{clip.path.name}"
        lines += [{"file": name, "kind": "false_alarm", "hit": True, "at_s": at_s} for at_s in heard[default]]
        tell("negatives", index + 1, len(negatives))
    listener.close()
    return alarms, listener.cpu_s / max(listener.audio_s, 1e-9)


def _negatives(data: Path, word: str, limit: int | None) -> list[Clip]:
    """All sounds but those of the word itself and room responses; at most `limit` of each folder."""
    taken: Counter[str] = Counter()
    chosen: list[Clip] = []
    for clip in clips(data):
        taken[clip.folder] += 1
        if clip.keyword != word and not clip.folder.startswith("rir/") and taken[clip.folder] <= (limit or math.inf):
            chosen.append(clip)
    return chosen


def _with_pause(path: Path) -> Iterator[Samples]:
    yield from iter_audio(path)
    yield from _chunks(np.zeros(int(TAIL_S * RATE_HZ), np.int16))
