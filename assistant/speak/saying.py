"""One answer on its way to the loudspeaker: its clauses, how far they were heard, and where to go on after a pause."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from assistant.types import AudioChunk, Turn

SENTENCE_ENDS = (".", "!", "?", ":")
REPEATED_MS = 4000.0
"""At most so much is said again when an answer goes on: the rest of the sentence that was broken off."""


@dataclass(slots=True, kw_only=True, eq=False)
class Segment:
    """One clause with its sound, which is kept until the reply is over; `number` is its last one on the loudspeaker.

    A filler says something, but nothing of the answer: its text is empty.
    """

    text: str
    number: int | None = None
    chunks: list[AudioChunk] = field(default_factory=list)
    closed: bool = False
    length_ms: float = 0.0
    played_ms: float = 0.0
    complete: bool = False
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, chunk: AudioChunk) -> None:
        self.chunks.append(chunk)
        self.length_ms += 1000.0 * len(chunk.samples) / chunk.rate_hz

    def heard(self) -> str:
        """The words that were played: all, or as many as the share of the time."""
        if self.complete or not self.length_ms:
            return self.text if self.complete else ""
        words = self.text.split()
        return " ".join(words[: round(len(words) * min(1.0, self.played_ms / self.length_ms))])


class Saying:
    """The segments of one reply in order."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self.segments: list[Segment] = []
        self.begun = asyncio.Event()
        """The answer has its first sound, or is over without any: a filler would come too late."""
        self.line = asyncio.Lock()
        """Held by whoever hands a segment to the loudspeaker."""

    @property
    def sounding(self) -> bool:
        """Something of it was handed over and not all of that was played yet."""
        return any(segment.chunks and not segment.done.is_set() for segment in self.segments)

    def heard(self) -> str:
        return " ".join(filter(None, (segment.heard() for segment in self.segments)))

    def open_again(self) -> list[Segment]:
        """What to play to go on: from the start of the sentence that was broken off, where that is not long ago."""
        broken = next((at for at, segment in enumerate(self.segments) if not segment.complete), None)
        if broken is None:
            return []
        start, repeated_ms = broken, 0.0
        while start > 0 and not self.segments[start - 1].text.rstrip().endswith(SENTENCE_ENDS):
            repeated_ms += self.segments[start - 1].length_ms
            if repeated_ms > REPEATED_MS:
                break
            start -= 1
        again = [segment for segment in self.segments[start:] if segment.chunks]
        for segment in again:
            segment.done.clear()
        return again
