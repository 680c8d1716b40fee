"""Hard, fresh, refused, and whom the words ask for: told from words alone."""

from __future__ import annotations

import pytest

from assistant.think.difficulty import difficulty, features, is_fresh, is_refusal, wish_of, without_wish
from assistant.think.route import HARD

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "text",
    [
        "plan a three day trip to Rome with a small budget",
        "write a cover letter for a job as a nurse",
        "write a python function that sorts a list",
        "what is the derivative of x squared",
        "compare nuclear and solar power",
        "explain how an engine works and why it needs oil while it runs, first for a child, then for an adult, and "
        "after"
        " that for somebody who repairs cars for a living",
    ],
)
def test_hard_questions(text: str) -> None:
    """Long tasks, writing, code, maths beyond sums and reasoning are hard."""
    assert difficulty(text) >= HARD, features(text)


@pytest.mark.parametrize(
    "text",
    ["why is the sky blue", "who wrote Faust", "tell me a story about a fox", "what is two plus two", "good morning"],
)
def test_everyday_questions(text: str) -> None:
    """What people mostly ask stays easy."""
    assert difficulty(text) < HARD, features(text)


def test_fresh_questions() -> None:
    """What may have changed lately is told by its words."""
    assert all(
        map(is_fresh, ["who won the match", "the latest iPhone", "what are today's headlines", "who is the pope"])
    )
    assert not any(map(is_fresh, ["who won't come", "why is the sky blue", "who was the first pope"]))


@pytest.mark.parametrize(
    ("text", "wish", "question"),
    [
        ("Ask the big one why the sky is blue.", "cloud", "why the sky is blue"),
        ("please use the cloud: what is love?", "cloud", "what is love?"),
        ("Can you ask the bigger model to plan a trip?", "cloud", "plan a trip?"),
        ("explain clouds with the cloud", "cloud", "explain clouds"),
        ("answer that on this device, what is love", "device", "what is love"),
        ("without the cloud, what is love", "device", "what is love"),
        ("what is the cloud", "none", "what is the cloud"),
        ("ask the big one", "cloud", "ask the big one"),
        ("which is the big one", "none", "which is the big one"),
    ],
)
def test_whom_the_words_ask_for(text: str, wish: str, question: str) -> None:
    """ "Ask the big one" is a wish for the cloud, and no part of the question."""
    assert (wish, question) == (wish_of(text), without_wish(text))


def test_refusals() -> None:
    """A local answer that begins with a refusal is none."""
    assert all(
        map(is_refusal, ["I don't know.", "I'm sorry, but I can't do that.", "I am not sure", "Sorry, I cannot say."])
    )
    assert not any(map(is_refusal, ["I think it is Rome.", "I don't think so.", "Rome.", "It can't be opened."]))
