"""The values of a sentence: a tool gets what was said, not what a model made of it."""

from __future__ import annotations

import pytest

from assistant.think.said import kinds_of, masked, said_value

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I have to get up at six tomorrow", "i have to get up at {time} {date}"),
        ("Make sure I am awake by half past seven.", "make sure i am awake by {time}"),
        ("wake me every weekday at 7:30 a.m.", "wake me {repeat} at {time}"),
        ("twenty minutes for the eggs", "{duration} for the eggs"),
        ("between four people", "between {number} people"),
        ("nothing of that kind", "nothing of that kind"),
        ("", ""),
    ],
)
def test_masked(text: str, expected: str) -> None:
    """Each value gives way to its kind; a bare number is an hour only after words such as "at"."""
    assert expected == masked(text)


@pytest.mark.parametrize(
    ("kind", "proposed", "text", "expected"),
    [
        ("time", "7:30 pm", "make sure I am awake by half past seven", "7:30"),
        ("time", "", "I have to get up at six tomorrow", "6:00"),
        ("date", "", "I have to get up at six tomorrow", "tomorrow"),
        ("time", "9:00 AM", "at eight or at nine", "9:00"),
        ("time", "10:00", "at eight or at nine", ""),
        ("time", "5 pm", "set an alarm", ""),
        ("time", "4:00", "an alarm, four", "4:00"),
        ("time", "", "an alarm, four", ""),
        ("repeat", "daily", "every monday at six", "every monday"),
        ("date", "tomorrow", "an alarm for today", "today"),
    ],
)
def test_said_value(kind: str, proposed: str, text: str, expected: str) -> None:
    """The only value of its kind counts; of several the one that the model means; none is made up."""
    assert expected == said_value(kind, proposed, text)


def test_templates_tell_which_parameter_takes_which_kind() -> None:
    """Kinds that a sentence cannot decide alone, such as a name, stay with the model."""
    assert {"at": "time", "date": "date"} == kinds_of(["wake me at {time:at} [{date}]", "call it {name:label}"])
