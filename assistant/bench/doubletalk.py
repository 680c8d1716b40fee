"""What is understood of a person over our own voice: `assistant bench doubletalk`, offline.

our voice --> 60 ms, a small room --> + <-- a sentence, as loud as our voice
     |                                |
     '--> `Cleaner` <-----------------'     8 s of our voice alone first: the filter has learnt when the person speaks
              '--> recogniser, beside the same sentence without our voice, and with it uncancelled
"""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.audio.files import read_audio
from assistant.bench.asr import READ_SPEECH, Wer, load_wer
from assistant.bench.echoes import Scene, cancelled, joined, loss_db, made_response, mix, small_rooms
from assistant.bench.manifest import Clip, clips
from assistant.bench.measure import percentile
from assistant.bench.utterances import Voice
from assistant.errors import UsageError
from assistant.paths import find_paths
from assistant.types import RATE_HZ, JsonDict, Samples

OUR_WORDS = (
    "Water boils at a lower temperature on a mountain, because the air up there presses on it less than it does here.",
    "You can ask me for the time, set timers with names, convert units, or have me explain something you wonder about.",
    "A lighthouse keeper once lived on that island with nine goats, two dogs, and a piano that nobody could tune.",
    "First chop the onions, then warm the oil in a wide pan, and stir everything until it is soft and golden.",
    "The train leaves the harbour at half past seven, follows the river for an hour, and stops in the old town.",
    "Owls hear a mouse under deep snow, since one of their ears sits a little higher than the other one.",
)
Hear = Callable[[Samples], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubleTalk:
    """`model`: folder of the recogniser; `level_db`: our voice against the person's at the microphone.

    `limit`: so many sentences, none for all; `details` gets one JSON line for each.
    """

    model: Path
    level_db: float = 0.0
    limit: int | None = None
    threads: int = 1
    details: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was understood of one sentence, three ways, and the echo return loss at the end of the lead."""

    file: str
    response: str
    reference: str
    clean: str
    double_talk: str
    without_cancelling: str
    loss_db: float


def run_doubletalk(data: Path, bench: DoubleTalk, progress: Callable[[str, int, int], None] | None = None) -> JsonDict:
    """Word error rates; `score` is 1 - that in double talk. `progress` hears (step, done, all).

    Raises:
        UsageError: the data are not there. EngineError: the model or the voice cannot be loaded, or the tools of the
        extra `bench` are missing.
    """
    wer = load_wer()
    sentences = spread(list(clips(data, READ_SPEECH)), bench.limit)
    if not sentences:
        raise UsageError(f"There are no sentences below {data / READ_SPEECH}.")
    rooms = small_rooms(data) or {"made": made_response()}
    voice = Voice(find_paths().cache / "bench-speech", dict(os.environ))
    ours = joined([voice.words(text) for text in OUR_WORDS])
    hear = _recogniser(bench)
    results: list[Heard] = []
    for index, clip in enumerate(sentences):
        name = list(rooms)[index % len(rooms)]
        # Another part of our answer over each sentence.
        scene = mix(read_audio(clip.path), np.roll(ours, -index * RATE_HZ), rooms[name], bench.level_db, index)
        results.append(_hear(scene, clip, name, hear))
        if progress:
            progress("sentences", index + 1, len(sentences))
    if bench.details:
        _write_details(bench.details, results)
    return _report(bench, results, wer)


def spread(sentences: list[Clip], limit: int | None) -> list[Clip]:
    """At most `limit` of them, evenly from the whole list: neighbours are of one speaker."""
    count = min(limit or len(sentences), len(sentences))
    return [sentences[index * len(sentences) // count] for index in range(count)]


def _report(bench: DoubleTalk, results: list[Heard], wer: Wer) -> JsonDict:
    rooms = dict.fromkeys(result.response for result in results)
    all_rooms = _figures(results, wer)
    return {
        "suite": "doubletalk",
        "score": round(1.0 - all_rooms["wer_double_talk"], 4),
        **all_rooms,
        "level_db": bench.level_db,
        "model": bench.model.name,
        "rooms": {room: _figures([result for result in results if result.response == room], wer) for room in rooms},
    }


def _figures(results: list[Heard], wer: Wer) -> JsonDict:
    references = [result.reference for result in results]
    clean, double_talk, without = (
        wer(references, [getattr(result, way) for result in results])
        for way in ("clean", "double_talk", "without_cancelling")
    )
    losses = [result.loss_db for result in results]
    return {
        "n": len(results),
        "words": sum(len(text.split()) for text in references),
        "wer_clean": round(clean, 4),
        "wer_double_talk": round(double_talk, 4),
        "wer_without_cancelling": round(without, 4),
        "points": round(100.0 * (double_talk - clean), 2),
        "echo_loss_db": round(percentile(losses, 0.5), 1),
        "echo_loss_min_db": min(losses),
    }


def _hear(scene: Scene, clip: Clip, response: str, hear: Hear) -> Heard:
    rest = cancelled(scene)
    return Heard(
        file=f"{clip.folder}/{clip.path.name}",
        response=response,
        reference=str(clip.labels.get("text", "")),
        clean=hear(scene.near[scene.lead :]),
        double_talk=hear(rest[scene.lead :]),
        without_cancelling=hear(scene.microphone[scene.lead :]),
        loss_db=loss_db(scene, rest),
    )


def _recogniser(bench: DoubleTalk) -> Hear:
    engine: Any = importlib.import_module("assistant.engines.faster_whisper").create(
        {"path": str(bench.model), "threads": bench.threads}
    )
    engine.load()

    def hear(samples: Samples) -> str:
        (answer, _), *_ = engine.run("transcribe", {}, samples.astype("<i2").tobytes(), lambda: False)
        return str(answer["text"])

    return hear


def _write_details(file: Path, results: Sequence[Heard]) -> None:
    try:
        file.write_text("".join(f"{line}\n" for line in _lines(results)), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"The file {file} cannot be written: {error.strerror}.") from None


def _lines(results: Sequence[Heard]) -> Iterator[str]:
    for result in results:
        yield json.dumps(asdict(result), ensure_ascii=False)
