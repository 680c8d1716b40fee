"""How often the wake word is missed, and how often it is heard where nobody said it: `assistant bench wake`.

Counted as the public benchmarks do: every clip once, peak-normalised, on noise at 10 dB (loudest 512-sample frame);
a hit is a detection within the clip + 0.5 s; false alarms over all sounds that hold no wake word. The clips follow
each other in one stream, as a microphone would deliver them, through the gate that listens in daily use.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from assistant.audio.files import read_audio
from assistant.bench.manifest import Clip, clips
from assistant.bench.measure import percentile
from assistant.bench.wake_stream import Listener, chunked, hits, spoken_items, with_pause, word_end_s
from assistant.hear.wake import wake_word
from assistant.types import JsonDict, Samples

SNR_DB = 10.0
SWEEP = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
RATES_PER_H = (0.5, 0.1)
"""False alarms per hour at which published miss rates stand."""

Progress = Callable[[str, int, int], None]
Write = Callable[[JsonDict], None]


@dataclass(slots=True, kw_only=True)
class _Figures:
    """What is counted, by threshold; `seconds` and `alarms_in` by folder, the latter at the word's own threshold.

    `others` are the clips of other wake words: worse than any hour of life, so they are told beside the rate.
    """

    word: str
    default: float
    n: int
    misses: dict[str, Counter[float]] = field(default_factory=dict)
    delays_ms: list[float] = field(default_factory=list)
    alarms: Counter[float] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    alarms_in: Counter[str] = field(default_factory=Counter)
    others: dict[str, JsonDict] = field(default_factory=dict)
    cpu_share: float = 0.0

    @property
    def thresholds(self) -> list[float]:
        return sorted({*SWEEP, self.default})

    @property
    def hours(self) -> float:
        return sum(self.seconds.values()) / 3600.0


def run_wake(
    data: Path,
    word: str = "alexa",
    limit: int | None = None,
    details: Path | None = None,
    *,
    progress: Progress | None = None,
) -> JsonDict:
    """Measure a built-in word. `score` is 1 - the miss rate in noise at the word's own threshold, none without clips.

    `limit` takes the first so many clips of the word and of every folder of negatives; `details` gets one JSON line for
    every clip of the word and every false alarm; `progress` hears (step, done, all).

    Raises:
        UsageError: no such word, or the data are not there.
        ModelError: the word's model is missing.
    """
    default = wake_word(word).threshold
    spoken = _spoken(data, word, limit)
    negatives = _negatives(data, word, limit)
    bed = _noise(data)
    figures = _Figures(word=word, default=default, n=len(spoken))
    tell = progress or (lambda step, done, total: None)
    with _details(details) as write:
        _count_misses(figures, "clean", spoken, np.zeros(0, np.int16), write, tell)
        _count_misses(figures, "noise", spoken, bed, write, tell)
        _count_alarms(figures, negatives, write, tell)
    return _report(figures)


def _count_misses(figures: _Figures, kind: str, spoken: list[Clip], bed: Samples, write: Write, tell: Progress) -> None:
    misses: Counter[float] = Counter()
    listener = Listener(figures.word, figures.thresholds)
    for index, (clip, sound, clip_s) in enumerate(spoken_items(spoken, bed, SNR_DB)):
        found = hits(listener.hear(chunked(sound)), clip_s)
        misses.update(threshold for threshold, at_s in found.items() if at_s is None)
        at_s = found[figures.default]
        if kind == "clean" and at_s is not None:
            figures.delays_ms.append(1000.0 * (at_s - word_end_s(read_audio(clip.path))))
        write({"file": f"{clip.folder}/{clip.path.name}", "kind": kind, "hit": at_s is not None, "at_s": at_s})
        tell(kind, index + 1, len(spoken))
    listener.close()
    figures.misses[kind] = misses


def _count_alarms(figures: _Figures, negatives: list[Clip], write: Write, tell: Progress) -> None:
    """Listen to every sound that does not hold the word, with half a second of silence after each."""
    listener = Listener(figures.word, figures.thresholds)
    for index, clip in enumerate(negatives):
        before_s = listener.audio_s
        heard = listener.hear(with_pause(clip.path))
        if clip.keyword:
            other = figures.others.setdefault(clip.keyword, {"n": 0, "alarms": 0})
            other["n"] += 1
            other["alarms"] += len(heard[figures.default])
        else:
            figures.seconds[clip.folder] = figures.seconds.get(clip.folder, 0.0) + listener.audio_s - before_s
            figures.alarms.update({threshold: len(times) for threshold, times in heard.items()})
            figures.alarms_in[clip.folder] += len(heard[figures.default])
        for at_s in heard[figures.default]:
            write({"file": f"{clip.folder}/{clip.path.name}", "kind": "false_alarm", "hit": True, "at_s": at_s})
        tell("negatives", index + 1, len(negatives))
    listener.close()
    figures.cpu_share = listener.cpu_s / max(listener.audio_s, 1e-9)


def _report(figures: _Figures) -> JsonDict:
    n, hours, alarms = figures.n, figures.hours, figures.alarms[figures.default]
    clean, noise = (figures.misses[kind][figures.default] for kind in ("clean", "noise"))
    delays_ms = figures.delays_ms
    return {
        "suite": "wake",
        "word": figures.word,
        "n": n,
        "score": 1.0 - noise / n if n else None,
        "threshold": figures.default,
        "misses_clean": clean,
        "misses_noise": noise,
        "miss_rate_clean": clean / n if n else None,
        "miss_rate_noise": noise / n if n else None,
        "false_alarms": alarms,
        "negative_hours": round(hours, 3),
        "false_alarms_per_hour": alarms / hours if hours else None,
        # No alarm in T hours proves, with 95 % certainty, only a rate below 3/T.
        "rate_below_per_hour": 3.0 / hours if hours and not alarms else None,
        "false_alarms_in": {
            folder: {"alarms": figures.alarms_in[folder], "hours": round(seconds / 3600.0, 3)}
            for folder, seconds in figures.seconds.items()
        },
        "other_words": figures.others,
        "at_rate": [_at_rate(figures, rate) for rate in RATES_PER_H],
        "delay_ms_p50": round(percentile(delays_ms, 0.5)) if delays_ms else None,
        "delay_ms_p95": round(percentile(delays_ms, 0.95)) if delays_ms else None,
        "cpu_share": round(figures.cpu_share, 5),
        "thresholds": [_row(figures, threshold) for threshold in figures.thresholds],
    }


def _row(figures: _Figures, threshold: float) -> JsonDict:
    return {
        "threshold": threshold,
        "misses_clean": figures.misses["clean"][threshold],
        "misses_noise": figures.misses["noise"][threshold],
        "false_alarms": figures.alarms[threshold],
    }


def _at_rate(figures: _Figures, rate_per_h: float) -> JsonDict:
    """The miss rates at the lowest threshold of the sweep with at most so many false alarms per hour."""
    quiet = (t for t in figures.thresholds if figures.hours and figures.alarms[t] / figures.hours <= rate_per_h)
    threshold = next(quiet, None)
    known = threshold is not None and figures.n > 0
    return {
        "false_alarms_per_hour": rate_per_h,
        "threshold": threshold,
        "miss_rate_clean": figures.misses["clean"][threshold] / figures.n if known and threshold else None,
        "miss_rate_noise": figures.misses["noise"][threshold] / figures.n if known and threshold else None,
    }


def _spoken(data: Path, word: str, limit: int | None) -> list[Clip]:
    """The clips of the word: its own folder where there is one, else wherever it is labelled."""
    labelled = [clip for clip in clips(data, "wake/*") if clip.keyword == word]
    own = [clip for clip in labelled if clip.folder == f"wake/{word}"]
    return (own or labelled)[:limit]


def _negatives(data: Path, word: str, limit: int | None) -> list[Clip]:
    """All sounds but those of the word itself and room responses; at most `limit` of each folder."""
    taken: Counter[str] = Counter()
    chosen: list[Clip] = []
    for clip in clips(data):
        taken[clip.folder] += 1
        if clip.keyword != word and not clip.folder.startswith("rir/") and taken[clip.folder] <= (limit or math.inf):
            chosen.append(clip)
    return chosen


def _noise(data: Path) -> Samples:
    """The kitchen, where there is one, else the first folder of noise: all its sounds in a row."""
    noises = list(clips(data, "noise/*"))
    folders = {clip.folder for clip in noises}
    folder = "noise/kitchen" if "noise/kitchen" in folders else min(folders)
    return np.concatenate([read_audio(clip.path) for clip in noises if clip.folder == folder])


@contextlib.contextmanager
def _details(path: Path | None) -> Iterator[Write]:
    """Opened before the work begins: a place that cannot be written is told at once."""
    if path is None:
        yield lambda record: None
        return
    with path.open("w", encoding="utf-8") as out:

        def write(record: JsonDict) -> None:
            out.write(json.dumps(record) + "\n")

        yield write
