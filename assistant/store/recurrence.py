"""When a plan in local time is due next: pure arithmetic, also over the hours that a zone skips or repeats."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from assistant.skill import ONCE, Repeat

_DAY = dt.timedelta(days=1)
_SEARCHED_DAYS = 400
"""Days that are looked at for the next one of a plan; every plan has one within its longest pause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A time of day from a first date on, as the wall shows it in an IANA zone."""

    first: dt.date
    at: dt.time
    zone: str
    repeat: Repeat = ONCE

    def begin(self) -> dt.datetime | None:
        """The first occurrence of all, which is on the first date or on the first after it that fits."""
        start = instant(dt.datetime.combine(self.first, self.at), ZoneInfo(self.zone))
        return self.next_after(start.astimezone(dt.UTC) - dt.timedelta(seconds=1))  # UTC: the wall may skip that second

    def next_after(self, moment: dt.datetime) -> dt.datetime | None:
        """The first occurrence strictly after an aware moment, aware in the plan's zone; None when it is over."""
        zone = ZoneInfo(self.zone)
        # A gap can move an occurrence to a later date, therefore the day before is looked at as well.
        start = max(self.first, moment.astimezone(zone).date() - _DAY)
        for day in self._days(start):
            due = instant(dt.datetime.combine(day, self.at), zone)
            if due.timestamp() > moment.timestamp() and not (self.repeat.recurs and _left_out(day, zone)):
                return due
        return None

    def _days(self, start: dt.date) -> Iterator[dt.date]:
        """The dates of the plan from `start` on."""
        if not self.repeat.recurs:
            yield self.first
            return
        step = max(1, self.repeat.every_days)
        day = start + (self.first - start) % dt.timedelta(days=step)
        for _ in range(_SEARCHED_DAYS):
            if not self.repeat.weekdays or day.weekday() in self.repeat.weekdays:
                yield day
            day += dt.timedelta(days=step)


def _left_out(day: dt.date, zone: ZoneInfo) -> bool:
    """A date that the zone never had (Apia, 30 December 2011): what comes daily rings on the dates around it only."""
    begin, end = (instant(dt.datetime.combine(date, dt.time()), zone) for date in (day, day + _DAY))
    return begin.timestamp() == end.timestamp()


def instant(local: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The moment at which a naive local time is due: of a repeated hour the first, of a skipped one its end."""
    due = local.replace(tzinfo=zone, fold=0)
    if due.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) == local:
        return due
    # PEP 495: in a gap the two folds stand for the offsets before and after it, and enclose the change.
    before, after = (local.replace(tzinfo=zone, fold=fold).timestamp() for fold in (1, 0))
    low, high = int(before) - 1, int(after) + 1
    offset = dt.datetime.fromtimestamp(high, zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if dt.datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return dt.datetime.fromtimestamp(high, zone)
