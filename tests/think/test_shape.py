"""How tools are shown to the tool caller, and how its arguments are tied to what was said."""

from __future__ import annotations

import pytest

from assistant.spoken import Duration
from assistant.think.shape import call_name, durations, ground, shape, shares_words
from assistant.types import JsonDict, ToolSpec

pytestmark = pytest.mark.unit

_NUMBER = {"type": "number", "description": "amount", "nullable": True}
_TIME: JsonDict = {"hours": _NUMBER, "minutes": _NUMBER, "seconds": _NUMBER}
_LABEL: JsonDict = {"label": {"type": "string"}}


def _tool(name: str, properties: JsonDict) -> ToolSpec:
    return ToolSpec(name=name, description="About timers.", parameters={"type": "object", "properties": properties})


SET = _tool("timer.set", _TIME | _LABEL)
CANCEL = _tool("timer.cancel", _LABEL | _TIME)


@pytest.mark.parametrize(
    ("tool", "expected"),
    [("timer.set", "set_timer"), ("clock.time", "get_time"), ("my-skill.do.it", "it_my_skill_do"), ("plain", "plain")],
)
def test_names_read_as_deeds(tool: str, expected: str) -> None:
    """The model is shown names that begin with the verb and are identifiers."""
    assert expected == call_name(tool)


def test_a_duration_is_one_text() -> None:
    """Hours, minutes and seconds are shown as one required duration, and as nothing where they only describe."""
    parameters = shape(SET)["parameters"]
    assert list(parameters["properties"]) == ["duration", "label"]
    assert parameters["required"] == ["duration"]
    assert list(shape(CANCEL)["parameters"]["properties"]) == ["label"]


@pytest.mark.parametrize(
    ("arguments", "text", "expected"),
    [
        ({"duration": "10 minutes"}, "set a timer for ten minutes", {"minutes": 10}),
        ({"duration": "1.5 hours 30 minutes"}, "time an hour and a half", {"hours": 1, "minutes": 30}),
        ({"duration": "10 minutes"}, "how many minutes are left", {}),
        ({"duration": "7 minutes"}, "3 minutes for tea, 7 minutes for eggs", {"minutes": 7}),
        ({"duration": "9 minutes"}, "3 minutes for tea, 7 minutes for eggs", {}),
        ({}, "a timer for ninety seconds", {"seconds": 90}),
        ({"duration": "6 minutes", "label": "Eg"}, "an egg timer for 6 minutes", {"minutes": 6, "label": "egg"}),
        ({"duration": "5 minutes", "label": "Pasta"}, "pasta, five minutes", {"minutes": 5, "label": "pasta"}),
        ({"duration": "5 minutes", "tone": "loud"}, "five minutes", {"minutes": 5}),
    ],
)
def test_ground(arguments: JsonDict, text: str, expected: JsonDict) -> None:
    """A timer runs as long as the user said, never as long as the model made up; names are the user's words."""
    assert expected == ground(SET, arguments, text)


def test_ground_takes_a_choice_or_nothing() -> None:
    """A value outside of the allowed ones is left out."""
    tool = _tool("clock.date", {"day": {"type": "string", "enum": ["today", "tomorrow"]}})
    assert ground(tool, {"day": "tomorrow"}, "the date tomorrow") == {"day": "tomorrow"}
    assert ground(tool, {"day": "someday"}, "the date someday") == {}


def test_durations_of_a_text() -> None:
    """Every span of time is found, as long as it may be read."""
    expected = [Duration(minutes=9), Duration(hours=1, minutes=15)]
    assert expected == durations("Pasta: nine minutes, and laundry for 1 hour 15 minutes.")


def test_times_are_shown_as_hours_and_minutes_and_come_from_the_sentence() -> None:
    """The model writes a time of day as two numbers; each parameter then gets what was said of its kind."""
    properties: JsonDict = {name: {"type": "string"} for name in ("time", "date", "repeat", "label")}
    parameters = {"type": "object", "properties": properties}
    sentences = ("wake me at {time} [{date}|{repeat}]", "set an alarm called {name:label}")
    tool = ToolSpec(name="alarm.set", description="Set an alarm.", parameters=parameters, sentences=sentences)
    shown = list(shape(tool)["parameters"]["properties"])
    assert ["time_hours", "time_minutes", "date", "repeat", "label"] == shown
    expected = {"time": "6:00", "date": "tomorrow"}
    assert expected == ground(tool, {"time_hours": 18}, "I have to get up at six tomorrow")
    assert {"time": "7:00"} == ground(tool, {"time_hours": 7, "time_minutes": 0}, "not at six, at seven")
    assert {} == ground(tool, {"time_hours": 6, "date": "tomorrow"}, "set an alarm")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (["how", "are", "you", "today"], ["tell", "the", "date", "of", "today"], False),
        (["list", "timers"], ["timer"], True),
        ([], ["timer"], False),
    ],
)
def test_shares_words(one: list[str], other: list[str], expected: bool) -> None:
    """Words that are in every sentence say nothing; endings do not matter."""
    assert expected == shares_words(one, other)
