"""A host for a class that a test writes, on a clock that is moved by hand."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.skill import Skill
from assistant.skillhost.loaded import LoadedSkill
from assistant.skillhost.manifest import Manifest, Permissions
from assistant.skills_host import LentContext, SkillHost, in_process
from assistant.store.timers import TimerStore
from assistant.testing import settle
from assistant.think.pin import PinFile
from assistant.types import ToolCall, ToolResult

NOON = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)


class HostBench:
    """`tell` collects what a tool says while it runs, `silent` what came of calls that nobody waited for."""

    def __init__(self, folder: Path, kinds: tuple[type[Skill], ...], fields: dict[str, Any]) -> None:
        self.now_s = 100.0
        self.said: list[str] = []
        self.silent: list[ToolResult] = []
        self.timers = TimerStore(folder / "timers.sqlite3", lambda: NOON.timestamp() * 1000.0)
        self.lent = LentContext(timers=self.timers, clock=lambda: NOON, state=folder / "state")
        skills = [self._loaded(kind, fields) for kind in kinds]
        self.pin = PinFile(folder / "pin.json")
        self.host = SkillHost.load(self.lent, sources={}, others=skills, pin=self.pin, clock=lambda: self.now_s)
        self.host.on_silent = self.silent.append

    def _loaded(self, kind: type[Skill], fields: dict[str, Any]) -> LoadedSkill:
        name = kind.__name__.lower()
        manifest = Manifest(
            id=name,
            version="1.0.0",
            api=1,
            languages=("en",),
            summary="a skill of a test",
            examples=("Try it.",),
            permissions=Permissions(network=("api.example.com", "cdn.example.com:8443"), storage_kb=1),
        )
        loaded = in_process(kind, self.lent, manifest, {"done": "{what} done.", "hello": "hello"})
        return LoadedSkill(**{name: getattr(loaded, name) for name in LoadedSkill.__slots__} | fields)

    async def run(self, tool: str, **arguments: Any) -> ToolResult:
        return await self.host.run(ToolCall(tool=tool, arguments=arguments), self.said.append)

    async def answer(self, result: ToolResult, text: str) -> ToolResult:
        return await self.host.answer(result.data["question_id"], text, self.said.append)

    def converse(self, tool: str, *answers: str) -> list[str]:
        """What is said when a tool is called and its questions are answered in turn."""

        async def conversation() -> list[str]:
            result = await self.run(tool)
            said = [result.speech]
            for text in answers:
                result = await self.answer(result, text)
                said.append(result.speech)
            return said

        return asyncio.run(conversation())

    async def interrupted(self, tool: str) -> None:
        """Call a tool, and cancel the turn when it is under way."""
        turn = asyncio.ensure_future(self.run(tool))
        await settle()
        turn.cancel()
        await asyncio.wait([turn])
        await settle()


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., HostBench]:
    def made(*kinds: type[Skill], **fields: Any) -> HostBench:
        return HostBench(tmp_path, kinds, fields)

    return made
