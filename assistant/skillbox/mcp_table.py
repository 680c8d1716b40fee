"""The `[mcp]` table of skill.toml: the MCP server that a skill stands for, and how its tools are spoken to.

[mcp]
command = ["{program}/bin/mcp-server-time"]      or  url = "https://host/mcp"

[mcp.tools.get_current_time]
effect = "read"
fast = ["what time is it in {place:timezone}"]
spoken = "In {timezone|place} it is {datetime|time}."
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from assistant.errors import SkillLoadError
from assistant.skillbox.description import MAX_DEADLINE_S, Name, Templates, Text, Texts, Word
from assistant.skillbox.mcp_text import template_problem
from assistant.skillhost.manifest import Permissions
from assistant.types import Effect

_STRICT = ConfigDict(extra="forbid", frozen=True)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_WITHHELD = re.compile(r"^(LD_|DYLD_|PYTHON|NODE_OPTIONS$|PATH$|HOME$|TMPDIR$|ASSISTANT_)")

Variable = Annotated[str, Field(pattern=r"^[A-Z_][A-Z0-9_]{0,60}$")]
Part = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00-\x1f]*$")]
ServerName = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_./-]+$")]
Argument = Annotated[str, Field(min_length=1, max_length=60)]


class McpTool(BaseModel):
    """One tool of the server, by the server's own name for it. What is not said here is as careful as can be.

    `arguments` are those that a person can fill (all, unless given), `fixed` those that are always sent.
    """

    model_config = _STRICT

    effect: Effect = "sensitive"
    critical: bool = False
    description: Text = ""
    fast: Templates = []
    llm: Texts = []
    never: Texts = []
    unfinished: Templates = []
    lists: dict[Name, Annotated[dict[Word, Word], Field(max_length=500)]] = Field(default={}, max_length=16)
    spoken: Text = ""
    arguments: list[Argument] | None = Field(default=None, max_length=32)
    fixed: dict[Argument, str | bool | int | float] = Field(default={}, max_length=32)
    deadline_s: float = Field(default=10.0, gt=0, le=MAX_DEADLINE_S)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.critical and self.effect != "sensitive":
            raise ValueError("a critical tool must have the effect 'sensitive'")
        if problem := template_problem(self.spoken):
            raise ValueError(problem)
        return self


class McpTable(BaseModel):
    """A program that is run (`command`) or an address (`url`), and its tools.

    In `command` and `variables`, `{home}` is the server's own folder and `{NAME}` a folder that the user granted.
    `env` are the variables that are handed on from the assistant's environment, `token_env` the one that holds the
    token for an address. `open_network`: the program may use the whole network, which cannot be narrowed to hosts.
    `others`: what becomes of the server's tools that are not named here.
    """

    model_config = _STRICT

    command: list[Part] | None = Field(default=None, min_length=1, max_length=32)
    url: str = Field(default="", max_length=300)
    env: list[Variable] = Field(default=[], max_length=16)
    variables: dict[Variable, Part] = Field(default={}, max_length=16)
    token_env: Variable | Literal[""] = ""
    open_network: bool = False
    memory_mb: int = Field(default=1024, ge=64, le=4096)
    others: Literal["sensitive", "hide"] = "sensitive"
    tools: dict[ServerName, McpTool] = Field(default={}, max_length=40)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.command is None) == (not self.url):
            raise ValueError("give either a command or a url")
        if self.url and (self.env or self.variables or self.open_network):
            raise ValueError("env, variables and open_network are for a command")
        if self.command and self.token_env:
            raise ValueError("token_env is for a url")
        for name in (*self.env, *self.variables):
            if _WITHHELD.match(name):
                raise ValueError(f"{name} is not for a skill to set")
        if self.url:
            parts = urlsplit(self.url)
            if parts.username or parts.password or parts.fragment or not parts.hostname:
                raise ValueError("the url needs a host, and holds no name or password")
            if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
                raise ValueError("the url must be https, or http on this machine")
        return self

    @property
    def host(self) -> str:
        """The host of the address as permissions name it, with its port where it is not 443."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port}" if parts.port not in (None, 443) else parts.hostname or ""


def read_table(fields: Mapping[str, object], permissions: Permissions) -> McpTable:
    """The table, if it fits itself and the permissions. Raises: SkillLoadError."""
    try:
        table = McpTable.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in ("mcp", *first["loc"]))
        raise SkillLoadError(f"Its skill.toml does not fit: {place}: {first['msg']}.") from None
    if table.url and table.host not in permissions.network:
        raise SkillLoadError(f"Its skill.toml does not fit: the address needs the permission network: {table.host}.")
    if table.command and permissions.network:
        raise SkillLoadError("A program cannot be kept to some hosts: leave out network, or say mcp.open_network.")
    if permissions.devices:
        raise SkillLoadError("An MCP server gets no devices.")
    return table


def mcp_sentences(table: McpTable) -> list[str]:
    """What the user agrees to beyond the permissions, as a person reads it."""
    if table.command is None:
        told = [f"send what you say to its tools to {table.host}"]
        if table.token_env:
            told.append(f"use the token in your environment's {table.token_env}")
        return told + _unasked(table)
    return _program_sentences(table, table.command)


def _program_sentences(table: McpTable, command: list[str]) -> list[str]:
    net = "anything on the network" if table.open_network else "nothing on the network"
    told = [f"run the program `{' '.join(command)}` on this machine, which can reach {net}"]
    told += [f"give it the value of your environment's {name}" for name in table.env]
    return told + _unasked(table)


def _unasked(table: McpTable) -> list[str]:
    changing = [name for name, tool in table.tools.items() if tool.effect == "change"]
    return [f"change things without asking you each time: {', '.join(changing)}"] if changing else []


def mcp_widened(old: Mapping[str, object] | None, new: McpTable | None) -> list[str]:
    """What must be agreed to anew: all, when anything but the words around the tools changed."""
    if new is None:
        return []
    before = None if old is None else McpTable.model_validate(old)
    return [] if before is not None and _core(before) == _core(new) else mcp_sentences(new)


def _core(table: McpTable) -> str:
    """What decides what can happen: the way to the server, and that no tool lost a part of its guard."""
    kept = table.model_dump(mode="json", exclude={"tools", "memory_mb"})
    kept["guards"] = {
        name: [tool.effect, tool.critical, tool.fixed] for name, tool in table.tools.items() if not _by_default(tool)
    }
    return json.dumps(kept, sort_keys=True)


def _by_default(tool: McpTool) -> bool:
    return tool.effect == "sensitive" and not tool.critical and not tool.fixed
