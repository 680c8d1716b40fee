"""The installed skills on a real store and a clock that stands still until it is moved."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.skills_host import LentContext, SkillHost
from assistant.store.timers import TimerStore
from assistant.types import ToolCall, ToolResult

NOON = dt.datetime(2026, 11, 24, 15, 5, tzinfo=dt.timezone(dt.timedelta(hours=1)))


class Bench:
    """Runs tools at a moment that the test chooses."""

    def __init__(self, path: Path) -> None:
        self.now = NOON
        self.store = TimerStore(path, lambda: self.now.timestamp() * 1000.0, zone="Europe/Berlin")
        self.context = LentContext(timers=self.store, clock=lambda: self.now)
        self.host = SkillHost.load(self.context)

    def run(self, tool: str, **arguments: Any) -> ToolResult:
        return asyncio.run(self.host.run(ToolCall(tool=tool, arguments=arguments)))

    def say(self, tool: str, **arguments: Any) -> str:
        return self.run(tool, **arguments).speech

    def later(self, **span: float) -> None:
        self.now += dt.timedelta(**span)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "timers.sqlite3")
    yield made
    made.store.close()
