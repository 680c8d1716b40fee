"""A file as microphone and a file as loudspeaker: the same loop without a sound card.

In real time the file is heard at the pace of a room and can be interrupted. Otherwise it is heard as fast as the loop
can, answers take no time, and each answer is written at the moment of the file at which it was given.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import numpy as np

from assistant.audio.io import NoteHandler, PlayNote
from assistant.events import now_ms
from assistant.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples

CHUNK_MS = 1000.0 * CHUNK_SAMPLES / RATE_HZ
TAIL_MS = 1500.0
"""Silence after the end of the file, so that the last words find their end."""


class FileMicrophone:
    """Plays an iterator of int16 (n,) 16 kHz blocks into the loop, then a little silence."""

    def __init__(self, blocks: Iterator[Samples], *, realtime: bool) -> None:
        self.position_ms = 0.0
        self._blocks = blocks
        self._realtime = realtime
        self._start_ms = now_ms()

    async def chunks(self) -> AsyncIterator[AudioChunk]:
        for block in self._padded():
            start_ms = self._start_ms + self.position_ms
            self.position_ms += CHUNK_MS
            delay_ms = start_ms + CHUNK_MS - now_ms() if self._realtime else 0.0
            await asyncio.sleep(max(0.0, delay_ms / 1000))
            yield AudioChunk(samples=block, rate_hz=RATE_HZ, start_ms=start_ms)

    def _padded(self) -> Iterator[Samples]:
        silence = np.zeros(CHUNK_SAMPLES, dtype=np.int16)
        for block in self._blocks:
            yield block if len(block) == CHUNK_SAMPLES else np.concatenate([block, silence[len(block) :]])
        for _ in range(int(TAIL_MS / CHUNK_MS)):
            yield silence


class FileLoudspeaker:
    """Collects what was played on the time line of the microphone, at `rate_hz` (that of the first chunk)."""

    def __init__(self, microphone: FileMicrophone, *, realtime: bool) -> None:
        self.rate_hz = 0
        self._microphone = microphone
        self._realtime = realtime
        self._handlers: list[NoteHandler] = []
        self._pieces: list[tuple[int, Samples]] = []
        self._free_ms = 0.0
        self._started: dict[int, float] = {}
        self._timers: dict[int, list[asyncio.TimerHandle]] = {}

    def on_note(self, handler: NoteHandler) -> None:
        self._handlers.append(handler)

    async def play(self, segment: int, chunk: AudioChunk, *, last: bool) -> None:
        self.rate_hz = self.rate_hz or chunk.rate_hz
        now = self._microphone.position_ms
        begin_ms = max(now, self._free_ms)
        length_ms = 1000.0 * len(chunk.samples) / chunk.rate_hz
        if len(chunk.samples):
            self._pieces.append((round(begin_ms * self.rate_hz / 1000), chunk.samples))
            self._free_ms = begin_ms + length_ms
        if segment not in self._started:
            self._started[segment] = begin_ms
            self._later(begin_ms - now, segment, "started", 0.0)
        if last:
            self._later(self._free_ms - now, segment, "ended", self._free_ms - self._started[segment])

    async def cut(self) -> None:
        now = self._microphone.position_ms
        end = round(now * self.rate_hz / 1000)
        self._pieces = [(at, piece[: max(0, end - at)]) for at, piece in self._pieces]
        self._free_ms = now
        for segment in list(self._timers):
            for timer in self._timers.pop(segment):
                timer.cancel()
            self._tell("cut", segment, max(0.0, now - self._started[segment]))

    async def set_gain(self, gain: float) -> None:
        """A file needs no ducking: nothing hears it while it plays."""

    def recording(self) -> Samples:
        """All that was played, int16 (n,) at `rate_hz`, from the start of the microphone's file."""
        end = max((at + len(piece) for at, piece in self._pieces), default=0)
        mixed = np.zeros(end, dtype=np.int16)  # hours of silence cost no memory: only what is written to is there
        for at, piece in self._pieces:
            place = mixed[at : at + len(piece)]
            place[:] = np.clip(place.astype(np.int32) + piece, -32768, 32767)
        return mixed

    def _later(self, delay_ms: float, segment: int, kind: str, played_ms: float) -> None:
        if not self._realtime:
            self._tell(kind, segment, played_ms)
            return
        loop = asyncio.get_running_loop()
        timer = loop.call_later(max(0.0, delay_ms / 1000), self._due, kind, segment, played_ms)
        self._timers.setdefault(segment, []).append(timer)

    def _due(self, kind: str, segment: int, played_ms: float) -> None:
        if kind == "ended":
            self._timers.pop(segment, None)
        self._tell(kind, segment, played_ms)

    def _tell(self, kind: str, segment: int, played_ms: float) -> None:
        note = PlayNote(kind=kind, segment=segment, played_ms=played_ms, at_ms=now_ms())  # type: ignore[arg-type]
        for handler in self._handlers:
            handler(note)
