"""Times of day as people say them, to values: pure English helpers, also for skill authors.

`time_ends` reads from the start of a list of normalised words, like the functions in `assistant.spoken`. The text form
("7:30 pm", or "7:30" for either half of the day) is what tools take as an argument, also from a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.spoken import parse_number

Part = Literal["", "morning", "noon", "afternoon", "evening", "night"]

PARTS: dict[str, Part] = {name: name for name in ("morning", "afternoon", "evening", "night")}
_PART_PHRASES: tuple[tuple[tuple[str, ...], Part], ...] = (
    (("am",), "morning"), (("a", "m"), "morning"), (("pm",), "afternoon"), (("p", "m"), "afternoon"),
    (("in", "the", "morning"), "morning"), (("in", "the", "afternoon"), "afternoon"),
    (("in", "the", "evening"), "evening"), (("at", "night"), "night"), (("noon",), "noon"), (("midnight",), "night"),
)  # fmt: skip
_TO, _PAST = ("to", "before", "till", "til", "of"), ("past", "after")
_DIGITS = re.compile(r"(\d{1,2})(?:\.(\d\d))?(am|pm)?")
_TOGETHER = re.compile(r"(\d{1,2})(\d\d)(am|pm)?")

TIME_WORDS = frozenset([
    *PARTS, "am", "pm", "a", "m", "p", "in", "the", "at", "noon", "midday", "midnight", "oclock", "half", "quarter",
    *_TO, *_PAST, "minutes", "minute", "oh",
])  # fmt: skip
"""Words that a time of day is made of, beside numbers."""


@dataclass(frozen=True, slots=True)
class SaidTime:
    """A time of day. `exact`: hour is 0 to 23; else it is 1 to 12, and morning or evening was not said."""

    hour: int
    minute: int
    exact: bool

    def __str__(self) -> str:
        if self.exact and 0 < self.hour <= 23:
            return f"{(self.hour - 1) % 12 + 1}:{self.minute:02d} {'am' if self.hour < 12 else 'pm'}"
        return f"12:{self.minute:02d} am" if self.exact else f"{self.hour}:{self.minute:02d}"

    def in_part(self, part: Part) -> SaidTime:
        """The same time once the part of the day is known."""
        if self.exact or not part:
            return self
        hour = self.hour % 12
        late = part in ("afternoon", "evening", "noon") or (part == "night" and hour >= 6)
        return SaidTime(hour + 12 * late, self.minute, True)


def parse_time(text: str) -> SaidTime | None:
    """The time of day that a whole text means; None if it is none."""
    words = words_of(text)
    return next((said for size, said in time_ends(words) if size == len(words)), None)


def time_ends(words: Sequence[str]) -> Iterator[tuple[int, SaidTime]]:
    """Every (count of words, time of day) that the start of `words` may be read as, longest first."""
    found: list[tuple[int, SaidTime]] = []
    for size, hour, minute, half in _clock_faces(words):
        said = SaidTime(hour, minute, not 1 <= hour <= 12 or words[0].startswith("0"))
        if half:
            found.append((size, said.in_part("morning" if half == "am" else "afternoon")))
            continue
        found.append((size, said))
        for phrase, part in _PART_PHRASES:
            end = size + len(phrase)
            if (
                tuple(words[size:end]) == phrase
                and hour <= 12
                and (hour == 12 or phrase[0] not in ("noon", "midnight"))
            ):
                found.append((end, said.in_part(part)))
    if words[:1] in (["noon"], ["midday"]):
        found.append((1, SaidTime(12, 0, True)))
    elif words[:1] == ["midnight"]:
        found.append((1, SaidTime(0, 0, True)))
    yield from sorted(found, key=lambda item: -item[0])


def words_of(text: str) -> list[str]:
    """A text form as normalised words."""
    return re.sub(r"(?<=\d)[:.](?=\d)|[^a-z0-9' ]", " ", text.lower()).replace("'", "").split()


def whole_number(words: Sequence[str], low: int, high: int) -> int | None:
    """The number that all the words are, if it is whole and between these, both included."""
    value = parse_number(words)
    return int(value) if value is not None and value.denominator == 1 and low <= value <= high else None


def _clock_faces(words: Sequence[str]) -> Iterator[tuple[int, int, int, str]]:
    """(words, hour, minute, "am" or "pm" if it was written at the figures)."""
    if not words or not words[0]:
        return
    yield from _before_and_past(words)
    if (figures := _DIGITS.fullmatch(words[0])) and int(figures[1]) <= 23:
        yield from _hour(words, int(figures[1]), int(figures[2] or 0), figures[3] or "", bool(figures[2]))
    elif (figures := _TOGETHER.fullmatch(words[0])) and int(figures[1]) <= 23 and int(figures[2]) <= 59:
        followed = bool(figures[3]) or words[1:2] in (["am"], ["pm"]) or words[1:3] in (["a", "m"], ["p", "m"])
        if followed or len(words[0]) == 4:
            yield 1, int(figures[1]), int(figures[2]), figures[3] or ""
    elif not words[0][0].isdigit() and (hour := whole_number(words[:1], 1, 12)) is not None:
        yield from _hour(words, hour, 0, "", False)


def _hour(words: Sequence[str], hour: int, minute: int, half: str, whole: bool) -> Iterator[tuple[int, int, int, str]]:
    """An hour at the start of the words, and the minutes that may follow it."""
    yield 1, hour, minute, half
    if half or whole:
        return
    if words[1:2] == ["oclock"]:
        yield 2, hour, 0, ""
    if words[1:2] in (["oh"], ["o"]) and (minute_ := whole_number(words[2:3], 1, 9)) is not None:
        yield 3, hour, minute_, ""
    if words[1:2] and (joined := re.fullmatch(r"(\d\d)(am|pm)?", words[1])) and int(joined[1]) <= 59:
        yield 2, hour, int(joined[1]), joined[2] or ""
    elif words[1:2] and not words[1][0].isdigit():
        for size in (3, 2):
            if (
                len(words) >= size
                and (minute_ := whole_number(words[1:size], 10, 59)) is not None
                and "and" not in words[1:size]
            ):
                yield size, hour, minute_, ""


def _before_and_past(words: Sequence[str]) -> Iterator[tuple[int, int, int, str]]:
    """ "half past six", "a quarter to nine", "twenty five minutes past eight"."""
    for size in range(1, 5):
        amount = list(words[:size])
        if len(words) < size + 2 or words[size] not in (*_TO, *_PAST):
            continue
        if amount == ["half"] and words[size] == "past":
            minutes: int | None = 30
        elif amount in (["quarter"], ["a", "quarter"]):
            minutes = 15
        else:
            bare = amount[:-1] if amount[-1] in ("minutes", "minute") else amount
            minutes = whole_number(bare, 1, 29) if bare and words[size] != "of" else None
        figures = _DIGITS.fullmatch(words[size + 1])
        hour = int(figures[1]) if figures and not figures[2] else whole_number(words[size + 1 : size + 2], 1, 12)
        half = figures[3] or "" if figures else ""
        if minutes is None or hour is None or hour > 23:
            continue
        if words[size] in _TO:
            hour, minutes = (hour - 2) % 12 + 1 if 1 <= hour <= 12 else hour - 1, 60 - minutes
        end = size + 2
        yield end, hour, minutes, half
        if words[end : end + 1] == ["oclock"]:
            yield end + 1, hour, minutes, half
