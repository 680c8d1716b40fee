"""An MCP server is added, agreed to, listed and run as any skill of others."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli.skills import app
from assistant.paths import find_paths
from assistant.skillbox.loading import Added, load_added
from assistant.skillbox.package import read_package
from assistant.skillhost.context import LentContext
from assistant.skillhost.strikes import Switches
from assistant.skills_host import installed

pytestmark = pytest.mark.contract


@pytest.fixture
def small(folder: Path, home: Path, small_toml: str) -> Path:
    (folder / "skill.toml").write_text(small_toml)
    return folder


def test_it_is_added_and_shown(small: Path) -> None:
    """What is agreed to is said; after the first use its tools are listed, and what is left out with the reason."""
    run = CliRunner()
    added = run.invoke(app, ["add", str(small), "--yes", "--grant", f"program={sys.prefix}"])
    assert 0 == added.exit_code, added.output
    assert "which can reach nothing on the network" in added.output
    assert "change things without asking you each time: fail" in added.output
    served = run.invoke(app, ["info", "small", "--json"])
    assert "tools" not in json.loads(served.output)
    (skills, problems) = _loaded()
    assert ({}, True) == (problems, "small" in skills)
    shown = json.loads(run.invoke(app, ["info", "small", "--json"]).output)
    assert "weather" in shown["tools"]
    assert ["sum_all: its argument numbers cannot be filled by voice: it takes an array"] == shown["left_out"]


def test_it_is_not_run_where_its_folder_is_not_granted(small: Path) -> None:
    """The reason says what to type."""
    assert 0 == CliRunner().invoke(app, ["add", str(small), "--yes"]).exit_code
    assert "--grant program=PATH" in _loaded()[1]["small"]


@pytest.mark.parametrize(
    ("old", "new", "asked"),
    [
        ('"read:program"', '"read:program", "write:notes"', "read and change the folder"),
        ("[mcp]\n", "[mcp]\nopen_network = true\n", "anything on the network"),
        ('[mcp.tools.add]\neffect = "read"', '[mcp.tools.add]\neffect = "change"', "without asking you each time: add"),
        ("env = [", 'env = ["TOKEN", ', "your environment's TOKEN"),
        ('spoken = "In', 'spoken = "At', ""),
    ],
)
def test_what_widens_asks_again(small: Path, old: str, new: str, asked: str) -> None:
    """Another way to reach more, or a guard that is gone, is told; other words are not."""
    run = CliRunner()
    run.invoke(app, ["add", str(small), "--yes", "--grant", f"program={sys.prefix}"])
    text = (small / "skill.toml").read_text().replace('version = "1.0.0"', 'version = "1.1.0"')
    assert old in text
    (small / "skill.toml").write_text(text.replace(old, new, 1))
    plan = Added.at(find_paths()).shelf.plan(read_package(str(small)), installed())
    assert asked in "; ".join(plan.asks)
    assert bool(asked) == bool(plan.asks)


def _loaded() -> tuple[list[str], dict[str, str]]:
    paths = find_paths()
    context = LentContext(timers=None, state=paths.state)  # type: ignore[arg-type]
    skills, problems = load_added(Added.at(paths), context, Switches(paths.state / "disabled.json"))
    return [skill.manifest.id for skill in skills], problems
