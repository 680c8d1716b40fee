"""Time, date and weekday, here and in large cities, and the days until a date."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from typing import Annotated, Literal

from assistant.korean.telling import WEEKDAYS
from assistant.skill import Reply, Skill, speaking, tool
from assistant.spoken_days import parse_day
from assistant_skill_clock.days import KOREAN_DAYS, MONTHS, NAMED_DAYS, ORDINALS, ordinal
from assistant_skill_clock.zones import KOREAN_PLACES, PLACES, ZONES

_DAYS = {"today": "today", "tomorrow": "tomorrow", "yesterday": "yesterday"}
_PLACE = {place: place for place in PLACES}


class Clock(Skill):
    @tool(
        fast=[
            "[the] (current|exact) time",
            "the time",
            "what does the clock say",
            "what time is it [here|today|exactly|currently]",
            "what time it is",
            "what is the [current|exact|local] time [here|today]",
            "what the time is",
            "give me the [current] time",
            "have you got the time",
            "do you have the time",
            "got the time",
            "what hour is it",
            "how late is it",
            "what time do we have",
            "what time of [the] day is it",
            "[what is|give me] [the] [current|local] time [right now|currently] (in|for|at) {place:city} [currently]",
            "what time (is it|it is) [right now|now|currently] (in|over in|at) {place:city} [currently]",
            "what time of day is it in {place:city}",
            "{place:city} time",
            "what is {place:city} time",
            "how late is it in {place:city}",
            "what hour is it in {place:city}",
        ],
        lists={"place": _PLACE},
        public=True,
    )
    async def time(self, city: Annotated[str, "a city; empty for here"] = "") -> Reply:
        """Tell the current time of day, here or in a city."""
        here = self.context.now()
        if not city:
            return self.reply("time", data={"time": here.isoformat()}, time=_clock(here))
        place = " ".join(city.lower().split())
        known = {**PLACES, **KOREAN_PLACES}
        if place not in known:
            raise self.error("unknown_city", city=city)
        name, zone = known[place]
        try:
            there = here.astimezone(zoneinfo.ZoneInfo(ZONES[zone]))
        except zoneinfo.ZoneInfoNotFoundError:
            raise self.error("no_zones") from None
        key = "time_in" if there.date() == here.date() else "time_in_other_day"
        data = {"time": there.isoformat(), "city": name}
        return self.reply(key, data=data, time=_clock(there), city=name, weekday=_weekday(there))

    @tool(
        fast=[
            "[what is] the [current] date [today]",
            "what is today's date",
            "today's date",
            "date today",
            "today date",
            "(what|which) date is it [today]",
            "what date is today",
            "what date it is",
            "what (today's|the) date is [today]",
            "(give me|get) (the|today's) date [today]",
            "what (is|was|will be) the date [of|for] {day}",
            "(what|which) date (is it|is|will it be|was it|was) {day}",
            "what (is|was|will be) {days:day} date",
            "what is the day and date [today]",
            "what month is it",
            "what day of the month is it [today]",
        ],
        lists={"day": _DAYS, "days": {"tomorrow's": "tomorrow", "yesterday's": "yesterday"}},
        public=True,
    )
    async def date(self, day: Literal["today", "tomorrow", "yesterday"] = "today") -> Reply:
        """Tell the date with weekday and year, of today, tomorrow or yesterday."""
        shift = {"today": 0, "tomorrow": 1, "yesterday": -1}[day]
        found = self.context.now().date() + dt.timedelta(days=shift)
        key = "date" if day == "today" else day
        return self.reply(key, data={"date": found.isoformat()}, date=_date(found))

    @tool(
        fast=[
            "(what|which) day is it [today]",
            "(what|which) day is today",
            "(what|which) day it is",
            "what is today",
            "what is the day [today]",
            "(what|which) (day of (the|a) week|weekday) is (it|today) [today]",
            "what day of the week are we on",
            "(what|which) day are we [on]",
            "what day do we have",
            "(what|which) day (is|will it be|will be) {day}",
            "(what|which) day was [it] {day}",
            "(what|which) (day of (the|a) week|weekday) (is|was) [it] {day}",
        ],
        lists={"day": _DAYS},
        public=True,
    )
    async def weekday(self, day: Literal["today", "tomorrow", "yesterday"] = "today") -> Reply:
        """Tell which day of the week it is today, was yesterday or will be tomorrow."""
        shift = {"today": 0, "tomorrow": 1, "yesterday": -1}[day]
        found = self.context.now().date() + dt.timedelta(days=shift)
        data = {"weekday": f"{found:%A}"}
        if day == "today":
            return self.reply("weekday", data=data, weekday=_weekday(found))
        return self.reply(day, data=data, date=_weekday(found))

    @tool(
        fast=["(what|which) year is it [now]", "what is the [current] year", "(what|which) year are we in"], public=True
    )
    async def year(self) -> Reply:
        """Tell the current year."""
        return self.reply("year", year=self.context.now().year)

    @tool(
        fast=[
            "how many [more] days [are [there]] [left] (until|till|til|to|before) {named:day}",
            "how many days is it (until|till|til|to) {named:day}",
            "how long [is it] (until|till|til) {named:day}",
            "days (until|till|til) {named:day}",
            "how many [more] days [are [there]] [left] (until|till|til|to|before) [the] {nth} of {month:day}",
            "how many [more] days [are [there]] [left] (until|till|til|to|before) {month:day} [the] {nth}",
        ],
        lists={"named": {name: name for name in NAMED_DAYS}, "month": MONTHS, "nth": ORDINALS},
        public=True,
    )
    async def days_until(
        self,
        day: Annotated[str, "a holiday of a fixed date, such as christmas, or a month"],
        nth: Annotated[str, "day of the month, 1 to 31, with a month"] = "",
    ) -> Reply:
        """Count the days until a holiday or a date like december 24."""
        today = self.context.now().date()
        if day.lower() in NAMED_DAYS:
            name, month, number = NAMED_DAYS[day.lower()]
        elif day in KOREAN_DAYS:
            name, (month, number) = day, KOREAN_DAYS[day]
        elif (said := parse_day(day)) is not None and said.month_day is not None:
            month, number = said.month_day
            name = f"{month}월 {number}일" if speaking() == "ko" else day.capitalize()
        elif day.lower() in MONTHS.values() and nth.isdecimal():
            month, number = [*MONTHS.values()].index(day.lower()) % 12 + 1, int(nth)
            name = f"{day.capitalize()} {ordinal(number)}"
        else:
            raise self.error("no_such_day", day=f"{day} {nth}".strip())
        target = _next_date(today, month, number)
        if target is None:
            raise self.error("no_such_day", day=name)
        days = (target - today).days
        if days == 0:
            return self.reply("is_today", data={"days": 0}, day=name)
        told = f"{days}일" if speaking() == "ko" else f"{days} day{'' if days == 1 else 's'}"
        return self.reply("days_until", data={"days": days}, days=told, day=name)

    def lists(self) -> Mapping[str, Mapping[str, str]]:
        """The Korean names, for the Korean sentences."""
        return {"city": {name: name for name in KOREAN_PLACES}, "named_day": {name: name for name in KOREAN_DAYS}}


def _weekday(day: dt.date) -> str:
    return WEEKDAYS[day.weekday()] if speaking() == "ko" else f"{day:%A}"


def _date(day: dt.date) -> str:
    if speaking() == "ko":
        return f"{day.year}년 {day.month}월 {day.day}일 {_weekday(day)}"
    return f"{day:%A}, {day:%B} {ordinal(day.day)}, {day.year}"


def _clock(moment: dt.datetime) -> str:
    if speaking() == "ko":
        minutes = f" {moment.minute}분" if moment.minute else ""
        return f"{'오전' if moment.hour < 12 else '오후'} {moment.hour % 12 or 12}시{minutes}"
    return f"{moment.hour % 12 or 12}:{moment.minute:02d} {'AM' if moment.hour < 12 else 'PM'}"


def _next_date(today: dt.date, month: int, number: int) -> dt.date | None:
    """The next day of that month and number, within eight years (29 February); none if there is no such day."""
    for year in range(today.year, today.year + 9):
        try:
            found = dt.date(year, month, number)
        except ValueError:
            continue
        if found >= today:
            return found
    return None
