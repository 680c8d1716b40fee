"""Names of days that have a fixed date, of months, and of the days in a month."""

from __future__ import annotations

_MONTHS = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
]  # fmt: skip
MONTHS = {name: name for name in _MONTHS}

_ONES = [
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth",
]  # fmt: skip
_TEENS = ["fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"]

NAMED_DAYS = {
    "christmas": ("Christmas", 12, 25),
    "christmas day": ("Christmas", 12, 25),
    "christmas eve": ("Christmas Eve", 12, 24),
    "new year": ("New Year", 1, 1),
    "new years": ("New Year", 1, 1),
    "the new year": ("New Year", 1, 1),
    "new years day": ("New Year's Day", 1, 1),
    "new years eve": ("New Year's Eve", 12, 31),
    "halloween": ("Halloween", 10, 31),
    "valentines day": ("Valentine's Day", 2, 14),
    "saint patricks day": ("Saint Patrick's Day", 3, 17),
}


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 11th, 23rd."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _spoken() -> dict[str, str]:
    words = [*_ONES, *_TEENS, "twentieth", *(f"twenty {word}" for word in _ONES[:9]), "thirtieth", "thirty first"]
    spoken = {word: str(place + 1) for place, word in enumerate(words)}
    for number in range(1, 32):
        spoken[str(number)] = spoken[ordinal(number)] = str(number)
    return spoken


ORDINALS = _spoken()
"""How a day of the month is said -> its number."""
