"""The timers among the promises, as the timer skill and the command line use them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from assistant.skill import Promise, Timer
from assistant.store.clocks import Clock, SystemClock
from assistant.store.commitments import CommitmentStore


class TimerStore:
    """`assistant.skill.TimerBook`; `commitments` is the whole store that it is a part of.

    `wall_ms` (epoch ms, UTC) stands in for the clocks of the machine, where time is told and not measured; `zone`
    (IANA) for where the machine lives.

    Raises:
        StoreError: the file cannot be opened or written (place, rights, space).
    """

    def __init__(self, path: Path, wall_ms: Callable[[], float] | None = None, zone: str | None = None) -> None:
        clock: Clock = SystemClock() if wall_ms is None else _ToldClock(wall_ms)
        self.commitments = CommitmentStore(path, clock, zone)

    @property
    def notice(self) -> str:
        return self.commitments.notice

    def close(self) -> None:
        self.commitments.close()

    def add(self, seconds: int, label: str = "") -> Timer:
        """Promise a timer of `seconds` from now; on disk when this returns."""
        return as_timer(self.commitments.add("timer", seconds, label=label))

    def list(self) -> list[Timer]:
        """The timers that run or ring, the next one first."""
        return [as_timer(promise) for promise in self.commitments.list("timer")]

    def cancel(self, timer_id: int) -> bool:
        """End a timer that runs or rings; false if it is over already."""
        return self.commitments.cancel(timer_id)


class _ToldClock(SystemClock):
    """Time that a function tells; it also passes as the function says."""

    def __init__(self, wall_ms: Callable[[], float]) -> None:
        self._wall_ms = wall_ms

    def wall_ms(self) -> float:
        return self._wall_ms()

    def boot_ms(self) -> float:
        return self._wall_ms()

    def boot_id(self) -> str:
        return "told"


def as_timer(promise: Promise) -> Timer:
    return Timer(id=promise.id, label=promise.label, seconds=promise.seconds, due=promise.due)
