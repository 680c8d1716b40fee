"""Spoken conversations through the real loop: another voice, the recogniser, the grammar, our voice, heard again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.bench.dialogue_file import read_dialogues
from assistant.bench.dialogues import Setting, run_dialogues

pytestmark = pytest.mark.audio

TESTS = Path(__file__).parents[1]
FEW = (
    "two timers and the time left",
    "a corrected timer",
    "two wishes in one sentence",
    "a light on and off again",
    "the wrong light",
    "blinds up and down",
)


def test_six_conversations_reach_their_goal(home: Path, tmp_path: Path) -> None:
    """Commands, corrections and pronouns, with what is there at the end and what was heard of each answer.

    Sentences that were misheard may cost two of them. What is finished is not done again.
    """
    details = tmp_path / "details.jsonl"
    setting = Setting(home=TESTS / "think" / "wishes_home.yaml", details=details, models=False)
    chosen = [one for one in read_dialogues(TESTS / "dialogues") if one.name in FEW]
    told = run_dialogues(chosen, setting, lambda step, done, total: None)
    rows = [json.loads(line) for line in details.read_text(encoding="utf-8").splitlines()]
    assert {row["name"] for row in rows} == set(FEW)
    assert told["reached"] >= len(FEW) - 2, [
        (row["name"], row["faults"], row["turns"]) for row in rows if row["faults"]
    ]
    assert told == run_dialogues(chosen, setting, lambda step, done, total: None)


TYPED = ("a visitor", "what is remembered", "a negative wish", "two lights in one sentence", "what is forgotten")


def test_conversations_in_writing(home: Path) -> None:
    """Typed, the same conversations need no hearing: those that need no language model reach their goal."""
    setting = Setting(home=TESTS / "think" / "wishes_home.yaml", models=False, typed=True)
    chosen = [one for one in read_dialogues(TESTS / "dialogues") if one.name in TYPED]
    told = run_dialogues(chosen, setting, lambda step, done, total: None)
    assert (len(TYPED), []) == (told["reached"], told["failed"])
