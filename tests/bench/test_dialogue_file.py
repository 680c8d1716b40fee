"""Dialogues as files: read whole or refused, and answers compared as loosely as a recogniser hears."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.bench.dialogue_file import LIKE, has, read_dialogues
from assistant.bench.dialogues import figures
from assistant.errors import UsageError

pytestmark = pytest.mark.unit

OURS = Path(__file__).parents[1] / "dialogues"


def test_ours_are_sixty_conversations() -> None:
    """Three to six turns each, most of them with a goal that is looked up in what is there at the end."""
    dialogues = list(read_dialogues(OURS))
    assert 60 == len(dialogues)
    assert {len(one.turns) for one in dialogues} <= {3, 4, 5, 6}
    assert sum(bool(one.goal) for one in dialogues) >= 45


@pytest.mark.parametrize(
    ("answer", "wanted", "like", "there"),
    [
        ("Ten minutes for pasta, starting now.", "ten minutes", 1.0, True),
        ("10 minutes for pasta.", "ten minutes", 1.0, True),
        ("The light is on.", "off|on", 1.0, True),
        ("The front door is unlocked.", "locked", 1.0, False),
        ("Ten minutes for pastor.", "pasta", LIKE, False),
        ("The desk lamb is on.", "desk lamp", LIKE, True),
        ("The couch is off.", "desk lamp", LIKE, False),
    ],
)
def test_what_counts_as_said(answer: str, wanted: str, like: float, there: bool) -> None:
    """Figures are words, either of two alternatives will do, and a letter that was misheard is forgiven."""
    assert there == has(answer, wanted, like=like)


@pytest.mark.parametrize(
    "text", ["- {name: a}", "- {name: a, turns: []}", "- {name: a, turns: [{say: x}], goal: {x: 1}}", "[]"]
)
def test_a_malformed_file_is_a_sentence(tmp_path: Path, text: str) -> None:
    """It says which dialogue cannot be read."""
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(UsageError):
        list(read_dialogues(tmp_path))


def test_figures_name_what_failed() -> None:
    """The share that reached its goal, how turns were answered, and the causes of the others."""
    turn = {"route": "grammar"}
    rows = [
        {"name": "a", "faults": [], "cause": "", "turns": [turn, turn]},
        {"name": "b", "faults": ["turn 1: not said: ten"], "cause": "misheard", "turns": [{"route": "talker"}]},
    ]
    told = figures(rows)
    assert (0.5, {"misheard": 1}, ["b"]) == (told["score"], told["causes"], told["failed"])
    assert {"grammar": 2, "talker": 1} == told["routes"]
