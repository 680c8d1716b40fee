"""Particles fit the last sound of the word before them."""

from __future__ import annotations

import pytest

from assistant.korean.hangul import with_particles

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("불을(를)", "불을"), ("타이머을(를)", "타이머를"), ("커튼이(가)", "커튼이"), ("커피(이)에요", "커피예요"),
        ("월요일(이)에요", "월요일이에요"), ("서울(으)로", "서울로"), ("집(으)로", "집으로"), ("학교(으)로", "학교로"),
        ("우유와(과) 빵", "우유와 빵"), ("빵와(과) 우유", "빵과 우유"), ("3(으)로", "3으로"), ("10분(으)로",
        "10분으로"),
        ("50%(으)로", "50%로"), ("7(으)로", "7로"), ("2이(가)", "2가"), ("pasta을(를)", "pasta를"), ("“비”이(가)",
        "“비”가"),
    ],
)  # fmt: skip
def test_particle(text: str, told: str) -> None:
    """After a consonant, after a vowel, after a rieul, after figures and signs."""
    assert told == with_particles(text)
