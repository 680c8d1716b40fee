"""`assistant skills`: what it shows, what it asks for, and its exit codes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from assistant.cli import _run
from assistant.skillbox import sandbox

pytestmark = pytest.mark.contract

GOOD = str(Path(__file__).parent / "good")


@pytest.fixture
def skills(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run `assistant skills ...`: exit code, output, errors."""

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["assistant", "skills", *map(str, words)])
        code = _run()
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_adding_needs_an_agreement(skills: Any) -> None:
    """Without a terminal and without --yes nothing is added, exit code 2; the permissions are shown all the same."""
    code, out, err = skills("add", GOOD)
    assert (2, True) == (code, "agree with --yes" in err)
    assert "reach weather.example on the internet" in out
    assert "nobody vouches for it" in out
    assert "weather_report" not in skills("list")[1]


def test_a_skill_comes_is_switched_and_goes(skills: Any, home: Path) -> None:
    """add, list, info, disable, enable, remove, each with the fields of the contract."""
    assert 1 == skills("add", GOOD, "--yes", "--grant", f"music={home.parent}/music")[0], "there is no such folder"
    (home.parent / "music").mkdir()
    code, out, _ = skills("add", GOOD, "--yes", "--json", "--grant", f"music={home.parent}/music")
    record = json.loads(out)
    assert (0, "weather_report", "1.0.0", "free", True, "") == (
        code, record["id"], record["version"], record["tier"], record["enabled"], record["reason"],
    )  # fmt: skip
    assert ["weather.example"] == record["permissions"]["network"]
    assert {"music": f"{home.parent}/music"} == record["grants"]
    listed = [json.loads(line) for line in skills("list", "--json")[1].splitlines()]
    assert {"id", "version", "tier", "permissions", "enabled", "reason"} <= set.intersection(*map(set, listed))
    assert "You switched it off." == json.loads(skills("disable", "weather_report", "--json")[1])["reason"]
    assert "off: You switched it off." in " ".join(skills("list")[1].split())
    assert json.loads(skills("enable", "weather_report", "--json")[1])["enabled"]
    assert "weather.example" in skills("info", "weather_report")[1]
    data = home / "state" / "skills-data" / "weather_report"
    data.mkdir(parents=True)
    assert 0 == skills("remove", "weather_report")[0]
    assert not data.exists()
    assert 2 == skills("info", "weather_report")[0]


def test_our_own_skills_can_be_switched_off_but_not_removed(skills: Any) -> None:
    """A skill of the assistant has no files that could go."""
    assert (0, "timer is off.\n") == skills("disable", "timer")[:2]
    assert 0 == skills("enable", "timer")[0]
    assert (1, True) == ((found := skills("remove", "timer"))[0], "no added skill" in found[2])


def test_the_list_tells_what_the_kernel_enforces(skills: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where files or network are not enforced the list says so, and that the skill does not run."""
    skills("add", GOOD, "--yes")
    monkeypatch.setattr(sandbox, "enforced", lambda: sandbox.Enforced(file=True, memory=True))
    out = " ".join(skills("list")[1].split())
    assert "Enforced by the kernel for added skills here: file, memory. Not enforced: network, processes." in out
    assert "only skills that are signed by a publisher you trust run" in out
    record = json.loads(skills("info", "weather_report", "--json")[1])
    assert (False, False) == (record["enabled"], record["enforced"]["network"])
    assert "using the network" in record["reason"]


def test_a_developer_signs_and_a_user_trusts(skills: Any, tmp_path: Path) -> None:
    """sign makes a key and a signature; trust shows the fingerprint; then the publisher has a name in the list."""
    source = tmp_path / "source" / "skill_good"
    for file in Path(GOOD).rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            place = source / file.relative_to(Path(GOOD) / "skill_good")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(file.read_bytes())
    key = tmp_path / "publisher.pem"
    assert 0 == skills("sign", source.parent, "--key", key, "--new-key", "Ada")[0]
    assert "a publisher you do not know" in skills("add", source.parent, "--yes")[1]
    assert 2 == skills("trust", f"{key}.pub")[0]
    assert 0 == skills("trust", f"{key}.pub", "--yes")[0]
    record = json.loads(skills("info", "weather_report", "--json")[1])
    assert (True, True, True) == (record["signed"], record["trusted"], record["publisher"].startswith("Ada ("))
    (source / "extra.py").write_text("")
    code, _, err = skills("add", source.parent, "--yes")
    assert (1, True) == (code, "does not fit its files" in err)


@pytest.mark.parametrize("source", ["nowhere", "ftp://host/x", "."])
def test_what_is_no_skill_is_one_sentence(source: str, skills: Any, tmp_path: Path) -> None:
    """A folder without a skill, a missing one, another protocol: exit code 1 and what to do."""
    code, _, err = skills("add", tmp_path if source == "." else source, "--yes")
    assert (1, 1) == (code, err.count("\n"))
    assert "Give" in err
