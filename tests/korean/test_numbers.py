"""Korean numbers: both kinds of words, figures, and what is none."""

from __future__ import annotations

from fractions import Fraction

import pytest

from assistant.korean.numbers import number_ends, parse_number

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("십이", 12), ("이십오", 25), ("삼천오백", 3500), ("이만오천삼백", 25_300), ("일억이천만", 120_000_000),
        ("하나", 1), ("한", 1), ("열두", 12), ("스무", 20), ("스물다섯", 25), ("백하나", 101), ("아흔아홉", 99),
        ("3천", 3000), ("2만5천", 25_000), ("1200", 1200), ("영", 0), ("마이너스십", -10), ("-3", -3),
        ("이점오", Fraction(5, 2)), ("21.5", Fraction(43, 2)), ("반", Fraction(1, 2)), ("삼분의일", Fraction(1, 3)),
    ],
)  # fmt: skip
def test_value(text: str, value: Fraction) -> None:
    """A whole number in any spelling."""
    assert Fraction(value) == parse_number(text)


@pytest.mark.parametrize("text", ["", "나", "십십", "이이", "만억", "타이머", "한둘", "백백", "점오", "오점"])
def test_no_number(text: str) -> None:
    """Syllables that are numbers elsewhere make none here."""
    assert parse_number(text) is None


def test_every_reading() -> None:
    """From a place in a text all numbers that begin there, longest first; never half of a figure."""
    assert [(2, Fraction(12)), (1, Fraction(10))] == list(number_ends("십이분타이머"))
    assert [(2, Fraction(15))] == list(number_ends("15분"))
    assert [(4, Fraction(3))] == list(number_ends("타이머세개", 3))
