"""`assistant pin`: set from a pipe, told without its digits, cleared."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli.pin import app
from assistant.errors import UsageError
from assistant.paths import find_paths
from assistant.think.pin import PinFile

pytestmark = pytest.mark.unit


def run(*words: str, typed: str = "") -> str:
    done = CliRunner().invoke(app, [*words], input=typed)
    if done.exception is not None:
        raise done.exception
    return done.output.strip()


def test_a_pin_is_set_and_cleared(home: Path) -> None:
    """The command tells what it did, never the digits; the file is the one that the daemon reads."""
    assert {"set": False, "locked": False} == json.loads(run("status", "--json"))
    assert "The PIN is set." == run("set", typed="2749\n")
    file = find_paths().state / "pin.json"
    assert (True, 0o600) == (PinFile(file).matches("2749"), file.stat().st_mode & 0o777)
    assert "A PIN is set." == run("status")
    assert ["The PIN is gone.", "There was no PIN."] == [run("clear"), run("clear")]


def test_wrong_tries_are_told(home: Path) -> None:
    """A locked PIN is seen in the status; a new one is not locked."""
    run("set", typed="2749\n")
    now_s = time.time()
    assert ["wrong", "wrong", "wrong", "locked"] == [
        PinFile(find_paths().state / "pin.json").check("0000", now_s) for _ in range(4)
    ]
    assert {"set": True, "locked": True} == json.loads(run("status", "--json"))
    run("set", typed="3850\n")
    assert "A PIN is set." == run("status")


@pytest.mark.parametrize("typed", ["", "\n", "12\n", "1234\n", "secret\n"])
def test_a_bad_pin_is_wrong_usage(home: Path, typed: str) -> None:
    """Nothing typed, too short, too easy, no digits: one sentence, and nothing is kept."""
    with pytest.raises(UsageError) as caught:
        run("set", typed=typed)
    assert "secret" not in str(caught.value)
    assert not PinFile(find_paths().state / "pin.json").is_set
