"""What looks like a whole question."""

from __future__ import annotations

import pytest

from assistant.think.question import asks_to_explain, looks_whole

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "text",
    [
        "Why is the sky blue?",
        "How does bread rise?",
        "Tell me something about penguins.",
        "So what is a black hole?",
        "Can you tell me why cats purr?",
    ],
)
def test_whole_questions(text: str) -> None:
    """A question word at the start and a full word at the end."""
    assert looks_whole(text)


@pytest.mark.parametrize(
    "text",
    [
        "What is the difference between a crocodile and?",
        "What is the best way to?",
        "Why is the...",
        "Why is the sky",
        "Why is?",
        "How?",
        "",
        "Medium latte with two sugars.",
        "Could I have a medium latte?",
        "Can you get me a taxi?",
        "He was in a mood for music.",
    ],
)
def test_others(text: str) -> None:
    """Open ends, fragments and statements are waited for."""
    assert not looks_whole(text)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("Why do we dream?", True),
        ("How does a microwave oven heat food?", True),
        ("Could you explain black holes?", True),
        ("Tell me something about penguins.", True),
        ("How do I turn on the lamp?", False),
        ("How many grains are in a pound?", False),
        ("Tell me the time.", False),
        ("What is a black hole?", True),
        ("What is a hundred divided by four?", False),
        ("What's the best way to store tomatoes?", True),
        ("What is the weather like?", False),
        ("Who painted the Mona Lisa?", True),
        ("What makes the sea salty?", True),
    ],
)
def test_what_asks_to_explain(text: str, asks: bool) -> None:
    """Such words are no misheard command: their sound is not heard a second time."""
    assert asks is asks_to_explain(text)
