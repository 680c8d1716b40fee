"""What a language model may say in Korean: claims of deeds are held back, whatever the pieces in which they come."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.korean.told import in_korean
from assistant.think.claim_guard import CANNOT, REMEMBER, UNKNOWN, ClaimGuard
from assistant.think.claims import Asked, asked_of

pytestmark = pytest.mark.unit

LINES = Path(__file__).with_name("claims.tsv").read_text(encoding="utf-8").splitlines()
CASES = [tuple(line.split("\t")) for line in LINES if line and not line.startswith("#")]
TRUTHS = ("", *(in_korean(one) for one in (CANNOT, UNKNOWN, REMEMBER)))


def spoken(said: str, prose: str, size: int) -> tuple[str, bool]:
    """What is let through of prose that comes in pieces of this many characters, and whether a claim was found."""
    guard = ClaimGuard(asked_of(said), said)
    out = "".join(guard.feed(prose[start : start + size]) for start in range(0, len(prose), size))
    return (out + guard.finish()).strip(), guard.blocked


@pytest.mark.parametrize(("said", "prose", "expected"), CASES)
def test_a_claim_is_not_spoken(said: str, prose: str, expected: str) -> None:
    """`=` is spoken whole; of what claims a deed only what came before is, and then the truth in Korean."""
    for out, blocked in (spoken(said, prose, size) for size in (1, 3, 1000)):
        if expected == "=":
            assert (prose, False) == (out, blocked)
            continue
        before = "" if expected == "-" else expected
        assert blocked
        assert out in [f"{before}{gap}{truth}".strip() for gap in ("", " ") for truth in TRUTHS]


def test_both_ways_are_there_in_numbers() -> None:
    """The table means something."""
    assert min(sum(case[2] == "=" for case in CASES), sum(case[2] != "=" for case in CASES)) >= 30


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("불 켜 줘", "wish"), ("불 좀 켜 줄래?", "wish"), ("문을 열어 주시겠어요?", "wish"),
        ("피자 주문하고 싶어", "wish"),
        ("하늘은 왜 파래?", "question"), ("고래에 대해 설명해 줘", "question"), ("현관문 잠겨 있어?", "state"),
        ("문자 보냈어?", "state"),
        ("토마토는 과일이야?", "question"), ("문에 대한 이야기를 들려 줘", "story"),
        ("램프에 대한 시를 써 줘", "story"),
    ],
)  # fmt: skip
def test_what_was_said_decides_how_strictly(said: str, asked: Asked) -> None:
    """Wishes, questions about things of the house, other questions, and pieces of writing."""
    assert asked == asked_of(said)
