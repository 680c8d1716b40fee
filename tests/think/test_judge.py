"""When a proposed tool call is carried out, asked back, or left to the language model."""

from __future__ import annotations

import pytest

from assistant.think.caller import Verdict, is_question, judge, proposals
from assistant.types import Effect, JsonDict, ToolCall, ToolSpec

pytestmark = pytest.mark.unit


def _tool(name: str, description: str, effect: Effect, **properties: JsonDict) -> ToolSpec:
    parameters = {"type": "object", "properties": properties}
    return ToolSpec(name=name, description=description, parameters=parameters, effect=effect)


TOOLS = [
    _tool("clock.time", "Tell the current time of day.", "read"),
    _tool("clock.date", "Tell the date of today or tomorrow.", "read"),
    _tool("timer.set", "Start a countdown timer.", "change", minutes={"type": "number"}),
    _tool("timer.cancel", "Cancel one timer.", "change", label={"type": "string"}),
    _tool("door.unlock", "Unlock the door.", "sensitive"),
]
SPECS = {tool.name: tool for tool in TOOLS}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What time is it?", True),
        ("is it safe to eat raw eggs", True),
        ("how do I set a timer on my oven", True),
        ("tell me how to set a timer", True),
        ("do you like timers", True),
        ("hey, why is the sky blue", True),
        ("a timer?", True),
        ("Could you set a timer for five minutes?", False),
        ("can I have a timer for ten minutes?", False),
        ("please, would you cancel the timer", False),
        ("set a timer for five minutes, please?", False),
        ("how about a timer for ten minutes", False),
        ("Set a timer for five minutes.", False),
        ("can you hear me", True),
        ("write a poem about the sea", True),
        ("tell us another funny story", True),
        ("write a note about the sea", False),
        ("", False),
    ],
)
def test_is_question(text: str, expected: bool) -> None:
    """A question wants an answer; a polite wish wants a deed."""
    assert expected == is_question(text)


@pytest.mark.parametrize(
    ("text", "tool", "arguments", "confidence", "expected"),
    [
        ("set a timer for five minutes", "timer.set", {"minutes": 5}, 0.8, "act"),
        ("wake me in twenty minutes", "timer.set", {"minutes": 20}, 0.3, "ask"),
        ("set a timer for five minutes", "timer.set", {"minutes": 5}, 0.1, "pass"),
        ("should I set a timer for five minutes", "timer.set", {"minutes": 5}, 0.9, "pass"),
        ("could you set a timer for five minutes", "timer.set", {"minutes": 5}, 0.9, "act"),
        ("thank you very much", "timer.cancel", {}, 0.9, "pass"),
        ("how are you today", "clock.date", {"day": "today"}, 0.9, "pass"),
        ("tell me the time", "clock.time", {}, 0.5, "act"),
        ("tell me the time", "clock.time", {}, 0.3, "pass"),
        ("unlock the door", "door.unlock", {}, 1.0, "ask"),
        ("unlock the door", "door.unlock", {}, 0.3, "pass"),
        ("don't set a timer for five minutes", "timer.set", {"minutes": 5}, 0.9, "pass"),
        ("you should have set a timer for five minutes", "timer.set", {"minutes": 5}, 0.9, "pass"),
        ("don't let the timer miss the five minutes", "timer.set", {"minutes": 5}, 0.9, "act"),
        ("that took five minutes", "timer.set", {"minutes": 5}, 0.9, "ask"),
        ("do anything", "no.such_tool", {}, 1.0, "pass"),
    ],
)
def test_judge(text: str, tool: str, arguments: JsonDict, confidence: float, expected: Verdict) -> None:
    """The effect decides how sure is sure enough; questions change nothing; a call has to do with the words."""
    calls = [ToolCall(tool=tool, arguments=arguments, confidence=confidence)]
    assert expected == judge(text, calls, SPECS)


def test_the_least_sure_call_decides() -> None:
    """Of several calls either all are carried out or none, and several are never asked back."""
    text = "a timer for five minutes and cancel the other timer"
    sure = ToolCall(tool="timer.set", arguments={"minutes": 5}, confidence=0.9)
    unsure = ToolCall(tool="timer.cancel", confidence=0.3)
    assert judge(text, [sure, unsure], SPECS) == "pass"
    assert judge(text, [sure, sure], SPECS) == "act"
    assert judge(text, [], SPECS) == "pass"


def test_proposals_come_in_our_names() -> None:
    """The engine's names become the tools' own; a name that we never offered is dropped."""
    answer = {"confidence": 0.7, "calls": [{"name": "get_time", "arguments": {}}, {"name": "rm_rf", "arguments": {}}]}
    expected = (ToolCall(tool="clock.time", arguments={}, confidence=0.7),)
    assert expected == proposals(answer, {"get_time": SPECS["clock.time"]}, "the time")


def test_two_timers_need_two_spans_of_time() -> None:
    """Of "nine minutes and one for twenty" only one span is heard; two timers of nine minutes would be wrong."""
    number = {"type": "number"}
    timer = _tool("timer.set", "Start a countdown timer.", "change", hours=number, minutes=number, seconds=number)
    call = {"name": "set_timer", "arguments": {"duration": "9 minutes"}}
    answer = {"confidence": 0.9, "calls": [call, call]}
    assert () == proposals(answer, {"set_timer": timer}, "a timer for nine minutes and one for twenty")


def test_a_timer_without_a_duration_is_none() -> None:
    """Where the user said no span of time, a tool that is about one is not proposed, whatever the model made up."""
    number = {"type": "number"}
    timer = _tool("timer.set", "Start a countdown timer.", "change", hours=number, minutes=number, seconds=number)
    answer = {"confidence": 0.9, "calls": [{"name": "set_timer", "arguments": {"duration": "5 minutes"}}]}
    assert proposals(answer, {"set_timer": timer}, "set an alarm for five o'clock") == ()
    expected = (ToolCall(tool="timer.set", arguments={"minutes": 5}, confidence=0.9),)
    assert expected == proposals(answer, {"set_timer": timer}, "start five minutes")
