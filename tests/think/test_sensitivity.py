"""Words are put into the class that lets the least out; ordinary questions are plain."""

from __future__ import annotations

import pytest

from assistant.think.route import DataClass
from assistant.think.sensitivity import data_class, strictest_class

pytestmark = pytest.mark.unit

CASES: dict[DataClass, list[str]] = {
    "never": [
        "my pin is four three two one", "what is my password for the bank", "the alarm code is 1234",
        "is the front door locked", "unlock the door", "what is Anna's phone number", "my address is 12 Baker Street",
        "i live in Springfield", "what does my blood pressure of 150 mean", "i was diagnosed with diabetes",
        "my daughter has a fever what should i do", "my credit card was declined", "who has my spare key",
        "add Peter to my contacts", "the wifi key is sunflower", "transfer it to DE89 3704 0044 0532 0130 00",
        "send it to 21 Elm Road", "we are away next week", "what is the combination of the safe",
    ],
    "household": [
        "what is on my shopping list", "is the light in the kitchen on", "what is our thermostat set to",
        "what are my appointments", "when is my next appointment", "did somebody leave the blue lamp on",
    ],
    "personal": [
        "write a birthday poem for my wife", "draft a mail to jane dot doe at example dot com", "tell Anna a joke",
        "how do i ask my boss for more money", "i am 34 years old what should i save", "my name is john",
        "who can help with four one one one two two",
    ],
    "plain": [
        "why is the sky blue", "who wrote Romeo and Juliet", "explain how a lock works", "what are the symptoms of "
        "the flu",
        "write a poem about the sea", "how do vaccines work", "plan a trip to Rome for a weekend", "what is "
        "photosynthesis",
        "what is 12 percent of 80", "who was the president in 1984",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("expected", "text"), [(kind, text) for kind, texts in CASES.items() for text in texts])
def test_the_class_of_words(expected: DataClass, text: str) -> None:
    """One sentence, one class."""
    assert expected == data_class(text, people=["Anna"], things=["blue lamp"])


def test_the_strictest_class_of_several() -> None:
    """A conversation is as private as its most private line."""
    assert "never" == strictest_class(["plain", "never", "personal"])
    assert "plain" == strictest_class([])
