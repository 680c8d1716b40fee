"""Spoken conversations through the real loop: `assistant bench dialogues`.

person's words -> another voice -> microphone of the loop -> ... -> our voice -> recogniser -> what could be heard
             `---- typed: straight to the understanding ----> answer in writing
A conversation reaches its goal if the state at its end and what was heard of every answer are as its file says.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.assembly import Assembly
from assistant.audio.file_io import CHUNK_MS, FileLoudspeaker, FileMicrophone
from assistant.audio.files import read_audio, write_wav
from assistant.bench.dialogue_file import LIKE, Dialogue, Said, has
from assistant.bench.dialogue_goal import missing
from assistant.bench.homes import build, part, read_yaml
from assistant.config import load_config
from assistant.console import typed_turn
from assistant.errors import AssistantError
from assistant.events import Event, EventBus, now_ms
from assistant.hear.asr import WorkerRecognizer
from assistant.hear.vad import load_speech
from assistant.listen import Ears, Listener
from assistant.paths import Paths, find_paths
from assistant.think.normalize import spell
from assistant.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, JsonDict, Samples

Progress = Callable[[str, int, int], None]

BEFORE_MS, AFTER_MS = 2200.0, 1600.0
"""Silence around what the person says: a "yes" closer to our own voice than 1.5 s would count as its echo."""
SPEED, PITCH = 0.94, 1.07
"""How the person's voice differs from ours: slower, and everything 7 % higher."""
LEVEL = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where the dialogues take place: a home as a YAML file describes it; `details` keeps finished ones, to go on.

    Without `models` only the grammar understands. `typed`: nothing sounds, the words and the answers are in writing, so
    that what fails is not the hearing.
    """

    home: Path
    details: Path | None = None
    models: bool = True
    typed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """One turn as it went: what was said and heard, what answered, and the answer in writing and as it sounded."""

    say: str
    heard: str
    route: str
    reason: str
    reply: str
    sounded: str
    faults: tuple[str, ...]


def run_dialogues(dialogues: Sequence[Dialogue], setting: Setting, progress: Progress) -> JsonDict:
    """The figures. Raises: UsageError: the home cannot be read; ModelError, EngineError: an engine is missing."""
    return figures(asyncio.run(_run(dialogues, setting, progress)))


def figures(rows: Sequence[JsonDict]) -> JsonDict:
    """The share that reached its goal, and the others by the first thing that was wrong."""
    causes: dict[str, int] = {}
    for row in rows:
        if row["faults"]:
            causes[row["cause"]] = causes.get(row["cause"], 0) + 1
    turns = [turn for row in rows for turn in row["turns"]]
    routes = sorted({turn["route"] for turn in turns})
    reached = sum(not row["faults"] for row in rows)
    return {
        "suite": "dialogues",
        "n": len(rows),
        "score": round(reached / max(1, len(rows)), 4),
        "reached": reached,
        "turns": len(turns),
        "routes": {route: sum(turn["route"] == route for turn in turns) for route in routes},
        "causes": causes,
        "failed": [row["name"] for row in rows if row["faults"]],
    }


async def _run(dialogues: Sequence[Dialogue], setting: Setting, progress: Progress) -> list[JsonDict]:
    rows = _finished(setting.details, {dialogue.name for dialogue in dialogues})
    done = {row["name"] for row in rows}
    paths = find_paths()
    with tempfile.TemporaryDirectory(prefix="dialogues-") as scratch:
        async with Assembly(load_config(None), _own(paths, Path(scratch) / "engines"), EventBus()).running() as engines:
            if not setting.typed:
                await asyncio.gather(engines.asr.start(), engines.tts.start())
            prepared = False
            for number, dialogue in enumerate(dialogues, start=1):
                if dialogue.name in done:
                    continue
                guest = Assembly(load_config(None), _own(paths, Path(scratch) / f"d{number}"), EventBus())
                guest.share(engines)
                try:
                    row = await _Conversation(guest, dialogue, setting).hold(prepare=setting.models and not prepared)
                finally:
                    guest.host.close()
                    guest.timers.close()
                prepared = True
                rows.append(row)
                if setting.details is not None:
                    with setting.details.open("a", encoding="utf-8") as file:
                        file.write(f"{json.dumps(row, ensure_ascii=False)}\n")
                progress("dialogues", number, len(dialogues))
    return rows


def _own(paths: Paths, folder: Path) -> Paths:
    return dataclasses.replace(paths, state=folder / "state", config=folder / "config")


def _finished(details: Path | None, names: set[str]) -> list[JsonDict]:
    """The rows of an earlier run that was broken off."""
    if details is None or not details.exists():
        return []
    rows: list[JsonDict] = [json.loads(line) for line in details.read_text(encoding="utf-8").splitlines() if line]
    return [row for row in rows if row["name"] in names]


class _Conversation:
    """One dialogue with an assistant of its own, on engines that are shared."""

    def __init__(self, assembly: Assembly, dialogue: Dialogue, setting: Setting) -> None:
        self._assembly = assembly
        self._dialogue = dialogue
        self._typed = setting.typed
        self._heard, self._route, self._reason, self._reply = "", "none", "", ""
        self._turns: list[Exchanged] = []
        self._link = part("memory").MemoryHome(build(read_yaml(setting.home), dict(dialogue.setup)))
        assembly.context.settings = {"home": {"link": self._link}}
        assembly.bus.observe(self._note)

    async def hold(self, *, prepare: bool) -> JsonDict:
        """Say everything, and judge what came of it."""
        assembly = self._assembly
        await assembly.host.serve()
        if prepare:
            await assembly.start_thinking()
        await (self._type() if self._typed else self._listen())
        faults = [f"turn {number}: {fault}" for number, turn in enumerate(self._turns, 1) for fault in turn.faults]
        faults += await missing(self._dialogue.goal, assembly, self._link.home)
        return {
            "name": self._dialogue.name,
            "faults": faults,
            "cause": _cause(self._turns, faults),
            "turns": [dataclasses.asdict(turn) for turn in self._turns],
        }

    async def _type(self) -> None:
        """Every turn in writing."""
        understanding = self._assembly.understanding()
        for number, wanted in enumerate(self._dialogue.turns, start=1):
            self._heard, self._route, self._reason, self._reply = wanted.say, "none", "", ""
            try:
                turn = await typed_turn(understanding, wanted.say, f"d{number}")
            except AssistantError as error:
                self._reply = error.sentence
            else:
                self._reply = turn.reply
                if turn.decision is not None:
                    self._route, self._reason = turn.decision.route, turn.decision.reason
            self._judge(wanted, self._reply)

    async def _listen(self) -> None:
        assembly = self._assembly
        words = [await self._person(turn.say) for turn in self._dialogue.turns]
        microphone = _Script(words, self._after)
        self._loudspeaker = _Collected(microphone, realtime=False)
        stages = assembly.stages(self._loudspeaker, "Okay Nabu", silence_alarm=lambda: False)
        ears = Ears(
            microphone=microphone, wake=None, vad=load_speech(), turn_model=assembly.turn_model(), wait_for_answer=True
        )
        await Listener(ears, stages, assembly.config.turn, assembly.bus).run()

    async def _person(self, text: str) -> Samples:
        """The sentence in the person's voice, int16 (n,) 16 kHz."""
        pieces, rate_hz = [], RATE_HZ
        async for chunk in self._assembly.synthesizer(speed=SPEED).speak(text):
            pieces.append(chunk.samples)
            rate_hz = chunk.rate_hz
        sound = _at_16k(np.concatenate(pieces), round(rate_hz * PITCH)).astype(np.float64)
        loud: Samples = (sound * (LEVEL * 32767 / max(1.0, np.abs(sound).max()))).astype(np.int16)
        return loud

    async def _after(self, number: int) -> None:
        """The answer to a turn is complete: write down what could be heard of it."""
        wanted = self._dialogue.turns[number]
        sound = self._loudspeaker.taken()
        sounded = await self._ear(_at_16k(sound, self._loudspeaker.rate_hz), wanted) if len(sound) else ""
        self._judge(wanted, sounded)

    async def _ear(self, sound: Samples, wanted: Said) -> str:
        """The words of an answer. Where some that one listens for are missing, it is heard as by somebody who knows
        what was asked: with the question as what was said before."""
        recognizer = WorkerRecognizer(self._assembly.asr)
        first = (await recognizer.transcribe(sound)).text
        if all(has(first, one, like=LIKE) for one in wanted.hear):
            return first
        return (await recognizer.transcribe(sound, prompt=wanted.say)).text

    def _judge(self, wanted: Said, sounded: str) -> None:
        """Write down a turn, with what was not as it was wanted."""
        faults = [f"not said: {one}" for one in wanted.hear if not has(self._reply, one)]
        faults += [f"said: {one}" for one in wanted.never if has(self._reply, one)]
        if not faults:
            faults = [f"not heard: {one}" for one in wanted.hear if not has(sounded, one, like=LIKE)]
        self._turns.append(
            Exchanged(
                say=wanted.say, heard=self._heard, route=self._route, reason=self._reason, reply=self._reply.strip(),
                sounded=sounded, faults=tuple(faults),
            )
        )  # fmt: skip
        self._heard, self._route, self._reason, self._reply = "", "none", "", ""

    def _note(self, event: Event) -> None:
        get = event.fields.get
        if event.kind == "transcript":
            self._heard = get("text", "")
        elif event.kind in ("route", "reply"):
            self._route, self._reason = get("route", ""), get("reason", "")
        if event.kind == "reply":
            self._reply += f" {get('text', '')}"
        if event.kind == "error":
            self._reply += f" {get('message', '')}"


def _at_16k(samples: Samples, rate_hz: int) -> Samples:
    """int16 (n,) of another rate as int16 (m,) 16 kHz."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        write_wav(file.name, samples, rate_hz)
        return read_audio(file.name)


class _Script(FileMicrophone):
    """Says one thing after the other; each begins at the present moment, once the answer before is complete."""

    def __init__(self, words: Sequence[Samples], after: Callable[[int], Awaitable[None]]) -> None:
        super().__init__(iter(()), realtime=False)
        self._words = words
        self._after = after

    async def chunks(self) -> AsyncIterator[AudioChunk]:
        for number, samples in enumerate(self._words):
            silence = [np.zeros(round(ms * RATE_HZ / 1000), dtype=np.int16) for ms in (BEFORE_MS, AFTER_MS)]
            sound = np.concatenate([silence[0], samples, silence[1]])
            begin_ms = max(now_ms(), self._start_ms + self.position_ms)
            self._start_ms = begin_ms - self.position_ms
            for start in range(0, len(sound) - CHUNK_SAMPLES + 1, CHUNK_SAMPLES):
                start_ms = self._start_ms + self.position_ms
                self.position_ms += CHUNK_MS
                await asyncio.sleep(0)
                yield AudioChunk(samples=sound[start : start + CHUNK_SAMPLES], rate_hz=RATE_HZ, start_ms=start_ms)
            await self._after(number)


class _Collected(FileLoudspeaker):
    """Keeps what was played since it was last asked."""

    def taken(self) -> Samples:
        """int16 (n,) at `rate_hz`."""
        pieces, self._pieces = self._pieces, []
        return np.concatenate([piece for _, piece in pieces]) if pieces else np.zeros(0, dtype=np.int16)


def _cause(turns: Sequence[Exchanged], faults: Sequence[str]) -> str:
    """What went wrong first, as far as the record tells."""
    if not faults:
        return ""
    for turn in turns:
        if not turn.heard:
            return "not heard at all"
        if turn.faults and spell(turn.heard) != spell(turn.say):
            return "misheard"
        if turn.faults:
            return "voice" if turn.faults[0].startswith("not heard") else f"answer of the {turn.route}"
    misheard = any(spell(turn.heard) != spell(turn.say) for turn in turns)
    return "state after a misheard turn" if misheard else "state"
