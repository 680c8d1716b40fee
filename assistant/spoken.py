"""Numbers and durations as people say them, to values and back: helpers for English, also for skill authors.

What tells a value (`say_*`) does so in the language that is spoken where it is called (`assistant.language.speaking`).

The functions named `*_ends` read from the start of a list of normalised words (see `assistant.think.fastpath`) and
give every place where a value may end, longest first, so that a grammar can choose the reading that fits the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from assistant.korean import telling as korean
from assistant.language import speaking

_ONES = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_UNITS = {word: value for value, word in enumerate(_ONES)}
_TENS_VALUE = {word: 10 * (place + 2) for place, word in enumerate(_TENS)} | {"fourty": 40}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_FRACTIONS = {"half": Fraction(1, 2), "quarter": Fraction(1, 4), "third": Fraction(1, 3)}
_PLURAL_FRACTIONS = {"quarters": Fraction(1, 4), "thirds": Fraction(1, 3), "halves": Fraction(1, 2)}
_DIGITS = re.compile(r"\d+(?:\.\d+)?")
_COMPACT = re.compile(r"(\d+(?:\.\d+)?)([a-z]+)")

NUMBER_WORDS = frozenset(
    {*_UNITS, *_TENS_VALUE, *_SCALES, *_FRACTIONS, *_PLURAL_FRACTIONS}
    | {"hundred", "and", "a", "an", "point", "minus", "negative", "dozen", "oh"}
)
_LONGEST_NUMBER = 14
"""Words in the longest number that is read ("nine hundred and ... thousand ... and a half")."""

_SECONDS = {"day": 86_400, "hour": 3600, "minute": 60, "second": 1}
_UNIT_NAMES = {
    **dict.fromkeys(("day", "days"), "day"),
    **dict.fromkeys(("hour", "hours", "hr", "hrs", "h"), "hour"),
    **dict.fromkeys(("minute", "minutes", "min", "mins", "m"), "minute"),
    **dict.fromkeys(("second", "seconds", "sec", "secs", "s"), "second"),
}
_SMALLER = {"hour": "minute", "minute": "second"}
DURATION_WORDS = NUMBER_WORDS | {*_UNIT_NAMES} - {"h", "m", "s"} | {"couple", "of"}


def is_number_word(word: str) -> bool:
    """Whether a word may stand inside a number, in letters or digits."""
    return word in NUMBER_WORDS or _DIGITS.fullmatch(word) is not None


def parse_number(words: Sequence[str]) -> Fraction | None:
    """The value of words that are one whole number, decimal or fraction ("two and a half"); None if they are not."""
    if not words:
        return None
    if words[0] in ("minus", "negative", "-"):
        positive = parse_number(words[1:])
        return None if positive is None else -positive
    if (fraction := _fraction(words)) is not None:
        return fraction
    if "point" in words:
        return _decimal(words)
    if "and" in words:
        cut = len(words) - 1 - list(reversed(words)).index("and")
        whole, part = _cardinal(words[:cut]), _fraction(words[cut + 1 :])
        if whole is not None and part is not None:
            return whole + part
    return _cardinal(words)


def number_ends(words: Sequence[str]) -> Iterator[tuple[int, Fraction]]:
    """Every (count of words, value) that the start of `words` may be read as, longest first."""
    run = 0
    while run < min(len(words), _LONGEST_NUMBER) and (is_number_word(words[run]) or (run == 0 and words[0] == "-")):
        run += 1
    for end in range(run, 0, -1):
        value = parse_number(words[:end])
        if value is not None:
            yield end, value


def json_number(value: Fraction) -> int | float:
    """An int where the value is whole, else a float of 12 significant digits."""
    return int(value) if value.denominator == 1 else float(f"{float(value):.12g}")


def _fraction(words: Sequence[str]) -> Fraction | None:
    if words[-1:] and words[-1] in _FRACTIONS and list(words[:-1]) in ([], ["a"], ["one"]):
        return _FRACTIONS[words[-1]]
    if len(words) == 2 and words[1] in _PLURAL_FRACTIONS and words[0] in _UNITS:
        return _UNITS[words[0]] * _PLURAL_FRACTIONS[words[1]]
    return None


def _decimal(words: Sequence[str]) -> Fraction | None:
    cut = list(words).index("point")
    whole = _cardinal(words[:cut]) if cut else Fraction(0)
    digits = ""
    for word in words[cut + 1 :]:
        if word.isdecimal():
            digits += word
        elif _UNITS.get("zero" if word == "oh" else word, 10) < 10:
            digits += str(_UNITS["zero" if word == "oh" else word])
        else:
            return None
    return whole + Fraction(int(digits), 10 ** len(digits)) if digits and whole is not None else None


_AFTER_NOTHING = frozenset({"start", "and", "hundred", "scale"})


def _cardinal(words: Sequence[str]) -> Fraction | None:
    """Read "two thousand one hundred and five", "fifteen hundred", "2.5 million"; strict about the order of words."""
    total, current, last = Fraction(0), Fraction(0), "start"
    ceiling = 10**15
    for word in words:
        if word == "and":
            if last not in ("hundred", "scale"):
                return None
            last = "and"
        elif word in ("a", "an") and last == "start":
            current, last = Fraction(1), "a"
        elif _DIGITS.fullmatch(word) and last in _AFTER_NOTHING:
            current, last = current + Fraction(word), "digits"
        elif word in _UNITS and (last in _AFTER_NOTHING or (last == "tens" and 1 <= _UNITS[word] <= 9)):
            current, last = current + _UNITS[word], "unit"
        elif word in _TENS_VALUE and last in _AFTER_NOTHING:
            current, last = current + _TENS_VALUE[word], "tens"
        elif word == "hundred" and last in ("a", "unit", "digits", "start") and current < 100:
            current, last = max(current, Fraction(1)) * 100, "hundred"
        elif word == "dozen" and last in ("a", "unit", "digits", "start"):
            current, last = max(current, Fraction(1)) * 12, "dozen"
        elif word in _SCALES and last not in ("start", "and", "scale", "dozen") and _SCALES[word] < ceiling:
            total, current, last, ceiling = total + current * _SCALES[word], Fraction(0), "scale", _SCALES[word]
        else:
            return None
    return None if last in ("start", "and", "a") else total + current


@dataclass(frozen=True, slots=True)
class Duration:
    """A span of time in the units that were said; whole numbers, fractions are carried to the smaller unit."""

    hours: int = 0
    minutes: int = 0
    seconds: int = 0

    @property
    def total_s(self) -> int:
        return 3600 * self.hours + 60 * self.minutes + self.seconds


def duration_ends(words: Sequence[str]) -> Iterator[tuple[int, Duration]]:
    """Every (count of words, duration) that the start of `words` may be read as, longest first."""
    found: list[tuple[int, Duration]] = []
    amounts: dict[str, Fraction] = {}
    place = 0
    while part := _duration_part(words, place):
        place, unit, amount = part
        if amounts and _SECONDS[unit] >= min(_SECONDS[name] for name in amounts):
            break
        amounts[unit] = amount
        found.append((place, _duration(amounts)))
        for end, extra in _loose_ends(words, place, unit):
            found.append((end, _duration(amounts | extra)))
            if extra.keys() == {unit}:
                found[-1] = (end, _duration(amounts | {unit: amount + extra[unit]}))
        if words[place : place + 1] == ["and"]:
            place += 1
    yield from sorted(found, key=lambda item: -item[0])


def _duration_part(words: Sequence[str], place: int) -> tuple[int, str, Fraction] | None:
    """One "ten minutes", "half an hour", "a couple of minutes", "90s": (next place, unit, amount)."""
    rest = list(words[place : place + _LONGEST_NUMBER + 4])
    if rest and (compact := _COMPACT.fullmatch(rest[0])) and compact[2] in _UNIT_NAMES:
        return place + 1, _UNIT_NAMES[compact[2]], Fraction(compact[1])
    for size, amount in _amounts(rest):
        if rest[size : size + 1] and rest[size] in _UNIT_NAMES:
            return place + size + 1, _UNIT_NAMES[rest[size]], amount
    if len(rest) >= 4 and rest[0] in _UNIT_NAMES and rest[1:3] == ["and", "a"] and rest[3] in _FRACTIONS:
        return place + 1, _UNIT_NAMES[rest[0]], Fraction(1)
    return None


def _amounts(rest: list[str]) -> Iterator[tuple[int, Fraction]]:
    """(words, amount) that may stand before a unit."""
    if rest[:2] in (["a", "couple"], ["couple", "of"]):
        yield 3 if rest[2:3] == ["of"] else 2, Fraction(2)
    for size, value in number_ends(rest):
        yield size, value
        if value.denominator > 1:
            for filler in (["of", "a"], ["of", "an"], ["a"], ["an"], ["of"]):
                if rest[size : size + len(filler)] == filler:
                    yield size + len(filler), value
    if rest[:1] in (["a"], ["an"]):
        yield 1, Fraction(1)


def _loose_ends(words: Sequence[str], place: int, unit: str) -> Iterator[tuple[int, dict[str, Fraction]]]:
    """What may follow a part without a unit of its own: "and a half" of the same, "thirty" of the smaller one."""
    for size in (3, 2):
        tail = list(words[place : place + size])
        if len(tail) == size and tail[0] == "and" and (part := _fraction(tail[1:])) is not None:
            yield place + size, {unit: part}
    if smaller := _SMALLER.get(unit):
        for size, value in number_ends(words[place : place + 3]):
            if value.denominator == 1 and 1 <= value <= 59:
                yield place + size, {smaller: value}


def _duration(amounts: dict[str, Fraction]) -> Duration:
    carried = Fraction(0)
    whole: dict[str, int] = {}
    for unit, seconds in _SECONDS.items():
        amount = amounts.get(unit, Fraction(0)) + carried / seconds
        whole[unit] = round(amount) if unit == "second" else int(amount)
        carried = (amount - whole[unit]) * seconds
    return Duration(hours=24 * whole["day"] + whole["hour"], minutes=whole["minute"], seconds=whole["second"])


def say_number(value: int) -> str:
    """Words for 0..99 ("ninety", "twenty-five"), digits beyond."""
    if speaking() == "ko":
        return korean.say_number(value)
    if not 0 <= value < 100:
        return f"{value:,}"
    if value < 20:
        return _ONES[value]
    tens, ones = divmod(value, 10)
    return _TENS[tens - 2] + (f"-{_ONES[ones]}" if ones else "")


def say_duration(duration: Duration) -> str:
    """ "one hour and thirty minutes", "ninety seconds"; "no time" for nothing."""
    if speaking() == "ko":
        return korean.say_duration(duration.hours, duration.minutes, duration.seconds)
    counts = ((duration.hours, "hour"), (duration.minutes, "minute"), (duration.seconds, "second"))
    parts = [f"{say_number(count)} {unit}{'' if count == 1 else 's'}" for count, unit in counts if count]
    return say_list(parts) if parts else "no time"


def split_seconds(seconds: int) -> Duration:
    """The largest units that fit; up to ninety seconds stay seconds, as people say them."""
    if seconds <= 90 and seconds % 60:
        return Duration(seconds=seconds)
    minutes, rest = divmod(seconds, 60)
    return Duration(hours=minutes // 60, minutes=minutes % 60, seconds=rest)


def say_list(items: Sequence[str], last: str = "and") -> str:
    """ "a, b and c"."""
    if speaking() == "ko":
        return korean.say_list(items, last)
    return f"{', '.join(items[:-1])} {last} {items[-1]}" if len(items) > 1 else "".join(items)
