"""Days and repetitions as people say them, to values: pure English helpers, also for skill authors.

The functions named `*_ends` read from the start of a list of normalised words, like those in `assistant.spoken`. The
text forms are the words themselves ("tomorrow evening", "every weekday").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.skill import Repeat
from assistant.spoken_time import PARTS, Part, whole_number, words_of

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_DAY_OF = {name: place for place, name in enumerate(WEEKDAYS)} | {f"{name}s": n for n, name in enumerate(WEEKDAYS)}
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
    "twentieth",
)  # fmt: skip
_WEEK, _WEEKEND = Repeat(weekdays=(0, 1, 2, 3, 4)), Repeat(weekdays=(5, 6))
_FIXED = {"weekday": _WEEK, "weekdays": _WEEK, "weekend": _WEEKEND, "weekends": _WEEKEND}

DAY_WORDS = frozenset([
    *WEEKDAYS, *_MONTHS, *PARTS, *_ORDINALS, "thirtieth", "today", "tonight", "tomorrow", "the", "day", "after", "of",
    "on", "this", "next", "coming",
])  # fmt: skip
"""Words that a day is made of, beside numbers."""
REPEAT_WORDS = frozenset([
    *_DAY_OF, *PARTS, *_FIXED, "every", "each", "everyday", "other", "second", "day", "days", "daily", "and", "on",
])  # fmt: skip
"""Words that a repetition is made of, beside numbers."""


@dataclass(frozen=True, slots=True)
class SaidDay:
    """A day: so many days ahead, or a weekday (`after`: not today), or a day of a month; and a part of it."""

    ahead: int | None = None
    weekday: int | None = None
    after: bool = False
    month_day: tuple[int, int] | None = None
    part: Part = ""


@dataclass(frozen=True, slots=True)
class SaidRepeat:
    repeat: Repeat
    part: Part = ""


def parse_day(text: str) -> SaidDay | None:
    """The day that a whole text means, also "in the morning": the next one; None if it is none."""
    words = words_of(text)
    if words[:2] == ["in", "the"] and words[2:] and words[2] in PARTS and len(words) == 3:
        return SaidDay(part=PARTS[words[2]])
    return next((said for size, said in day_ends(words) if size == len(words)), None)


def parse_repeat(text: str) -> SaidRepeat | None:
    words = words_of(text)
    return next((said for size, said in repeat_ends(words) if size == len(words)), None)


def day_ends(words: Sequence[str]) -> Iterator[tuple[int, SaidDay]]:
    """Every (count of words, day) that the start of `words` may be read as, longest first."""
    found: list[tuple[int, SaidDay]] = []
    for size, day in _days(words):
        found.append((size, day))
        if not day.part and words[size : size + 1] and words[size] in PARTS:
            found.append((size + 1, SaidDay(day.ahead, day.weekday, day.after, day.month_day, PARTS[words[size]])))
    yield from sorted(found, key=lambda item: -item[0])


def repeat_ends(words: Sequence[str]) -> Iterator[tuple[int, SaidRepeat]]:
    """Every (count of words, repetition) that the start of `words` may be read as, longest first."""
    found: list[tuple[int, SaidRepeat]] = []
    for size, repeat in _repeats(words):
        found.append((size, SaidRepeat(repeat)))
        if words[size : size + 1] and words[size] in PARTS:
            found.append((size + 1, SaidRepeat(repeat, PARTS[words[size]])))
    if words[:1] in (["every"], ["each"]) and words[1:2] and words[1] in PARTS:
        found.append((2, SaidRepeat(Repeat(every_days=1), PARTS[words[1]])))
    yield from sorted(found, key=lambda item: -item[0])


def _days(words: Sequence[str]) -> Iterator[tuple[int, SaidDay]]:
    if words[:1] == ["today"]:
        yield 1, SaidDay(ahead=0)
    elif words[:1] == ["tonight"]:
        yield 1, SaidDay(ahead=0, part="night")
    elif words[:1] == ["tomorrow"]:
        yield 1, SaidDay(ahead=1)
    elif words[:1] == ["this"] and words[1:2] and words[1] in PARTS:
        yield 2, SaidDay(ahead=0, part=PARTS[words[1]])
    for lead in (["the", "day", "after", "tomorrow"], ["day", "after", "tomorrow"]):
        if list(words[: len(lead)]) == lead:
            yield len(lead), SaidDay(ahead=2)
    for lead in ([], ["on"], ["this"], ["next"], ["on", "next"], ["coming"]):
        place = len(lead)
        if list(words[:place]) == lead and words[place : place + 1] and words[place] in WEEKDAYS:
            yield place + 1, SaidDay(weekday=WEEKDAYS.index(words[place]), after="next" in lead)
    yield from _dates(words)


def _dates(words: Sequence[str]) -> Iterator[tuple[int, SaidDay]]:
    """ "december 24", "december the twenty fourth", "the 24th of december"."""
    start = 1 if words[:1] == ["on"] else 0
    rest = list(words[start:])
    if rest[:1] and rest[0] in _MONTHS:
        lead = 2 if rest[1:2] == ["the"] else 1
        for size, number in _ordinals(rest[lead:]):
            yield start + lead + size, SaidDay(month_day=(_MONTHS.index(rest[0]) + 1, number))
    lead = 1 if rest[:1] == ["the"] else 0
    for size, number in _ordinals(rest[lead:]):
        of = lead + size
        month = of + 1 if rest[of : of + 1] == ["of"] else of
        if rest[month : month + 1] and rest[month] in _MONTHS:
            yield start + month + 1, SaidDay(month_day=(_MONTHS.index(rest[month]) + 1, number))


def _ordinals(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """(words, day of a month)."""
    if not words or not words[0]:
        return
    if (figures := re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)?", words[0])) and 1 <= int(figures[1]) <= 31:
        yield 1, int(figures[1])
    if words[0] in _ORDINALS:
        yield 1, _ORDINALS.index(words[0]) + 1
    if words[0] in ("twenty", "thirty") and words[1:2] and words[1] in _ORDINALS[:9]:
        number = (20 if words[0] == "twenty" else 30) + _ORDINALS.index(words[1]) + 1
        if number <= 31:
            yield 2, number
    if words[0] == "thirtieth":
        yield 1, 30


def _repeats(words: Sequence[str]) -> Iterator[tuple[int, Repeat]]:
    lead = 1 if words[:1] in (["every"], ["each"], ["on"]) else 0
    rest = list(words[lead:])
    if words[:1] in (["daily"], ["everyday"]):
        yield 1, Repeat(every_days=1)
    if not rest:
        return
    every = words[0] in ("every", "each")
    if rest[0] in _FIXED and (every or rest[0].endswith("s")):
        yield lead + 1, _FIXED[rest[0]]
    if every:
        if rest[0] == "day":
            yield lead + 1, Repeat(every_days=1)
        if rest[:2] in (["other", "day"], ["second", "day"]):
            yield lead + 2, Repeat(every_days=2)
        for size in (1, 2):
            if rest[size : size + 1] == ["days"] and (count := whole_number(rest[:size], 1, 365)) is not None:
                yield lead + size + 1, Repeat(every_days=count)
    days: list[int] = []
    place = 0
    while rest[place : place + 1] and rest[place] in _DAY_OF and (every or rest[place].endswith("s")):
        days.append(_DAY_OF[rest[place]])
        place += 1
        yield lead + place, Repeat(weekdays=tuple(sorted(set(days))))
        if rest[place : place + 1] == ["and"]:
            place += 1
            place += rest[place : place + 1] in (["every"], ["on"])
