"""The weather now and in the next days, here and elsewhere, from Open-Meteo."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal, TypeVar

from assistant.korean.canonical import in_korean_words
from assistant.korean.telling import WEEKDAYS
from assistant.skill import Cancelled, Card, Context, Kept, Reply, Skill, SkillError, WebCache, say_age, speaking, tool
from assistant_skill_weather import templates
from assistant_skill_weather.service import (
    Forecast,
    Place,
    Span,
    Units,
    UnreadableError,
    fetch_forecast,
    fetch_place,
    read_forecast,
    read_place,
)
from assistant_skill_weather.when import Asked, UnknownDayError, asked

FRESH_S, KEPT_S = 900.0, 6 * 3600.0
PLACE_FRESH_S, PLACE_KEPT_S = 30 * 86_400.0, 365 * 86_400.0
KEPT_ANSWERS = 16
LIKELY, MAYBE = 60, 30
"""Percent from which rain is likely, and from which it is mentioned."""
FAHRENHEIT = ("US", "LR", "BS", "BZ", "KY", "PW")
"""Countries that use it."""

When = Annotated[str, "a day such as tomorrow, friday evening or weekend; empty for now"]
Where = Annotated[str, "a city; empty for here"]


Read = TypeVar("Read")


class Weather(Skill):
    def __init__(self, context: Context, texts: Any) -> None:
        super().__init__(context, texts)
        now_s: Callable[[], float] = lambda: context.now().timestamp()  # noqa: E731
        kept = {"most": KEPT_ANSWERS}
        self._forecasts = WebCache(lambda: context.store, now_s, fresh_s=FRESH_S, kept_s=KEPT_S, **kept)
        self._places = WebCache(lambda: context.store, now_s, fresh_s=PLACE_FRESH_S, kept_s=PLACE_KEPT_S, **kept)

    @tool(
        fast=templates.FORECAST,
        lists={"weekend": templates.WEEKEND},
        llm=["should I wear a jacket in Oslo tomorrow", "what will the weather do on Sunday"],
        never=["how cold is it in the fridge", "what is the temperature in the living room"],
        deadline_s=12,
    )
    async def forecast(self, when: When = "", place: Where = "") -> Reply:
        """Tell the weather: now, on a day, or at the weekend, here or in a city."""
        where = await self._place(place)
        if where is None:
            return self._ask_place(when)
        return await self._told(where, when, self._forecast_text)

    @tool(
        fast=templates.RAIN,
        lists={
            "weekend": templates.WEEKEND, "fall": templates.FALL, "falling": templates.FALLING,
            "thing": templates.THING,
        },
        llm=["am I going to get wet on the way home"],
        deadline_s=12,
    )  # fmt: skip
    async def rain(self, kind: Literal["rain", "snow"] = "rain", when: When = "", place: Where = "") -> Reply:
        """Tell whether it will rain or snow, today or on a day, here or in a city; whether an umbrella is needed."""
        where = await self._place(place)
        if where is None:
            return self._ask_place(when or "today")
        return await self._told(where, when or "today", lambda *given: self._rain_text(kind, *given))

    @tool(
        fast=templates.SET_PLACE,
        lists={"weekend": templates.WEEKEND},
        effect="change",
        deadline_s=12,
    )
    async def set_place(self, place: Annotated[str, "a city"], when: When = "") -> Reply:
        """Remember the city whose weather is meant, and tell its weather."""
        where = await self._find(place)
        self.context.store.set("home", _fields(where))
        try:
            told = await self._told(where, when, self._forecast_text)
        except SkillError as error:
            if isinstance(error, Cancelled):
                raise
            return self.reply("place_set", place=where.name)
        speech = f"{self.say('place_set', place=where.name)} {told.speech}"
        return Reply(speech=speech, data=told.data, card=told.card)

    @tool(fast=templates.UNITS, lists={"unit": templates.UNIT}, effect="change")
    async def units(self, units: Literal["metric", "imperial"]) -> Reply:
        """Tell temperatures in Celsius or in Fahrenheit from now on."""
        self.context.store.set("units", units)
        return self.reply(f"{units}_set")

    async def _told(self, where: Place, when: str, say: Callable[[Place, Asked, Forecast, dt.datetime], str]) -> Reply:
        """Fetch the forecast and put it into words; with its age where the service could not be asked."""
        kept = await self._fetched(where)
        forecast = self._read(read_forecast, kept.value)
        zone = dt.timezone(dt.timedelta(seconds=forecast.offset_s))
        now = self.context.now().astimezone(zone).replace(tzinfo=None)
        try:
            wish = asked(when, now.date())
        except UnknownDayError:
            raise self.error("no_day") from None
        text = say(where, wish, forecast, now)
        if kept.stale:
            text = self.say("stale", age=say_age(kept.age_s), text=text)
        items = [self._detail(day, span, now.date()) for day, span in forecast.days.items() if day >= now.date()]
        data = {"place": where.name, "degrees": forecast.degrees, "age_s": round(kept.age_s)}
        return Reply(speech=text, data=data, card=Card(title=where.name, text=text, items=tuple(items)))

    def _forecast_text(self, where: Place, wish: Asked, forecast: Forecast, now: dt.datetime) -> str:
        if wish.now:
            degrees = self._degrees(forecast.degrees)
            return self.say("now", degrees=degrees, place=where.name, sky=self._sky(forecast.code))
        if len(wish.days) == 2:
            days = [self._weekend_day(day, forecast, now) for day in wish.days]
            return self.say("weekend", place=where.name, days=" ".join(days))
        span = self._span(wish, forecast, now)
        key = "day_wet" if span.chance >= MAYBE else "day"
        day = self._day_words(wish, now)
        return self.say(key, day=day[:1].upper() + day[1:], place=where.name, **self._span_words(span))

    def _rain_text(self, kind: str, where: Place, wish: Asked, forecast: Forecast, now: dt.datetime) -> str:
        spans = [self._span(Asked(days=(day,), part=wish.part), forecast, now) for day in wish.days]
        if kind == "snow":  # the chance is of anything that falls; the code says what
            spans = [span if _snows(span) else _dry(span) for span in spans]
        chance = max(span.chance for span in spans)
        key = "rain_likely" if chance >= LIKELY else "rain_maybe" if chance >= MAYBE else "rain_unlikely"
        day = self._day_words(wish, now)
        return self.say(key, kind=self.texts[kind], place=where.name, day=day, chance=chance)

    def _span(self, wish: Asked, forecast: Forecast, now: dt.datetime) -> Span:
        """Raises: SkillError: the forecast does not reach that day."""
        day = wish.days[0]
        if wish.part:
            start, end = wish.hours()
            span = forecast.between(max(start, now - dt.timedelta(hours=1)), end)
        elif day == now.date():  # what is over of the day is no forecast
            midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time())
            rest = forecast.between(now - dt.timedelta(hours=1), midnight)
            whole = forecast.days.get(day)
            span = whole and rest and Span(code=rest.code, low=whole.low, high=whole.high, chance=rest.chance)
        else:
            span = forecast.days.get(day)
        if span is None:
            raise self.error("past" if wish.part and day <= now.date() else "too_far")
        return span

    def _weekend_day(self, day: dt.date, forecast: Forecast, now: dt.datetime) -> str:
        span = self._span(Asked(days=(day,)), forecast, now)
        return self.say("weekend_day", day=_weekday(day), **self._span_words(span))

    def _span_words(self, span: Span) -> dict[str, Any]:
        low, high = self._degrees(span.low), self._degrees(span.high)
        degrees = self.texts["degrees_same" if low == high else "degrees"].format(low=low, high=high)
        kind = self.texts["snow" if _snows(span) else "rain"]
        return {"sky": self._sky(span.code), "degrees": degrees, "kind": kind, "chance": span.chance}

    def _detail(self, day: dt.date, span: Span, today: dt.date) -> str:
        name = self.texts["today"] if day == today else _weekday(day)
        return self.say(
            "detail", day=name, sky=self._sky(span.code), low=round(span.low), high=round(span.high), chance=span.chance
        )

    def _day_words(self, wish: Asked, now: dt.datetime) -> str:
        day, ahead = wish.days[0], (wish.days[0] - now.date()).days
        if wish.part and ahead == 0:
            return self.texts[f"part_this_{wish.part}"]
        known = {0: self.texts["today"], 1: self.texts["tomorrow"]}
        words = known.get(ahead) or self.texts["on_day"].format(weekday=_weekday(day))
        return self.texts[f"part_{wish.part}"].format(day=words) if wish.part else words

    def _sky(self, code: int) -> str:
        return self.texts.get(f"sky_{code}", self.texts["sky_unknown"])

    def _degrees(self, value: float) -> str:
        whole = round(value)
        return self.texts["minus"].format(degrees=-whole) if whole < 0 else str(whole)

    async def _fetched(self, where: Place) -> Kept:
        units = self._units(where)
        name = f"forecast:{where.latitude:.2f},{where.longitude:.2f}:{units}"
        return await self._forecasts.get(
            name, lambda: self._readable(lambda: fetch_forecast(self.context.http, where, units))
        )

    def _units(self, where: Place) -> Units:
        """The user's choice, else what people use at home."""
        home = self._home() or where
        chosen = self.context.store.get("units")
        return chosen if chosen in ("metric", "imperial") else "imperial" if home.country in FAHRENHEIT else "metric"

    async def _place(self, name: str) -> Place | None:
        """The place of that name, or home; none while nobody has said where that is."""
        return await self._find(name) if name.strip() else self._home()

    def _home(self) -> Place | None:
        kept = self.context.store.get("home")
        return None if kept is None else self._read(read_place, kept)

    async def _find(self, name: str) -> Place:
        """Raises: SkillError: there is no such place."""
        words = " ".join(name.lower().split())[:80]
        if len(words) < 2:
            raise self.error("unknown_place", place=name or "that")
        language = self.context.language
        kept = await self._places.get(
            f"place:{words}", lambda: self._readable(lambda: fetch_place(self.context.http, words, language))
        )
        if kept.value is None:
            raise self.error("unknown_place", place=name.title())
        return self._read(read_place, kept.value)

    async def _readable(self, fetch: Callable[[], Awaitable[Any]]) -> Any:
        try:
            return await fetch()
        except UnreadableError:
            raise self.error("unreadable") from None

    def _read(self, read: Callable[[Any], Read], fields: Any) -> Read:
        try:
            return read(fields)
        except UnreadableError:
            raise self.error("unreadable") from None

    def _ask_place(self, when: str) -> Reply:
        day = in_korean_words(when) if speaking() == "ko" else when
        ask = self.texts["ask_where_when" if when else "ask_where"].format(when=day, answer="{answer}")
        return self.reply("where", ask=ask)


def _weekday(day: dt.date) -> str:
    return WEEKDAYS[day.weekday()] if speaking() == "ko" else f"{day:%A}"


def _fields(place: Place) -> dict[str, Any]:
    return {
        "name": place.name, "latitude": place.latitude, "longitude": place.longitude, "country_code": place.country,
    }  # fmt: skip


def _snows(span: Span) -> bool:
    return 71 <= span.code <= 77 or span.code in (85, 86)


def _dry(span: Span) -> Span:
    return Span(code=span.code, low=span.low, high=span.high, chance=0)
