"""`assistant timers` on a fresh home."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from assistant.cli.timers import app
from assistant.errors import UsageError
from assistant.paths import find_paths
from assistant.skill import Repeat
from assistant.store.commitments import CommitmentStore

pytestmark = pytest.mark.unit


@pytest.fixture
def store(home: Path) -> CommitmentStore:
    return CommitmentStore(find_paths().database, zone="Europe/Berlin")


def test_empty_list(store: CommitmentStore) -> None:
    """Without promises a person reads a sentence and a program reads nothing."""
    store.close()
    assert "There is no timer, alarm or reminder.\n" == CliRunner().invoke(app, ["list"]).output
    assert "" == CliRunner().invoke(app, ["list", "--json"]).output


def test_list_as_json(store: CommitmentStore) -> None:
    """One object a line, with what is left; alarms and reminders are among them."""
    store.add("timer", 600, label="pasta")
    store.add("alarm", dt.datetime(2090, 1, 2, 7), repeat=Repeat(weekdays=(0, 1, 2, 3, 4)))
    store.add("reminder", 700, label="call mom")
    records = [json.loads(line) for line in CliRunner().invoke(app, ["list", "--json"]).output.splitlines()]
    first, _, last = records
    assert (1, "timer", "pasta", 600) == (first["id"], first["kind"], first["label"], first["seconds"])
    assert 590 <= first["left_s"] <= 600
    assert ["timer", "reminder", "alarm"] == [record["kind"] for record in records]
    assert ("every weekday", "2090-01-02T07:00:00+01:00") == (last["repeat"], last["due"])
    shown = CliRunner().invoke(app, ["list"]).output
    assert [True, True] == [label in shown for label in ("pasta", "call mom")]
    store.close()


def test_cancel_one_and_all(store: CommitmentStore) -> None:
    """One by its id, the rest with --all, also what rings and comes again."""
    for kind in ("timer", "alarm", "reminder"):
        store.add(kind, 600)  # type: ignore[arg-type]
    assert "Cancelled alarm 2.\n" == CliRunner().invoke(app, ["cancel", "2"]).output
    assert [1, 3] == [promise.id for promise in store.list()]
    now = dt.datetime.now(ZoneInfo("Europe/Berlin")).replace(microsecond=0)
    store.add("reminder", now, repeat=Repeat(every_days=1))
    assert 1 == len(store.claim_due())
    assert 0 == CliRunner().invoke(app, ["cancel", "--all"]).exit_code
    assert [] == store.list()
    store.close()


@pytest.mark.parametrize("words", [["cancel"], ["cancel", "1", "--all"], ["cancel", "99"]])
def test_wrong_words(store: CommitmentStore, words: list[str]) -> None:
    """What cannot be done is a sentence with the next step."""
    store.close()
    error = CliRunner().invoke(app, words).exception
    assert isinstance(error, UsageError)
    assert error.fix
