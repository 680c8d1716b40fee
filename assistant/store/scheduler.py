"""Rings timers when they are due: sleeps until the next one, and is not fooled by a clock that is set.

The wall clock decides, since due times must outlive a restart; a clock of elapsed time, which cannot be set, tells
when the wall clock jumped, and then the timers move with it: ten minutes stay ten minutes.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from assistant.skill import Timer
from assistant.store.timers import TimerStore

POLL_MS = 1000.0
"""The longest sleep: so soon a timer of another process, a set clock or a resume from suspend is seen."""

JUMP_MS = 2000.0
"""A wall clock that runs apart from elapsed time by more than this between two looks was set."""

MISSED_MS = 5000.0
"""A timer found later than this was due while the assistant was off."""

_log = logging.getLogger(__name__)


class Clock(Protocol):
    """Time for the scheduler."""

    def wall_ms(self) -> float:
        """Epoch ms, UTC; can be set by the user or the network."""
        ...

    def elapsed_ms(self) -> float:
        """Ms that only grow, also while the machine is suspended."""
        ...

    async def wait(self, event: asyncio.Event, at_most_ms: float) -> None:
        """Return when the event is set or the time is over."""
        ...


class SystemClock:
    """The clocks of the machine."""

    def wall_ms(self) -> float:
        return time.time() * 1000.0

    def elapsed_ms(self) -> float:
        clock = getattr(time, "CLOCK_BOOTTIME", None)
        return (time.monotonic() if clock is None else time.clock_gettime(clock)) * 1000.0

    async def wait(self, event: asyncio.Event, at_most_ms: float) -> None:
        try:
            async with asyncio.timeout(at_most_ms / 1000.0):
                await event.wait()
        except TimeoutError:
            pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """A timer to ring now. `missed` tells that it was due `late_s` ago, while the assistant was off or dead."""

    timer: Timer
    late_s: float
    missed: bool


def sleep_ms(now_ms: float, due_ms: float | None) -> float:
    """How long to sleep before the next look."""
    return POLL_MS if due_ms is None else min(POLL_MS, max(0.0, due_ms - now_ms))


def jump_ms(wall_before: float, wall_now: float, elapsed_before: float, elapsed_now: float) -> float:
    """By how much the wall clock was set between two looks; 0 for small drift."""
    jump = (wall_now - wall_before) - (elapsed_now - elapsed_before)
    return jump if abs(jump) > JUMP_MS else 0.0


class Scheduler:
    """Watches one store. `on_due` starts the ringing and returns soon; `store.stop_ringing()` ends it."""

    def __init__(self, store: TimerStore, clock: Clock | None = None) -> None:
        self._store = store
        self._clock = clock or SystemClock()
        self._changed = asyncio.Event()
        store.on_change(self._changed.set)

    async def run(self, on_due: Callable[[Ring], Awaitable[None]]) -> None:
        """Ring until cancelled. First those that another life of this process claimed and nobody heard, then the rest.

        Raises:
            StoreError: the store cannot be read or written any more.
        """
        wall, elapsed, newest = self._clock.wall_ms(), self._clock.elapsed_ms(), self._store.last_id()
        for timer in self._store.ringing():
            await on_due(self._ring(timer))
        while True:
            self._changed.clear()
            wall_before, wall = wall, self._clock.wall_ms()
            elapsed_before, elapsed = elapsed, self._clock.elapsed_ms()
            if jump := jump_ms(wall_before, wall, elapsed_before, elapsed):
                _log.warning("wall clock was set", extra={"by_ms": round(jump)})
                self._store.shift(jump, newest)
            for timer in self._store.claim_due(wall):
                await on_due(self._ring(timer))
            newest = self._store.last_id()
            await self._clock.wait(self._changed, sleep_ms(self._clock.wall_ms(), self._store.next_due_ms()))

    def _ring(self, timer: Timer) -> Ring:
        late_ms = self._clock.wall_ms() - timer.due.timestamp() * 1000.0
        return Ring(timer=timer, late_s=max(0.0, late_ms / 1000.0), missed=late_ms > MISSED_MS)
