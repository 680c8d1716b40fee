"""Keys of sound: what a recogniser mixes up is near, what it does not is far."""

from __future__ import annotations

import pytest

from assistant.think.sounds import alike, difference, sounds_of

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 ounce", "twelve ounce"),
        ("knight light", "night light"),
        ("write", "rite"),
        ("room 350", "room three hundred fifty"),
    ],
)
def test_what_sounds_the_same_has_one_key(one: str, other: str) -> None:
    """Numbers are what is said of them, and letters that nobody hears are gone."""
    assert sounds_of(one) == sounds_of(other)


@pytest.mark.parametrize(
    ("heard", "said", "other"),
    [
        ("dark rose", "dark roast", "light roast"),
        ("skin milk", "skim milk", "soy milk"),
        ("fern seher lamp", "fernseher lamp", "floor lamp"),
        ("cap a cheese", "cappuccino", "espresso"),
        ("kitchen flight", "kitchen light", "kitchen fan"),
    ],
)
def test_what_is_misheard_is_nearer_than_what_is_not(heard: str, said: str, other: str) -> None:
    """Words are not parted: one hears no spaces."""
    assert difference(heard, said) < difference(heard, other)
    assert difference(heard, said) <= 0.5


def test_sounds_that_are_mixed_up_are_alike() -> None:
    """Voiced and unvoiced consonants, and all vowels."""
    assert alike(sounds_of("bad")) == alike(sounds_of("pet"))
    assert alike(sounds_of("bad")) != alike(sounds_of("sad"))


def test_korean_is_compared_by_its_letters() -> None:
    """Tense and plain consonants are alike, other syllables are not."""
    assert alike(sounds_of("불 꺼")) == alike(sounds_of("불 거"))
    assert difference("거실 불", "거실 물") < difference("거실 불", "안방 문")
