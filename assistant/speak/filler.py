"""When does a wait deserve a word? Learns how long each route lets people wait, and says when to fill it. Pure."""

from __future__ import annotations

import statistics
from collections import deque

from assistant.korean.told import in_korean
from assistant.types import Route

FILLERS = ("Let me think.", "One moment.", "Let me see.")
"""Set phrases that promise nothing; they are kept rendered, so they sound at once."""
FAST_ROUTES = frozenset[Route]({"grammar", "none"})
"""What answers at once is never announced."""
LONG_WAIT_S = 0.9
"""People leave 0.2 s between turns; from about a second on silence is taken for trouble."""
PHRASE_WAIT_S = 1.5
"""A phrase lasts 0.8 s from `EXPECTED_AFTER_S` on and then holds back an answer that is ready; only a wait that is
longer by some margin deserves it, a shorter one a sound of 0.1 s."""
EXPECTED_AFTER_S = 0.2
"""A wait that is known to be long is filled when it has begun: not so soon that it sounds like the answer."""
SURPRISED_AFTER_S = 1.5
"""A wait that ought to have been short is filled when it has become this long."""
REMEMBERED, ENOUGH = 5, 3
"""Waits that the prediction, their median, rests on: at most and at least; one slow answer changes nothing."""


class Waits:
    """Seconds from the decided end of a turn to the first sound that is ready, by route."""

    def __init__(self) -> None:
        self._waits_s: dict[Route, deque[float]] = {}
        self._said = 0

    def note(self, route: Route, wait_s: float) -> None:
        """Learn from an answer; one that was ready before the end of the turn counts as no wait."""
        self._waits_s.setdefault(route, deque(maxlen=REMEMBERED)).append(max(0.0, wait_s))

    def predicted_s(self, route: Route) -> float:
        """Zero while too little is known."""
        known = self._waits_s.get(route, ())
        return statistics.median(known) if len(known) >= ENOUGH else 0.0

    def fill_after_s(self, route: Route) -> float | None:
        """How long to be silent after the end of the turn before a filler; none: never."""
        if route in FAST_ROUTES:
            return None
        return EXPECTED_AFTER_S if self.predicted_s(route) > LONG_WAIT_S else SURPRISED_AFTER_S

    def deserves_words(self, route: Route) -> bool:
        """Is a phrase over before the answer is ready? Otherwise a short sound has to do.

        Of a wait that surprises nothing is known but that it is long.
        """
        return not LONG_WAIT_S < self.predicted_s(route) <= PHRASE_WAIT_S

    def next_filler(self, *, korean: bool = False) -> str:
        """Another phrase each time."""
        self._said += 1
        filler = FILLERS[(self._said - 1) % len(FILLERS)]
        return in_korean(filler) if korean else filler
