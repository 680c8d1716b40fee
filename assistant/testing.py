"""Fakes with scripted time, for our own tests and for skill authors: no sleeping, no sound, no models."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence

import numpy as np

from assistant.audio.io import NoteHandler, PlayNote
from assistant.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Detection, Samples, ToolCall, Transcript

CHUNK_MS = 1000.0 * CHUNK_SAMPLES / RATE_HZ

SPEECH, MURMUR, WAKE, SILENCE = 1000, 100, 2000, 0
"""Sample values that the fake ears take for speech, for the end of a wake word, and for nothing."""


class ScriptedMicrophone:
    """Plays (sample value, milliseconds) pairs as fast as the loop takes them; after each pair other tasks may run.

    A pair may also be an asyncio.Event to wait for, which is how a test waits for an answer.
    """

    def __init__(self, script: Sequence[tuple[int, int] | asyncio.Event]) -> None:
        self.now_ms = 0.0
        self.ended = asyncio.Event()
        self._script = script

    async def chunks(self) -> AsyncIterator[AudioChunk]:
        for step in self._script:
            if isinstance(step, asyncio.Event):
                await step.wait()
                continue
            value, length_ms = step
            for _ in range(int(length_ms / CHUNK_MS)):
                samples = np.full(CHUNK_SAMPLES, value, dtype=np.int16)
                chunk = AudioChunk(samples=samples, rate_hz=RATE_HZ, start_ms=self.now_ms)
                self.now_ms += CHUNK_MS
                yield chunk
            await settle()
        self.ended.set()


async def settle(rounds: int = 50) -> None:
    """Let every task that can go on go on."""
    for _ in range(rounds):
        await asyncio.sleep(0)


class ScriptedWake:
    """Fires on the first chunk of the value WAKE."""

    def __init__(self) -> None:
        self._before = 0

    def feed(self, chunk: AudioChunk) -> Detection | None:
        value, before = int(chunk.samples[0]), self._before
        self._before = value
        return Detection(word="okay_nabu", score=0.9, at_ms=chunk.end_ms) if value == WAKE != before else None

    def reset(self) -> None:
        self._before = 0


class ScriptedSpeech:
    """Speech wherever the sample value is SPEECH."""

    def feed(self, chunk: AudioChunk) -> float:
        return 1.0 if chunk.samples[0] in (SPEECH, MURMUR) else 0.0

    def reset(self) -> None:
        """It has no state."""


class ScriptedRecognizer:
    """Gives the texts in order, the last one for ever; keeps what it was given to hear.

    `readings` are what it hears when asked again; `hints` keeps what it was told to expect.
    """

    def __init__(self, *texts: str, readings: Sequence[str] = ()) -> None:
        self.heard: list[Samples] = []
        self.hints: list[str] = []
        self._readings = readings
        self._texts = list(texts)

    async def transcribe(self, samples: Samples, *, prompt: str = "", begins: str = "") -> Transcript:
        self.heard.append(samples)
        await asyncio.sleep(0)
        return Transcript(text=self._texts.pop(0) if len(self._texts) > 1 else self._texts[0])

    async def again(self, samples: Samples, *, hint: str) -> tuple[Transcript, ...]:
        self.hints.append(hint)
        await asyncio.sleep(0)
        return tuple(Transcript(text=text) for text in self._readings)


class ScriptedVoice:
    """A voice of one sample value a character, 10 ms each; keeps what it said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    async def speak(self, text: str, *, cacheable: bool = False) -> AsyncGenerator[AudioChunk, None]:
        self.said.append(text)
        await asyncio.sleep(0)
        yield AudioChunk(samples=np.full(160 * len(text), 1, dtype=np.int16), rate_hz=RATE_HZ, start_ms=0.0)


class ScriptedLoudspeaker:
    """Plays in no time, or, when `hold` is set, starts and waits for `finish` or a cut."""

    def __init__(self, *, hold: bool = False) -> None:
        self.played: list[int] = []
        self.cuts = 0
        self.at_ms = 0.0
        """The time that the notes tell."""
        self.started = asyncio.Event()
        self._hold = hold
        self._open: list[int] = []
        self._handlers: list[NoteHandler] = []

    def on_note(self, handler: NoteHandler) -> None:
        self._handlers.append(handler)

    async def play(self, segment: int, chunk: AudioChunk, *, last: bool) -> None:
        if segment not in self._open:
            self._open.append(segment)
            self.played.append(segment)
            self._tell("started", segment, 0.0)
            self.started.set()
        if last and not self._hold:
            self._open.remove(segment)
            self._tell("ended", segment, 1000.0)

    def finish(self, segment: int) -> None:
        """A segment that is held was played to its end."""
        self._open.remove(segment)
        self._tell("ended", segment, 1000.0)

    async def cut(self) -> None:
        self.cuts += 1
        while self._open:
            self._tell("cut", self._open.pop(0), 0.0)

    async def set_gain(self, gain: float) -> None:
        """Ducking is not heard here."""

    def _tell(self, kind: str, segment: int, played_ms: float) -> None:
        note = PlayNote(kind=kind, segment=segment, played_ms=played_ms, at_ms=self.at_ms)  # type: ignore[arg-type]
        for handler in self._handlers:
            handler(note)


class ScriptedClock:
    """`assistant.store.clocks.Clock` that stands still unless it is moved, or waited on: waiting takes no time.

    `script` holds (elapsed ms, act) pairs in order; waiting runs what it reaches, and after the last ends the test.
    """

    def __init__(self, wall_ms: float = 1_800_000_000_000.0) -> None:
        self.wall = wall_ms
        self.boot = 0.0
        self.life = 1
        self.elapsed = 0.0
        self.waits: list[float] = []
        self.script: list[tuple[float, Callable[[], object]]] = []

    def wall_ms(self) -> float:
        return self.wall

    def boot_ms(self) -> float:
        return self.boot

    def boot_id(self) -> str:
        return f"life {self.life}"

    def pass_ms(self, ms: float) -> None:
        """Let time go by, also in suspend."""
        self.wall += ms
        self.boot += ms
        self.elapsed += ms

    def set_wall(self, by_ms: float) -> None:
        """The user, or the network, sets the wall clock."""
        self.wall += by_ms

    def reboot(self, off_ms: float = 0.0) -> None:
        """Another life of the machine begins, so long after the last."""
        self.pass_ms(off_ms)
        self.life += 1
        self.boot = 0.0

    async def wait(self, event: asyncio.Event, at_most_ms: float) -> None:
        self.waits.append(at_most_ms)
        if event.is_set():
            return
        if not self.script:
            raise asyncio.CancelledError
        when_ms, act = self.script[0]
        if when_ms > self.elapsed + at_most_ms:
            self.pass_ms(at_most_ms)
            return
        self.script.pop(0)
        self.pass_ms(max(0.0, when_ms - self.elapsed))
        act()


class ScriptedCaller:
    """Proposes the calls that are written down for a text; `rests` counts how often it was let rest."""

    def __init__(self, proposals: Mapping[str, tuple[ToolCall, ...]]) -> None:
        self._proposals = proposals
        self.rests = 0

    async def prepare(self, tools: object) -> None:
        """Nothing to warm."""

    async def call(self, text: str) -> tuple[ToolCall, ...]:
        return self._proposals.get(text, ())

    async def rest(self) -> None:
        self.rests += 1
