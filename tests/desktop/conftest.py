"""The skill in the real host, with a home and programs that a test chooses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from assistant_skill_desktop import DesktopSkill

from assistant.devkit.bench import compile_grammar
from assistant.skills_host import LentContext, SkillHost
from assistant.store.timers import TimerStore
from assistant.types import ToolResult


@dataclass(slots=True)
class Desktop:
    """`say` gives what came of the first call that the grammar reads in a sentence."""

    folder: Path
    settings: dict[str, Any]
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)
    host: SkillHost = field(init=False)

    def __post_init__(self) -> None:
        timers = TimerStore(self.folder / "timers.sqlite3")
        lent = LentContext(timers=timers, settings={"desktop": self.settings})
        self.host = SkillHost.load(lent, sources={"desktop": lambda: DesktopSkill})
        timers.close()
        assert {} == self.host.problems

    def say(self, text: str) -> ToolResult:
        calls = compile_grammar(self.host.templates).match(text)
        assert calls is not None, text
        return self.runner.run(self.host.run(calls[0]))

    def close(self) -> None:
        self.host.close()
        self.runner.close()


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    made = Desktop(tmp_path, {"enabled": True, "apps": {"the net": "Firefox Web"}, "read_chars": 120})
    yield made
    made.close()


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Write a shell script that the tests' PATH finds before all others."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder), prepend=":")

    def write(name: str, script: str) -> Path:
        file = folder / name
        file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        file.chmod(0o755)
        return file

    return write
