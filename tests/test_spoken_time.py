"""Times, days and repetitions in words: what is read, what is not, and how a moment is said."""

from __future__ import annotations

import datetime as dt

import pytest

from assistant.skill import Repeat
from assistant.spoken_days import SaidDay, parse_day, parse_repeat
from assistant.spoken_time import SaidTime, parse_time, time_ends
from assistant.spoken_when import moment_of, say_moment, say_repeat, say_time, wish_of

pytestmark = pytest.mark.unit

NOW = dt.datetime(2026, 11, 24, 15, 5)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("seven", "7:00"),
        ("7", "7:00"),
        ("07:00", "7:00 am"),
        ("seven o'clock", "7:00"),
        ("7 pm", "7:00 pm"),
        ("7pm", "7:00 pm"),
        ("7 p.m.", "7:00 pm"),
        ("7:30 pm", "7:30 pm"),
        ("7.30", "7:30"),
        ("730 pm", "7:30 pm"),
        ("19:30", "7:30 pm"),
        ("1930", "7:30 pm"),
        ("0:15", "12:15 am"),
        ("seven thirty", "7:30"),
        ("seven oh five", "7:05"),
        ("seven forty five", "7:45"),
        ("half past six", "6:30"),
        ("quarter to nine", "8:45"),
        ("a quarter past five", "5:15"),
        ("a quarter to one", "12:45"),
        ("ten past eight", "8:10"),
        ("twenty five minutes to eight", "7:35"),
        ("noon", "12:00 pm"),
        ("twelve noon", "12:00 pm"),
        ("midnight", "12:00 am"),
        ("twelve at night", "12:00 am"),
        ("eight in the evening", "8:00 pm"),
        ("half past six in the morning", "6:30 am"),
        ("ten at night", "10:00 pm"),
        ("two at night", "2:00 am"),
    ],
)
def test_times(words: str, expected: str) -> None:
    """A time of day in words or figures has one form, which is read back as the same time."""
    said = parse_time(words)
    assert expected == str(said)
    assert said == parse_time(expected)


@pytest.mark.parametrize(
    "words", ["", "twenty", "25:00", "7:75", "thirteen", "half", "o'clock", "soon", "pasta", "7 8"]
)
def test_no_times(words: str) -> None:
    """What is no time of day is not read as one."""
    assert None is parse_time(words)


def test_every_reading() -> None:
    """A grammar may choose where a time ends."""
    assert [(3, "7:30 pm"), (2, "7:30"), (1, "7:00")] == [
        (size, str(said)) for size, said in time_ends(["seven", "thirty", "pm"])
    ]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("today", SaidDay(ahead=0)),
        ("tonight", SaidDay(ahead=0, part="night")),
        ("this evening", SaidDay(ahead=0, part="evening")),
        ("tomorrow", SaidDay(ahead=1)),
        ("tomorrow morning", SaidDay(ahead=1, part="morning")),
        ("the day after tomorrow", SaidDay(ahead=2)),
        ("on monday", SaidDay(weekday=0)),
        ("next friday evening", SaidDay(weekday=4, after=True, part="evening")),
        ("december 24", SaidDay(month_day=(12, 24))),
        ("the twenty fourth of december", SaidDay(month_day=(12, 24))),
        ("in the morning", SaidDay(part="morning")),
        ("someday", None),
        ("", None),
    ],
)
def test_days(words: str, expected: SaidDay | None) -> None:
    """Days by name, by distance and by date."""
    assert expected == parse_day(words)


@pytest.mark.parametrize(
    ("words", "expected", "said"),
    [
        ("every day", Repeat(every_days=1), "every day"),
        ("daily", Repeat(every_days=1), "every day"),
        ("every morning", Repeat(every_days=1), "every day"),
        ("every weekday", Repeat(weekdays=(0, 1, 2, 3, 4)), "every weekday"),
        ("on weekends", Repeat(weekdays=(5, 6)), "every weekend day"),
        ("mondays", Repeat(weekdays=(0,)), "every Monday"),
        ("every thursday and monday", Repeat(weekdays=(0, 3)), "every Monday and Thursday"),
        ("every other day", Repeat(every_days=2), "every other day"),
        ("every three days", Repeat(every_days=3), "every three days"),
    ],
)
def test_repetitions(words: str, expected: Repeat, said: str) -> None:
    """How often, and how that is said back."""
    found = parse_repeat(words)
    assert found is not None
    assert (expected, said) == (found.repeat, say_repeat(found.repeat))


@pytest.mark.parametrize(
    ("time", "date", "expected"),
    [
        ("3:06", "", "24T15:06"),
        ("3:05", "", "25T03:05"),
        ("3:05 pm", "", "25T15:05"),
        ("7:00", "tuesday", "01T07:00"),
        ("7:00 pm", "tuesday", "24T19:00"),
        ("7:00 pm", "next tuesday", "01T19:00"),
        ("2:00", "today", None),
        ("", "tonight", "24T20:00"),
        ("", "this morning", None),
        ("1:00", "tonight", "25T01:00"),
    ],
)
def test_the_moment_that_is_meant(time: str, date: str, expected: str | None) -> None:
    """The next one after five past three on a Tuesday; what is over today is not silently tomorrow."""
    found = moment_of(wish_of(time, date), NOW)
    assert expected == (None if found is None else f"{found:%dT%H:%M}")


def test_leap_day() -> None:
    """The 29th of February is the next one that there is."""
    assert dt.datetime(2028, 2, 29, 12) == moment_of(wish_of("noon", "february 29"), NOW)


def test_moments_in_words() -> None:
    """The day has its name unless it is today; noon and midnight have theirs."""
    moments = [NOW + dt.timedelta(days=days) for days in (-1, 0, 1, 3, 10, 60)]
    expected = [
        "yesterday at 3:05 PM",
        "today at 3:05 PM",
        "tomorrow, Wednesday, at 3:05 PM",
        "on Friday at 3:05 PM",
        "on Friday, December 4, at 3:05 PM",
        "on Saturday, January 23, 2027, at 3:05 PM",
    ]
    assert expected == [say_moment(moment, NOW) for moment in moments]
    assert ["midnight", "noon", "12:30 AM", "12:01 PM", "7 AM"] == [
        say_time(dt.time(hour, minute)) for hour, minute in ((0, 0), (12, 0), (0, 30), (12, 1), (7, 0))
    ]


def test_in_part() -> None:
    """A part of the day decides the half, unless the time is exact already."""
    assert [1, 13, 13, 1] == [
        SaidTime(1, 0, False).in_part(part).hour for part in ("morning", "afternoon", "evening", "night")
    ]
    assert 22 == SaidTime(10, 0, False).in_part("night").hour
    assert 7 == SaidTime(7, 0, True).in_part("evening").hour
