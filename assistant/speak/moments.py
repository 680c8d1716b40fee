"""Times of day, dates and years, written in digits, as people say them."""

from __future__ import annotations

import re
from re import Match

from assistant.speak.numbers import cardinal, ordinal, plural, year

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_MONTH = r"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|" + "|".join(_MONTHS) + r")\b\.?"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?(?![\d:%]|\.\d|,\d)"
_YEAR = r"(?P<year>1\d{3}|20\d\d)(?![\d:%]|[.,]\d)"
_UNTIL_DAY = r"(?:\s?[-–]\s?(?P<until>[0-3]?\d)(?:st|nd|rd|th)?(?![\d:%-]|\.\d|,\d))?"

_ISO_DATE = re.compile(r"(?<![\d-])(?P<year>[12]\d{3})-(?P<month>[01]\d)-(?P<day>[0-3]\d)(?:T(?=\d\d:)|(?![\d-]))")
_SLASH_DATE = re.compile(r"(?<![\d/])(?P<first>[0-3]?\d)/(?P<second>[0-3]?\d)/(?P<year>1\d{3}|20\d\d)(?![\d/])")
_MONTH_DAY = re.compile(rf"\b{_MONTH}\s+{_DAY}{_UNTIL_DAY}(?:,?\s+{_YEAR})?")
_DAY_MONTH = re.compile(rf"(?<![\d.,:/-])(?:\bthe\s+)?{_DAY}{_UNTIL_DAY}\s+(?:of\s+)?{_MONTH}(?:,?\s+{_YEAR})?(?!\w)")
_MONTH_YEAR = re.compile(rf"\b{_MONTH},?\s+{_YEAR}")

_DECADE = re.compile(r"(?<![\w.,])(?P<year>1\d\d0|20\d0)'?s\b")
_SHORT_DECADE = re.compile(
    r"(?:(?<![\w.,])'|(?<=\bthe )|(?<=\bmy )|(?<=\bhis )|(?<=\bher )|(?<=\btheir )|(?<=early )|(?<=mid[ -])|(?<=late ))"
    r"(?P<tens>[2-9]0)'?s\b"
)
_SHORT_YEAR = re.compile(r"(?<![\w.,])(?P<year>1[1-9]\d\d|20\d\d)\s?[-–/]\s?(?P<until>\d\d)(?![\w:]|[.,]\d)")
_PLAIN_YEAR = re.compile(r"(?<![\w.,$€£/-])(?:1[1-9]\d\d|20\d\d)(?![\w%°$€£]|[.,/-]\d|\s?[+×÷^=])")
_AMOUNT_BEFORE = re.compile(
    r"(?:[=×÷+*/^<>−]|\b(?:equals|plus|minus|times|by|makes|total(?: of)?|(?:answer|result|sum|product|total) is))\s*$"
)
_PLURAL_AFTER = re.compile(
    r"\s+(?!(?:is|was|has|as|this|its|does|versus|plus|times|minus|always|perhaps)\b)[a-z]{3,}s\b"
)

_MERIDIEM = r"(?P<meridiem>[AaPp])\.?\s?[Mm](?:\b\.?(?=\s+[a-z,;])|\.(?=[,;:!?])|\b)"
_CLOCK_12 = re.compile(
    rf"(?<![\d:.,])(?P<hour>[01]?\d)(?:[:.](?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?)?\s?{_MERIDIEM}"
)
_CLOCK_24 = re.compile(
    r"(?<![\w:.,])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))?(?:\.\d+)?Z?(?![\w:])"
)
_RATIO = re.compile(r"(?<![\d:])(\d{1,6})\s?:\s?(\d{1,6})(?![\d:])")


def say_dates(text: str) -> str:
    """Replace dates and short ranges of years by words."""
    text = _ISO_DATE.sub(_iso_date, text)
    text = _SLASH_DATE.sub(_slash_date, text)
    text = _MONTH_DAY.sub(_named_date, text)
    text = _DAY_MONTH.sub(_named_date, text)
    text = _MONTH_YEAR.sub(lambda m: f"{_month(m['month'])} {year(m['year'])}", text)
    return _SHORT_YEAR.sub(_year_range, text)


def say_times(text: str) -> str:
    """Replace times of day, ratios and decades by words."""
    text = _CLOCK_12.sub(_clock, text)
    text = _CLOCK_24.sub(_clock, text)
    text = _RATIO.sub(r"\1 to \2", text)
    text = _DECADE.sub(lambda m: plural(year(m["year"])), text)
    return _SHORT_DECADE.sub(lambda m: plural(cardinal(m["tens"])), text)


def say_years(text: str) -> str:
    """Replace the years among the bare numbers, once everything with a unit has been taken out."""
    return _PLAIN_YEAR.sub(_plain_year, text)


def _month(name: str) -> str:
    return next(month for month in _MONTHS if month.startswith(name[:3]))


def _date(month: str, day: str, year_digits: str | None, until: str | None = None) -> str:
    words = f"{month} {ordinal(day)}"
    if until:
        words += f" to {ordinal(until)}"
    return f"{words}, {year(year_digits)}" if year_digits else words


def _iso_date(match: Match[str]) -> str:
    month, day = int(match["month"]), int(match["day"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return match[0]
    return _date(_MONTHS[month - 1], match["day"], match["year"]) + (" at " if match[0].endswith("T") else "")


def _slash_date(match: Match[str]) -> str:
    """Month first as in the United States, unless only the second figure can be a month."""
    month, day = match["first"], match["second"]
    if int(month) > 12:
        month, day = day, month
    if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return match[0]
    return _date(_MONTHS[int(month) - 1], day, match["year"])


def _named_date(match: Match[str]) -> str:
    days = [int(day) for day in (match["day"], match["until"]) if day]
    if not all(1 <= day <= 31 for day in days):
        return match[0]
    return _date(_month(match["month"]), match["day"], match["year"], match["until"])


def _clock(match: Match[str]) -> str:
    groups = match.groupdict()
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    meridiem = groups.get("meridiem")
    if meridiem and not 1 <= hour <= 12:
        meridiem = None
    words = cardinal(str(hour))
    if minute:
        words += f" {'oh ' if minute < 10 else ''}{cardinal(str(minute))}"
    elif not meridiem:
        words += " o'clock" if 1 <= hour <= 12 else " hundred"
    if second := int(match["second"] or 0):
        words += f" and {cardinal(str(second))} second{'s' if second > 1 else ''}"
    # "AM" in one piece: with letters apart the voice takes the A for the article.
    return f"{words} {meridiem.upper()}M" if meridiem else words


def _year_range(match: Match[str]) -> str:
    first, until = match["year"], match["until"]
    if int(until) <= int(first[2:]):
        return match[0]
    return f"{year(first)} to {year(first[:2] + until)}"


def _plain_year(match: Match[str]) -> str:
    """A bare number of four figures is a year unless it counts something or comes out of a sum."""
    if _AMOUNT_BEFORE.search(match.string, max(0, match.start() - 20), match.start()):
        return match[0]
    if _PLURAL_AFTER.match(match.string, match.end()):
        return match[0]
    return year(match[0])
