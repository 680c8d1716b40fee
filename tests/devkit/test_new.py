"""A new skill passes at once; what is no name, or is taken, is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli.skills import app
from assistant.devkit import package
from assistant.devkit.checks import check_skill
from assistant.devkit.new import create_skill
from assistant.errors import UsageError

pytestmark = pytest.mark.unit


def test_new_and_test_on_the_command_line(tmp_path: Path, home: Path) -> None:
    """`skills new` and then `skills test` succeed, and say so in JSON too."""
    made = CliRunner().invoke(app, ["new", "garden_tools", "--into", str(tmp_path), "--json"])
    folder = json.loads(made.output)["folder"]
    tested = CliRunner().invoke(app, ["test", folder, "--json"])
    report = json.loads(tested.output)
    assert (0, True, []) == (tested.exit_code, report["ok"], report["findings"])
    assert {"id", "ok", "looked_at"} == report["checks"][0].keys()


def test_a_broken_skill_fails_on_the_command_line(packing: Path) -> None:
    """Exit code 1, the check, a sentence, a place."""
    file = packing / "assistant_skill_packing" / "skill.toml"
    file.write_text(file.read_text().replace("What is on my", "Juggle with my"))
    tested = CliRunner().invoke(app, ["test", str(packing)])
    assert 1 == tested.exit_code
    assert "FAILED examples" in tested.output
    assert "assistant_skill_packing/skill.toml:8" in tested.output


@pytest.mark.parametrize(
    "name", ["x", "Dice", "1st", "two words", "../up", "class", "a__b", "clock", "none", "um", "x_"]
)
def test_names_that_are_refused(tmp_path: Path, home: Path, name: str) -> None:
    """Not a name, a skill that is installed, or a word that is not heard."""
    with pytest.raises(UsageError):
        create_skill(name, tmp_path)
    assert [] == list(tmp_path.glob("*/*.toml"))


def test_an_existing_folder_is_not_touched(packing: Path) -> None:
    """Work is never overwritten."""
    with pytest.raises(UsageError, match="already"):
        create_skill("packing", packing.parent)


def test_a_skill_that_nobody_knows(home: Path) -> None:
    """The error names those that are there."""
    with pytest.raises(UsageError, match="clock"):
        check_skill("juggling")


def test_an_installed_skill_whose_folder_is_gone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a finding with a sentence, as any skill that cannot be loaded."""

    def gone() -> object:
        raise ModuleNotFoundError("No module named 'assistant_skill_gone'")

    monkeypatch.setattr(package, "installed", lambda: {"gone": gone})
    (finding,) = check_skill("gone").findings
    assert "cannot be imported" in str(finding)


@pytest.mark.parametrize("name", ["clock", "timer", "calculator", "help", "alarm", "reminder"])
def test_our_own_skills_pass(home: Path, name: str) -> None:
    """What is asked of others holds for ours."""
    report = check_skill(str(Path(__file__).parents[2] / "skills" / name))
    assert [] == [str(finding) for finding in report.findings]


def test_the_folder_is_a_pytest_suite(packing: Path) -> None:
    """`pytest` runs the checks, the scenarios and the tests, and names what is broken."""
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    good = subprocess.run(command, cwd=packing, capture_output=True, text=True, check=False)
    assert 0 == good.returncode, good.stdout
    file = packing / "scenarios" / "list.yaml"
    file.write_text(file.read_text().replace("contains: bread", "contains: butter"))
    bad = subprocess.run(command, cwd=packing, capture_output=True, text=True, check=False)
    assert 1 == bad.returncode
    assert "scenarios/list.yaml:16: After 'bread'" in bad.stdout
