"""Which days, or which hours of a day, somebody means who asks for the weather; pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from assistant.spoken_days import parse_day
from assistant.spoken_time import Part

_HOURS: dict[Part, tuple[int, int]] = {
    "morning": (6, 12), "noon": (11, 14), "afternoon": (12, 18), "evening": (18, 23), "night": (21, 30),
}  # fmt: skip
"""From and until which hour; the night ends at six of the next day."""
_DAY = dt.timedelta(days=1)
_WEEKEND = ("weekend", "the weekend", "this weekend")


class UnknownDayError(ValueError):
    """Words that are no day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`now`: the present; else these `days`, or of the only one the part."""

    now: bool = False
    days: tuple[dt.date, ...] = ()
    part: Part = ""

    def hours(self) -> tuple[dt.datetime, dt.datetime]:
        """From and until which local moment the part lasts."""
        first, end = _HOURS[self.part]
        midnight = dt.datetime.combine(self.days[0], dt.time())
        return midnight + dt.timedelta(hours=first), midnight + dt.timedelta(hours=end)


def asked(when: str, today: dt.date) -> Asked:
    """What `when` means, as it was said ("", "tomorrow evening", "on friday", "weekend").

    Raises:
        UnknownDayError: it is no day.
    """
    words = " ".join(when.lower().split()).removeprefix("for ")
    if words in ("", "now", "right now"):
        return Asked(now=True)
    if words in _WEEKEND:
        saturday = today + ((5 - today.weekday()) % 7) * _DAY
        return Asked(days=(today,) if today.weekday() == 6 else (saturday, saturday + _DAY))
    said = parse_day(words)
    if said is None:
        raise UnknownDayError
    if said.ahead is not None:
        return Asked(days=(today + said.ahead * _DAY,), part=said.part)
    if said.weekday is not None:
        ahead = (said.weekday - today.weekday()) % 7
        return Asked(days=(today + (ahead or (7 if said.after else 0)) * _DAY,), part=said.part)
    if said.month_day is not None:
        return Asked(days=(_date(today, *said.month_day),), part=said.part)
    return Asked(days=(today,), part=said.part)


def _date(today: dt.date, month: int, day: int) -> dt.date:
    """The next such date. Raises: UnknownDayError: there is none within eight years."""
    for year in range(today.year, today.year + 9):
        try:
            found = dt.date(year, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    raise UnknownDayError
