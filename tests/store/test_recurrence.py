"""When a plan is due next, over the hours and days that zones skip and repeat."""

from __future__ import annotations

import datetime as dt
import itertools
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.skill import ONCE, Repeat
from assistant.store.recurrence import Plan

pytestmark = pytest.mark.unit

DAILY = Repeat(every_days=1)
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia")
Row = tuple[str, str, tuple[str, str, str]]

TABLE: list[Row] = [
    # zone, first date and time of a daily plan, its first three occurrences in UTC
    ("Europe/Berlin", "2026-03-28T02:30", ("2026-03-28T01:30", "2026-03-29T01:00", "2026-03-30T00:30")),  # gap 2 to 3
    ("Europe/Berlin", "2026-03-28T02:00", ("2026-03-28T01:00", "2026-03-29T01:00", "2026-03-30T00:00")),  # its edge
    ("Europe/Berlin", "2026-03-28T03:00", ("2026-03-28T02:00", "2026-03-29T01:00", "2026-03-30T01:00")),  # its end
    ("Europe/Berlin", "2026-10-24T02:30", ("2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30")),  # fold
    ("Europe/Berlin", "2026-10-24T07:00", ("2026-10-24T05:00", "2026-10-25T06:00", "2026-10-26T06:00")),
    ("America/New_York", "2026-03-07T02:30", ("2026-03-07T07:30", "2026-03-08T07:00", "2026-03-09T06:30")),
    ("America/New_York", "2026-10-31T01:30", ("2026-10-31T05:30", "2026-11-01T05:30", "2026-11-02T06:30")),
    ("Australia/Lord_Howe", "2026-10-03T02:15", ("2026-10-02T15:45", "2026-10-03T15:30", "2026-10-04T15:15")),  # 30 min
    ("Australia/Lord_Howe", "2026-04-04T01:45", ("2026-04-03T14:45", "2026-04-04T14:45", "2026-04-05T15:15")),
    ("Africa/Casablanca", "2026-02-14T02:30", ("2026-02-14T01:30", "2026-02-15T01:30", "2026-02-16T02:30")),  # Ramadan
    ("Africa/Casablanca", "2026-03-21T02:30", ("2026-03-21T02:30", "2026-03-22T02:00", "2026-03-23T01:30")),
    ("Pacific/Apia", "2011-12-29T07:00", ("2011-12-29T17:00", "2011-12-30T17:00", "2011-12-31T17:00")),  # no 30th
    ("Pacific/Apia", "2010-09-25T00:30", ("2010-09-25T11:30", "2010-09-26T11:00", "2010-09-27T10:30")),
]


def _utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def _occurrences(plan: Plan, count: int) -> list[dt.datetime]:
    """In UTC: aware times of a repeated hour never equal those of another zone."""
    found: list[dt.datetime] = []
    due = plan.begin()
    while due is not None and len(found) < count:
        found.append(due.astimezone(dt.UTC))
        due = plan.next_after(due)
    return found


def _plan(zone: str, start: str, repeat: Repeat = ONCE) -> Plan:
    first = dt.datetime.fromisoformat(start)
    return Plan(first=first.date(), at=first.time(), zone=zone, repeat=repeat)


@pytest.mark.parametrize(("zone", "start", "expected"), TABLE, ids=[f"{row[0]} {row[1]}" for row in TABLE])
def test_daylight_saving(zone: str, start: str, expected: tuple[str, ...]) -> None:
    """A gap rings at its end, a fold at its first hour, and every date that the zone has rings once."""
    assert [_utc(text) for text in expected] == _occurrences(_plan(zone, start, DAILY), 3)


def test_once_on_a_day_that_never_was() -> None:
    """What was promised for Apia's missing 30 December 2011 rings when the 31st begins, and only then."""
    plan = _plan("Pacific/Apia", "2011-12-30T07:00")
    assert [_utc("2011-12-30T10:00")] == _occurrences(plan, 3)


@pytest.mark.parametrize(
    ("repeat", "expected"),
    [
        (ONCE, ["11-24"]),
        (DAILY, ["11-24", "11-25", "11-26", "11-27"]),
        (Repeat(weekdays=(0, 1, 2, 3, 4)), ["11-24", "11-25", "11-26", "11-27"]),
        (Repeat(weekdays=(5, 6)), ["11-28", "11-29", "12-05", "12-06"]),
        (Repeat(weekdays=(0,)), ["11-30", "12-07", "12-14", "12-21"]),
        (Repeat(every_days=3), ["11-24", "11-27", "11-30", "12-03"]),
        (Repeat(every_days=365), ["11-24", "11-24", "11-23", "11-23"]),
    ],
)
def test_repetitions(repeat: Repeat, expected: list[str]) -> None:
    """Tuesday, 24 November 2026, 7:00 in Berlin, and what follows."""
    found = _occurrences(_plan("Europe/Berlin", "2026-11-24T07:00", repeat), 4)
    assert [f"{day} 06:00" for day in expected] == [f"{due:%m-%d %H:%M}" for due in found]


@given(
    zone=st.sampled_from(ZONES),
    day=st.dates(dt.date(2005, 1, 1), dt.date(2035, 12, 31)),
    minute=st.integers(0, 1439),
    repeat=st.sampled_from([DAILY, Repeat(every_days=3), Repeat(weekdays=(0, 4)), Repeat(weekdays=(5, 6))]),
)
def test_always_later_and_on_the_wall(zone: str, day: dt.date, minute: int, repeat: Repeat) -> None:
    """Each occurrence is later than the one before, at most 50 hours beyond its rhythm, and the wall shows its time
    or, after a gap, one that is later by up to an hour."""
    plan = Plan(first=day, at=dt.time(minute // 60, minute % 60), zone=zone, repeat=repeat)
    found = _occurrences(plan, 5)
    assert 5 == len(found)
    for before, after in itertools.pairwise(found):
        assert 0 < (after - before).total_seconds() <= 7 * 86_400 + 50 * 3600
    for due in found:
        local = due.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        assert dt.timedelta() <= local - dt.datetime.combine(local.date(), plan.at) <= dt.timedelta(hours=1)
