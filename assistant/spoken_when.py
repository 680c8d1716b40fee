"""From what was said about a time to the moment that was meant, and from a moment to words: for skill authors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.korean import telling as korean
from assistant.language import speaking
from assistant.skill import Repeat
from assistant.spoken import say_list, say_number
from assistant.spoken_days import WEEKDAYS, SaidDay, parse_day, parse_repeat
from assistant.spoken_time import Part, SaidTime, parse_time

DEFAULT_HOURS: dict[Part, int] = {"": 9, "morning": 9, "noon": 12, "afternoon": 15, "evening": 19, "night": 20}
"""What "tomorrow" or "this evening" means where no time of day is said."""
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was said. `early` is the first hour that "at six" means in the morning, where the next six is not meant."""

    time: SaidTime | None = None
    day: SaidDay | None = None
    repeat: Repeat | None = None
    part: Part = ""
    early: int = 7


class NotUnderstoodError(ValueError):
    """Words that are no time, day or repetition; the first argument is which: "no_time", "no_day", "no_repeat"."""


def wish_of(time: str = "", date: str = "", repeat: str = "", early: int = 7) -> Wish:
    """What the arguments of a tool say, from the grammar or a model. Raises: NotUnderstoodError."""
    said_time, said_day, said_repeat = parse_time(time), parse_day(date), parse_repeat(repeat)
    for text, said, reason in (
        (time, said_time, "no_time"),
        (date, said_day, "no_day"),
        (repeat, said_repeat, "no_repeat"),
    ):
        if text and said is None:
            raise NotUnderstoodError(reason)
    return Wish(
        time=said_time,
        day=said_day,
        repeat=said_repeat.repeat if said_repeat else None,
        part=said_repeat.part if said_repeat else "",
        early=early,
    )


def moment_of(wish: Wish, now: dt.datetime) -> dt.datetime | None:
    """The first naive local moment after `now` (aware or naive local time) that fits; None if it is past.

    A time alone means the next such time, in the morning or the evening; of another day or of a repetition the likelier
    one: from `early` on in the morning, before it in the afternoon.
    """
    now = now.replace(tzinfo=None)
    part = (wish.day.part if wish.day else "") or wish.part
    open_half = not part and wish.repeat is None and (wish.day is None or wish.day.ahead == 0)
    if wish.time is None:
        times = [dt.time(DEFAULT_HOURS[part])]
    elif open_half:
        times = [dt.time(said.hour, said.minute) for said in _readings(wish.time)]
    else:
        times = [_likely(wish.time.in_part(part), wish.early)]
    moments = (dt.datetime.combine(day, time) for day in _days(wish.day, now.date()) for time in sorted(times))
    later = (moment for moment in moments if moment > now)
    if part == "night" and wish.time is not None and wish.day is not None and times[0].hour < 6:
        return next((moment + _DAY for moment in moments), None)  # "tonight at one" is after midnight
    return next(later, None)


def say_time(moment: dt.datetime | dt.time) -> str:
    """ "7 AM", "7:30 PM", "noon", "midnight"."""
    if speaking() == "ko":
        return korean.say_time(moment)
    if moment.minute == 0 and moment.hour in (0, 12):
        return "noon" if moment.hour else "midnight"
    minutes = f":{moment.minute:02d}" if moment.minute else ""
    return f"{moment.hour % 12 or 12}{minutes} {'AM' if moment.hour < 12 else 'PM'}"


def say_moment(moment: dt.datetime, now: dt.datetime) -> str:
    """Day and time, with the name of the day unless it is today: "tomorrow, Wednesday, at 7 AM"."""
    if speaking() == "ko":
        return korean.say_moment(moment, now)
    return f"{say_day(moment, now)} at {say_time(moment)}"


def say_day(moment: dt.datetime, now: dt.datetime) -> str:
    """ "today", "tomorrow, Wednesday,", "on Friday", "on Monday, December 25,"."""
    if speaking() == "ko":
        return korean.say_day(moment, now)
    ahead = (moment.date() - now.date()).days
    if ahead == 0:
        return "today"
    if ahead == -1:
        return "yesterday"
    if ahead == 1:
        return f"tomorrow, {moment:%A},"
    if 1 < ahead < 7:
        return f"on {moment:%A}"
    year = f" {moment.year}," if moment.year != now.year else ""
    return f"on {moment:%A}, {moment:%B} {moment.day},{year}"


def say_repeat(repeat: Repeat) -> str:
    """ "every weekday", "every Monday and Thursday", "every three days"; empty for what comes once."""
    if speaking() == "ko":
        return korean.say_repeat(repeat.weekdays, repeat.every_days)
    if repeat.weekdays:
        named = {(0, 1, 2, 3, 4): "weekday", (5, 6): "weekend day", tuple(range(7)): "day"}
        days = tuple(sorted(repeat.weekdays))
        return f"every {named.get(days) or say_list([WEEKDAYS[day].capitalize() for day in days])}"
    if repeat.every_days > 2:
        return f"every {say_number(repeat.every_days)} days"
    return {0: "", 1: "every day", 2: "every other day"}[repeat.every_days]


def _readings(said: SaidTime) -> list[SaidTime]:
    return [said] if said.exact else [said.in_part("morning"), said.in_part("evening")]


def _likely(said: SaidTime, early: int) -> dt.time:
    if not said.exact:
        said = said.in_part("morning" if early <= said.hour < 12 else "afternoon")
    return dt.time(said.hour, said.minute)


def _days(said: SaidDay | None, today: dt.date) -> Iterator[dt.date]:
    """The dates that may be meant, the next one first."""
    if said is not None and said.ahead is not None:
        yield today + said.ahead * _DAY
    elif said is None or (said.weekday is None and said.month_day is None):
        yield from (today, today + _DAY)
    elif said.weekday is not None:
        first = today + ((said.weekday - today.weekday()) % 7) * _DAY
        if first > today or not said.after:
            yield first
        yield first + 7 * _DAY
    elif said.month_day is not None:
        for year in range(today.year, today.year + 9):  # the 29th of February may be eight years away
            try:
                yield dt.date(year, *said.month_day)
            except ValueError:
                continue
