"""Live lists: what is compared, and that an exchange counts at once."""

from __future__ import annotations

import pytest

from assistant.think.livelist import LiveList, plain
from assistant.think.slots import Phrases

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("phrase", "wanted"),
    [
        ("all of the lights on the terrace", "all lights in terrace"),
        ("every lamp", "all lamp"),
        ("my lamp of the living room", "lamp in living room"),
        ("lights in the", ""),
        ("all", ""),
        ("", ""),
    ],
)
def test_plain(phrase: str, wanted: str) -> None:
    """Articles go, prepositions of place are one; a phrase that ends with such a word is none yet."""
    assert wanted == plain(phrase)


def test_an_exchange_counts_at_once() -> None:
    """The slot reads what the list holds now, and is open where more words would make a phrase."""
    names = LiveList()
    slot = Phrases(names)
    assert ([], False) == (list(slot.find("tea light", 0, "x")), slot.is_open("tea"))
    assert names.replace({"Tea Light": "Tea Light", "lamp": "Lamp"})
    assert not names.replace({"Tea Light": "Tea Light", "lamp": "Lamp"})
    assert [(13, {"x": "Tea Light"})] == list(slot.find("the tea light", 0, "x"))
    assert slot.is_open("the tea")
    assert ("Tea Light", "Lamp") == names.shown
    assert names.replace({"lamp": "Lamp"}, shown=())
    assert ([], ()) == (list(slot.find("tea light", 0, "x")), names.shown)
