"""The documents tell the truth: commands, skills and models that are named exist, and all that exist are named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assistant.cli.app import COMMANDS, GROUPS

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_is_in_the_readme() -> None:
    """The list of commands is whole."""
    listed = re.search(r"`assistant ([a-z]+ \|[a-z| ]+)`", README)
    assert listed is not None
    assert {*COMMANDS, *GROUPS} == {name.strip() for name in listed[1].split("|")}


def test_commands_in_the_readme_exist() -> None:
    """No command is promised that is not there."""
    named = set(re.findall(r"`assistant ([a-z]+) ", README))
    assert set() == named - {*COMMANDS, *GROUPS}


def test_scripts_in_the_readme_exist() -> None:
    """The two commands, and what else is named under scripts/."""
    assert [] == [name for name in re.findall(r"scripts/([a-z_-]+)", README) if not (ROOT / "scripts" / name).is_file()]


def test_skills_in_the_readme_exist() -> None:
    """The first-party skills of the map are the packages under skills/."""
    line = next(line for line in README.splitlines() if line.strip().startswith("skills/"))
    named = {word.strip(" .") for word in line.rpartition(":")[2].split(",")}
    assert named == {path.parent.name for path in (ROOT / "skills").glob("*/pyproject.toml")}


def test_the_public_api_is_documented() -> None:
    """Every public name of a skill's base class and context is in skills/README.md."""
    from assistant.skill import Context, Skill

    text = (ROOT / "skills" / "README.md").read_text(encoding="utf-8")
    names = [name for kind in (Skill, Context) for name in vars(kind) if not name.startswith("_")]
    assert [] == [name for name in names if name not in text]
