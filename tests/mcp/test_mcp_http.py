"""A real MCP server over HTTP on this machine is a skill."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.errors import SkillLoadError
from assistant.skillbox.mcp_skill import McpPlace, load_mcp, offered_by
from assistant.skillhost.manifest import Manifest
from assistant.skillhost.strikes import SkillCrashed

pytestmark = pytest.mark.contract

SERVER = Path(__file__).with_name("small_server.py")
WithAddress = Callable[[int], Manifest]


@pytest.fixture
def port() -> Iterator[int]:
    with subprocess.Popen([sys.executable, str(SERVER), "--http"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.kill()


def test_a_server_over_http(with_address: WithAddress, place: McpPlace, port: int, tmp_path: Path) -> None:
    """It is asked for its tools, called, and an answer that is far too long breaks only that call."""
    manifest = with_address(port)
    assert {"add", "weather", "flood"} == set(offered_by(manifest, place).tools)
    skill = load_mcp(manifest, place, tmp_path / "listing.json")

    async def use() -> None:
        try:
            assert "4 plus 5 is 9." == (await skill.functions["small.add"](a=4, b=5)).speech
            with pytest.raises(SkillCrashed, match="does not answer"):
                await skill.functions["small.flood"]()
            assert "4 plus 1 is 5." == (await skill.functions["small.add"](a=4)).speech
        finally:
            skill.close()
            await asyncio.sleep(0.1)

    asyncio.run(use())


def test_a_server_that_is_not_there(with_address: WithAddress, place: McpPlace, tmp_path: Path) -> None:
    """The sentence says so; nothing hangs."""
    with pytest.raises(SkillLoadError, match="cannot be used"):
        load_mcp(with_address(1), place, tmp_path / "listing.json")
