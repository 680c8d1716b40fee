"""Real turns become a scenario that passes, and fails once the skill does otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli.skills import app
from assistant.devkit.package import opened
from assistant.devkit.recorded import scenario_text, write_scenario
from assistant.devkit.scenarios import run_file
from assistant.errors import UsageError
from assistant.paths import find_paths
from assistant.store.history import Entry, History, Outcome, TurnRecord

pytestmark = pytest.mark.unit


def entry(number: int, heard: str, tool: str | None = None, **arguments: object) -> Entry:
    results = () if tool is None else (Outcome(tool=tool, ok=True),)
    record = TurnRecord(tool=tool, arguments=dict(arguments), results=results)
    return Entry(number=number, at_s=1_790_000_000.0 + 10.0 * number, turn=f"t{number}", heard=heard, record=record)


ADD = entry(1, "add milk to my packing list", "packing.add", item="milk")
READ = entry(3, "what is on my packing list", "packing.read")
CHAT = entry(2, "why is the sky blue")


def played(packing: Path, entries: list[Entry]) -> list[str]:
    file = write_scenario(packing, entries)
    with opened(str(packing)) as package:
        return [sentence for _, sentence in run_file(package, file, packing / "scratch")]


def test_what_was_done_is_done_again(packing: Path) -> None:
    """The newest first, as the history gives them; what was no command leads to no tool."""
    assert [] == played(packing, [READ, CHAT, ADD])
    assert "advance: '10'" in scenario_text([READ, CHAT], "x")


def test_what_is_done_otherwise_is_found(packing: Path) -> None:
    """The tool, and its arguments."""
    (told,) = played(packing, [entry(1, "add milk to my packing list", "packing.add", item="bread")])
    assert "the arguments were" in told


def test_words_that_were_not_kept(packing: Path) -> None:
    """The sentence says which setting keeps them."""
    with pytest.raises(UsageError, match="no words"):
        scenario_text([entry(1, "")], "x")


def test_on_the_command_line(packing: Path) -> None:
    """From the history of this home into a new file each time."""
    find_paths().create()
    kept = History(find_paths().history, now_s=ADD.at_s)
    kept.add(4_000_000_000.0, "t1", ADD.heard, ADD.record)
    kept.close()
    for number in (1, 2):
        made = CliRunner().invoke(app, ["record", str(packing)])
        assert 0 == made.exit_code, made.output
        assert f"recorded-{number}.yaml" in made.output
