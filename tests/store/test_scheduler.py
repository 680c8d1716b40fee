"""The scheduler under a scripted clock: nothing here waits for real time."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.skill import Repeat
from assistant.store.backups import copies_of
from assistant.store.commitments import CommitmentStore
from assistant.store.scheduler import POLL_MS, Ring, Scheduler, jump_ms, sleep_ms
from assistant.testing import ScriptedClock

pytestmark = pytest.mark.unit

HOUR_MS = 3_600_000.0


def _run(
    store: CommitmentStore,
    clock: ScriptedClock,
    until_ms: float,
    on_clock: Callable[[bool], None] = lambda goes: None,
) -> list[tuple[float, Ring]]:
    """(elapsed ms when it rang, ring) of every ring until a moment."""
    rings: list[tuple[float, Ring]] = []

    async def on_due(ring: Ring) -> None:
        rings.append((clock.elapsed, ring))

    async def scenario() -> None:
        with pytest.raises(asyncio.CancelledError):
            await Scheduler(store, on_clock).run(on_due)

    clock.script.append((until_ms, lambda: None))
    clock.script.sort(key=lambda item: item[0])
    asyncio.run(scenario())
    return rings


def _when(rings: list[tuple[float, Ring]]) -> list[tuple[int, float]]:
    return [(ring.promise.id, at_ms) for at_ms, ring in rings]


def test_rings_at_its_time(store: CommitmentStore, clock: ScriptedClock) -> None:
    """Each promise rings at its moment, once, on time and for the first time."""
    first, second = store.add("timer", 10), store.add("reminder", 3)
    alarm = store.add("alarm", dt.datetime(2027, 1, 15, 9, 0, 20))
    rings = _run(store, clock, 30_000)
    assert [(second.id, 3000.0), (first.id, 10_000.0), (alarm.id, 20_000.0)] == _when(rings)
    assert {(False, False, False)} == {(ring.late, ring.missed, ring.again) for _, ring in rings}


def test_a_new_promise_wakes_the_sleeper(store: CommitmentStore, clock: ScriptedClock) -> None:
    """What is set while the scheduler sleeps rings in time, though it is the shorter one."""
    store.add("timer", 100)
    clock.script.append((400.0, lambda: store.add("timer", 1)))
    assert [(2, 1400.0)] == _when(_run(store, clock, 5000))


def test_a_promise_of_another_process_is_seen(store: CommitmentStore, clock: ScriptedClock) -> None:
    """What another process sets is noticed within the poll."""
    other = CommitmentStore(store.path, clock, store.zone)
    clock.script.append((2500.0, lambda: other.add("timer", 1)))
    assert [(1, 3500.0)] == _when(_run(store, clock, 5000))
    other.close()


def test_a_cancelled_timer_is_silent(store: CommitmentStore, clock: ScriptedClock) -> None:
    """What another process cancels does not ring."""
    timer = store.add("timer", 5)
    clock.script.append((4900.0, lambda: store.cancel(timer.id)))
    assert [] == _run(store, clock, 10_000)


def test_late_while_off(store: CommitmentStore, clock: ScriptedClock) -> None:
    """What was due while the assistant was off rings at the start and says so."""
    store.add("timer", 10)
    clock.pass_ms(60_000)
    ((at_ms, ring),) = _run(store, clock, 61_000)
    assert (60_000.0, True, 50.0, False) == (at_ms, ring.late, ring.late_s, ring.missed)


def test_suspend(store: CommitmentStore, clock: ScriptedClock) -> None:
    """What was due while the machine slept rings when it wakes, by the clock that counts sleep."""
    store.add("timer", 3600)
    store.add("alarm", dt.datetime(2027, 1, 15, 10))
    clock.script.append((4500.0, lambda: clock.pass_ms(2 * HOUR_MS)))
    rings = _run(store, clock, 3 * HOUR_MS)
    assert [(1, False, True), (2, True, True)] == [(r.promise.id, r.missed, r.late) for _, r in rings]
    assert {4500.0 + 2 * HOUR_MS} == {at_ms for at_ms, _ in rings}


def test_rings_again_after_a_crash(store: CommitmentStore, clock: ScriptedClock) -> None:
    """What rang but was never heard, because the process died, rings again, and says that it is again."""
    store.add("timer", 10)
    rings = _run(store, clock, 12_000) + _run(store, clock, 20_000)
    assert [(10_000.0, False), (12_000.0, True)] == [(at_ms, ring.again) for at_ms, ring in rings]


def test_rings_for_the_first_time_after_a_crash(store: CommitmentStore, clock: ScriptedClock) -> None:
    """What was claimed by a process that died before it rang is not lost, and it is the first time."""
    store.add("timer", 10)
    clock.pass_ms(10_000)
    store.claim_due()
    ((_, ring),) = _run(store, clock, 12_000)
    assert not ring.again


def test_missed_is_told_once(store: CommitmentStore, clock: ScriptedClock) -> None:
    """An alarm that was due an hour ago is told, and not again after the next crash."""
    store.add("alarm", dt.datetime(2027, 1, 15, 9, 1))
    clock.reboot(HOUR_MS)
    ((_, ring),) = _run(store, clock, HOUR_MS + 2000)
    assert (True, False) == (ring.missed, ring.again)
    assert [] == _run(store, clock, HOUR_MS + 4000)


@pytest.mark.parametrize("jump", [3_600_000.0, -3_600_000.0, 1.5e12, -1.79e12])
def test_setting_the_clock_changes_nothing(store: CommitmentStore, clock: ScriptedClock, jump: float) -> None:
    """Ten seconds stay exactly ten seconds when the wall clock is set, whichever way, and the list says so."""
    store.add("timer", 10)
    clock.script.append((4500.0, lambda: clock.set_wall(jump)))
    ((at_ms, ring),) = _run(store, clock, 20_000)
    assert (10_000.0, False) == (at_ms, ring.late)


def test_an_alarm_goes_by_the_wall(store: CommitmentStore, clock: ScriptedClock) -> None:
    """A clock that is set past an alarm makes it due within a second, one that is set back lets it wait; once."""
    alarm = store.add("alarm", dt.datetime(2027, 1, 15, 10), repeat=Repeat(every_days=1))
    clock.script.append((4500.0, lambda: clock.set_wall(HOUR_MS)))
    clock.script.append((8000.0, lambda: clock.set_wall(-HOUR_MS)))
    ((at_ms, ring),) = _run(store, clock, 3 * HOUR_MS)
    assert alarm.id == ring.promise.id
    assert 4500.0 <= at_ms <= 4500.0 + POLL_MS


def test_a_clock_that_was_never_set_is_told(store: CommitmentStore, clock: ScriptedClock) -> None:
    """Promises that wait for the clock are told once, and once that it goes; then the alarm is missed, not lost."""
    told: list[tuple[float, bool]] = []
    store.add("alarm", dt.datetime(2027, 1, 15, 9, 1))
    clock.reboot(0)
    clock.set_wall(-1.8e12)
    clock.script.append((5000.0, lambda: clock.set_wall(1.8e12 + HOUR_MS)))
    rings = _run(store, clock, 10_000, lambda goes: told.append((clock.elapsed, goes)))
    assert [(0.0, False), (5000.0, True)] == told
    assert [(1, 5000.0)] == _when(rings)


def test_a_copy_is_kept(store: CommitmentStore, clock: ScriptedClock, tmp_path: Path) -> None:
    """The scheduler copies what changed, once an hour, and nothing while nothing changes."""
    store.add("timer", 5 * 3600)
    clock.script.append((0.5 * HOUR_MS, lambda: store.add("timer", 5 * 3600)))
    _run(store, clock, 4 * HOUR_MS)
    assert 2 == len(copies_of(store.path))


def test_sleeps_no_longer_than_the_poll(store: CommitmentStore, clock: ScriptedClock) -> None:
    """Without promises the scheduler looks once a second, no more and no less."""
    _run(store, clock, 5000)
    assert {POLL_MS} == set(clock.waits)


def test_decisions() -> None:
    """The pure parts: how long to sleep, and whether a clock was set."""
    assert POLL_MS == sleep_ms(None)
    assert 0.0 == sleep_ms(-1000)
    assert 250.0 == sleep_ms(250)
    assert 0.0 == jump_ms(0, 1100, 0, 1000)
    assert 60_000.0 == jump_ms(0, 61_000, 0, 1000)
    assert -60_000.0 == jump_ms(0, -59_000, 0, 1000)
