"""Tool calls of any proposer are checked before anything runs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from assistant.think.tools import MAX_CALLS, ToolCallError, check_call, run_calls
from assistant.types import ToolCall, ToolResult, ToolSpec

pytestmark = pytest.mark.unit

SPEC = ToolSpec(
    name="lamp.dim",
    description="Dim a lamp.",
    parameters={
        "type": "object",
        "properties": {
            "level": {"type": "integer"},
            "speed": {"type": "number"},
            "name": {"type": "string"},
            "mode": {"type": "string", "enum": ["soft", "hard"]},
            "on": {"type": "boolean"},
            "note": {"type": "string", "nullable": True},
        },
        "required": ["level"],
    },
    effect="change",
)
SPECS = {SPEC.name: SPEC}


class Recorder:
    """Tools that only note what was run."""

    def __init__(self) -> None:
        self.ran: list[ToolCall] = []

    @property
    def specs(self) -> Mapping[str, ToolSpec]:
        return SPECS

    async def run(self, call: ToolCall) -> ToolResult:
        self.ran.append(call)
        return ToolResult(tool=call.tool, ok=True, speech="Done.")


def _check(**arguments: Any) -> dict[str, Any]:
    return check_call(SPECS, ToolCall(tool="lamp.dim", arguments=arguments)).arguments


@pytest.mark.parametrize(
    ("given", "fitted"),
    [
        ({"level": 5}, {"level": 5}),
        ({"level": "10"}, {"level": 10}),
        ({"level": 10.0}, {"level": 10}),
        ({"level": "1,000"}, {"level": 1000}),
        ({"level": 1, "speed": "2.5"}, {"level": 1, "speed": 2.5}),
        ({"level": 1, "on": "True"}, {"level": 1, "on": True}),
        ({"level": 1, "mode": "soft"}, {"level": 1, "mode": "soft"}),
        ({"level": 1, "note": None}, {"level": 1, "note": None}),
    ],
)
def test_harmless_coercions(given: dict[str, Any], fitted: dict[str, Any]) -> None:
    """A number in a string is a number; what fits stays as it is."""
    assert fitted == _check(**given)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"level": "ten"},
        {"level": 1.5},
        {"level": True},
        {"level": None},
        {"level": [1]},
        {"level": float("nan")},
        {"level": float("inf")},
        {"level": 10**400},
        {"level": "9" * 5000},
        {"level": 1, "extra": 1},
        {"level": 1, "mode": "loud"},
        {"level": 1, "name": 7},
        {"level": 1, "name": None},
        {"level": 1, "name": {"a": 1}},
        {"level": 1, "name": "x" * 10_000_000},
        {"level": 1, "on": "perhaps"},
        {"level": 1, **{f"a{number}": 1 for number in range(1000)}},
    ],
)
def test_what_does_not_fit_is_refused(arguments: dict[str, Any]) -> None:
    """Wrong types, values, names and sizes are refused with a short sentence."""
    with pytest.raises(ToolCallError) as caught:
        _check(**arguments)
    assert len(caught.value.sentence) < 200


def test_unknown_tool_is_refused() -> None:
    """A tool that does not exist is not run."""
    with pytest.raises(ToolCallError):
        check_call(SPECS, ToolCall(tool="lamp.explode"))


async def _run(calls: list[ToolCall]) -> tuple[list[ToolResult], list[ToolCall]]:
    tools = Recorder()
    return await run_calls(tools, calls), tools.ran


def test_calls_run_in_order() -> None:
    """Calls that fit run one after the other, with their fitted arguments."""
    results, ran = asyncio.run(_run([ToolCall(tool="lamp.dim", arguments={"level": str(n)}) for n in (1, 2)]))
    assert [True, True] == [result.ok for result in results]
    assert [{"level": 1}, {"level": 2}] == [call.arguments for call in ran]


def test_one_bad_call_stops_all() -> None:
    """If one of several calls does not fit, none has an effect."""
    good, bad = ToolCall(tool="lamp.dim", arguments={"level": 1}), ToolCall(tool="lamp.dim", arguments={"level": "x"})
    results, ran = asyncio.run(_run([good, bad]))
    assert [] == ran
    assert [False] == [result.ok for result in results]


def test_too_many_calls_run_nothing() -> None:
    """Fifty calls in one turn are refused whole."""
    call = ToolCall(tool="lamp.dim", arguments={"level": 1})
    results, ran = asyncio.run(_run([call] * 50))
    assert ([], 1, "tool_call") == (ran, len(results), results[0].error)
    assert MAX_CALLS == len(asyncio.run(_run([call] * MAX_CALLS))[1])


def test_no_calls_no_results() -> None:
    """An empty list of calls does nothing."""
    assert ([], []) == asyncio.run(_run([]))
