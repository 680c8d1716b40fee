"""Rings what is due: sleeps until the next promise, and is not fooled by a clock that is set."""

from __future__ import annotations

import logging
from asyncio import Event
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from assistant.errors import AssistantError
from assistant.skill import Promise
from assistant.store.commitments import Claim, CommitmentStore

POLL_MS = 1000.0
"""The longest sleep: so soon a promise of another process, a set clock or a resume from suspend is seen."""

JUMP_MS = 2000.0
"""A wall clock that runs apart from elapsed time by more than this between two looks was set."""

LATE_MS = 5000.0
"""What is found later than this was due while the assistant was off, or the machine asleep."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """A promise to ring now, which was due `late_s` ago.

    `late`: that was while the assistant was off or dead; `missed`: it is too late to ring, so it is only to be told;
    `again`: it has rung before, in another life of this process, so nothing but the sound may follow from it.
    """

    promise: Promise
    late_s: float
    late: bool = False
    missed: bool = False
    again: bool = False


def sleep_ms(left_ms: float | None) -> float:
    """How long to sleep before the next look."""
    return POLL_MS if left_ms is None else min(POLL_MS, max(0.0, left_ms))


def jump_ms(wall_before: float, wall_now: float, boot_before: float, boot_now: float) -> float:
    """By how much the wall clock was set between two looks; 0 for small drift."""
    jump = (wall_now - wall_before) - (boot_now - boot_before)
    return jump if abs(jump) > JUMP_MS else 0.0


class Scheduler:
    """Watches one store. `on_due` starts the ringing and returns soon; `store.stop_ringing()` ends it.

    `on_clock(False)` is called when promises wait because the wall clock was never set, `on_clock(True)` when it is.
    """

    def __init__(self, store: CommitmentStore, on_clock: Callable[[bool], None] = lambda goes: None) -> None:
        self._store = store
        self._clock = store.clock
        self._on_clock = on_clock
        self._waits_for_clock = False
        self._changed = Event()
        store.on_change(self._changed.set)

    async def run(self, on_due: Callable[[Ring], Awaitable[None]]) -> None:
        """Ring until cancelled. First what another life of this process claimed and nobody heard, then the rest.

        Raises:
            StoreError: the store cannot be read or written any more.
        """
        self._store.clock_was_set()  # perhaps it was, while nobody looked
        wall, boot = self._clock.wall_ms(), self._clock.boot_ms()
        for claim in self._store.take_up():
            await self._ring(claim, on_due)
        while True:
            self._changed.clear()
            wall_before, wall = wall, self._clock.wall_ms()
            boot_before, boot = boot, self._clock.boot_ms()
            if jump := jump_ms(wall_before, wall, boot_before, boot):
                _log.warning("wall clock was set", extra={"by_ms": round(jump)})
                self._store.clock_was_set()
            for claim in self._store.claim_due():
                await self._ring(claim, on_due)
            self._watch_clock()
            self._back_up()
            await self._clock.wait(self._changed, sleep_ms(self._store.wait_ms()))

    async def _ring(self, claim: Claim, on_due: Callable[[Ring], Awaitable[None]]) -> None:
        first = self._store.begin(claim.occurrence)
        if claim.missed and not first:
            return  # told once is enough; "what did I miss?" tells it again
        late = claim.late_s * 1000.0 > LATE_MS
        await on_due(Ring(promise=claim.promise, late_s=claim.late_s, late=late, missed=claim.missed, again=not first))

    def _watch_clock(self) -> None:
        waits = self._store.waits_for_clock()
        if waits != self._waits_for_clock:
            self._waits_for_clock = waits
            self._on_clock(not waits)

    def _back_up(self) -> None:
        try:
            self._store.back_up()
        except AssistantError as error:  # a full disk: the promises themselves are safe, and go on
            _log.warning("no copy of the promises", extra={"reason": str(error)})
