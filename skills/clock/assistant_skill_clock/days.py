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

KOREAN_DAYS = {
    "크리스마스": (12, 25), "성탄절": (12, 25), "크리스마스이브": (12, 24), "새해": (1, 1), "신정": (1, 1),
    "삼일절": (3, 1), "식목일": (4, 5), "어린이날": (5, 5), "어버이날": (5, 8), "스승의날": (5, 15), "현충일": (6, 6),
    "제헌절": (7, 17), "광복절": (8, 15), "개천절": (10, 3), "한글날": (10, 9), "할로윈": (10, 31), "핼러윈": (10, 31),
    "밸런타인데이": (2, 14), "발렌타인데이": (2, 14), "화이트데이": (3, 14), "빼빼로데이": (11, 11), "연말": (12, 31),
}  # fmt: skip
"""Days of a fixed date by their Korean names; Seollal and Chuseok follow the moon and are not here."""
