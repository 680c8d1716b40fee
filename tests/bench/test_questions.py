"""A hundred questions by the grammar and the shipped tool caller: nothing changes, nothing is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.bench.questions import read_questions, run_questions
from assistant.errors import UsageError

pytestmark = [pytest.mark.contract, pytest.mark.slow]

QUESTIONS = Path(__file__).parents[1] / "think" / "questions.tsv"


def test_a_hundred_questions_change_nothing() -> None:
    """With a timer, an alarm, a reminder and a list: home, promises and lists are the same after each question."""
    figures = run_questions(QUESTIONS, talker=False, details=None, progress=lambda what, done, total: None)
    assert [] == figures["wrong"]
    assert (0, 0) == (figures["changed"], figures["acted"])
    assert figures["n"] >= 100
    assert figures["routes"].get("grammar", 0) >= 30, figures["routes"]


def test_a_line_without_an_area_is_refused(tmp_path: Path) -> None:
    """Lines are an area, a tab and a question."""
    file = tmp_path / "questions.tsv"
    file.write_text("# told\nhome\tIs it on?\n", encoding="utf-8")
    assert [("home", "Is it on?")] == read_questions(file)
    file.write_text("Is it on?\n", encoding="utf-8")
    with pytest.raises(UsageError, match="no tab"):
        read_questions(file)
