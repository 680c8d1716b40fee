"""Tool calls from any proposer, checked before anything runs and bounded while it runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Protocol

from assistant.errors import AssistantError
from assistant.types import JsonDict, ToolCall, ToolResult, ToolSpec

MAX_CALLS = 5
"""Calls in one turn; a list that is longer is refused whole."""

MAX_ARGUMENT_CHARS = 2000
"""The longest text that one argument may hold."""

MAX_ARGUMENTS = 32

DEADLINE_S = 5.0


class ToolCallError(AssistantError):
    """A proposed call does not fit the tool; nothing was run. Its sentence may be spoken."""

    code = "tool_call"


class Toolbox(Protocol):
    """The tools of the enabled skills."""

    @property
    def specs(self) -> Mapping[str, ToolSpec]:
        """Every tool by its name `skill.function`."""
        ...

    async def run(self, call: ToolCall) -> ToolResult:
        """Check and run one call; never raises but for cancellation."""
        ...


def check_call(specs: Mapping[str, ToolSpec], call: ToolCall) -> ToolCall:
    """The call with arguments that fit the tool's schema; a number in a string becomes a number.

    Raises:
        ToolCallError: unknown tool, unknown or missing argument, wrong type, value not allowed, or far too long.
    """
    spec = specs.get(call.tool)
    if spec is None:
        raise ToolCallError("I don't have a tool for that.")
    properties: Mapping[str, JsonDict] = spec.parameters.get("properties", {})
    arguments: object = call.arguments
    if not isinstance(arguments, dict) or len(arguments) > MAX_ARGUMENTS:
        raise ToolCallError(f"The request to {spec.name} was malformed.")
    if unknown := [name for name in arguments if name not in properties]:
        raise ToolCallError(f"{spec.name} knows no {_shown(unknown[0])}.")
    if missing := [name for name in spec.parameters.get("required", []) if name not in arguments]:
        raise ToolCallError(f"{spec.name} needs {missing[0]}.")
    fitted = {name: _fit(spec.name, name, value, properties[name]) for name, value in arguments.items()}
    return ToolCall(tool=call.tool, arguments=fitted, confidence=call.confidence)


def _fit(tool: str, name: str, value: object, schema: JsonDict) -> object:
    wrong = ToolCallError(f"{tool} cannot use {_shown(value)} as {name}.")
    kind = schema.get("type")
    if value is None and schema.get("nullable"):
        return None
    if kind in ("integer", "number"):
        value = _number(value, whole=kind == "integer")
    elif kind == "boolean" and isinstance(value, str):
        value = {"true": True, "false": False}.get(value.strip().lower())
    fits = {
        "string": isinstance(value, str) and len(value) <= MAX_ARGUMENT_CHARS,
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
        "boolean": isinstance(value, bool),
    }
    if not fits.get(str(kind), False) or ("enum" in schema and value not in schema["enum"]):
        raise wrong
    return value


def _number(value: object, *, whole: bool) -> int | float | None:
    """10, 10.0 and "10" are the same number; a number of more than 15 digits is none that was said."""
    if isinstance(value, str) and len(value) <= 20:
        try:
            value = float(value.strip().replace(",", ""))
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not abs(value) < 10**15:  # also refuses nan and infinity
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None if whole and not isinstance(value, int) else value


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return f"'{text[:40]}'" + ("..." if len(text) > 40 else "")


async def run_calls(tools: Toolbox, calls: Sequence[ToolCall]) -> list[ToolResult]:
    """Run the calls of one turn in order; every one is checked before the first runs, so that none runs by halves.

    A refusal comes back as one failed result; a call that fails does not stop those after it.
    """
    try:
        if len(calls) > MAX_CALLS:
            raise ToolCallError("That was too much at once. Please ask for less.")
        checked = [check_call(tools.specs, call) for call in calls]
    except ToolCallError as error:
        return [failed(calls[0].tool, error)]
    return [await tools.run(call) for call in checked]


async def within_deadline(tool: str, running: Awaitable[Any], deadline_s: float = DEADLINE_S) -> Any:
    """Await a tool for at most `deadline_s`; then it is cancelled.

    Raises:
        ToolCallError: it took too long.
    """
    try:
        async with asyncio.timeout(deadline_s):
            return await running
    except TimeoutError:
        raise ToolCallError(f"{tool.partition('.')[0]} took too long, so I stopped it.") from None


def failed(tool: str, error: AssistantError) -> ToolResult:
    """The result that tells of an error."""
    return ToolResult(tool=tool[:80], ok=False, speech=error.sentence, error=error.code)
