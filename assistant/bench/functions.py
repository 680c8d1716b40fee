"""Functions of the Berkeley leaderboard as tools of ours, and whether a call is one of the expected answers.

Counted as there (AST match): the right function, every required argument, each value among the possible ones; an
optional argument may be missing where the answers hold an empty one. Words are compared without case and punctuation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import UsageError
from assistant.types import JsonDict, ToolCall, ToolSpec

_TYPES = {"dict": "object", "float": "number", "tuple": "array", "any": "string"}
_KEPT = ("description", "enum", "items", "default")
_MARKS = re.compile(r"[ ,./\-_*^]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A request, the functions that are offered, and the expected call: its tool and possible values by argument.

    No expected call: none may be made.
    """

    id: str
    text: str
    tools: tuple[ToolSpec, ...]
    expected: tuple[str, Mapping[str, Sequence[object]]] | None = None


def read_tasks(folder: Path, name: str) -> Iterator[Task]:
    """The tasks of a category; those with a file of answers are expected to call. Raises: UsageError: no such file."""
    answers_file = folder / f"{name}.answer.json"
    answers = {row["id"]: row["ground_truth"][0] for row in _rows(answers_file)} if answers_file.is_file() else {}
    for row in _rows(folder / f"{name}.json"):
        expected = None
        if row["id"] in answers:
            (function, values), *_ = answers[row["id"]].items()
            expected = (function, values)
        turns = row["question"][0]
        text = next(turn["content"] for turn in reversed(turns) if turn["role"] == "user")
        yield Task(id=row["id"], text=text, tools=tuple(map(tool_of, row["function"])), expected=expected)


def tool_of(function: JsonDict) -> ToolSpec:
    """A function as a tool that reads."""
    schema = _schema(function["parameters"])
    return ToolSpec(name=function["name"], description=function["description"], parameters=schema, effect="read")


def is_expected(task: Task, calls: Sequence[ToolCall]) -> bool:
    """AST match; where nothing is expected, no call at all."""
    if task.expected is None:
        return not calls
    name, values = task.expected
    if len(calls) != 1 or calls[0].tool != name:
        return False
    given = calls[0].arguments
    if any(argument not in values or not _is_among(value, values[argument]) for argument, value in given.items()):
        return False
    return all(argument in given or "" in possible for argument, possible in values.items())


def _is_among(value: object, possible: Sequence[object]) -> bool:
    return any(_same(value, one) for one in possible)


def _same(value: object, wanted: object) -> bool:
    if isinstance(value, str) and isinstance(wanted, str):
        return _plain(value) == _plain(wanted)
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    if isinstance(value, int | float) and isinstance(wanted, int | float):
        return float(value) == float(wanted)
    if isinstance(value, list) and isinstance(wanted, list):
        pairs = zip(value, wanted, strict=False)
        return len(value) == len(wanted) and all(_same(one, other) for one, other in pairs)
    if isinstance(value, dict) and isinstance(wanted, dict):
        known = all(name in wanted and _is_among(part, wanted[name]) for name, part in value.items())
        return known and all(name in value or "" in possible for name, possible in wanted.items())
    return value == wanted


def _plain(text: str) -> str:
    return _MARKS.sub("", text).lower().replace("'", '"')


def _schema(schema: JsonDict) -> JsonDict:
    """JSON schema in place of the leaderboard's names of types."""
    kind = schema.get("type", "string")
    made: JsonDict = {"type": _TYPES.get(kind, kind), **{key: schema[key] for key in _KEPT if key in schema}}
    if isinstance(made.get("items"), dict):
        made["items"] = _schema(made["items"])
    if "properties" in schema:
        made["properties"] = {name: _schema(part) for name, part in schema["properties"].items()}
        made["required"] = list(schema.get("required", []))
    return made


def _rows(file: Path) -> list[JsonDict]:
    try:
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise UsageError(f"The tasks in {file} cannot be read: {error}.", fix="Give the data with --data.") from None
