"""Says a reply clause by clause while it is still being written, and knows what was really heard."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import numpy as np

from assistant.audio.io import Loudspeaker, PlayNote
from assistant.errors import EngineError
from assistant.events import EventBus, now_ms
from assistant.speak.normalize import normalize
from assistant.speak.sentences import ClauseSplitter
from assistant.speak.tts import Synthesizer
from assistant.types import AudioChunk, Turn

CLAUSES_AHEAD = 4
"""How many rendered clauses may wait for the loudspeaker: bounds memory and the work a barge-in throws away."""


@dataclass(slots=True, kw_only=True)
class _Segment:
    text: str
    length_ms: float = 0.0
    played_ms: float = 0.0
    complete: bool = False
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def heard(self) -> str:
        """The words that were played: all, or as many as the share of the time."""
        if self.complete or not self.length_ms:
            return self.text if self.complete else ""
        words = self.text.split()
        return " ".join(words[: round(len(words) * min(1.0, self.played_ms / self.length_ms))])


class Speaker:
    """One voice. `say` returns when all was played; cancelling it silences the loudspeaker at once."""

    def __init__(self, synthesizer: Synthesizer, loudspeaker: Loudspeaker, bus: EventBus) -> None:
        self.speaking = False
        self.recent = ""
        """Text of the last reply, for the guard against hearing oneself."""
        self._synthesizer = synthesizer
        self._loudspeaker = loudspeaker
        self._bus = bus
        self._numbers = itertools.count(1)
        self._segments: dict[int, _Segment] = {}
        self._on_first: Callable[[float], None] | None = None
        loudspeaker.on_note(self._noted)

    async def say(self, deltas: AsyncIterator[str], turn: Turn) -> None:
        """Speak the text as it comes; sound begins only after `turn.committed`. Sets `turn.heard`.

        Raises:
            EngineError: the voice failed twice; what was written is in `turn.reply`.
        """
        segments: list[_Segment] = []
        clauses: asyncio.Queue[str | None] = asyncio.Queue(maxsize=CLAUSES_AHEAD)
        self._on_first = lambda at_ms: self._first_audio(turn, at_ms)
        self.recent = ""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._write(deltas, clauses, turn))
                group.create_task(self._render(clauses, segments, turn))
            self.speaking = bool(segments)
            for segment in segments:
                await segment.done.wait()
        except BaseExceptionGroup as failed:
            await self._loudspeaker.cut()
            raise failed.exceptions[0] from None
        except asyncio.CancelledError:
            await asyncio.shield(self._loudspeaker.cut())
            raise
        finally:
            self.speaking = False
            self._on_first = None
            turn.heard = " ".join(filter(None, (segment.heard() for segment in segments)))
            self._segments.clear()
            if turn.heard or turn.committed.is_set():
                self._bus.emit("speech_done", turn.id, heard_words=len(turn.heard.split()))

    async def _write(self, deltas: AsyncIterator[str], clauses: asyncio.Queue[str | None], turn: Turn) -> None:
        splitter = ClauseSplitter()
        async for delta in deltas:
            turn.reply += delta
            turn.mark("first_text", now_ms())
            for clause in splitter.feed(delta):
                await clauses.put(clause)
        for clause in splitter.flush():
            await clauses.put(clause)
        await clauses.put(None)

    async def _render(self, clauses: asyncio.Queue[str | None], segments: list[_Segment], turn: Turn) -> None:
        while (clause := await clauses.get()) is not None:
            if spoken := normalize(clause):
                segment = _Segment(text=clause.strip())
                segments.append(segment)
                self.recent = f"{self.recent} {spoken}".strip()
                try:
                    await self._play(spoken, segment, turn)
                except EngineError:
                    if segment.length_ms:
                        raise
                    await self._play(spoken, segment, turn)  # the voice was restarted: once more from the start

    async def _play(self, text: str, segment: _Segment, turn: Turn) -> None:
        number = next(self._numbers)
        self._segments[number] = segment
        rate_hz = 0
        async with contextlib.aclosing(self._synthesizer.speak(text)) as chunks:  # type: ignore[type-var]
            async for chunk in chunks:
                turn.mark("first_sound_ready", now_ms())
                await turn.committed.wait()
                self.speaking = True
                rate_hz = chunk.rate_hz
                segment.length_ms += 1000.0 * len(chunk.samples) / rate_hz
                await self._loudspeaker.play(number, chunk, last=False)
        if rate_hz:
            end = AudioChunk(samples=np.zeros(0, dtype=np.int16), rate_hz=rate_hz, start_ms=0.0)
            await self._loudspeaker.play(number, end, last=True)
        else:
            segment.complete = True
            segment.done.set()

    def _noted(self, note: PlayNote) -> None:
        segment = self._segments.get(note.segment)
        if segment is None:
            return
        if note.kind == "started":
            if self._on_first is not None:
                self._on_first(note.at_ms)
                self._on_first = None
            return
        segment.played_ms = note.played_ms
        segment.complete = note.kind == "ended"
        segment.done.set()

    def _first_audio(self, turn: Turn, at_ms: float) -> None:
        turn.mark("first_audio", at_ms)
        self._bus.emit("first_audio", turn.id, at_ms=at_ms, after_speech_ms=turn.timings_ms["first_audio"])
