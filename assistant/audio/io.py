"""The ports of the loop to sound: a microphone to listen to and a loudspeaker to play on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from assistant.types import AudioChunk


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayNote:
    """What became of a segment: `started` (at its first audible sample), `ended`, or `cut` after `played_ms`."""

    kind: Literal["started", "ended", "cut"]
    segment: int
    played_ms: float
    at_ms: float


NoteHandler = Callable[[PlayNote], None]


class Microphone(Protocol):
    def chunks(self) -> AsyncIterator[AudioChunk]:
        """20 ms chunks at 16 kHz until there are no more."""
        ...


class Loudspeaker(Protocol):
    """Segments are numbered by the caller, upwards; each ends with `last`. Notes come back through `on_note`."""

    def on_note(self, handler: NoteHandler) -> None: ...
    async def play(self, segment: int, chunk: AudioChunk, *, last: bool) -> None: ...
    async def cut(self) -> None: ...
    async def set_gain(self, gain: float) -> None: ...
