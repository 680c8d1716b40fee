"""One of our skills is used by the `mcp` package's own client, over pipes and over HTTP."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.types import TextContent

from assistant.cli.skills_mcp import read_token
from assistant.engines.mcp_server import NEEDS_VOICE, SkillServer, tool_of
from assistant.errors import UsageError
from assistant.skill import Reply, ToolMark
from assistant.skillhost.context import LentContext
from assistant.skillhost.loaded import LoadedSkill
from assistant.skillhost.manifest import Manifest
from assistant.skills_host import SkillHost
from assistant.types import ToolSpec

pytestmark = pytest.mark.contract

SERVE = [sys.executable, "-m", "assistant", "skills", "serve"]


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "ASSISTANT_HOME": str(home)}


def said(result: object) -> str:
    content = result.content[0]  # type: ignore[attr-defined]
    assert isinstance(content, TextContent)
    return content.text


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_clock_over_pipes(home: Path, mode: str) -> None:
    """The package's own client lists the clock's tools with hints and schemas and calls them, in both its protocols."""

    async def use() -> None:
        server = StdioServerParameters(command=SERVE[0], args=[*SERVE[1:], "clock"], env=environment(home))
        async with Client(server, mode=mode) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            assert {"time", "date", "weekday", "year", "days_until"} == set(tools)
            assert tools["time"].annotations is not None
            assert tools["time"].annotations.read_only_hint
            assert ["today", "tomorrow", "yesterday"] == tools["date"].input_schema["properties"]["day"]["enum"]
            tokyo = await client.call_tool("time", {"city": "tokyo"})
            assert "Tokyo" in said(tokyo)
            assert "Tokyo" == tokyo.structured_content["city"]
            wrong = await client.call_tool("date", {"day": "someday"})
            assert (True, "clock.date cannot use 'someday' as day.") == (wrong.is_error, said(wrong))
            unknown = await client.call_tool("explode", {})
            assert (True, "There is no tool explode.") == (unknown.is_error, said(unknown))

    asyncio.run(use())


@pytest.fixture
def served(home: Path) -> Iterator[str]:
    """The address of the clock over HTTP."""
    command = [*SERVE, "clock", "--http", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment(home)) as server:
        assert server.stderr is not None
        try:
            yield server.stderr.readline().split()[3].rstrip(".")
        finally:
            server.kill()


def test_the_clock_over_http_needs_the_token(home: Path, served: str) -> None:
    """Without the token, with a wrong one, or under another host name nobody is let in."""
    token = next(home.rglob("mcp-token")).read_text()

    async def use() -> None:
        async with httpx2.AsyncClient(headers={"authorization": f"Bearer {token}"}) as http:
            async with Client(streamable_http_client(served, http_client=http)) as client:
                assert "year" in {tool.name for tool in (await client.list_tools()).tools}
                assert said(await client.call_tool("year")).startswith("It")
            assert 421 == (await http.post(served, headers={"host": "evil.example"}, json={})).status_code
        async with httpx2.AsyncClient() as stranger:
            for given in ({}, {"authorization": "Bearer guess"}, {"authorization": token}):
                assert 401 == (await stranger.post(served, headers=given, json={})).status_code

    asyncio.run(use())


def test_a_token_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    """It is made for the user alone, kept, and refused once its file is open to others."""
    file = tmp_path / "token"
    assert read_token(file) == read_token(file)
    assert 0o600 == file.stat().st_mode & 0o777
    file.chmod(0o644)
    with pytest.raises(UsageError, match="Others can read"):
        read_token(file)


def a_host(manifest: Manifest, functions: dict[str, Callable[..., Awaitable[Reply]]]) -> SkillHost:
    schema = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    effects = {"open": "sensitive", "wave": "change", "break": "change"}
    specs = {
        f"small.{name}": ToolSpec(name=f"small.{name}", description=name, parameters=schema, effect=effects[name])  # type: ignore[arg-type]
        for name in functions
    }
    skill = LoadedSkill(
        manifest=manifest, specs=specs, marks={name: ToolMark(effect=spec.effect) for name, spec in specs.items()},
        templates=(), functions={f"small.{name}": function for name, function in functions.items()},
    )  # fmt: skip
    return SkillHost.load(LentContext(timers=None), sources={}, others=[skill])  # type: ignore[arg-type]


def test_sensitive_tools_are_neither_shown_nor_run(manifest: Manifest) -> None:
    """A yes over this connection may be a program's, so there is none."""
    opened: list[bool] = []

    async def act() -> Reply:
        opened.append(True)
        return Reply(speech="Open.")

    async def wave() -> Reply:
        return Reply(speech="I wave.")

    async def use() -> None:
        async with Client(SkillServer(a_host(manifest, {"open": act, "wave": wave}), "small").server) as client:
            assert ["wave"] == [tool.name for tool in (await client.list_tools()).tools]
            refused = await client.call_tool("open")
            assert (True, NEEDS_VOICE) == (refused.is_error, said(refused))
            assert "I wave." == said(await client.call_tool("wave"))

    asyncio.run(use())
    assert [] == opened


def test_a_tool_that_breaks_tells_no_details(manifest: Manifest) -> None:
    """An exception becomes the sentence that is spoken too."""

    async def broken() -> Reply:
        raise RuntimeError("secret path")

    async def use() -> None:
        async with Client(SkillServer(a_host(manifest, {"break": broken}), "small").server) as client:
            result = await client.call_tool("break")
            assert (True, "Sorry, that did not work.") == (result.is_error, said(result))

    asyncio.run(use())


def test_hints_and_optional_arguments() -> None:
    """What changes things is told so; an argument that may be left empty takes null."""
    properties = {"day": {"type": "string", "enum": ["a"], "nullable": True}}
    spec = ToolSpec(
        name="x.y", description="d", parameters={"type": "object", "properties": properties}, effect="change"
    )
    tool = tool_of(spec)
    assert {"type": ["string", "null"], "enum": ["a", None]} == tool.input_schema["properties"]["day"]
    assert tool.annotations is not None
    assert (False, False) == (tool.annotations.read_only_hint, tool.annotations.destructive_hint)
