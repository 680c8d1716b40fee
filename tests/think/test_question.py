"""What looks like a whole question."""

from __future__ import annotations

import pytest

from assistant.think.question import looks_whole

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
