"""A real MCP server on pipes is a skill: confined, bounded, started again after it ended, and never believed."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import SkillError, SkillLoadError
from assistant.skill import Reply
from assistant.skillbox.mcp_skill import McpPlace, load_mcp, offered_by
from assistant.skillhost.context import LentContext
from assistant.skillhost.loaded import LoadedSkill
from assistant.skillhost.manifest import Manifest
from assistant.skillhost.strikes import SkillCrashed
from assistant.skills_host import SkillHost
from assistant.types import ToolCall

pytestmark = pytest.mark.contract

Use = Callable[[Callable[[LoadedSkill], Awaitable[None]]], None]


@pytest.fixture
def skill(manifest: Manifest, place: McpPlace, tmp_path: Path) -> LoadedSkill:
    return load_mcp(manifest, place, tmp_path / "listing.json")


def using(skill: LoadedSkill, use: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        try:
            await use()
        finally:
            skill.close()
            await asyncio.sleep(0)

    asyncio.run(run())


async def call(skill: LoadedSkill, tool: str, **arguments: Any) -> Reply:
    return await skill.functions[f"small.{tool}"](**arguments)


def test_what_it_offers(manifest: Manifest, place: McpPlace) -> None:
    """Effects come from skill.toml; what is not named there is sensitive; what cannot be said is refused."""
    offer = offered_by(manifest, place)
    effects = {name: tool.effect for name, tool in offer.description.tools.items()}
    assert ("read", "change", "sensitive") == (effects["weather"], effects["fail"], effects["end"])
    assert {"sum_all": "its argument numbers cannot be filled by voice: it takes an array"} == offer.refused
    assert ["city"] == list(offer.description.tools["weather"].parameters.properties)
    assert "Add two numbers." == offer.description.tools["add"].description.split(" See")[0]


def test_a_call_by_words(skill: LoadedSkill) -> None:
    """The grammar, the arguments, the spoken template: a server's tool behaves as any tool."""

    async def use() -> None:
        assert "2 plus 3 is 5." == (await call(skill, "add", a=2, b=3)).speech
        reply = await call(skill, "weather", city="Rome")
        assert "In Rome it is 7.25 degrees celsius at 2:05 PM." == reply.speech
        assert reply.data["tainted"] is True
        assert "Once. There was a king. He went on." == (await call(skill, "story")).speech

    using(skill, use)
    assert not skill.trusted
    assert {"small.add", "small.weather"} == {template.tool for template in skill.templates}


def test_it_is_started_by_the_first_call_only(manifest: Manifest, place: McpPlace, tmp_path: Path) -> None:
    """With the kept listing nothing is started to load the skill; its program may even be gone."""
    cache = tmp_path / "listing.json"
    load_mcp(manifest, place, cache)
    loaded = load_mcp(manifest, dataclasses.replace(place, grants={"program": str(tmp_path / "gone")}), cache)

    async def use() -> None:
        with pytest.raises(SkillCrashed, match="not installed where it should be"):
            await call(loaded, "add", a=1)

    using(loaded, use)


def test_what_it_can_reach(skill: LoadedSkill, place: McpPlace) -> None:
    """No variables but its own, no files but its own, no network, no way out of its group of processes."""

    async def use() -> None:
        found = json.loads((await call(skill, "surroundings")).data["text"])
        assert {"SMALL_KEY", "SECRET_FILE", "OWN", "HOME", "PATH", "TMPDIR", "LANG"} <= set(found["env"])
        assert "OTHER_KEY" not in found["env"]
        assert "open sesame" == found["key"]
        reached = {name: found[name] for name in ("passwd", "secret", "network", "unix", "session", "home")}
        assert {**dict.fromkeys(reached, False), "home": True} == reached

    using(skill, use)


def test_words_of_a_failure(skill: LoadedSkill) -> None:
    """A tool that fails with words is no strike; the words are said as the skill's."""

    async def use() -> None:
        with pytest.raises(SkillError, match=r"The small skill says: .*the lamp is not there") as caught:
            await call(skill, "fail")
        assert not isinstance(caught.value, SkillCrashed)

    using(skill, use)


@pytest.mark.parametrize("tool", ["end", "flood", "hang"])
def test_a_server_that_breaks_is_ended_and_started_again(skill: LoadedSkill, tool: str) -> None:
    """It ends, floods or hangs in the middle of a call: that counts as a crash, and the next call works."""

    async def use() -> None:
        with pytest.raises(SkillCrashed, match="does not answer"):
            await call(skill, tool)
        assert "1 plus 1 is 2." == (await call(skill, "add", a=1)).speech

    using(skill, use)


def test_nothing_is_left_when_it_is_closed(skill: LoadedSkill) -> None:
    """What the server started ends with it."""

    async def use() -> None:
        child = int((await call(skill, "child")).data["text"])
        os.kill(child, 0)
        skill.close()
        for _ in range(200):
            if not _runs(child):
                return
            await asyncio.sleep(0.01)
        raise AssertionError("the child still runs")

    using(skill, use)


def test_a_change_that_is_called_off_cannot_go_on(manifest: Manifest, place: McpPlace, tmp_path: Path) -> None:
    """The server that works on it is ended; the next call starts another one."""
    slow = manifest.model_copy(update={"mcp": {**(manifest.mcp or {}), "tools": {"wait_and_write": {}}}})
    skill = load_mcp(slow, place, tmp_path / "listing.json")

    async def use() -> None:
        first = int((await call(skill, "number")).data["text"])
        running = asyncio.ensure_future(call(skill, "wait_and_write"))
        await asyncio.wait([running], timeout=0.2)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert first != int((await call(skill, "number")).data["text"])
        assert not _runs(first)

    using(skill, use)


def test_a_tool_that_changed_since_it_was_added_is_left_alone(skill: LoadedSkill, folder: Path) -> None:
    """A server that later asks for more, or describes itself otherwise, is not called; its other tools are."""

    async def use() -> None:
        assert "Hello." == (await call(skill, "later", text="Hello")).speech
        skill.close()
        (folder / "changed").touch()
        with pytest.raises(SkillError, match="has changed this tool since you added it"):
            await call(skill, "later", text="Hello")
        assert "1 plus 1 is 2." == (await call(skill, "add", a=1)).speech

    using(skill, use)


def test_three_strikes_and_sensitive_tools_in_the_host(skill: LoadedSkill) -> None:
    """In the host a sensitive tool does not run without a yes, and three crashes switch the skill off."""
    host = SkillHost.load(LentContext(timers=None), sources={}, others=[skill])  # type: ignore[arg-type]

    async def use() -> None:
        refused = await host.run(ToolCall(tool="small.end"))
        assert ("confirmation", "That needs your confirmation first.") == (refused.error, refused.speech)
        for _ in range(3):
            result = await host.run(ToolCall(tool="small.hang"))
            assert not result.ok
        assert "switched it off" in result.speech

    using(skill, use)


def test_a_folder_that_was_not_granted_is_asked_for(manifest: Manifest, place: McpPlace, tmp_path: Path) -> None:
    """The sentence says what to type."""
    with pytest.raises(SkillLoadError, match="--grant program=PATH"):
        load_mcp(manifest, dataclasses.replace(place, grants={}), tmp_path / "listing.json")


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
