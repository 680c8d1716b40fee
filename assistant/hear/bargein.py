"""Does somebody speak over us? A pure state machine: probabilities and times in, events out.

quiet --speech--> onset (duck) --speech goes on--> confirmed (pause, listen)
  ^                    |
  '--- it was over ----'  false (raise again)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

BargeInEvent = Literal["onset", "confirmed", "false"]

ONSET_PROBABILITY = 0.5
OFFSET_PROBABILITY = 0.35
CONFIRM_MS = 60.0
"""Speech that lasts this long is listened to: with detection and cut, the loudspeaker is silent before 200 ms."""
WARY_MS = 240.0
"""... after it was nothing: whatever made that sound may make it again."""
MAX_FALSE = 3
"""After so many false interruptions an answer is finished; the wake word still ends it."""
GAP_MS = 120.0
"""Silence that a burst may hold before it counts as over."""


@dataclass(slots=True)
class BargeIn:
    """One answer. `started_ms` is the onset of the burst, `past` its (probability, end in ms) so far."""

    false_alarms: int = 0
    started_ms: float = 0.0
    past: list[tuple[float, float]] = field(default_factory=list)
    _speech_ms: float = 0.0
    _last_ms: float = 0.0

    def feed(self, probability: float, end_ms: float, chunk_ms: float = 20.0) -> BargeInEvent | None:
        """Take the speech probability of a chunk that ends at `end_ms`."""
        if not self.past:
            if probability < ONSET_PROBABILITY or self.false_alarms >= MAX_FALSE:
                return None
            self.started_ms = end_ms - chunk_ms
            self._speech_ms, self._last_ms = chunk_ms, end_ms
            self.past.append((probability, end_ms))
            return "onset"
        self.past.append((probability, end_ms))
        if probability >= OFFSET_PROBABILITY:
            self._speech_ms, self._last_ms = self._speech_ms + chunk_ms, end_ms
            if self._speech_ms >= (WARY_MS if self.false_alarms else CONFIRM_MS):
                return "confirmed"
        elif end_ms - self._last_ms >= GAP_MS:
            self.past.clear()
            return "false"
        return None

    def again(self, *, for_ever: bool = False) -> None:
        """The burst was nothing: go on watching, more warily; a ringing that only a person ends is watched for ever."""
        self.false_alarms = min(self.false_alarms + 1, MAX_FALSE - 1 if for_ever else MAX_FALSE)
        self.past.clear()
