"""Korean spans of time and times of day, read from any place of a text without spaces."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from assistant.korean.numbers import number_ends
from assistant.spoken import Duration
from assistant.spoken_time import Part, SaidTime

_SECONDS = {"개월": 2_592_000, "주일": 604_800, "주": 604_800, "일": 86_400, "시간": 3600, "분": 60, "초": 1}
_DAYS = {"하루": 1, "이틀": 2, "사흘": 3, "나흘": 4, "닷새": 5, "엿새": 6, "일주일": 7, "열흘": 10, "보름": 15}
_ABOUT = ("정도", "쯤", "가량", "동안", "간")
PARTS: dict[str, Part] = {
    "오전": "morning", "새벽": "morning", "아침": "morning", "오후": "afternoon", "낮": "noon", "점심": "noon",
    "저녁": "evening", "밤": "night",
}  # fmt: skip


def duration_ends(text: str, start: int = 0) -> Iterator[tuple[int, Duration]]:
    """Every (end, span) that the text may be read as from `start`, longest first: "1시간 30분", "한 시간 반"."""
    found = sorted(_spans(text, start), key=lambda item: -item[0])
    for end, seconds in found:
        for word in _ABOUT:
            if text.startswith(word, end):
                yield end + len(word), _duration(seconds)
    yield from ((end, _duration(seconds)) for end, seconds in found)


def _spans(text: str, start: int, ceiling: int = 10**9) -> Iterator[tuple[int, Fraction]]:
    """(end, seconds) of the readings of one unit and the smaller ones after it."""
    for word, days in _DAYS.items():
        if text.startswith(word, start) and ceiling > 86_400:
            yield from _with_rest(text, start + len(word), Fraction(86_400 * days), 86_400)
    for place, amount in number_ends(text, start):
        for unit, seconds in _SECONDS.items():
            if text.startswith(unit, place) and seconds < ceiling:
                if unit in ("주", "일") and text.startswith(("일", "요"), place + 1):
                    continue  # "3주일", and "일요일" is no span of days
                yield from _with_rest(text, place + len(unit), amount * seconds, seconds)


def _with_rest(text: str, place: int, seconds: Fraction, unit_s: int) -> Iterator[tuple[int, Fraction]]:
    yield place, seconds
    if text.startswith("반", place):
        yield place + 1, seconds + Fraction(unit_s, 2)
    for end, more in _spans(text, place, unit_s):
        yield end, seconds + more


def _duration(seconds: Fraction) -> Duration:
    """In the units of hours, minutes and seconds; up to ninety seconds stay seconds."""
    whole = round(seconds)
    if whole <= 90 and whole % 60:
        return Duration(seconds=whole)
    minutes, rest = divmod(whole, 60)
    return Duration(hours=minutes // 60, minutes=minutes % 60, seconds=rest)


def time_ends(text: str, start: int = 0) -> Iterator[tuple[int, SaidTime]]:
    """Every (end, time of day) that the text may be read as from `start`, longest first: "오후 세 시 이십 분"."""
    yield from sorted(_times(text, start), key=lambda item: -item[0])


def _times(text: str, start: int) -> Iterator[tuple[int, SaidTime]]:
    part: Part = ""
    place = start
    for word, said in PARTS.items():
        if text.startswith(word, place):
            part, place = said, place + len(word)
            if text.startswith("에", place):
                place += 1
            break
    for word, hour in (("정오", 12), ("자정", 0)):
        if text.startswith(word, start):
            yield start + len(word), SaidTime(hour, 0, True)
    for end, hour, minute in _faces(text, place):
        exact = not 1 <= hour <= 12 or text[place] == "0"
        yield end, SaidTime(hour, minute, exact).in_part(part)


def _faces(text: str, place: int) -> Iterator[tuple[int, int, int]]:
    """(end, hour, minute)."""
    for after, hour in _counts(text, place, 24):
        if text.startswith(":", after):
            for end, minute in _counts(text, after + 1, 59):
                yield end, hour, minute
        if not text.startswith("시", after) or text.startswith("시간", after):
            continue
        end = after + 1
        yield end, hour % 24, 0
        for word in ("정각", "쯤", "경"):
            if text.startswith(word, end):
                yield end + len(word), hour % 24, 0
        if text.startswith("반", end):
            yield end + 1, hour % 24, 30
        for stop, minute in _counts(text, end, 59):
            if text.startswith("분", stop):
                yield stop + 1, hour % 24, minute
                if text.startswith("전", stop + 1) and minute:
                    yield stop + 2, (hour - 2) % 12 + 1 if 1 <= hour <= 12 else hour - 1, 60 - minute


def _counts(text: str, place: int, most: int) -> Iterator[tuple[int, int]]:
    for end, value in number_ends(text, place):
        if value.denominator == 1 and 0 <= value <= most and not (value == 0 and most == 24 and text[place] == "공"):
            yield end, int(value)
