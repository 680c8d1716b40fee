"""What the voice is given: figures in the number words that a person would use."""

from __future__ import annotations

import pytest

from assistant.korean.aloud import say_aloud
from assistant.speak.normalize import normalize

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("10분 타이머를 시작할게요.", "십분 타이머를 시작할게요."), ("오후 7시 30분이에요.",
        "오후 일곱 시 삼십분이에요."),
        ("1시간 30분", "한 시간 삼십분"), ("타이머 3개", "타이머 세 개"), ("20개, 25개", "스무 개, 스물다섯 개"),
        ("13시", "십삼 시"),
        ("21.5°C", "이십일 점 오 도"), ("-3도", "마이너스 삼도"), ("120,000원", "십이만원"), ("2026년 12월 25일",
        "이천이십육년 십이월 이십오일"),
        ("50%로", "오십 퍼센트로"), ("19:30", "십구 시 삼십분"), ("3개월", "삼개월"), ("10,000", "만"), ("010",
        "영 일 영"),
        ("**굵게** 😀", "굵게"), ("!!!", ""),
    ],
)  # fmt: skip
def test_figures(text: str, said: str) -> None:
    """No figure is left, and each is read as its counter wants it."""
    assert said == say_aloud(text)


def test_by_script() -> None:
    """Text with Hangul is Korean; the rest is said as before. A second pass changes nothing."""
    assert ("세 개", "three things") == (normalize("3개"), normalize("3 things"))
    assert normalize("오후 7시 30분") == normalize(normalize("오후 7시 30분"))
