"""Function calls as the Berkeley leaderboard counts them, and what may be done for which sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.bench.functions import Task, is_expected, read_tasks, tool_of
from assistant.bench.tools import Row, figures, run_tools
from assistant.errors import UsageError
from assistant.types import JsonDict, ToolCall

pytestmark = pytest.mark.unit

FUNCTION: JsonDict = {
    "name": "shapes.area",
    "description": "Area of a rectangle.",
    "parameters": {
        "type": "dict",
        "properties": {
            "sides": {"type": "array", "items": {"type": "float"}, "description": "both"},
            "unit": {"type": "string", "description": "the unit"},
        },
        "required": ["sides"],
    },
}
EXPECTED = ("shapes.area", {"sides": [[2, 3.5]], "unit": ["square meters", ""]})


def _task(*, expected: bool = True) -> Task:
    return Task(id="1", text="x", tools=(tool_of(FUNCTION),), expected=EXPECTED if expected else None)


@pytest.mark.parametrize(
    ("arguments", "right"),
    [
        ({"sides": [2.0, 3.5]}, True),
        ({"sides": [2, 3.5], "unit": "Square-Meters"}, True),
        ({"sides": [3.5, 2]}, False),
        ({"sides": [2, 3.5], "unit": "feet"}, False),
        ({"unit": "square meters"}, False),
        ({"sides": [2, 3.5], "colour": "red"}, False),
        ({"sides": [True, 3.5]}, False),
    ],
)
def test_values_are_compared_as_the_leaderboard_does(arguments: JsonDict, right: bool) -> None:
    """Whole numbers and fractions, case and punctuation, what may be missing, what must not be there."""
    assert right == is_expected(_task(), [ToolCall(tool="shapes.area", arguments=arguments)])


def test_one_call_is_expected_or_none() -> None:
    """Another function, two calls, or a call where none fits are wrong."""
    call = ToolCall(tool="shapes.area", arguments={"sides": [2, 3.5]})
    assert not is_expected(_task(), [call, call])
    assert not is_expected(_task(), [ToolCall(tool="shapes.perimeter", arguments=call.arguments)])
    assert is_expected(_task(expected=False), [])
    assert not is_expected(_task(expected=False), [call])


def test_tasks_are_read_with_their_answers(tmp_path: Path) -> None:
    """Types get their usual names; a category without answers expects no call."""
    row = {"id": "a", "question": [[{"role": "user", "content": "How large?"}]], "function": [FUNCTION]}
    (tmp_path / "simple.json").write_text(json.dumps(row), encoding="utf-8")
    answer = {"id": "a", "ground_truth": [{EXPECTED[0]: EXPECTED[1]}]}
    (tmp_path / "simple.answer.json").write_text(json.dumps(answer), encoding="utf-8")
    (tmp_path / "none.json").write_text(json.dumps(row), encoding="utf-8")
    (task,) = read_tasks(tmp_path, "simple")
    assert ("How large?", EXPECTED) == (task.text, task.expected)
    assert {"type": "number"} == task.tools[0].parameters["properties"]["sides"]["items"]
    assert "object" == task.tools[0].parameters["type"]
    assert [None] == [other.expected for other in read_tasks(tmp_path, "none")]


def test_the_score_counts_functions_and_the_sets_stand_apart() -> None:
    """Sentences that are left alone are told, not mixed into the score."""

    def row(name: str, *, right: bool, acts: bool = False) -> Row:
        return Row(set=name, text="x", right=right, acts=acts, asks=False, calls=(), ms=100.0)

    found = figures([row("simple", right=True), row("irrelevance", right=False), row("out_of_scope", right=True)])
    assert 0.5 == found["score"]
    assert (1, 1.0, 0) == tuple(found["sets"]["out_of_scope"][key] for key in ("n", "right", "acts"))


def test_missing_data_are_told(tmp_path: Path) -> None:
    """A usage error, not a traceback."""
    with pytest.raises(UsageError):
        run_tools(tmp_path, 1, None, lambda step, done, total: None)
