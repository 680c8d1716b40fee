"""Holds the loudspeaker's breath at the first sign of a person, long before the daemon knows what it was. Pure.

ready --a sound--> holding --the daemon lowers or cuts--> in the end: ready again
  ^                   '--it does not: a false alarm--> resting, longer each time --'
  '---------------------------------------------------------'
"""

from __future__ import annotations

from dataclasses import dataclass

HOLD_MS, LONGEST_HOLD_MS = 220.0, 400.0
"""The detector of speech is 50 to 110 ms behind, and its answer has to come back. With one voice in twenty it needs
270 ms, so while the sound goes on there is more time."""
GOES_ON_MS = 100.0
"""How long it is held after a sound, within these limits."""
CALM_MS = 100.0
"""A new sound begins after so long without one."""
REST_MS = 500.0
"""After a sound that was no speech; twice as long after each further one, so that keys on a keyboard do not chop us."""
LONGEST_REST_MS = 8000.0


@dataclass(slots=True)
class Reflex:
    """One loudspeaker. `held` and `false_alarms` count for `health`."""

    held: int = 0
    false_alarms: int = 0
    _since_ms: float | None = None
    _until_ms: float = 0.0
    _sound_ms: float = float("-inf")
    _ready_ms: float = float("-inf")
    _rest_ms: float = REST_MS
    _obeyed: bool = False

    def feed(self, *, somebody: bool, at_ms: float) -> bool:
        """Whether the loudspeaker is to hold, after a block in which there was or was not somebody."""
        fresh = at_ms - self._sound_ms > CALM_MS
        if somebody:
            self._sound_ms = at_ms
        if self._since_ms is None:
            if somebody and fresh and at_ms >= self._ready_ms:
                self.held += 1
                self._since_ms, self._until_ms, self._obeyed = at_ms, at_ms + HOLD_MS, False
        elif at_ms >= self._until_ms:
            self._since_ms = None
            self._judge(at_ms)
        elif somebody:
            longest_ms = self._since_ms + LONGEST_HOLD_MS
            self._until_ms = min(max(self._until_ms, at_ms + GOES_ON_MS), longest_ms)
        return self._since_ms is not None

    def obeyed(self) -> None:
        """The daemon came to the same opinion."""
        self._obeyed = True

    def _judge(self, at_ms: float) -> None:
        if self._obeyed:
            self._rest_ms = REST_MS
            return
        self.false_alarms += 1
        self._ready_ms = at_ms + self._rest_ms
        self._rest_ms = min(2.0 * self._rest_ms, LONGEST_REST_MS)
