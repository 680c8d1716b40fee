"""An MCP server as a skill: skill.toml with an `[mcp]` table instead of Python, and permissions as any skill."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from assistant.errors import SkillLoadError
from assistant.skill import Reply
from assistant.skillbox.description import loaded
from assistant.skillbox.mcp_jail import PATH, JailPolicy, tools_of
from assistant.skillbox.mcp_link import START_PATIENCE_S, Address, McpServer, Program, Target
from assistant.skillbox.mcp_offer import Offer, offer_of
from assistant.skillbox.mcp_table import McpTable, read_table
from assistant.skillbox.sandbox import environment, interpreter
from assistant.skillhost.loaded import LoadedSkill
from assistant.skillhost.manifest import Manifest

MAX_LISTING_BYTES = 1 << 20
_PLACE = re.compile(r"\{([a-z][a-z0-9_-]{0,40})\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class McpPlace:
    """Where a skill's server works on this machine. `folder` holds the skill's files, `grants` the real paths of the
    folders that the user gave, by name; `data` is kept if the skill may store anything. `must`: only confined.
    """

    folder: Path
    data: Path
    grants: Mapping[str, str] = field(default_factory=dict)
    must: bool = True
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)


def load_mcp(manifest: Manifest, place: McpPlace, cache: Path) -> LoadedSkill:
    """The skill as the host takes it. Its server is asked for its tools once, and the answer kept in `cache`; after
    that none is started before a tool is called, and a tool that differs then is refused.

    Raises:
        SkillLoadError: the table does not fit, the server cannot be started, or offers nothing that fits.
    """
    table = table_of(manifest)
    target = functools.partial(_target, manifest, table, place)
    offer = offer_of(table, _listing(target, cache))
    server = McpServer(manifest.id, offer, table, target)
    functions = {f"{manifest.id}.{name}": functools.partial(_call, server, name) for name in offer.tools}
    return loaded(manifest, offer.description, functions, server.close)


def offered_by(manifest: Manifest, place: McpPlace) -> Offer:
    """What the server offers now, with the reasons for what is left out. Raises: SkillLoadError."""
    table = table_of(manifest)
    return offer_of(table, ask_listing(_target(manifest, table, place)))


def table_of(manifest: Manifest) -> McpTable:
    """Raises: SkillLoadError: there is no `[mcp]` table, or it does not fit."""
    if manifest.mcp is None:
        raise SkillLoadError("Its skill.toml has no [mcp] table.")
    return read_table(manifest.mcp, manifest.permissions)


def ask_listing(target: Target) -> list[object]:
    """Start or reach the server in a helper process, and ask for its tools. Raises: SkillLoadError."""
    kind = "program" if isinstance(target, Program) else "address"
    with tempfile.TemporaryDirectory(prefix="assistant-") as home:
        try:
            done = subprocess.run(
                [*interpreter(), "assistant.engines.mcp_client"], input=json.dumps({kind: asdict(target)}),
                env=environment(home), cwd=home, capture_output=True, text=True, timeout=2 * START_PATIENCE_S,
                check=False,
            )  # fmt: skip
            told = json.loads(done.stdout[:MAX_LISTING_BYTES])
        except (OSError, subprocess.SubprocessError, ValueError):
            raise SkillLoadError("Its server did not tell what it can do.") from None
    if isinstance(told, dict) and isinstance(told.get("problem"), str):
        raise SkillLoadError(f"Its server cannot be used: {told['problem'][:200]}.")
    if not isinstance(told, dict) or not isinstance(told.get("tools"), list):
        raise SkillLoadError("Its server did not tell what it can do.")
    tools: list[object] = told["tools"]
    return tools


def kept_listing(cache: Path) -> list[object] | None:
    """What the server told of its tools when it was first asked; none when it was not."""
    with contextlib.suppress(OSError, ValueError):
        if cache.stat().st_size <= MAX_LISTING_BYTES and isinstance(kept := json.loads(cache.read_bytes()), list):
            return kept
    return None


def _listing(target: Any, cache: Path) -> list[object]:
    if (kept := kept_listing(cache)) is not None:
        return kept
    tools = ask_listing(target())
    with contextlib.suppress(OSError):
        part = cache.with_suffix(".part")
        part.write_text(json.dumps(tools), encoding="utf-8")
        part.replace(cache)
    return tools


async def _call(server: McpServer, tool: str, /, **arguments: Any) -> Reply:
    return await server.call(tool, arguments)


def _target(manifest: Manifest, table: McpTable, place: McpPlace) -> Target:
    """How the server is started or reached now. Raises: SkillLoadError: its program or a granted folder is missing."""
    if table.command is None:
        return Address(url=table.url, token=place.environ.get(table.token_env, "") if table.token_env else "")
    home = _home(manifest, place)
    places = {"home": str(home), "skill": str(place.folder), **place.grants}
    argv = [_filled(part, places) for part in table.command]
    program = argv[0] if "/" in argv[0] else shutil.which(argv[0], path=PATH)
    if program is None or not Path(program).is_absolute() or not os.access(program, os.X_OK):
        raise SkillLoadError(f"Its program {Path(argv[0]).name} is not installed where it should be.")
    ways = {name.partition(":")[2]: name.partition(":")[0] for name in manifest.permissions.files}
    storage_kb = manifest.permissions.storage_kb
    policy = JailPolicy(
        home=str(home), tools=tools_of(program), network=table.open_network, must=place.must,
        read=(str(place.folder), *(path for name, path in place.grants.items() if ways.get(name) == "read")),
        write=tuple(path for name, path in place.grants.items() if ways.get(name) == "write"),
        memory_mb=table.memory_mb, file_kb=storage_kb or 8192,
    )  # fmt: skip
    env = environment(str(home)) | {"PATH": PATH}
    env |= {name: place.environ[name] for name in table.env if name in place.environ}
    env |= {name: _filled(value, places) for name, value in table.variables.items()}
    return Program(argv=(program, *argv[1:]), env=env, policy=policy)


def _home(manifest: Manifest, place: McpPlace) -> Path:
    """The server's own folder; what it wrote is gone at the next start unless the skill may store something."""
    home = place.data / "server"
    try:
        if not manifest.permissions.storage_kb:
            shutil.rmtree(home, ignore_errors=True)
        (home / "tmp").mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SkillLoadError(f"Its folder cannot be made: {(error.strerror or str(error)).lower()}.") from None
    return home


def _filled(text: str, places: Mapping[str, str]) -> str:
    """Raises: SkillLoadError: a folder was not granted."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in places:
            raise SkillLoadError(f"It needs a folder: add it with --grant {match[1]}=PATH.")
        return places[match[1]]

    return _PLACE.sub(value, text)
