"""`assistant timers` on a fresh home."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli.timers import app
from assistant.errors import UsageError
from assistant.paths import find_paths
from assistant.store.timers import TimerStore

pytestmark = pytest.mark.unit


@pytest.fixture
def store(home: Path) -> TimerStore:
    return TimerStore(find_paths().database)


def test_empty_list(store: TimerStore) -> None:
    """Without timers a person reads a sentence and a program reads nothing."""
    store.close()
    assert "There is no timer running.\n" == CliRunner().invoke(app, ["list"]).output
    assert "" == CliRunner().invoke(app, ["list", "--json"]).output


def test_list_as_json(store: TimerStore) -> None:
    """One object a line, with what is left."""
    store.add(600, "pasta")
    (line,) = CliRunner().invoke(app, ["list", "--json"]).output.splitlines()
    record = json.loads(line)
    assert (1, "pasta", 600) == (record["id"], record["label"], record["seconds"])
    assert 590 <= record["left_s"] <= 600
    assert "pasta" in CliRunner().invoke(app, ["list"]).output
    store.close()


def test_cancel_one_and_all(store: TimerStore) -> None:
    """One timer by its id, the rest with --all."""
    for _ in range(3):
        store.add(600)
    assert "Cancelled timer 2.\n" == CliRunner().invoke(app, ["cancel", "2"]).output
    assert [1, 3] == [timer.id for timer in store.list()]
    assert 0 == CliRunner().invoke(app, ["cancel", "--all"]).exit_code
    assert [] == store.list()
    store.close()


@pytest.mark.parametrize("words", [["cancel"], ["cancel", "1", "--all"], ["cancel", "99"]])
def test_wrong_words(store: TimerStore, words: list[str]) -> None:
    """What cannot be done is a sentence with the next step."""
    store.close()
    error = CliRunner().invoke(app, words).exception
    assert isinstance(error, UsageError)
    assert error.fix
