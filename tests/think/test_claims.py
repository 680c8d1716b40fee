"""What a language model may say: claims of deeds are held back, whatever the pieces in which they come."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assistant.think.claim_guard import CANNOT, REMEMBER, UNCLEAR, UNKNOWN, ClaimGuard
from assistant.think.claims import Asked, asked_of

pytestmark = pytest.mark.unit

LINES = Path(__file__).with_name("claims.tsv").read_text(encoding="utf-8").splitlines()
CASES = [tuple(line.split("\t")) for line in LINES if line and not line.startswith("#")]


def spoken(said: str, prose: str, size: int) -> tuple[str, bool]:
    """What is let through of prose that comes in pieces of this many characters, and whether a claim was found."""
    guard = ClaimGuard(asked_of(said), said)
    out = "".join(guard.feed(prose[start : start + size]) for start in range(0, len(prose), size))
    return (out + guard.finish()).strip(), guard.blocked


@pytest.mark.parametrize(("said", "prose", "expected"), CASES)
def test_a_claim_is_not_spoken(said: str, prose: str, expected: str) -> None:
    """`=` is spoken whole; of what claims a deed only what came before is, and then the truth, in any pieces."""
    for out, blocked in (spoken(said, prose, size) for size in (1, 3, 1000)):
        if expected == "=":
            assert (prose, False) == (out, blocked)
            continue
        before = "" if expected == "-" else expected
        assert blocked
        assert out in [
            f"{before}{gap}{truth}".strip() for gap in ("", " ") for truth in ("", CANNOT, UNKNOWN, REMEMBER)
        ]


def test_the_table_is_large_enough_to_mean_something() -> None:
    """Both ways are there in numbers."""
    assert min(sum(case[2] == "=" for case in CASES), sum(case[2] != "=" for case in CASES)) >= 60


@pytest.mark.parametrize(
    ("said", "prose", "expected"),
    [
        ("turn on the light", "Sure! I've turned on the light.", CANNOT),
        ("remember that my bike is red", "I'll remember that.", REMEMBER),
        ("is the door locked", "Yes, the door is locked.", UNKNOWN),
        ("why is the sky blue", "Rayleigh knew. I'll remind you of him.", "Rayleigh knew."),
    ],
)
def test_the_truth_takes_its_place(said: str, prose: str, expected: str) -> None:
    """After a wish that it cannot be done, after a question that it is not known, and nothing where enough was said."""
    assert (expected, True) == spoken(said, prose, 4)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("turn on the light", "wish"),
        ("could you turn on the light", "wish"),
        ("why is the sky blue", "question"),
        ("tell me about whales", "question"),
        ("is the front door locked", "state"),
        ("did you send it", "state"),
        ("is a tomato a fruit", "question"),
        ("tell me a story about a door", "story"),
        ("write a poem about lamps", "story"),
    ],
)
def test_what_was_said_decides_how_strictly(said: str, asked: Asked) -> None:
    """Wishes, questions about things of the house, other questions, and pieces of writing."""
    assert asked == asked_of(said)


def test_an_answer_to_a_question_is_not_held_back() -> None:
    """Words that begin no claim go on at once, so that the voice begins as soon as without the guard."""
    guard = ClaimGuard("question")
    assert ["The sky", " is blue", " because"] == [guard.feed(part) for part in ("The sky", " is blue", " because")]


@pytest.mark.parametrize("prose", ["I can't do that. I have no way to set timers.", "I'm sorry, but I cannot do that."])
def test_that_a_skill_does_not_exist_is_no_answer(prose: str) -> None:
    """The model does not know the skills: where the words speak of one, they were not understood."""
    for ours, expected in ((True, UNCLEAR), (False, prose)):
        guard = ClaimGuard("wish", "Set a rice timer for eating minutes.", ours=lambda ours=ours: ours)
        told = "".join([guard.feed(word) for word in re.split(r"(?<= )", prose)]) + guard.finish()
        assert (expected, ours) == (told, guard.blocked)
    guard = ClaimGuard("question", "Why can't I see the stars?", ours=lambda: True)
    assert prose == guard.feed(prose) + guard.finish()
