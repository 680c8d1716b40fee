"""Says a reply clause by clause while it is still being written, and knows what was really heard."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator

import numpy as np

from assistant.audio.io import Loudspeaker, PlayNote
from assistant.audio.tones import tick
from assistant.budget import Budget
from assistant.errors import EngineError
from assistant.events import EventBus, now_ms
from assistant.language import is_korean
from assistant.speak.filler import Waits
from assistant.speak.normalize import normalize
from assistant.speak.saying import Saying, Segment
from assistant.speak.sentences import ClauseSplitter
from assistant.speak.tts import Synthesizer
from assistant.types import RATE_HZ, AudioChunk, Turn

CLAUSES_AHEAD = 4
"""How many rendered clauses may wait for the loudspeaker: bounds memory and the work a barge-in throws away."""


DUCKED = 0.003
"""Loudness of an answer while it is not yet certain that somebody speaks: our voice peaks near full scale, and at
-40 dB its vowels were still heard (and measured) until the pause."""


class Speaker:
    """One voice. `say` returns when all was played; cancelling it silences the loudspeaker at once.

    Several replies may be prepared at once, only that of a committed turn is heard.
    """

    def __init__(
        self,
        synthesizer: Synthesizer,
        loudspeaker: Loudspeaker,
        bus: EventBus,
        *,
        volume: float = 1.0,
        budget: Budget | None = None,
    ) -> None:
        self.recent = ""
        """Text of the last reply as it was sent to the voice, for the guard against hearing oneself."""
        self.quiet_since_ms = float("-inf")
        """When our last sound ended, on the monotonic clock."""
        self._synthesizer = synthesizer
        self._loudspeaker = loudspeaker
        self._bus = bus
        self._numbers = itertools.count(1)
        self._segments: dict[int, Segment] = {}
        self._current: Saying | None = None
        self._volume = volume
        self._waits = Waits()
        self._budget = budget or Budget()
        self._pauses = 0
        self._free = asyncio.Event()
        self._free.set()
        loudspeaker.on_note(self._noted)

    @property
    def speaking(self) -> bool:
        """Something sounds, or would if it were not paused."""
        return self._current is not None and (self._current.sounding or self.paused)

    @property
    def paused(self) -> bool:
        return not self._free.is_set()

    async def duck(self, *, down: bool) -> None:
        """Lower or raise the answer that sounds."""
        await self._loudspeaker.set_gain(self._volume * (DUCKED if down else 1.0))

    async def pause(self) -> None:
        """Silence what sounds and let nothing begin, until `resume` or `free`."""
        self._pauses += 1
        self._free.clear()
        await self._loudspeaker.cut()

    async def free(self) -> None:
        """The paused answer was cancelled: the next one may sound."""
        self._free.set()
        await self._loudspeaker.set_gain(self._volume)

    async def resume(self) -> None:
        """Go on with a paused answer, from the start of the sentence that was broken off."""
        pauses = self._pauses
        await self._loudspeaker.set_gain(self._volume)
        self._segments.clear()
        for segment in self._current.open_again() if self._current is not None else ():
            segment.number = self._number(segment)
            for chunk in segment.chunks:
                await self._loudspeaker.play(segment.number, chunk, last=False)
                if pauses != self._pauses:  # interrupted again already
                    return
            if segment.closed:
                await self._close(segment)
        self._free.set()

    async def say(self, deltas: AsyncIterator[str], turn: Turn) -> None:
        """Speak the text as it comes; sound begins only after `turn.committed`. Sets `turn.heard`.

        Raises:
            EngineError: the voice failed twice; what was written is in `turn.reply`.
        """
        saying = Saying(turn)
        clauses: asyncio.Queue[str | None] = asyncio.Queue(maxsize=CLAUSES_AHEAD)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._write(deltas, clauses, turn))
                group.create_task(self._render(clauses, saying))
                group.create_task(self._fill(saying))
            for segment in saying.segments:
                await self._played(segment)
        except BaseExceptionGroup as failed:
            await self._silence(saying)
            raise failed.exceptions[0] from None
        except asyncio.CancelledError:
            await asyncio.shield(self._silence(saying))
            raise
        finally:
            turn.heard = saying.heard()
            if self._current is saying:
                self._current = None
                self._segments.clear()
            if turn.heard or turn.committed.is_set():
                self._bus.emit(
                    "speech_done",
                    turn.id,
                    heard_words=len(turn.heard.split()),
                    text=turn.heard,
                    timings_ms=dict(turn.timings_ms),
                )

    async def _played(self, segment: Segment) -> None:
        """A pause ends what is played without ending the segment."""
        while not segment.done.is_set() or self.paused:
            await self._free.wait()
            await segment.done.wait()

    async def _silence(self, saying: Saying) -> None:
        """Never another answer than this one: that may already sound."""
        if self._current is saying:
            await self._loudspeaker.cut()

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

    async def _render(self, clauses: asyncio.Queue[str | None], saying: Saying) -> None:
        while (clause := await clauses.get()) is not None:
            if spoken := normalize(clause):
                segment = Segment(text=clause.strip())
                try:
                    await self._play(spoken, segment, saying)
                except EngineError:
                    if segment.chunks:
                        raise
                    await self._play(spoken, segment, saying)  # the voice was restarted: once more from the start
        saying.begun.set()

    async def _fill(self, saying: Saying) -> None:
        """Say that we are at it, once, when the answer lets the person wait."""
        turn = saying.turn
        await turn.committed.wait()
        after_s = self._waits.fill_after_s(turn.decision.route) if turn.decision else None
        if after_s is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(after_s):
                await saying.begun.wait()
        if not saying.begun.is_set():
            words = self._waits.deserves_words(turn.decision.route) if turn.decision else True
            text = self._waits.next_filler(korean=is_korean(turn.text)) if words else ""
            with contextlib.suppress(EngineError):  # nothing is lost without it, and the answer meets the same trouble
                await self._play(text, Segment(text=""), saying, filler=True)

    async def _play(self, text: str, segment: Segment, saying: Saying, *, filler: bool = False) -> None:
        """A clause, or a filler: a phrase, or without words a tick."""
        sounds = self._synthesizer.speak(text, cacheable=filler) if text else _ticking()
        async with (
            contextlib.AsyncExitStack() as line,
            contextlib.AsyncExitStack() as cores,
            contextlib.aclosing(sounds) as chunks,  # type: ignore[type-var]
        ):
            if not saying.begun.is_set():
                cores.enter_context(self._budget.urgent())
            async for chunk in chunks:
                if not segment.chunks:
                    await cores.aclose()
                    if not filler:
                        saying.turn.mark("first_sound_ready", now_ms())
                        saying.begun.set()
                    await line.enter_async_context(saying.line)
                    if filler and saying.begun.is_set():
                        return
                    saying.segments.append(segment)
                await self._may_sound(saying)
                segment.add(chunk)
                if segment.number is None:
                    self.recent = f"{self.recent} {text}".strip()
                    segment.number = self._number(segment)
                await self._loudspeaker.play(segment.number, chunk, last=False)
            segment.closed = True
            if segment.number is None:  # there was nothing to say in it
                segment.complete = True
                segment.done.set()
                saying.segments.append(segment)
            elif not self.paused:  # else it is closed when it goes on
                await self._close(segment)

    async def _may_sound(self, saying: Saying) -> None:
        """Wait for the end of the turn, for the floor, and while it is paused."""
        await saying.turn.committed.wait()
        if self._current is not saying:
            self._current, self.recent = saying, ""
            await self._loudspeaker.set_gain(self._volume)
        await self._free.wait()

    def _number(self, segment: Segment) -> int:
        number = next(self._numbers)
        self._segments[number] = segment
        return number

    async def _close(self, segment: Segment) -> None:
        assert segment.number is not None
        end = AudioChunk(samples=np.zeros(0, dtype=np.int16), rate_hz=segment.chunks[0].rate_hz, start_ms=0.0)
        await self._loudspeaker.play(segment.number, end, last=True)

    def _learn_wait(self, turn: Turn) -> None:
        at_ms = turn.timings_ms
        if turn.decision is not None and "end_decided" in at_ms and "first_sound_ready" in at_ms:
            wait_ms = at_ms["first_sound_ready"] - at_ms["end_decided"]
            self._waits.note(turn.decision.route, wait_ms / 1000.0)

    def _noted(self, note: PlayNote) -> None:
        segment = self._segments.get(note.segment)
        if segment is None or self._current is None:
            return
        if note.kind == "started":
            turn = self._current.turn
            if not segment.text:
                turn.mark("filler", note.at_ms)
            elif "first_audio" not in turn.timings_ms:
                turn.mark("first_audio", note.at_ms)
                self._learn_wait(turn)
                self._bus.emit("first_audio", turn.id, at_ms=note.at_ms, after_speech_ms=turn.timings_ms["first_audio"])
            return
        self.quiet_since_ms = note.at_ms
        # A clause that is said again after a pause was heard already, wherever its repetition is cut.
        segment.played_ms = max(segment.played_ms, note.played_ms)
        segment.complete = segment.complete or note.kind == "ended"
        segment.done.set()


async def _ticking() -> AsyncIterator[AudioChunk]:
    yield AudioChunk(samples=tick(RATE_HZ), rate_hz=RATE_HZ, start_ms=0.0)
