"""Learning how long somebody pauses."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.hear.pauses import ENOUGH, LEAST, MOST, Pauses

pytestmark = pytest.mark.unit


def test_nothing_changes_before_enough_is_known() -> None:
    """A few pauses say nothing yet."""
    pauses = Pauses()
    for _ in range(ENOUGH - 1):
        pauses.went_on(1500.0)
    assert 1.0 == pauses.patience


@pytest.mark.parametrize(("pause_ms", "patience"), [(2900.0, MOST), (100.0, LEAST), (780.0, 1.2)])
def test_patience_follows_the_pauses_within_bounds(pause_ms: float, patience: float) -> None:
    """A slow speaker gets more time, a fast one less, neither without end."""
    pauses = Pauses()
    for _ in range(ENOUGH):
        pauses.went_on(pause_ms)
    assert patience == pytest.approx(pauses.patience)


def test_silences_that_are_no_pauses_do_not_count() -> None:
    """Whoever comes back after ten seconds began anew."""
    pauses = Pauses()
    for _ in range(ENOUGH):
        pauses.went_on(10_000.0)
        pauses.went_on(0.0)
    assert 1.0 == pauses.patience


def test_an_early_end_is_made_up_for_and_forgiven() -> None:
    """Who was cut off gets more time at once; it is taken back slowly while all goes well."""
    pauses = Pauses()
    pauses.ended_too_early()
    after = pauses.patience
    for _ in range(20):
        pauses.ended_well()
    assert after > 1.05
    assert 1.0 == pauses.patience


def test_it_is_kept_privately_and_can_be_reset(tmp_path: Path) -> None:
    """The next start knows it; the file is the owner's alone; a reset removes it."""
    file = tmp_path / "pauses.json"
    first = Pauses(file)
    for _ in range(ENOUGH):
        first.went_on(900.0)
    second = Pauses(file)
    assert first.patience == second.patience > 1.0
    assert 0o600 == file.stat().st_mode & 0o777
    second.reset()
    assert not file.exists()
    assert 1.0 == Pauses(file).patience


def test_a_running_assistant_forgets_too(tmp_path: Path) -> None:
    """What was forgotten from outside does not come back with the next pause."""
    file = tmp_path / "pauses.json"
    running = Pauses(file)
    for _ in range(ENOUGH):
        running.went_on(1500.0)
    Pauses(file).reset()
    running.went_on(1500.0)
    assert 1.0 == running.patience


@pytest.mark.parametrize("text", ["", "{", '{"pauses_ms": [1e9], "hurry": 1}', '{"pauses_ms": "x", "hurry": 1}', "[]"])
def test_a_damaged_file_is_a_fresh_start(tmp_path: Path, text: str) -> None:
    """It holds a habit, not a promise."""
    file = tmp_path / "pauses.json"
    file.write_text(text, encoding="utf-8")
    assert 1.0 == Pauses(file).patience
