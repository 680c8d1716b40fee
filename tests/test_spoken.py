"""Numbers and durations, from words to values and back."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.spoken import Duration, duration_ends, parse_number, say_duration, say_list, say_number, split_seconds

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("zero", 0),
        ("twenty five", 25),
        ("a hundred", 100),
        ("one hundred and five", 105),
        ("fifteen hundred", 1500),
        ("two thousand and twenty six", 2026),
        ("two million five hundred thousand", 2_500_000),
        ("2.5 million", 2_500_000),
        ("a dozen", 12),
        ("three point one four", Fraction(157, 50)),
        ("three point 14", Fraction(157, 50)),
        ("point five", Fraction(1, 2)),
        ("half", Fraction(1, 2)),
        ("three quarters", Fraction(3, 4)),
        ("two and a half", Fraction(5, 2)),
        ("minus five", -5),
        ("3.5", Fraction(7, 2)),
    ],
)
def test_numbers(words: str, value: Fraction) -> None:
    """A number in words or digits has its exact value."""
    assert value == parse_number(words.split())


@pytest.mark.parametrize(
    "words", ["", "a", "and", "twenty twenty", "five and three", "one two", "hundred and", "thousand", "five and", "x"]
)
def test_no_numbers(words: str) -> None:
    """Words that are not one number are none."""
    assert parse_number(words.split()) is None


@given(value=st.integers(0, 99))
def test_there_and_back(value: int) -> None:
    """What we say we also understand."""
    assert value == parse_number(say_number(value).replace("-", " ").split())


@given(seconds=st.integers(1, 24 * 3600))
def test_durations_there_and_back(seconds: int) -> None:
    """A duration that is said is understood as the same length."""
    words = say_duration(split_seconds(seconds)).replace("-", " ").replace(",", "").split()
    end, read = next(duration_ends(words))
    assert (len(words), seconds) == (end, read.total_s)


@pytest.mark.parametrize(
    ("duration", "speech"),
    [
        (Duration(minutes=10), "ten minutes"),
        (Duration(minutes=1), "one minute"),
        (Duration(hours=1, minutes=30), "one hour and thirty minutes"),
        (Duration(hours=2, minutes=5, seconds=1), "two hours, five minutes and one second"),
        (Duration(), "no time"),
    ],
)
def test_say_duration(duration: Duration, speech: str) -> None:
    """Durations are said with their units in the right number."""
    assert speech == say_duration(duration)


def test_say_list() -> None:
    """Lists end in "and"."""
    assert ["", "a", "a and b", "a, b and c"] == [say_list(list(text)) for text in ("", "a", "ab", "abc")]
