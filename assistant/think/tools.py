"""Tool calls from any proposer, checked before anything runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from assistant.errors import AssistantError
from assistant.think.confirm import Confirmer
from assistant.types import JsonDict, ToolCall, ToolResult, ToolSpec

MAX_CALLS = 5
"""Calls in one turn; a list that is longer is refused whole."""

MAX_ARGUMENT_CHARS = 2000
"""The longest text that one argument may hold."""

MAX_ARGUMENTS = 32

Say = Callable[[str], None]
"""Says a sentence at once, while a tool goes on."""


class ToolCallError(AssistantError):
    """A proposed call does not fit the tool; nothing was run. Its sentence may be spoken."""

    code = "tool_call"


class Questions(Protocol):
    """The questions that tools have put, by id."""

    def is_open(self, question_id: str) -> bool: ...
    def fits(self, question_id: str, text: str) -> bool:
        """Are these words surely the answer, whatever else they may mean?"""
        ...

    def confirms(self, question_id: str) -> bool:
        """Is it one whose yes lets something be done?"""
        ...

    def heard(self, question_id: str) -> None:
        """It was said to its end: the time to answer begins."""
        ...

    def drop(self, question_id: str) -> None:
        """Nobody will answer: the call that asked is over."""
        ...


class Toolbox(Protocol):
    """The tools of the enabled skills. `clock` gives seconds that only grow."""

    @property
    def specs(self) -> Mapping[str, ToolSpec]:
        """Every tool by its name `skill.function`."""
        ...

    @property
    def confirmer(self) -> Confirmer: ...
    @property
    def questions(self) -> Questions: ...
    @property
    def clock(self) -> Callable[[], float]: ...

    def question(self, call: ToolCall) -> str:
        """The question whether to make a sensitive call."""
        ...

    async def run(self, call: ToolCall, say: Say | None = None, permit: str = "") -> ToolResult:
        """Check and run one call; never raises but for cancellation. A result with a `question_id` is a question."""
        ...

    def undoes(self, tool: str) -> bool:
        """Whether what this tool does can be taken back, at least mostly."""
        ...

    async def undo(self, result: ToolResult) -> ToolResult:
        """Take back what a call did, by its result; never raises but for cancellation."""
        ...

    async def answer(self, question_id: str, text: str, say: Say | None = None) -> ToolResult:
        """Go on with the call that asked; never raises but for cancellation."""
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
    if not fits.get(str(kind), False) or ("enum" in schema and value not in (*schema["enum"], *schema.get("also", ()))):
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


def check_calls(specs: Mapping[str, ToolSpec], calls: Sequence[ToolCall]) -> list[ToolCall]:
    """The calls of one turn, every one checked before the first runs, so that none runs by halves.

    Raises:
        ToolCallError: there are too many, or one does not fit.
    """
    if len(calls) > MAX_CALLS:
        raise ToolCallError("That was too much at once. Please ask for less.")
    return [check_call(specs, call) for call in calls]


async def run_calls(tools: Toolbox, calls: Sequence[ToolCall]) -> list[ToolResult]:
    """Run the calls of one turn in order.

    A refusal comes back as one failed result; a call that fails does not stop those after it.
    """
    try:
        checked = check_calls(tools.specs, calls)
    except ToolCallError as error:
        return [failed(calls[0].tool, error)]
    return [await tools.run(call) for call in checked]


def failed(tool: str, error: AssistantError) -> ToolResult:
    """The result that tells of an error."""
    return ToolResult(tool=tool[:80], ok=False, speech=error.sentence, error=error.code)
