"""Applications: found in their entries, meant by the names people use, started without a shell."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from assistant_skill_desktop.apps import App, choose, command_of, installed

pytestmark = pytest.mark.unit

ENTRIES = {
    "org.example.firefox": "Name=Firefox Web\nGenericName=Web Browser\nCategories=Network;WebBrowser;\nExec=net %u",
    "calc": "Name=Calculator\nCategories=Utility;Calculator;\nExec=calc --name %c",
    "hidden": "Name=Secret Helper\nNoDisplay=true\nExec=calc",
    "shell": "Name=Top\nTerminal=true\nExec=top",
    "gone": "Name=Gone\nTryExec=/nowhere/gone\nExec=gone",
    "broken": 'Name=Broken\nExec=calc "unbalanced',
    "evil": "Name=Evil\nExec=calc; touch pwned",
}


@pytest.fixture
def entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desktop with a few applications; returns the folder in which they leave their marks."""
    folder = tmp_path / "share" / "applications"
    folder.mkdir(parents=True)
    for name, lines in ENTRIES.items():
        (folder / f"{name}.desktop").write_text(f"[Desktop Entry]\nType=Application\n{lines}\n", encoding="utf-8")
    (folder / "nonsense.desktop").write_bytes(b"\xff\xfe no entry")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_only_what_a_person_may_start(entries: Path) -> None:
    """Hidden, missing, broken and terminal programs are none."""
    assert {"Firefox Web", "Calculator", "Evil"} == {app.name for app in installed()}


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Firefox Web", "Firefox Web"),
        ("firefox", "Firefox Web"),
        ("fire fox web", "Firefox Web"),
        ("the browser", "Firefox Web"),
        ("browser", "Firefox Web"),
        ("web browser", "Firefox Web"),
        ("the net", "Firefox Web"),
        ("calculator", "Calculator"),
        ("spreadsheet", None),
        ("garage door", None),
        ("", None),
    ],
)
def test_names(entries: Path, said: str, name: str | None) -> None:
    """Names, kinds, words of the user's own and what was nearly heard; nothing is guessed."""
    found = choose(installed(), said, {"the net": "firefox web"})
    assert name == (found.name if found else None)


def test_places_for_files_are_left_out() -> None:
    """An `Exec` line as the words of a command."""
    assert ("a", "b c", "100%", "My App") == command_of('a "b c" %U 100%% %c %i', "My App")
    assert () == command_of("", "")


def test_started_apart_from_us(entries: Path, desktop: Any, program: Callable[[str, str], Path]) -> None:
    """It runs in a session of its own, with its words as they stand and without the assistant's own environment."""
    program("calc", f'echo "$$ $* [$ASSISTANT_HOME]" > {entries}/mark; exec sleep 30')
    os.environ["ASSISTANT_HOME"] = "/secret"
    try:
        result = desktop.say("open the calculator")
    finally:
        del os.environ["ASSISTANT_HOME"]
    assert (True, "Opening Calculator.") == (result.ok, result.speech)
    number, *words = (entries / "mark").read_text(encoding="utf-8").split()
    assert ["--name", "Calculator", "[]"] == words
    assert int(number) == os.getsid(int(number)) != os.getsid(0)
    os.kill(int(number), signal.SIGTERM)
    deadline = time.monotonic() + 5
    skill_children_end(int(number), deadline)


def skill_children_end(number: int, deadline_s: float) -> None:
    """Wait for a child of this process."""
    while time.monotonic() < deadline_s:
        if os.waitpid(number, os.WNOHANG)[0]:
            return
    raise AssertionError("it did not end")


def test_no_shell(entries: Path, desktop: Any, program: Callable[[str, str], Path]) -> None:
    """What looks like a second command is no command."""
    assert "Evil did not start." == desktop.say("launch evil").speech
    assert not (entries / "pwned").exists()


def test_what_does_not_start_is_not_claimed(entries: Path, desktop: Any, program: Callable[[str, str], Path]) -> None:
    """A program that fails at once, that is not there, and one that nobody knows."""
    program("calc", "exit 3")
    assert (False, "Calculator did not start.") == told(desktop.say("open the calculator"))
    assert (False, "Firefox Web did not start.") == told(desktop.say("open the browser"))
    assert (False, "I know no application garage door.") == told(desktop.say("open the garage door"))


def test_switched_off(entries: Path, desktop: Any) -> None:
    """Without the user's leave nothing is touched."""
    desktop.settings["enabled"] = False
    for text in ("open the calculator", "mute the computer", "read my clipboard", "lock the screen"):
        assert (False, "I may not use the desktop here.") == told(desktop.say(text))


def told(result: Any) -> tuple[bool, str]:
    return result.ok, result.speech


def test_the_first_entry_of_a_name_counts() -> None:
    """A kind is taken from the first application that is of it."""
    one, two = (App(id=name, name=name, categories=("Email",), command=(name,)) for name in ("post", "letters"))
    assert one == choose([one, two], "mail", {})
