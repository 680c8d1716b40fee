"""The clock skill on a fixed moment: Tuesday, November 24th 2026, 15:05 at UTC+1."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from assistant_skill_clock.zones import PLACES, ZONES

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("tool", "arguments", "speech"),
    [
        ("clock.time", {}, "It's 3:05 PM."),
        ("clock.time", {"city": "London"}, "It's 2:05 PM in London."),
        ("clock.time", {"city": "tokyo"}, "It's 11:05 PM in Tokyo."),
        ("clock.time", {"city": "sydney"}, "It's 1:05 AM on Wednesday in Sydney."),
        ("clock.time", {"city": "the uk"}, "It's 2:05 PM in the UK."),
        ("clock.time", {"city": "Atlantis"}, "I don't know the time in Atlantis."),
        ("clock.date", {}, "It's Tuesday, November 24th, 2026."),
        ("clock.date", {"day": "tomorrow"}, "Tomorrow is Wednesday, November 25th, 2026."),
        ("clock.date", {"day": "yesterday"}, "Yesterday was Monday, November 23rd, 2026."),
        ("clock.weekday", {}, "It's Tuesday."),
        ("clock.weekday", {"day": "tomorrow"}, "Tomorrow is Wednesday."),
        ("clock.year", {}, "It's 2026."),
        ("clock.days_until", {"day": "christmas"}, "31 days until Christmas."),
        ("clock.days_until", {"day": "november", "nth": "25"}, "1 day until November 25th."),
        ("clock.days_until", {"day": "november", "nth": "24"}, "November 24th is today."),
        ("clock.days_until", {"day": "february", "nth": "29"}, "462 days until February 29th."),
        ("clock.days_until", {"day": "february", "nth": "30"}, "There is no February 30th."),
        ("clock.days_until", {"day": "doomsday"}, "There is no doomsday."),
    ],
)
def test_speech(bench: Any, tool: str, arguments: dict[str, Any], speech: str) -> None:
    """Each answer is short and true."""
    assert speech == bench.say(tool, **arguments)


@pytest.mark.parametrize(("hour", "speech"), [(0, "12:05 AM"), (9, "9:05 AM"), (12, "12:05 PM"), (23, "11:05 PM")])
def test_twelve_hour_clock(bench: Any, hour: int, speech: str) -> None:
    """Midnight is twelve AM and noon twelve PM."""
    bench.now = dt.datetime(2026, 1, 1, hour, 5, tzinfo=dt.UTC)
    assert f"It's {speech}." == bench.say("clock.time")


def test_every_place_has_a_zone(bench: Any) -> None:
    """Each of the places that can be asked for has a zone that the machine knows."""
    assert len(ZONES) >= 40
    failed = [place for place in PLACES if not bench.run("clock.time", city=place).ok]
    assert [] == failed
