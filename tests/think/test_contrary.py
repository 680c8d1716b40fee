"""What is the contrary of what was said, or leaves a number of it out, is never proposed to anybody."""

from __future__ import annotations

import pytest

from assistant.think.caller import permitted
from assistant.think.contrary import inverse, keeps_numbers, reverses
from assistant.types import Effect, ToolCall, ToolSpec

pytestmark = pytest.mark.unit


def _tool(name: str, *parameters: str) -> ToolSpec:
    properties = {each: {"type": "number" if each == "minutes" else "string"} for each in parameters}
    schema = {"type": "object", "properties": properties}
    return ToolSpec(
        name=name, description="Do it to the fan, the vacuum, the lock.", parameters=schema, effect="change"
    )


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("Turn off the bedroom fan", "home.turn_on", True),
        ("Turn off the bedroom fan", "home.turn_off", False),
        ("Unlock smart lock", "home.lock", False),  # both words are said: the name decides nothing
        ("Unlock the front door", "home.lock", True),
        ("Return vacuum in the living room to base", "home.start_vacuum", True),
        ("Raise the blinds", "home.close_cover", True),
        ("Close the blinds", "home.close_cover", False),
        ("Take milk off the list", "lists.add", False),
        ("remove the milk", "lists.add", True),
        ("Turn the fan on and the light off", "home.turn_on", False),
        ("set a timer", "timer.set", False),
    ],
)
def test_a_tool_that_reverses_the_wish_is_known(text: str, name: str, expected: bool) -> None:
    """Opposites are told by the words of the sentence and of the tool's name; what names both is left alone."""
    assert expected == reverses(text, _tool(name))


@pytest.mark.parametrize(
    ("text", "arguments", "expected"),
    [
        ("what would 128 divided by 8 come to", {"expression": "128"}, False),
        ("what would 128 divided by 8 come to", {"expression": "128 / 8"}, True),
        ("what is 15 percent of 80", {"expression": "80% of 15"}, False),
        ("what is 15 percent of 80", {"expression": "15% of 80"}, True),
        ("wake me on the 5th at 7:30", {"time": "7:30", "date": "5"}, True),
        ("wake me at 7:30", {"time": "8:00"}, False),
        ("add milk", {"item": "milk"}, True),
    ],
)
def test_no_number_is_left_out_or_swapped(text: str, arguments: dict[str, str], expected: bool) -> None:
    """Every number that was said stands in the arguments, in its order."""
    tool = _tool("any.tool", *arguments)
    assert expected == keeps_numbers(text, [ToolCall(tool=tool.name, arguments=arguments)], [tool])


def test_spans_of_time_are_left_to_the_grounding() -> None:
    """Ninety seconds may be a minute and a half."""
    tool = _tool("timer.set", "minutes")
    assert keeps_numbers("a timer for 90 seconds", [ToolCall(tool=tool.name, arguments={"minutes": 1.5})], [tool])


def test_such_calls_are_not_permitted() -> None:
    """However sure the model is."""
    tool = _tool("home.turn_on", "name")
    call = ToolCall(tool=tool.name, arguments={"name": "bedroom fan"}, confidence=0.9)
    assert not permitted("Turn off the bedroom fan", [call], {tool.name: tool})
    assert permitted("Turn on the bedroom fan", [call], {tool.name: tool})


def _spec(name: str, effect: Effect = "change", *parameters: str) -> ToolSpec:
    properties = {parameter: {"type": "string"} for parameter in parameters}
    return ToolSpec(name=name, description="x", parameters={"type": "object", "properties": properties}, effect=effect)


@pytest.mark.parametrize(
    ("tool", "opposite"),
    [
        ("home.turn_on", "home.turn_off"),
        ("home.turn_off", "home.turn_on"),
        ("home.open", "home.close"),
        ("home.lock", None),
        ("home.dim", None),
        ("lists.add", None),
    ],
)
def test_what_takes_a_deed_back(tool: str, opposite: str | None) -> None:
    """The opposite tool of the same skill with the same arguments, never a sensitive one or one without them."""
    known = [_spec(name, "change", "what") for name in ("home.turn_on", "home.turn_off", "home.open", "home.close")]
    known += [_spec("home.unlock", "sensitive", "what"), _spec("lists.remove", "change", "other")]
    found = inverse(ToolCall(tool=tool, arguments={"what": "Desk Lamp"}), {spec.name: spec for spec in known})
    assert opposite == (found.tool if found else None)
