"""How well and how fast speech is recognised, beside the same model padded to 30 s: `assistant bench asr`.

Both decode the same sound one after the other in one process and in changing order, so that a busy machine slows both:
the ratio of times is what counts. Ours is the whole way of a command: speech detection, guard and repeated tries.
"""

from __future__ import annotations

import importlib
import json
import statistics
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from assistant.audio.files import read_audio
from assistant.bench.manifest import Clip, clips
from assistant.bench.measure import percentile
from assistant.errors import EngineError, UsageError
from assistant.types import RATE_HZ, JsonDict, Samples

READ_SPEECH = "asr/librispeech_other"
SHORT_COMMANDS = ("wake/*", "cmd/*")
NOISES = "noise/esc10"
SHORT_LIMIT = 25
"""Clips of each folder of short commands: enough for a median within a few percent."""
PADDED_S = 30.0
PADDED_TOKENS = 220

Progress = Callable[[str, int, int], None]
Wer = Callable[[list[str], list[str]], float]
"""Word error rate (1.0 is all wrong) of texts against references."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsrSettings:
    """`model`: folder of the recogniser; `limit`: clips of each folder (none: all, of commands 25)."""

    model: Path
    limit: int | None = None
    threads: int = 1
    details: Path | None = None


@dataclass(slots=True, kw_only=True)
class _Item:
    """One sound, decoded both ways; times in ms."""

    file: str
    audio_s: float
    reference: str | None = None
    text: str = ""
    ms: float = 0.0
    retries: int = 0
    avg_logprob: float = 0.0
    padded_text: str | None = None
    padded_ms: float | None = None


@dataclass(slots=True)
class _Results:
    read: list[_Item] = field(default_factory=list)
    short: list[_Item] = field(default_factory=list)
    noise: list[_Item] = field(default_factory=list)
    silence: list[_Item] = field(default_factory=list)


def run_asr(data: Path, settings: AsrSettings, progress: Progress | None = None) -> JsonDict:
    """Measure one recogniser; `score` is 1 - its word error rate on read speech. `progress` hears (step, done, all).

    `settings.details` gets one JSON line for every sound.

    Raises:
        UsageError: the data are not there. EngineError: the model cannot be loaded, or the tools of the extra `bench`
        (jiwer, whisper-normalizer) are missing.
    """
    wer = load_wer()
    engine = importlib.import_module("assistant.engines.faster_whisper").create(
        {"path": str(settings.model), "threads": settings.threads}
    )
    engine.load()
    bench = _Bench(engine, progress or (lambda step, done, total: None))
    limit = settings.limit
    short = [
        clip
        for pattern in SHORT_COMMANDS
        for clip in _sampled(clips(data, pattern), limit or SHORT_LIMIT)
        if clip.labels.get("lang", "en").startswith("en")
    ]
    noises = list(_sampled(clips(data, NOISES), limit) if limit else clips(data, NOISES))
    results = _Results(
        read=bench.compare("read speech", list(clips(data, READ_SPEECH))[:limit]),
        short=bench.compare("short commands", short),
        noise=bench.listen("noise", [(clip.path.name, read_audio(clip.path)) for clip in noises]),
        silence=bench.listen("silence", list(quiet_sounds())),
    )
    if settings.details:
        _write_details(settings.details, results)
    return _report(settings.model.name, results, wer)


def quiet_sounds() -> Iterator[tuple[str, Samples]]:
    """Digital silence, and white noise of several levels: (name, int16 (n,) 16 kHz)."""
    random = np.random.default_rng(1)
    for level_dbfs in (None, -80, -60, -50, -40, -30, -20):
        for seconds in (0.3, 1.0, 3.0, 8.0):
            amplitude = 0.0 if level_dbfs is None else 32768.0 * 10.0 ** (level_dbfs / 20.0)
            noise = random.standard_normal(int(seconds * RATE_HZ)) * amplitude
            name = "silence" if level_dbfs is None else f"white noise {level_dbfs} dBFS"
            yield f"{name} {seconds} s", np.clip(noise, -32768, 32767).astype(np.int16)


class _Bench:
    def __init__(self, engine: Any, progress: Progress) -> None:
        self._engine = engine
        self._request = importlib.import_module("assistant.engines.faster_whisper").Request()
        self._progress = progress
        noise = np.random.default_rng(2).normal(0.0, 0.01, RATE_HZ).astype(np.float32)
        self._padded((32768 * noise).astype(np.int16))  # warm, as `load` did for ours

    def compare(self, step: str, chosen: Sequence[Clip]) -> list[_Item]:
        """Decode every clip both ways, in changing order."""
        items: list[_Item] = []
        for index, clip in enumerate(chosen):
            samples = read_audio(clip.path)
            reference = clip.labels.get("text")
            item = _Item(file=f"{clip.folder}/{clip.path.name}", audio_s=len(samples) / RATE_HZ, reference=reference)
            ways = (self._ours, self._beside)
            for way in ways if index % 2 else reversed(ways):
                way(samples, item)
            items.append(item)
            self._progress(step, index + 1, len(chosen))
        return items

    def listen(self, step: str, sounds: Sequence[tuple[str, Samples]]) -> list[_Item]:
        """Decode sounds in which nobody speaks."""
        items: list[_Item] = []
        for index, (name, samples) in enumerate(sounds):
            item = _Item(file=name, audio_s=len(samples) / RATE_HZ)
            self._ours(samples, item)
            items.append(item)
            self._progress(step, index + 1, len(sounds))
        return items

    def _ours(self, samples: Samples, item: _Item) -> None:
        started = time.perf_counter()
        (answer, _), *_ = self._engine.run("transcribe", {}, samples.astype("<i2").tobytes(), lambda: False)
        item.ms = 1000.0 * (time.perf_counter() - started)
        item.text, item.retries = answer["text"], answer["retries"]
        item.avg_logprob = answer["avg_logprob"]

    def _beside(self, samples: Samples, item: _Item) -> None:
        started = time.perf_counter()
        item.padded_text = self._padded(samples)
        item.padded_ms = 1000.0 * (time.perf_counter() - started)

    def _padded(self, samples: Samples) -> str:
        """The usual way: the sound padded to 30 s, all its features, greedy, no guard."""
        audio = samples.astype(np.float32) / 32768.0
        padded = np.pad(audio, (0, max(0, int(PADDED_S * RATE_HZ) - len(audio))))
        decode = self._engine.decode(self._engine.encode(padded, PADDED_S), self._request, max_tokens=PADDED_TOKENS)
        return str(decode.text)


def _report(model: str, results: _Results, wer: Wer) -> JsonDict:
    read = [item for item in results.read if item.reference]
    references = [item.reference or "" for item in read]
    ours = wer(references, [item.text for item in read])
    padded = wer(references, [item.padded_text or "" for item in read])
    hallucinated = [item for item in (*results.noise, *results.silence) if item.text]
    return {
        "suite": "asr",
        "model": model,
        "n": len(read),
        "score": 1.0 - ours,
        "wer": ours,
        "wer_padded": padded,
        "wer_points_worse": 100.0 * (ours - padded),
        "read_speech": _times(results.read),
        "short_commands": _times(results.short) | {"by_folder": _by_folder(results.short)},
        "noise_n": len(results.noise),
        "noise_with_words": sum(bool(item.text) for item in results.noise),
        "silence_n": len(results.silence),
        "silence_with_words": sum(bool(item.text) for item in results.silence),
        "noise_words": [{"file": item.file, "text": item.text} for item in hallucinated],
        "noise_ms_mean": round(statistics.fmean(item.ms for item in results.noise), 1) if results.noise else None,
    }


def _times(items: Sequence[_Item]) -> JsonDict:
    """Times in ms, ours and padded, and ours as a share of padded: of the sums, and the median of the single ones."""
    pairs = [(item.ms, item.padded_ms) for item in items if item.padded_ms]
    if not pairs:
        return {"n": 0, "ratio_sum": None, "ratio_median": None}
    return {
        "n": len(pairs),
        "ratio_sum": round(sum(ms for ms, _ in pairs) / sum(padded for _, padded in pairs), 4),
        "ratio_median": round(statistics.median(ms / padded for ms, padded in pairs), 4),
        "ms_median": round(statistics.median(ms for ms, _ in pairs), 1),
        "ms_p95": round(percentile([ms for ms, _ in pairs], 0.95), 1),
        "padded_ms_median": round(statistics.median(padded for _, padded in pairs), 1),
        "retried": sum(item.retries > 0 for item in items),
        "empty": sum(not item.text for item in items),
        "words": sum(len(item.text.split()) for item in items),
        "padded_words": sum(len((item.padded_text or "").split()) for item in items),
    }


def _by_folder(items: Sequence[_Item]) -> JsonDict:
    folders = dict.fromkeys(item.file.rpartition("/")[0] for item in items)
    return {folder: _times([item for item in items if item.file.startswith(f"{folder}/")]) for folder in folders}


def _sampled(chosen: Iterable[Clip], limit: int) -> Iterator[Clip]:
    """At most `limit` clips of every folder, evenly spread over it: neighbours are often of one speaker."""
    folders: dict[str, list[Clip]] = {}
    for clip in chosen:
        folders.setdefault(clip.folder, []).append(clip)
    for members in folders.values():
        count = min(limit, len(members))
        yield from (members[index * len(members) // count] for index in range(count))


def _write_details(file: Path, results: _Results) -> None:
    sets = {"read": results.read, "short": results.short, "noise": results.noise, "silence": results.silence}
    lines = [json.dumps({"set": name, **asdict(item)}, ensure_ascii=False) for name in sets for item in sets[name]]
    try:
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"The file {file} cannot be written: {error.strerror}.") from None


def load_wer() -> Wer:
    """Word error rate as published for Whisper: its English normaliser, all references as one."""
    try:
        import jiwer

        with warnings.catch_warnings():  # of its docstrings, where it is compiled
            warnings.simplefilter("ignore")
            from whisper_normalizer.english import EnglishTextNormalizer
    except ImportError:
        raise EngineError(
            "The word error rate needs jiwer and whisper-normalizer.",
            fix="Install the extra: hearth-voice-assistant[bench].",
        ) from None
    normalise = EnglishTextNormalizer()

    def wer(references: list[str], texts: list[str]) -> float:
        return float(jiwer.wer([normalise(text) for text in references], [normalise(text) for text in texts]))

    return wer
