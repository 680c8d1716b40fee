"""Korean days and repetitions, in the words that tools take, and back."""

from __future__ import annotations

import pytest

from assistant.korean.canonical import in_korean_words
from assistant.korean.days import day_ends, repeat_ends
from assistant.spoken_days import parse_day, parse_repeat

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "day", "back"),
    [
        ("오늘밤", "tonight", "오늘 밤"), ("내일아침", "tomorrow morning", "내일 아침"),
        ("모레", "day after tomorrow", "모레"), ("다음주월요일", "next monday", "다음 주 월요일"),
        ("이번주금요일저녁", "this friday evening", "이번 금요일 저녁"), ("12월25일", "december 25", "12월 25일"),
        ("십이월이십오일", "december 25", "12월 25일"), ("일요일", "sunday", "일요일"), ("오늘저녁", "this evening",
        "오늘 저녁"),
    ],
)  # fmt: skip
def test_day(text: str, day: str, back: str) -> None:
    """A day is read into words that `parse_day` knows, and these are told in Korean again."""
    assert (len(text), day) == next(iter(day_ends(text)))
    assert parse_day(day) is not None
    assert back == in_korean_words(day)


@pytest.mark.parametrize(
    ("text", "repeat", "back"),
    [
        ("매일", "every day", "매일"), ("매일아침", "every day morning", "매일 아침"), ("평일마다", "every weekday",
        "평일마다"),
        ("매주월요일", "every monday", "매주 월요일"), ("월요일마다", "every monday", "매주 월요일"),
        ("월수금", "every monday and wednesday and friday", "매주 월요일 수요일 금요일"),
        ("화목마다", "every tuesday and thursday", "매주 화요일 목요일"), ("이틀마다", "every other day", "이틀마다"),
        ("주말마다", "every weekend", "주말마다"), ("3일마다", "every 3 days", "3일마다"),
    ],
)  # fmt: skip
def test_repeat(text: str, repeat: str, back: str) -> None:
    """So is a repetition."""
    assert (len(text), repeat) == next(iter(repeat_ends(text)))
    assert parse_repeat(repeat) is not None
    assert back == in_korean_words(repeat)


def test_times_back() -> None:
    """Times of day as well; what is none of these stays."""
    assert ("오후 7시 30분", "7시", "김밥") == tuple(map(in_korean_words, ("7:30 pm", "7:00", "김밥")))
