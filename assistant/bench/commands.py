"""Spoken commands in kitchen noise: `assistant bench commands`.

The grammar of a schema is a skill like any other, and the sound goes the way of a turn: recogniser, grammar, and where
that does not take the words, the sound heard again with the skill's phrases as a hint. Right is only what has the
right intent and every slot right. Other speech must not be forced into the grammar.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from pathlib import Path

import numpy as np

from assistant.audio.files import read_audio
from assistant.bench.manifest import Clip, clips
from assistant.bench.measure import FULL_SCALE, loudest_frame_power, percentile
from assistant.bench.schema import read_schema, write_skill
from assistant.errors import UsageError
from assistant.hear.asr import WorkerRecognizer, asr_settings
from assistant.rehearing import heard_again
from assistant.skills_host import LentContext, Loader, SkillHost, installed
from assistant.store.timers import TimerStore
from assistant.think.misheard import SecondLook
from assistant.think.own import OwnSentences
from assistant.think.understanding import Minds, Understanding
from assistant.types import RATE_HZ, JsonDict, Samples, Utterance
from assistant.worker import Worker

SCHEMAS = "cmd/*_schema"
NOISE = "noise/kitchen"
SNRS_DB = (6, 9, 12, 15, 18, 21, 24)
SNR_FRAME = 2048
OTHER_SPEECH = ("asr/librispeech_other", "neg/librispeech_train", "wakeneg/*", "wake/smoke")
MAX_OTHER_S = 20.0
PATIENCE_S = 600.0
"""A measurement may run beside other work; slow is not dead."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSettings:
    """`model`: folder of the recogniser; `limit`: clips at each level of noise; `all_skills`: beside the installed."""

    model: Path
    limit: int | None = None
    all_skills: bool = False
    threads: int = 1
    details: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one sound was taken for. `first` is what was heard first, `text` what it was taken for in the end."""

    file: str
    snr_db: int | None
    wanted: JsonDict | None
    first: str
    text: str
    first_got: JsonDict | None
    got: JsonDict | None
    decode_ms: float
    again_ms: float

    @property
    def right(self) -> bool:
        return self.got == self.wanted


def run_commands(data: Path, settings: CommandSettings, progress: Progress) -> JsonDict:
    """The figures; `score` is the mean share of right commands over the levels of noise.

    Raises: UsageError: the data are not there. EngineError, WorkerDiedError: the recogniser does not work.
    """
    outcomes = asyncio.run(_run(data, settings, progress))
    if settings.details is not None:
        rows = (json.dumps({**asdict(one), "right": one.right}, ensure_ascii=False) for one in outcomes)
        settings.details.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return figures(outcomes)


def figures(outcomes: Sequence[Outcome]) -> JsonDict:
    """By level of noise, of all, and how much other speech was taken for a command."""
    commands = [one for one in outcomes if one.snr_db is not None]
    other = [one for one in outcomes if one.snr_db is None]
    levels = {
        snr: [one for one in commands if one.snr_db == snr] for snr in sorted({one.snr_db or 0 for one in commands})
    }
    shares = [sum(one.right for one in level) / len(level) for level in levels.values()]
    firsts = [sum(one.first_got == one.wanted for one in level) / len(level) for level in levels.values()]
    decode, again = [one.decode_ms for one in outcomes], [one.again_ms for one in outcomes if one.again_ms >= 1.0]
    return {
        "suite": "commands",
        "n": len(commands),
        "score": round(sum(shares) / max(1, len(shares)), 4),
        "first_hearing_score": round(sum(firsts) / max(1, len(firsts)), 4),
        "snr_db": {str(snr): round(share, 4) for snr, share in zip(levels, shares, strict=True)},
        "wrong": sum(one.got is not None and not one.right for one in commands),
        "not_understood": sum(one.got is None for one in commands),
        "other_speech": {"n": len(other), "taken_for_commands": sum(one.got is not None for one in other)},
        "decode_ms": _times(decode),
        "again_ms": {"n": len(again), **_times(again)},
    }


def lay_on(sound: Samples, bed: Samples, position: int, snr_db: float) -> Samples:
    """The sound on the noise from a position on; the ratio is that of the loudest frames of 2048 samples."""
    stretch = np.resize(np.roll(bed, -position), len(sound))
    under = loudest_frame_power(stretch, SNR_FRAME)
    gain = math.sqrt(loudest_frame_power(sound, SNR_FRAME) / under / 10.0 ** (snr_db / 10.0)) if under else 0.0
    mixed = sound + gain * stretch.astype(np.float64)
    mixed *= min(1.0, FULL_SCALE / max(1.0, float(np.max(np.abs(mixed), initial=0.0))))
    return np.round(mixed).astype(np.int16)


def _times(times: list[float]) -> JsonDict:
    return {name: round(percentile(times, share), 1) for name, share in (("p50", 0.5), ("p95", 0.95))}


async def _run(data: Path, settings: CommandSettings, progress: Progress) -> list[Outcome]:
    outcomes: list[Outcome] = []
    worker = Worker(replace(asr_settings(settings.model, threads=settings.threads), patience_s=PATIENCE_S))
    try:
        recognizer = WorkerRecognizer(worker)
        for schema in _schemas(data):
            async with _understanding(schema, settings) as understanding:
                bench = _Bench(recognizer, understanding)
                sounds = list(_commands(data, schema.parent.name.removesuffix("_schema"), settings.limit))
                others = list(_others(data, settings.limit))
                todo = len(sounds) * len(SNRS_DB) + len(others)
                bed = np.concatenate([read_audio(clip.path) for clip in clips(data, NOISE)])
                position = 0
                for clip in sounds:
                    sound = read_audio(clip.path)
                    for snr in SNRS_DB:
                        outcomes.append(await bench.hear(clip, lay_on(sound, bed, position, snr), snr))
                        progress("sounds", len(outcomes), todo)
                    position = (position + len(sound)) % len(bed)
                for clip in others:
                    outcomes.append(await bench.hear(clip, read_audio(clip.path)[: int(MAX_OTHER_S * RATE_HZ)], None))
                    progress("sounds", len(outcomes), todo)
    finally:
        await worker.close()
    return outcomes


class _Bench:
    def __init__(self, recognizer: WorkerRecognizer, understanding: Understanding) -> None:
        self._recognizer = recognizer
        self._understanding = understanding

    async def hear(self, clip: Clip, sound: Samples, snr_db: int | None) -> Outcome:
        transcript = await self._recognizer.transcribe(sound)
        utterance = Utterance(samples=sound, started_ms=0.0, ended_ms=0.0, ended_by="silence")
        started = time.perf_counter()
        text = await heard_again(self._recognizer, self._understanding, utterance, transcript.text, "")
        again_ms = 1000.0 * (time.perf_counter() - started)
        wanted = {"intent": clip.labels["intent"], **clip.labels.get("slots", {})} if snr_db is not None else None
        return Outcome(
            file=clip.path.name,
            snr_db=snr_db,
            wanted=wanted,
            first=transcript.text,
            text=text,
            first_got=await self._taken_for(transcript.text),
            got=await self._taken_for(text),
            decode_ms=transcript.decode_ms,
            again_ms=again_ms,
        )

    async def _taken_for(self, text: str) -> JsonDict | None:
        calls = (await self._understanding.plan(text)).calls
        return {"intent": calls[0].tool.rpartition(".")[2], **calls[0].arguments} if len(calls) == 1 else None


def _schemas(data: Path) -> list[Path]:
    found = sorted(data.glob(f"{SCHEMAS}/*.yaml"))
    if not found:
        raise UsageError(f"There is no {SCHEMAS}/*.yaml in {data}.", fix="Give the evaluation data with --data.")
    return found


def _commands(data: Path, name: str, limit: int | None) -> Iterator[Clip]:
    listed = list(clips(data, f"cmd/{name}"))
    yield from _spread(listed, limit)


def _others(data: Path, limit: int | None) -> Iterator[Clip]:
    for pattern in OTHER_SPEECH:
        with contextlib.suppress(UsageError):
            yield from _spread(list(clips(data, pattern)), limit)


def _spread(listed: Sequence[Clip], limit: int | None) -> Iterable[Clip]:
    """At most `limit`, evenly spread: neighbours are often of one speaker."""
    count = min(limit or len(listed), len(listed))
    return (listed[index * len(listed) // count] for index in range(count))


@contextlib.asynccontextmanager
async def _understanding(schema: Path, settings: CommandSettings) -> AsyncIterator[Understanding]:
    """A conversation with the skill of the schema, without models."""
    name = schema.parent.name.removesuffix("_schema")
    with (
        tempfile.TemporaryDirectory(prefix="commands-") as scratch,
        closing(TimerStore(Path(scratch) / "timers.sqlite3")) as timers,
    ):
        load = write_skill(read_schema(schema, name), Path(scratch))
        sources: dict[str, Loader] = {**(installed() if settings.all_skills else {}), name: load}
        host = SkillHost.load(LentContext(timers=timers), sources=sources)
        if name in host.problems:
            raise UsageError(f"The schema {schema} makes no skill: {host.problems[name]}")
        compiled = import_module("assistant.engines.hassil_grammar").create(host.templates, host.readers)
        grammar = OwnSentences(SecondLook(compiled, lambda: host.specs), host.own_sentences)
        try:
            yield Understanding(grammar=grammar, toolbox=host, minds=Minds())
        finally:
            host.close()
