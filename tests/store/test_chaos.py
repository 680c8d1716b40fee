"""kill -9 around promises, in its short form, and a judge that finds what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.bench.chaos import Journal, chaos, judge

pytestmark = pytest.mark.contract


def test_twenty_kills(tmp_path: Path) -> None:
    """Nothing is lost, claimed twice, early or done twice when two processes are killed again and again."""
    report = chaos(tmp_path, kills=20, seed=4)
    assert report.good, report
    assert report.promises >= 20
    assert report.claims >= 10


@pytest.mark.parametrize(
    ("steps", "fault"),
    [
        ([("added", {"id": 1, "due_boot_ms": 0.0})], "lost"),
        ([("claimed", {"id": 1, "occurrence": 5}), ("claimed", {"id": 1, "occurrence": 5})], "claimed_twice"),
        ([("claimed", {"id": 1, "occurrence": 5}), ("added", {"id": 1, "due_boot_ms": 1e15})], "early"),
        ([("effect", {"occurrence": 5}), ("effect", {"occurrence": 5})], "effects_twice"),
        ([("opened", {"notice": "damaged"})], "damaged"),
    ],
)
def test_the_judge_finds_faults(tmp_path: Path, steps: list[tuple[str, dict[str, object]]], fault: str) -> None:
    """Each kind of fault in a journal is found, so that an empty report means something."""
    journal = Journal(tmp_path / "journal")
    for step, fields in steps:
        journal.note(step, **fields)
    report = judge(journal, kills=0)
    assert not report.good
    assert json.loads(json.dumps(vars(report)))[fault]
