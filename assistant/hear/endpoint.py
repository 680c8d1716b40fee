"""When has a person finished speaking? A pure state machine: probabilities and times in, events out.

waiting --speech--> speaking --short silence: paused--> pausing --needed silence: ended--> done
   |                    ^                                  |
   | no speech for long `------- speech again: resumed ----'
   `--> done (no_speech)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assistant.types import Completeness

EndpointEvent = Literal["speech_started", "paused", "resumed", "ended", "no_speech", "limit"]

ONSET_PROBABILITY = 0.5
OFFSET_PROBABILITY = 0.35
ONSET_MS = 60.0
"""Speech must last this long to count: three chunks; a click or a clap does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSettings:
    """All in ms. `pause_ms` starts the speculative work, the rest end the turn."""

    pause_ms: float = 120.0
    complete_ms: float = 260.0
    unknown_ms: float = 600.0
    prefix_ms: float = 1000.0
    no_speech_ms: float = 5000.0
    limit_ms: float = 30_000.0


class Endpointer:
    """One utterance. `start_ms` is the moment from which speech counts (after the wake word)."""

    def __init__(self, settings: EndpointSettings, start_ms: float) -> None:
        self.last_speech_ms = start_ms
        self.spoken = False
        self.ended_by_hint: Completeness = "unknown"
        self._settings = settings
        self._start_ms = start_ms
        self._onset_ms = 0.0
        self._pausing = False
        self._completeness: Completeness = "unknown"
        self._done = False

    def hint(self, completeness: Completeness) -> None:
        """What the running transcript looks like; `empty` means that it was no speech at all."""
        if completeness == "empty":
            self.spoken = self._pausing = False
            self._onset_ms = 0.0
        else:
            self._completeness = completeness

    def feed(self, probability: float, end_ms: float, chunk_ms: float = 20.0) -> EndpointEvent | None:
        """Take the speech probability of one chunk that ends at `end_ms`; at most one event a chunk."""
        if self._done or end_ms <= self._start_ms:
            return None
        threshold = OFFSET_PROBABILITY if self.spoken and not self._pausing else ONSET_PROBABILITY
        speech = probability >= threshold
        event = self._speech(end_ms, chunk_ms) if speech else self._silence(end_ms)
        if event is None and end_ms - self._start_ms >= self._settings.limit_ms:
            event = "limit"
        self._done = event in ("ended", "no_speech", "limit")
        return event

    def _speech(self, end_ms: float, chunk_ms: float) -> EndpointEvent | None:
        self._onset_ms += chunk_ms
        if self.spoken and not self._pausing:
            self.last_speech_ms = end_ms
            return None
        if self._onset_ms < ONSET_MS:
            return None
        self.last_speech_ms = end_ms
        resumed = self._pausing
        self.spoken, self._pausing, self._completeness = True, False, "unknown"
        return "resumed" if resumed else "speech_started"

    def _silence(self, end_ms: float) -> EndpointEvent | None:
        if not self.spoken:
            self._onset_ms = 0.0
            return "no_speech" if end_ms - self._start_ms >= self._settings.no_speech_ms else None
        if self._pausing:
            self._onset_ms = 0.0
        silent_ms = end_ms - self.last_speech_ms
        if not self._pausing and silent_ms >= self._settings.pause_ms:
            self._pausing, self._onset_ms = True, 0.0
            return "paused"
        if self._pausing and silent_ms >= self._needed_ms():
            self.ended_by_hint = self._completeness
            return "ended"
        return None

    def _needed_ms(self) -> float:
        settings = self._settings
        needed = {"complete": settings.complete_ms, "prefix": settings.prefix_ms}
        return needed.get(self._completeness, settings.unknown_ms)
