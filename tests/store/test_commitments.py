"""Promises on disk: promised means written, claimed means claimed once, and what is missed is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest

from assistant.skill import Promise, Repeat
from assistant.store.commitments import ALARM_LATE_MS, KEPT_DONE, Claim, CommitmentStore
from assistant.store.database import StoreError
from assistant.testing import ScriptedClock

pytestmark = pytest.mark.unit

HOUR_MS = 3_600_000.0
DAY_MS = 24 * HOUR_MS
DAILY = Repeat(every_days=1)


def _ids(found: Sequence[Claim | Promise]) -> list[int]:
    return [one.promise.id if isinstance(one, Claim) else one.id for one in found]


def _at(hour: int, minute: int = 0, day: int = 15) -> dt.datetime:
    return dt.datetime(2027, 1, day, hour, minute)


def test_a_promise_has_its_due_time(store: CommitmentStore, clock: ScriptedClock) -> None:
    """What elapses is due after its length, what has a time of day is due when the wall of its zone shows it."""
    timer = store.add("timer", 90, label="pasta")
    alarm = store.add("alarm", _at(13))
    assert clock.wall + 90_000 == timer.due.timestamp() * 1000
    assert (90, 0) == (timer.seconds, alarm.seconds)
    assert "2027-01-15T13:00:00+01:00" == alarm.due.isoformat()
    assert [timer, alarm] == store.list()
    assert [alarm] == store.list("alarm")
    assert 90_000 == store.wait_ms()


def test_survives_a_new_process(store: CommitmentStore, clock: ScriptedClock) -> None:
    """What was promised is there when the file is opened again, without a clean close before."""
    made = [store.add("timer", 60, label="tea"), store.add("alarm", _at(13), repeat=DAILY)]
    second = CommitmentStore(store.path, clock, "America/New_York")
    assert made == second.list()
    second.close()


def test_claimed_exactly_once(store: CommitmentStore, clock: ScriptedClock) -> None:
    """Of two processes that see the same due promise one gets it."""
    other = CommitmentStore(store.path, clock, store.zone)
    timer = store.add("timer", 60)
    clock.pass_ms(60_000)
    assert [[timer.id], [], [], []] == [_ids(one.claim_due()) for one in (store, other, store, other)]
    other.close()


def test_not_due_not_claimed(store: CommitmentStore, clock: ScriptedClock) -> None:
    """A millisecond before its time nothing is claimed."""
    store.add("timer", 60)
    store.add("reminder", _at(9, 1))
    clock.pass_ms(59_999)
    assert [] == store.claim_due()
    clock.pass_ms(1)
    assert [1, 2] == _ids(store.claim_due())


def test_ringing_until_heard(store: CommitmentStore, clock: ScriptedClock) -> None:
    """What was claimed rings, is in the list, and is done when the user stops it."""
    timer = store.add("timer", 60)
    store.add("timer", 600)
    clock.pass_ms(60_000)
    store.claim_due()
    assert [timer.id] == _ids(store.ringing())
    assert [True, False] == [promise.ringing for promise in store.list()]
    assert [timer.id] == _ids(store.stop_ringing())
    assert ([], 1) == (store.ringing(), len(store.list()))
    assert [] == store.stop_ringing()


def test_what_another_process_took_was_not_heard_here(store: CommitmentStore, clock: ScriptedClock) -> None:
    """A process that dies between taking a promise and ringing it leaves it to the next start, whoever stops what."""
    dying = CommitmentStore(store.path, clock, store.zone)
    timer = dying.add("timer", 60)
    clock.pass_ms(60_000)
    assert 1 == len(dying.claim_due())
    dying.close()
    assert [] == store.stop_ringing()
    store.give_up()
    assert [timer.id] == _ids(store.take_up())
    assert [timer.id] == _ids(store.stop_ringing())


def test_cancel_once(store: CommitmentStore, clock: ScriptedClock) -> None:
    """A promise is cancelled once, also while it rings; what is over cannot be cancelled."""
    first, second = store.add("timer", 60), store.add("timer", 60)
    clock.pass_ms(60_000)
    store.claim_due()
    assert [True, False] == [store.cancel(first.id), store.cancel(first.id)]
    assert [second.id] == _ids(store.ringing())
    assert not store.cancel(12345)


def test_an_alarm_comes_again(store: CommitmentStore, clock: ScriptedClock) -> None:
    """A weekday alarm that rings waits for its next weekday in the same stroke."""
    alarm = store.add("alarm", _at(10), repeat=Repeat(weekdays=(0, 1, 2, 3, 4)))
    clock.pass_ms(HOUR_MS)
    assert [alarm.id] == _ids(store.claim_due())
    store.stop_ringing()
    (found,) = store.list()
    assert (alarm.id, "2027-01-18T10:00:00+01:00") == (found.id, found.due.isoformat())


def test_cancel_while_it_rings_keeps_the_repetition(store: CommitmentStore, clock: ScriptedClock) -> None:
    """Turning off a daily alarm that rings does not take back tomorrow's; once it is quiet it does."""
    alarm = store.add("alarm", _at(10), repeat=DAILY)
    clock.pass_ms(HOUR_MS)
    store.claim_due()
    assert store.cancel(alarm.id)
    assert ([], [alarm.id]) == (store.ringing(), _ids(store.list()))
    assert store.cancel(alarm.id)
    assert [] == store.list()


def test_snooze(store: CommitmentStore, clock: ScriptedClock) -> None:
    """Snoozed means silent now and due again then, beside the repetition, and more than once."""
    alarm = store.add("alarm", _at(10), repeat=DAILY)
    assert [] == store.snooze(600)
    clock.pass_ms(HOUR_MS)
    for _ in range(2):
        assert [alarm.id] == _ids(store.claim_due())
        (snoozed,) = store.snooze(600)
        assert clock.wall + 600_000 == snoozed.due.timestamp() * 1000
        assert [] == store.ringing()
        clock.pass_ms(599_999)
        assert [] == store.claim_due()
        clock.pass_ms(1)
    assert [alarm.id] == _ids(store.claim_due())
    store.stop_ringing()
    assert ["2027-01-16T10:00:00+01:00"] == [promise.due.isoformat() for promise in store.list()]


def test_snooze_after_the_stop(store: CommitmentStore, clock: ScriptedClock) -> None:
    """An alarm that was stopped a moment ago can be snoozed, one that was stopped long ago cannot."""
    alarm = store.add("alarm", _at(10))
    clock.pass_ms(HOUR_MS)
    store.claim_due()
    store.stop_ringing()
    clock.pass_ms(60_000)
    assert [alarm.id] == _ids(store.snooze(60))
    clock.pass_ms(60_000)
    store.claim_due()
    store.stop_ringing()
    clock.pass_ms(120_001)
    assert [] == store.snooze(60)


@pytest.mark.parametrize(
    ("kind", "late_ms", "missed"),
    [
        ("alarm", ALARM_LATE_MS, False),
        ("alarm", ALARM_LATE_MS + 1, True),
        ("timer", DAY_MS, False),
        ("reminder", DAY_MS, False),
    ],
)
def test_missed_by_kind(store: CommitmentStore, clock: ScriptedClock, kind: str, late_ms: float, missed: bool) -> None:
    """Timers and reminders ring however late, an alarm only within half an hour; else it is missed."""
    promise = store.add(kind, 60) if kind == "timer" else store.add(kind, _at(9, 1))  # type: ignore[arg-type]
    clock.reboot(60_000 + late_ms)
    (claim,) = store.claim_due()
    assert (missed, late_ms / 1000) == (claim.missed, claim.late_s)
    assert ([] if missed else [promise.id]) == _ids(store.ringing())
    assert ([promise.id] if missed else []) == _ids(store.missed())


def test_many_missed_repetitions(store: CommitmentStore, clock: ScriptedClock) -> None:
    """After three days off the last of the missed alarms is told, the others are on the list; the next one waits."""
    alarm = store.add("alarm", _at(10), repeat=DAILY)
    clock.reboot(3 * DAY_MS + 5 * HOUR_MS)
    (claim,) = store.claim_due()
    assert (True, "2027-01-18T10:00:00+01:00") == (claim.missed, claim.promise.due.isoformat())
    assert [15, 16, 17, 18] == [promise.due.day for promise in store.missed()]
    assert ["2027-01-19T10:00:00+01:00"] == [promise.due.isoformat() for promise in store.list()]
    assert alarm.id == claim.promise.id


def test_off_for_years(store: CommitmentStore, clock: ScriptedClock) -> None:
    """A daily alarm of a device that lay in a drawer does not count the days."""
    store.add("alarm", _at(10), repeat=DAILY)
    clock.reboot(3000 * DAY_MS)
    assert 1 == len(store.claim_due())
    assert len(store.missed()) < 12
    wait_ms = store.wait_ms()
    assert wait_ms is not None
    assert 0 < wait_ms <= DAY_MS + HOUR_MS


def test_late_alarm_that_is_due_again_rings(store: CommitmentStore, clock: ScriptedClock) -> None:
    """Off since yesterday and back ten minutes after today's alarm: it rings."""
    store.add("alarm", _at(10), repeat=DAILY)
    clock.reboot(DAY_MS + HOUR_MS + 600_000)
    (claim,) = store.claim_due()
    assert (False, 600.0) == (claim.missed, claim.late_s)
    assert [15] == [promise.due.day for promise in store.missed()]


def test_what_was_missed_is_asked_for_once(store: CommitmentStore, clock: ScriptedClock) -> None:
    """Asked twice in a row the answer is the same, an hour later there is nothing new, after a week nothing at all."""
    timer = store.add("timer", 60)
    clock.pass_ms(60_000)
    store.claim_due()
    store.give_up()
    assert [[timer.id], [timer.id]] == [_ids(store.missed()) for _ in range(2)]
    clock.pass_ms(HOUR_MS + 1)
    assert [] == store.missed()
    store.add("timer", 60)
    clock.pass_ms(60_000)
    store.claim_due()
    store.give_up()
    clock.pass_ms(7 * DAY_MS + 1)
    assert [] == store.missed()


def test_begin_once(store: CommitmentStore, clock: ScriptedClock) -> None:
    """What follows from an occurrence happens once, whoever asks, also after a crash."""
    store.add("timer", 60)
    clock.pass_ms(60_000)
    (claim,) = store.claim_due()
    second = CommitmentStore(store.path, clock, store.zone)
    (again,) = second.take_up()
    assert claim.occurrence == again.occurrence
    assert [True, False, False] == [one.begin(claim.occurrence) for one in (store, second, store)]
    second.close()


def test_an_alarm_of_a_dead_process_is_told_when_it_is_too_late(store: CommitmentStore, clock: ScriptedClock) -> None:
    """It rang, the power went, and five hours later it is missed, which is told once."""
    alarm = store.add("alarm", _at(10))
    clock.pass_ms(HOUR_MS)
    (claim,) = store.claim_due()
    assert store.begin(claim.occurrence)
    clock.reboot(5 * HOUR_MS)
    (late,) = store.take_up()
    assert (True, alarm.id) == (late.missed, late.promise.id)
    assert [True, False] == [store.begin(late.occurrence) for _ in range(2)]
    assert [] == store.take_up()
    assert [alarm.id] == _ids(store.missed())


def test_what_elapses_does_not_see_the_wall_clock(store: CommitmentStore, clock: ScriptedClock) -> None:
    """Ten minutes stay ten minutes when the wall clock is set, also while no process looks; what is listed is right."""
    store.add("timer", 600)
    clock.set_wall(-5 * HOUR_MS)
    clock.pass_ms(599_999)
    second = CommitmentStore(store.path, clock, store.zone)
    assert ([], 1.0) == (second.claim_due(), second.wait_ms())
    assert clock.wall + 1 == second.list()[0].due.timestamp() * 1000
    clock.pass_ms(1)
    assert 1 == len(second.claim_due())
    second.close()


def test_what_elapses_outlives_the_machine(store: CommitmentStore, clock: ScriptedClock) -> None:
    """In another life of the machine the wall clock tells when it is due, and it knows that the wall was set before."""
    store.add("timer", 600)
    clock.set_wall(HOUR_MS)
    store.clock_was_set()
    clock.reboot(300_000)
    assert 300_000 == store.wait_ms()
    clock.pass_ms(300_000)
    assert 1 == len(store.claim_due())


def test_a_clock_that_was_never_set(store: CommitmentStore, clock: ScriptedClock) -> None:
    """On a board whose clock stands in 1970 alarms wait, timers do not; when the clock is set the alarm is due."""
    store.add("alarm", _at(9, 1))
    clock.reboot(0)
    right, clock.wall = clock.wall, 1000.0
    timer = store.add("timer", 60)
    assert store.waits_for_clock()
    clock.pass_ms(60_000)
    assert [timer.id] == _ids(store.claim_due())
    assert None is store.wait_ms()
    clock.wall = right + 60_000
    assert not store.waits_for_clock()
    assert [1] == _ids(store.claim_due())


def test_changes_are_told(store: CommitmentStore, clock: ScriptedClock) -> None:
    """A listener hears of each change, and of nothing when nothing changed."""
    told: list[int] = []
    store.on_change(lambda: told.append(1))
    timer = store.add("timer", 60)
    store.cancel(timer.id)
    store.cancel(timer.id)
    store.claim_due()
    store.stop_ringing()
    store.missed()
    assert 2 == len(told)


def test_the_record_is_bounded(store: CommitmentStore, clock: ScriptedClock) -> None:
    """What is over does not pile up for ever; the ids never come again."""
    for _ in range(KEPT_DONE + 20):
        store.cancel(store.add("timer", 60).id)
    store.add("timer", 1)
    clock.pass_ms(1000)
    store.claim_due()
    store.stop_ringing()
    for table in ("occurrences", "commitments"):
        (count,) = store._db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()
        assert KEPT_DONE == count
    assert KEPT_DONE + 22 == store.add("timer", 60).id


def test_a_failure_leaves_no_half(store: CommitmentStore, clock: ScriptedClock) -> None:
    """A promise that cannot be written wholly is not written at all."""
    with pytest.raises(StoreError):
        store.add("birthday", 60)  # type: ignore[arg-type]
    assert 1 == store.add("timer", 60).id
    assert 1 == len(store.list())


def test_power_loss_settings(store: CommitmentStore) -> None:
    """A commit is on the disk when it returns, and the file is private."""
    assert "wal" == store._db.execute("PRAGMA journal_mode").fetchone()[0]
    assert 2 == store._db.execute("PRAGMA synchronous").fetchone()[0]
    assert 0o600 == store.path.stat().st_mode & 0o777


def test_unusable_place_is_a_sentence(tmp_path: Path) -> None:
    """Where no file can be made, that is said, with what to do."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError) as caught:
        CommitmentStore(tmp_path / "file" / "commitments.sqlite3")
    assert caught.value.fix
