"""Which tools of an MCP server a skill offers: names and schemas reduced to what a spoken tool can be. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assistant.errors import SkillLoadError
from assistant.skillbox.description import MAX_TOOLS, Description, read_description
from assistant.skillbox.mcp_table import McpTable, McpTool
from assistant.skillbox.mcp_text import plain
from assistant.types import JsonDict

MAX_SCHEMA_DEPTH = 4
MAX_DESCRIPTION_CHARS = 300
_SCALARS = ("string", "integer", "number", "boolean")
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A tool under its name here: the server's `name` for it, and the server's names of the arguments by ours."""

    name: str
    arguments: Mapping[str, str]
    tool: McpTool


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the skill offers, and why it does not offer the rest, by the server's names."""

    description: Description
    tools: Mapping[str, Offered]
    refused: Mapping[str, str] = field(default_factory=dict)


def offer_of(table: McpTable, listing: Sequence[object]) -> Offer:
    """What `tools/list` told, seen through the table. Raises: SkillLoadError: nothing of it can be offered."""
    described: JsonDict = {}
    offered: dict[str, Offered] = {}
    refused: dict[str, str] = {}
    for item in listing:
        if not isinstance(item, dict) or not isinstance(item.get("name"), str):
            continue
        name: str = item["name"][:128]
        if name not in table.tools and table.others == "hide":
            continue
        try:
            ours = _name(name)
            if ours in offered:
                raise _Unfit(f"another tool is called {ours} too")
            if len(offered) == MAX_TOOLS:
                raise _Unfit(f"a skill has at most {MAX_TOOLS} tools")
            entry, names = _tool(table.tools.get(name, McpTool()), name, item)
            read_description({"tools": {ours: entry}})
        except (_Unfit, SkillLoadError) as error:
            refused[name] = str(error)
            continue
        described[ours] = entry
        offered[ours] = Offered(name=name, arguments=names, tool=table.tools.get(name, McpTool()))
    listed = {item.get("name") for item in listing if isinstance(item, dict)}
    refused.update({name: "the server has no such tool" for name in table.tools if name not in listed})
    if not offered:
        why = "; ".join(f"{name}: {reason}" for name, reason in list(refused.items())[:3])
        raise SkillLoadError(f"Its server has no tool that can be used by voice. {why}".strip())
    return Offer(description=read_description({"tools": described}), tools=offered, refused=refused)


def same(one: Offer, other: Offer, ours: str) -> bool:
    """Is a tool what it was when the skill was added? A server that changes it later is not believed."""
    before, now = one.tools.get(ours), other.tools.get(ours)
    if before is None or now is None or dict(before.arguments) != dict(now.arguments) or before.name != now.name:
        return False
    mine, theirs = one.description.tools[ours], other.description.tools[ours]
    return mine.parameters == theirs.parameters and mine.description == theirs.description


class _Unfit(Exception):  # noqa: N818
    """This tool cannot be offered; the text says why."""


def _name(name: str) -> str:
    """getAlerts, get-alerts, get.alerts -> get_alerts. Raises: _Unfit."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9_]+", "_", name).lower()[:40]
    if not _NAME.fullmatch(snake):
        raise _Unfit("its name cannot be used")
    return snake


def _tool(mark: McpTool, name: str, item: JsonDict) -> tuple[JsonDict, dict[str, str]]:
    """The entry of the description, and the server's argument names by ours. Raises: _Unfit."""
    schema = item.get("inputSchema")
    properties = schema.get("properties", {}) if isinstance(schema, dict) else None
    if not isinstance(schema, dict) or schema.get("type") != "object" or not isinstance(properties, dict):
        raise _Unfit("its schema is no object")
    needed = [one for one in schema.get("required", []) if isinstance(one, str)]
    if unknown := [one for one in (*(mark.arguments or ()), *mark.fixed) if one not in properties]:
        raise _Unfit(f"it takes no argument {unknown[0]}")
    fitted: JsonDict = {}
    names: dict[str, str] = {}
    for argument, shape in properties.items():
        wanted = argument not in mark.fixed and (mark.arguments is None or argument in mark.arguments)
        try:
            if not wanted:
                raise _Unfit("it is not offered")
            ours = _name(argument)
            if ours in names:
                raise _Unfit(f"another argument is called {ours} too")
            fitted[ours] = _parameter(shape, schema, 0)
            names[ours] = argument
        except _Unfit as error:
            named = mark.arguments is not None and argument in mark.arguments
            if argument not in mark.fixed and (argument in needed or named):
                raise _Unfit(f"its argument {argument[:40]} cannot be filled by voice: {error}") from None
    required = [ours for ours, argument in names.items() if argument in needed]
    about = mark.description or plain(str(item.get("description") or ""))[:MAX_DESCRIPTION_CHARS] or name
    entry: JsonDict = {
        "description": about, "effect": mark.effect, "critical": mark.critical, "deadline_s": mark.deadline_s,
        "fast": mark.fast, "llm": mark.llm, "never": mark.never, "unfinished": mark.unfinished, "lists": mark.lists,
        "parameters": {"type": "object", "properties": fitted, "required": required, "additionalProperties": False},
    }  # fmt: skip
    return entry, names


def _parameter(shape: object, root: JsonDict, depth: int) -> JsonDict:
    """A schema of one argument as ours: text, number, integer, yes or no, a choice. Raises: _Unfit."""
    if not isinstance(shape, dict) or depth > MAX_SCHEMA_DEPTH:
        raise _Unfit("its schema cannot be read")
    if isinstance(reference := shape.get("$ref"), str):
        return _parameter(_pointed(root, reference), root, depth + 1) | _about(shape)
    for union in ("anyOf", "oneOf"):
        if isinstance(kinds := shape.get(union), list):
            real = [kind for kind in kinds if not (isinstance(kind, dict) and kind.get("type") == "null")]
            if len(real) != 1:
                raise _Unfit("it takes values of several types")
            found = _parameter(real[0], root, depth + 1) | _about(shape)
            return found | ({"nullable": True} if len(real) < len(kinds) else {})
    kind = shape.get("type")
    if isinstance(kind, list):
        real_kinds = [one for one in kind if one != "null"]
        if len(real_kinds) != 1:
            raise _Unfit("it takes values of several types")
        return _parameter({**shape, "type": real_kinds[0]}, root, depth + 1) | {"nullable": True}
    choices = [shape["const"]] if "const" in shape else shape.get("enum")
    if choices is not None:
        if not isinstance(choices, list) or not all(isinstance(choice, str) for choice in choices):
            raise _Unfit("it takes choices that are no words")
        return {"type": "string", "enum": choices} | _about(shape)
    if kind not in _SCALARS:
        raise _Unfit(
            f"it takes {'an ' if str(kind)[:1] in 'ao' else 'a '}{str(kind)[:20]}" if kind else "it has no type"
        )
    return {"type": kind} | _about(shape)


def _pointed(root: JsonDict, reference: str) -> object:
    found: object = root
    for part in reference.removeprefix("#/").split("/"):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _about(shape: JsonDict) -> JsonDict:
    text = plain(str(shape.get("description") or ""))[:200]
    return {"description": text} if text else {}
