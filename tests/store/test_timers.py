"""The timers among the promises, as a skill sees them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.store.timers import TimerStore

pytestmark = pytest.mark.unit

START_MS = 1_800_000_000_000.0


class Wall:
    def __init__(self) -> None:
        self.ms = START_MS

    def __call__(self) -> float:
        return self.ms


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def timers(tmp_path: Path, wall: Wall) -> Iterator[TimerStore]:
    opened = TimerStore(tmp_path / "timers.sqlite3", wall)
    yield opened
    opened.close()


def test_a_timer_has_its_due_time(timers: TimerStore) -> None:
    """The due time is now plus the length, aware and exact."""
    timer = timers.add(90, "pasta")
    assert (90, "pasta") == (timer.seconds, timer.label)
    assert START_MS + 90_000 == timer.due.timestamp() * 1000
    assert timer.due.tzinfo is not None
    assert [timer] == timers.list()


def test_only_timers(timers: TimerStore) -> None:
    """Alarms and reminders are not among the timers, though they lie in the same file."""
    timers.commitments.add("reminder", 30, label="tea")
    late, soon = timers.add(600), timers.add(60)
    assert [soon.id, late.id] == [timer.id for timer in timers.list()]


def test_the_time_that_is_told_passes(timers: TimerStore, wall: Wall) -> None:
    """A clock that tells the time also lets it pass: the timer is due when the wall says so."""
    timer = timers.add(60)
    wall.ms += 59_999
    assert [] == timers.commitments.claim_due()
    wall.ms += 1
    assert [timer.id] == [claim.promise.id for claim in timers.commitments.claim_due()]


def test_survives_a_new_process(tmp_path: Path) -> None:
    """What was promised by the clocks of the machine is there when the file is opened again, without a close before."""
    path = tmp_path / "timers.sqlite3"
    first = TimerStore(path)
    timer = first.add(3600, "tea")
    second = TimerStore(path)
    (found,) = second.list()
    assert (timer.id, "tea") == (found.id, found.label)
    assert abs((timer.due - found.due).total_seconds()) < 1
    assert second.cancel(timer.id)
    assert [] == first.list()
    first.close()
    second.close()
