"""Open-Meteo's two services as plain data: a place by its name, and the forecast of a place.

https://open-meteo.com/en/docs, https://open-meteo.com/en/docs/geocoding-api; free for private use, data CC BY 4.0.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from assistant.skill import Http, plain_text

GEOCODING = "https://geocoding-api.open-meteo.com/v1/search"
FORECAST = "https://api.open-meteo.com/v1/forecast"
DAYS = 8
TIMEOUT_S = 4.0

Units = Literal["metric", "imperial"]

_HOURLY = ("temperature_2m", "precipitation_probability", "weather_code")
_DAILY = ("weather_code", "temperature_2m_max", "temperature_2m_min", "precipitation_probability_max")
_NUMBERS = (int, float)


class UnreadableError(ValueError):
    """The service sent something else than it says in its documentation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`country` is a code of two letters; empty where there is none."""

    name: str
    latitude: float
    longitude: float
    country: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The weather of a day or of some hours; `chance` of rain or snow in percent, `code` after WMO table 4677."""

    code: int
    low: float
    high: float
    chance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Temperatures in the unit that was asked for. Hours and days are local to the place; `offset_s` is its zone."""

    offset_s: int
    degrees: float
    code: int
    days: dict[dt.date, Span]
    hours: dict[dt.datetime, Span]

    def between(self, start: dt.datetime, end: dt.datetime) -> Span | None:
        """The hours from `start` to before `end`, the worst weather of them; none where the forecast ends."""
        spans = [span for hour, span in self.hours.items() if start <= hour < end]
        if not spans:
            return None
        return Span(
            code=max(span.code for span in spans),
            low=min(span.low for span in spans),
            high=max(span.high for span in spans),
            chance=max(span.chance for span in spans),
        )


async def fetch_place(http: Http, name: str, language: str) -> Any:
    """The first place of that name as JSON, or None. Raises: SkillError, UnreadableError."""
    params = {"name": name, "count": "1", "language": language, "format": "json"}
    answer = (await http.get(GEOCODING, params=params, timeout_s=TIMEOUT_S)).expect_ok().json()
    found = answer.get("results") if isinstance(answer, dict) else None
    if found is None and isinstance(answer, dict) and "generationtime_ms" in answer:
        return None  # it leaves the list out where it would be empty
    if not isinstance(found, list):
        raise UnreadableError
    if not found:
        return None
    read_place(found[0])
    return {name: found[0].get(name, "") for name in ("name", "latitude", "longitude", "country_code")}


def read_place(fields: Any) -> Place:
    """Raises: UnreadableError."""
    try:
        name = plain_text(fields["name"], 60)
        latitude, longitude = _number(fields["latitude"]), _number(fields["longitude"])
        country = plain_text(str(fields.get("country_code") or ""), 2)
    except (KeyError, TypeError, AttributeError):
        raise UnreadableError from None
    if not name or not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise UnreadableError
    return Place(name=name, latitude=latitude, longitude=longitude, country=country)


async def fetch_forecast(http: Http, place: Place, units: Units) -> Any:
    """The forecast as JSON. Raises: SkillError, UnreadableError."""
    params = {
        "latitude": f"{place.latitude:.4f}",
        "longitude": f"{place.longitude:.4f}",
        "current": "temperature_2m,weather_code",
        "hourly": ",".join(_HOURLY),
        "daily": ",".join(_DAILY),
        "timezone": "auto",
        "forecast_days": str(DAYS),
    }
    if units == "imperial":
        params["temperature_unit"] = "fahrenheit"
    answer = (await http.get(FORECAST, params=params, timeout_s=TIMEOUT_S)).expect_ok().json()
    read_forecast(answer)
    kept = {name: answer[name] for name in ("utc_offset_seconds", "current")}
    for part, names in (("hourly", _HOURLY), ("daily", _DAILY)):
        kept[part] = {name: answer[part][name] for name in ("time", *names)}
    return kept


def read_forecast(fields: Any) -> Forecast:
    """Raises: UnreadableError."""
    try:
        hourly, daily = fields["hourly"], fields["daily"]
        days = {
            dt.date.fromisoformat(day): Span(
                code=_code(code), low=_number(low), high=_number(high), chance=_chance(wet)
            )
            for day, code, high, low, wet in zip(daily["time"], *(daily[name] for name in _DAILY), strict=True)
            if code is not None and high is not None and low is not None  # the last day may be empty
        }
        hours = {
            dt.datetime.fromisoformat(hour): Span(
                code=_code(code), low=_number(degrees), high=_number(degrees), chance=_chance(wet)
            )
            for hour, degrees, wet, code in zip(hourly["time"], *(hourly[name] for name in _HOURLY), strict=True)
            if degrees is not None and code is not None
        }
        current = fields["current"]
        return Forecast(
            offset_s=int(_number(fields["utc_offset_seconds"])),
            degrees=_number(current["temperature_2m"]),
            code=_code(current["weather_code"]),
            days=days,
            hours=hours,
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UnreadableError from None


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, _NUMBERS) or not abs(value) < 1e6:
        raise UnreadableError
    return float(value)


def _code(value: Any) -> int:
    return int(_number(value))


def _chance(value: Any) -> int:
    """Some models know no chance: it is none then."""
    return 0 if value is None else max(0, min(100, round(_number(value))))
