"""The scheduler under a scripted clock: nothing here waits for real time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.store.scheduler import POLL_MS, Ring, Scheduler, jump_ms, sleep_ms
from assistant.store.timers import TimerStore

pytestmark = pytest.mark.unit

START_MS = 1_800_000_000_000.0


class ScriptedClock:
    """Waiting moves the time; `script` acts at moments of elapsed time, the end of the last act ends the test."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self.offset = START_MS
        self.script: list[tuple[float, Callable[[], object]]] = []
        self.waits: list[float] = []

    def wall_ms(self) -> float:
        return self.elapsed + self.offset

    def elapsed_ms(self) -> float:
        return self.elapsed

    async def wait(self, event: asyncio.Event, at_most_ms: float) -> None:
        self.waits.append(at_most_ms)
        if event.is_set():
            return
        if not self.script:
            raise asyncio.CancelledError
        when_ms, act = self.script[0]
        if when_ms <= self.elapsed + at_most_ms:
            self.elapsed = max(self.elapsed, when_ms)
            self.script.pop(0)
            act()
        else:
            self.elapsed += at_most_ms


@pytest.fixture
def clock() -> ScriptedClock:
    return ScriptedClock()


@pytest.fixture
def store(tmp_path: Path, clock: ScriptedClock) -> Iterator[TimerStore]:
    opened = TimerStore(tmp_path / "timers.sqlite3", clock.wall_ms)
    yield opened
    opened.close()


def _run(store: TimerStore, clock: ScriptedClock, until_ms: float) -> list[tuple[int, float, bool]]:
    """(id, elapsed ms when it rang, missed) of every ring until a moment."""
    rings: list[tuple[int, float, bool]] = []

    async def on_due(ring: Ring) -> None:
        rings.append((ring.timer.id, clock.elapsed, ring.missed))

    async def scenario() -> None:
        with pytest.raises(asyncio.CancelledError):
            await Scheduler(store, clock).run(on_due)

    clock.script.append((until_ms, lambda: None))
    clock.script.sort(key=lambda item: item[0])
    asyncio.run(scenario())
    return rings


def test_rings_at_its_time(store: TimerStore, clock: ScriptedClock) -> None:
    """Each timer rings at its moment, once."""
    first, second = store.add(10), store.add(3)
    assert [(second.id, 3000.0, False), (first.id, 10_000.0, False)] == _run(store, clock, 20_000)


def test_a_new_timer_wakes_the_sleeper(store: TimerStore, clock: ScriptedClock) -> None:
    """A timer that is set while the scheduler sleeps rings in time, though it is the shorter one."""
    store.add(100)
    clock.script.append((400.0, lambda: store.add(1)))
    assert [(2, 1400.0, False)] == _run(store, clock, 5000)


def test_a_timer_of_another_process_is_seen(store: TimerStore, clock: ScriptedClock) -> None:
    """What another process sets is noticed within the poll."""
    other = TimerStore(store.path, clock.wall_ms)
    clock.script.append((2500.0, lambda: other.add(1)))
    assert [(1, 3500.0, False)] == _run(store, clock, 5000)
    other.close()


def test_a_cancelled_timer_is_silent(store: TimerStore, clock: ScriptedClock) -> None:
    """A timer that another process cancels does not ring."""
    timer = store.add(5)
    clock.script.append((4900.0, lambda: store.cancel(timer.id)))
    assert [] == _run(store, clock, 10_000)


def test_missed_while_off(store: TimerStore, clock: ScriptedClock) -> None:
    """What was due while the assistant was off rings at the start and says so."""
    store.add(10)
    clock.elapsed = 60_000.0
    assert [(1, 60_000.0, True)] == _run(store, clock, 61_000)


def test_rings_again_after_a_crash(store: TimerStore, clock: ScriptedClock) -> None:
    """A timer that was claimed but never heard, because the process died, rings again."""
    store.add(10)
    clock.elapsed = 10_000.0
    store.claim_due(clock.wall_ms())
    assert [(1, 10_000.0, False)] == _run(store, clock, 12_000)


@pytest.mark.parametrize("jump", [3_600_000.0, -3_600_000.0, 1.5e12])
def test_setting_the_clock_changes_nothing(store: TimerStore, clock: ScriptedClock, jump: float) -> None:
    """Ten seconds stay ten seconds when the wall clock is set, whichever way."""
    store.add(10)

    def set_clock() -> None:
        clock.offset += jump

    clock.script.append((4500.0, set_clock))
    ((number, rang_ms, missed),) = _run(store, clock, 20_000)
    assert (1, False) == (number, missed)
    assert abs(rang_ms - 10_000.0) <= POLL_MS


def test_a_timer_set_after_the_jump_is_not_moved(store: TimerStore, clock: ScriptedClock) -> None:
    """A timer that was set by the new clock keeps its time."""

    def set_clock_and_timer() -> None:
        clock.offset += 3_600_000.0
        store.add(5)

    store.add(100)
    clock.script.append((4500.0, set_clock_and_timer))
    assert [(2, 9500.0, False)] == _run(store, clock, 20_000)


def test_sleeps_no_longer_than_the_poll(store: TimerStore, clock: ScriptedClock) -> None:
    """Without timers the scheduler looks once a second, no more and no less."""
    _run(store, clock, 5000)
    assert {POLL_MS} == set(clock.waits)


def test_decisions() -> None:
    """The pure parts: how long to sleep, and whether a clock was set."""
    assert POLL_MS == sleep_ms(0, None)
    assert 0.0 == sleep_ms(5000, 4000)
    assert 250.0 == sleep_ms(1000, 1250)
    assert 0.0 == jump_ms(0, 1100, 0, 1000)
    assert 60_000.0 == jump_ms(0, 61_000, 0, 1000)
    assert -60_000.0 == jump_ms(0, -59_000, 0, 1000)
