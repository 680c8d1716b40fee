"""The words that tools take for days, repetitions and times, back in Korean: "next monday" is "다음 주 월요일"."""

from __future__ import annotations

import re

from assistant.korean.telling import WEEKDAYS

_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_WORDS = {
    "today": "오늘", "tonight": "오늘 밤", "day after tomorrow": "모레", "tomorrow": "내일", "every day": "매일",
    "every other day": "이틀마다", "every weekday": "평일마다", "every weekend": "주말마다", "in the": "",
    "this": "이번",
    "next": "다음 주", "morning": "아침", "noon": "낮", "afternoon": "오후", "evening": "저녁", "night": "밤",
    "every": "매주", "weekend": "주말", "and": "",
    "am": "오전", "pm": "오후",
    **dict(zip(_WEEK, WEEKDAYS, strict=True)),
    **{month: f"{number}월" for number, month in enumerate(_MONTHS, 1)},
}  # fmt: skip
_PART = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in sorted(_WORDS, key=len, reverse=True)))
_TIME = re.compile(r"(\d{1,2}):(\d\d)(?: (am|pm))?")
_DATE = re.compile(r"(\d{1,2}월) (\d{1,2})\b")
_DAYS = re.compile(r"every (\d+) days")


def in_korean_words(value: str) -> str:
    """ "tomorrow morning" -> "내일 아침", "7:30 pm" -> "오후 7시 30분"; what is none of these stays as it is."""
    text = _TIME.sub(_time, value)
    text = re.sub(r"\bthis (?=morning|afternoon|evening|noon)", "today ", _DAYS.sub(r"\1일마다", text))
    text = _PART.sub(lambda found: _WORDS[found[0]], text)
    return " ".join(_DATE.sub(r"\1 \2일", text).split())


def _time(found: re.Match[str]) -> str:
    half = {"am": "오전 ", "pm": "오후 "}.get(found[3] or "", "")
    return f"{half}{found[1]}시" + (f" {int(found[2])}분" if int(found[2]) else "")
