"""What may be said aloud, and what may not."""

from __future__ import annotations

import pytest

from assistant.devkit.speech import speech_problems

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "text",
    [
        "It's 3:05 PM.",
        "It's -4.5 °C, with a 30% chance of rain.",
        "Milk, bread and 3 eggs cost $4.50.",
        "None of them rings.",
        "There is no error.",
        "Nothing, sorry. What else?",
        "",
    ],
)
def test_sentences(text: str) -> None:
    """Numbers, units and plain words are fine."""
    assert [] == list(speech_problems(text))


@pytest.mark.parametrize(
    "text",
    [
        "**Milk** is on the list.",
        "- milk\n- bread",
        "See [this](there).",
        "Look at https://example.com/a.",
        "Look at weather.com for more.",
        "Done \U0001f600",
        "It's 2026-11-24T12:00:00.",
        "It's 0.30000000000000004.",
        "It's 12345678901234567890.",
        "Hello {name}.",
        "It's None.",
        "KeyError: 'items'",
        "ValueError",
        "...",
        "word " * 200,
    ],
)
def test_no_sentences(text: str) -> None:
    """Markup, addresses, pictures, machine notation and traces of programs are told."""
    assert [] != list(speech_problems(text))
