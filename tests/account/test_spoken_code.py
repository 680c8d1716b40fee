"""A code for the ear is letter by letter, and no letter can be taken for another."""

from __future__ import annotations

import pytest

from assistant.account.spoken_code import SPELLED, spell_code

pytestmark = pytest.mark.unit


def test_a_code_is_spelled_in_its_groups() -> None:
    """As it is shown, whatever the case; without a hyphen in fours."""
    said = "W as in Whiskey, D as in Delta, J as in Juliett, B as in Bravo. Then M as in Mike, J as in Juliett, " + (
        "H as in Hotel, T as in Tango"
    )
    assert said == spell_code("WDJB-MJHT") == spell_code("wdjbmjht") == spell_code("wdjb mjht")


def test_every_letter_has_a_word_of_its_own() -> None:
    """Twenty-six words, each beginning with its letter; digits are said as such."""
    assert 26 == len(SPELLED) == len({word.lower() for word in SPELLED.values()})
    assert all(word.startswith(letter) for letter, word in SPELLED.items())
    assert "zero, nine" == spell_code("09")
