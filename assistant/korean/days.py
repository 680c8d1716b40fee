"""Korean days and repetitions, read from any place of a text without spaces, as the words that tools take.

"내일 아침" -> "tomorrow morning",  "다음 주 월요일" -> "next monday",  "평일마다" -> "every weekday".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.korean.numbers import number_ends

_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_LETTERS = "월화수목금토일"
_PARTS = {
    "오전": "morning", "새벽": "morning", "아침": "morning", "오후": "afternoon", "낮": "afternoon",
    "점심": "afternoon", "저녁": "evening", "밤": "night",
}  # fmt: skip
_PART = "|".join(_PARTS)
_AHEAD = {"오늘": "today", "내일모레": "day after tomorrow", "내일": "tomorrow", "모레": "day after tomorrow"}
_LEAD = {
    "다음주": "next ",
    "담주": "next ",
    "돌아오는": "",
    "이번주": "this ",
    "이번": "this ",
    "오는": "",
    "다음": "next ",
}
_DAY = re.compile(rf"(?P<lead>{'|'.join(_LEAD)})?(?P<day>[{_LETTERS}])요일")
_LIST = re.compile(rf"(?:[{_LETTERS}]요일(?:이랑|하고|과|와|,)?)+|[{_LETTERS}]{{3,7}}|[{_LETTERS}]{{2}}(?=요일|마다)")
_ONE = re.compile(rf"([{_LETTERS}])(?:요일)?")
_ENDS = ("에는", "에", "은", "는", "날")


def day_ends(text: str, start: int = 0) -> Iterator[tuple[int, str]]:
    """Every (end, day) that the text may be read as from `start`, longest first."""
    found: list[tuple[int, str]] = []
    for end, day in _days(text, start):
        found.append((end, day))
        if (part := re.compile(_PART).match(text, end)) is not None:
            found.append((part.end(), _in_part(day, _PARTS[part[0]])))
    if (part := re.compile(rf"(?P<part>{_PART})에").match(text, start)) is not None:
        found.append((part.end(), f"in the {'evening' if part['part'] == '밤' else _PARTS[part['part']]}"))
    yield from sorted(_with_ends(text, found), key=lambda item: -item[0])


def repeat_ends(text: str, start: int = 0) -> Iterator[tuple[int, str]]:
    """Every (end, repetition) that the text may be read as from `start`, longest first."""
    found: list[tuple[int, str]] = []
    for end, repeat in _repeats(text, start):
        found.append((end, repeat))
        if (part := re.compile(_PART).match(text, end)) is not None:
            found.append((part.end(), f"{repeat} {_PARTS[part[0]]}"))
    if (part := re.compile(rf"(?P<part>{_PART})마다").match(text, start)) is not None:
        found.append((part.end(), f"every {_PARTS[part['part']]}"))
    yield from sorted(_with_ends(text, found), key=lambda item: -item[0])


def _with_ends(text: str, found: list[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Also with the particle behind it."""
    for end, said in found:
        yield end, said
        for particle in _ENDS:
            if text.startswith(particle, end):
                yield end + len(particle), said


def _in_part(day: str, part: str) -> str:
    if day == "today":
        return "tonight" if part == "night" else f"this {part}"
    return f"{day} {part}"


def _days(text: str, start: int) -> Iterator[tuple[int, str]]:
    for word, day in _AHEAD.items():
        if text.startswith(word, start) and not (word == "내일" and text.startswith("내일모레", start)):
            yield start + len(word), day
    if (named := _DAY.match(text, start)) is not None:
        lead = _LEAD.get(named["lead"] or "", "")
        yield named.end(), f"{lead}{_WEEK[_LETTERS.index(named['day'])]}"
    for after, month in number_ends(text, start):
        if month.denominator != 1 or not 1 <= month <= 12 or not text.startswith("월", after):
            continue
        for end, number in number_ends(text, after + 1):
            if number.denominator == 1 and 1 <= number <= 31 and text.startswith("일", end):
                yield end + 1, f"{_MONTHS[int(month) - 1]} {int(number)}"


def _repeats(text: str, start: int) -> Iterator[tuple[int, str]]:
    for word, repeat in (
        ("매일", "every day"), ("날마다", "every day"), ("하루에한번", "every day"), ("이틀마다", "every other day"),
        ("이틀에한번", "every other day"), ("격일로", "every other day"), ("사흘마다", "every 3 days"),
        ("평일마다", "every weekday"), ("평일", "every weekday"), ("주중", "every weekday"), ("주중마다",
        "every weekday"),
        ("매주말", "every weekend"), ("주말마다", "every weekend"), ("매주주말", "every weekend"),
    ):  # fmt: skip
        if text.startswith(word, start):
            yield start + len(word), repeat
    for end, count in number_ends(text, start):
        if count.denominator == 1 and 1 < count <= 365 and text.startswith("일마다", end):
            yield end + 3, f"every {int(count)} days"
    lead = next((len(word) for word in ("매주", "매") if text.startswith(word, start)), 0)
    if (days := _LIST.match(text, start + lead)) is not None:
        end = days.end() + (2 if text.startswith("요일", days.end()) else 0)
        every = text.startswith("마다", end)
        if lead or every or (len(days[0]) > 2 and "요일" not in days[0] and len({*days[0]}) == len(days[0])):
            names = [_WEEK[_LETTERS.index(one)] for one in _ONE.findall(days[0])]
            yield end + 2 * every, f"every {' and '.join(dict.fromkeys(names))}"
