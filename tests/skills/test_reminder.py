"""The reminder skill: what, when, what was missed, and honesty about what it cannot know."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("arguments", "due", "speech"),
    [
        ({"what": "call mom", "time": "5:00"}, "24T17:00", "I'll remind you today at 5 PM: call mom."),
        (
            {"what": "check the oven", "minutes": 20},
            "24T15:25",
            "I'll remind you in twenty minutes, today at 3:25 PM: check the oven.",
        ),
        (
            {"what": "call my mom", "time": "5", "date": "tomorrow"},
            "25T17:00",
            "I'll remind you tomorrow, Wednesday, at 5 PM: call your mom.",
        ),
        (
            {"what": "the meeting", "time": "10:00", "date": "on monday"},
            "30T10:00",
            "I'll remind you on Monday at 10 AM: the meeting.",
        ),
        ({"what": "read", "date": "in the evening"}, "24T19:00", "I'll remind you today at 7 PM: read."),
        ({"what": "read", "date": "tonight"}, "24T20:00", "I'll remind you today at 8 PM: read."),
        (
            {"what": "pack", "date": "tomorrow morning"},
            "25T09:00",
            "I'll remind you tomorrow, Wednesday, at 9 AM: pack.",
        ),
        ({"what": "pay the rent", "hours": 48}, "26T15:05", "I'll remind you on Thursday at 3:05 PM: pay the rent."),
        (
            {"what": "stand up", "time": "9:00", "repeat": "every weekday"},
            "25T09:00",
            "I'll remind you every weekday at 9 AM, first tomorrow, Wednesday: stand up.",
        ),
        (
            {"what": "water the plants", "repeat": "every other day"},
            "25T09:00",
            "I'll remind you every other day at 9 AM, first tomorrow, Wednesday: water the plants.",
        ),
    ],
)
def test_set(bench: Any, arguments: dict[str, Any], due: str, speech: str) -> None:
    """At five past three on a Tuesday: the moment that a person means, said with its day and with what it is about."""
    assert speech == bench.say("reminder.set", **arguments)
    (reminder,) = bench.store.commitments.list("reminder")
    assert f"2026-11-{due}" == f"{reminder.due.astimezone(bench.now.tzinfo):%Y-%m-%dT%H:%M}"


def test_asks_for_what_is_missing(bench: Any) -> None:
    """When, or what: the question says how the answer completes the sentence; nothing is set before."""
    when, what = bench.run("reminder.set", what="buy milk"), bench.run("reminder.set", time="5:00 pm")
    assert ("When shall I remind you?", "remind me to buy milk {answer}") == (when.speech, when.data["ask"])
    assert ("What shall I remind you of?", "remind me at 5:00 pm to {answer}") == (what.speech, what.data["ask"])
    assert (
        "remind me to buy milk today {answer}" == bench.run("reminder.set", what="buy milk", date="today").data["ask"]
    )
    assert [] == bench.store.commitments.list()


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [("reminder.at_place", {"condition": "get home", "what": "call mom"}), ("reminder.when_online", {})],
)
def test_refuses_what_it_cannot_know(bench: Any, tool: str, arguments: dict[str, Any]) -> None:
    """A place, an event and the connection are refused with what can be done instead, and nothing is promised."""
    result = bench.run(tool, **arguments)
    assert not result.ok
    assert "time" in result.speech
    assert [] == bench.store.commitments.list()


def test_list(bench: Any) -> None:
    """What and when, the next one first; a day narrows them down."""
    assert "You have no reminders." == bench.say("reminder.list")
    bench.run("reminder.set", what="call mom", time="5:00", date="tomorrow")
    assert "You have one reminder: call mom, tomorrow, Wednesday, at 5 PM." == bench.say("reminder.list")
    bench.run("reminder.set", what="take your pills", time="8 pm", repeat="every day")
    expected = "You have 2 reminders: take your pills, every day at 8 PM; and call mom, tomorrow, Wednesday, at 5 PM."
    assert expected == bench.say("reminder.list")
    assert "You have one reminder: call mom, tomorrow, Wednesday, at 5 PM." == bench.say(
        "reminder.list", date="tomorrow"
    )


def test_cancel(bench: Any) -> None:
    """By its words, whoever's mother it is; of several it asks which."""
    assert "You have no reminders." == bench.say("reminder.cancel")
    bench.run("reminder.set", what="call my mom", time="5:00")
    bench.run("reminder.set", what="call the dentist", time="6:00")
    assert bench.run("reminder.cancel", what="call").data["ask"] == "cancel the reminder to {answer}"
    assert bench.say("reminder.cancel", what="buy milk").startswith("There is no such reminder.")
    assert "Reminder cancelled: call your mom." == bench.say("reminder.cancel", what="call my mom")
    assert "Reminder cancelled: call the dentist." == bench.say("reminder.cancel", time="6:00 pm")
    for hour in (5, 6, 7):
        bench.run("reminder.set", what="drink", time=f"{hour} pm", repeat="daily")
    assert "All 3 reminders cancelled." == bench.say("reminder.cancel_all")
    assert [] == bench.store.commitments.list()


def test_what_was_missed(bench: Any) -> None:
    """Alarms, reminders and timers that nobody heard, with their times; a daily one is told once, with its count."""
    commitments = bench.store.commitments
    assert "You missed nothing." == bench.say("reminder.missed")
    bench.run("alarm.set", time="4 pm", repeat="every day")
    bench.run("timer.set", minutes=10, label="pasta")
    bench.run("reminder.set", what="call mom", time="5 pm")
    bench.later(days=1, hours=4)
    commitments.claim_due()
    commitments.give_up()
    expected = (
        "You missed your pasta timer yesterday at 3:15 PM, your alarm today at 4 PM, the last of two,"
        " and the reminder yesterday at 5 PM, call mom."
    )
    assert expected == bench.say("reminder.missed") == bench.say("reminder.missed")
    bench.later(hours=2)
    assert "You missed nothing." == bench.say("reminder.missed")
