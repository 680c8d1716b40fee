"""The timer skill: several timers, named or not, told as a person would."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.unit


def test_confirmation_comes_from_the_store(bench: Any) -> None:
    """What is confirmed is what lies in the store."""
    result = bench.run("timer.set", minutes=10)
    (timer,) = bench.store.list()
    assert "Ten minutes, starting now." == result.speech
    assert (True, timer.id, 600) == (result.ok, result.data["id"], timer.seconds)


@pytest.mark.parametrize(
    ("arguments", "seconds", "speech"),
    [
        ({"seconds": 90}, 90, "Ninety seconds, starting now."),
        ({"hours": 1, "minutes": 30}, 5400, "One hour and thirty minutes, starting now."),
        ({"minutes": 2.5}, 150, "Two minutes and thirty seconds, starting now."),
        ({"minutes": "8", "label": "pasta"}, 480, "Eight minutes for pasta, starting now."),
        ({"minutes": 8, "label": "pasta timer"}, 480, "Eight minutes for pasta, starting now."),
        ({"minutes": 120}, 7200, "120 minutes, starting now."),
        ({"seconds": 1}, 1, "One second, starting now."),
        ({"hours": 24}, 86_400, "Twenty-four hours, starting now."),
    ],
)
def test_durations(bench: Any, arguments: dict[str, Any], seconds: int, speech: str) -> None:
    """Durations come in any units, from the grammar or from a model, and are said as they were asked for."""
    assert speech == bench.say("timer.set", **arguments)
    assert [seconds] == [timer.seconds for timer in bench.store.list()]


@pytest.mark.parametrize("arguments", [{"seconds": -5}, {"hours": 25}, {"minutes": 10**9}, {"seconds": 0.2}])
def test_limits(bench: Any, arguments: dict[str, Any]) -> None:
    """Less than a second and more than a day are refused, and nothing is set."""
    result = bench.run("timer.set", **arguments)
    assert (False, "skill") == (result.ok, result.error)
    assert [] == bench.store.list()


def test_asks_for_how_long(bench: Any) -> None:
    """Without a duration it asks, and says how the answer completes the sentence."""
    result = bench.run("timer.set", label="pasta")
    assert ("For how long?", "set a pasta timer for {answer}") == (result.speech, result.data["ask"])
    assert [] == bench.store.list()


def test_not_without_end(bench: Any) -> None:
    """Thirty timers are enough."""
    for _ in range(30):
        assert bench.run("timer.set", minutes=5).ok
    assert "There are 30 timers already. Cancel one first." == bench.say("timer.set", minutes=5)


def test_cancel_the_only_one(bench: Any) -> None:
    """The only timer needs no name."""
    bench.run("timer.set", minutes=10)
    assert "Timer cancelled." == bench.say("timer.cancel")
    assert "There is no timer running." == bench.say("timer.cancel")


def test_cancel_by_name_and_duration(bench: Any) -> None:
    """A timer is meant by its name or by its length."""
    bench.run("timer.set", minutes=10)
    bench.run("timer.set", minutes=8, label="Pasta")
    bench.run("timer.set", minutes=5)
    assert "Pasta timer cancelled." == bench.say("timer.cancel", label="pasta")
    assert "Ten minute timer cancelled." == bench.say("timer.cancel", minutes=10)
    assert [300] == [timer.seconds for timer in bench.store.list()]


def test_asks_which(bench: Any) -> None:
    """Of several timers it says which there are, and cancels none by guess."""
    bench.run("timer.set", minutes=10)
    bench.run("timer.set", minutes=8, label="pasta")
    result = bench.run("timer.cancel")
    expected = "Which one? Eight minutes left on the pasta timer and ten minutes left on the ten minute timer."
    assert (expected, "cancel the {answer} timer") == (result.speech, result.data["ask"])
    assert 2 == len(bench.store.list())


def test_no_such_timer(bench: Any) -> None:
    """A name that no timer has is told, with those that there are."""
    bench.run("timer.set", minutes=8, label="pasta")
    expected = "There is no pizza timer. Eight minutes left on the pasta timer."
    assert expected == bench.say("timer.cancel", label="pizza")
    assert expected == bench.say("timer.left", label="pizza")


def test_the_soonest_of_equals(bench: Any) -> None:
    """Of two timers of one name the one that rings next is cancelled."""
    bench.run("timer.set", minutes=8, label="egg")
    bench.later(seconds=10)
    bench.run("timer.set", minutes=8, label="egg")
    assert "Egg timer cancelled." == bench.say("timer.cancel", label="egg")
    assert [2] == [timer.id for timer in bench.store.list()]


def test_cancel_all(bench: Any) -> None:
    """All at once, and the count is true."""
    assert "There is no timer running." == bench.say("timer.cancel_all")
    for minutes in (1, 2, 3):
        bench.run("timer.set", minutes=minutes)
    assert "All three timers cancelled." == bench.say("timer.cancel_all")
    assert [] == bench.store.list()


def test_how_long_left(bench: Any) -> None:
    """Whole minutes while there is much left, seconds near the end, and the truth when it rings."""
    bench.run("timer.set", minutes=10)
    bench.later(seconds=100)
    assert "Eight minutes left." == bench.say("timer.left")
    bench.later(seconds=300)
    assert "Three minutes and twenty seconds left." == bench.say("timer.left")
    bench.later(seconds=190)
    assert "Ten seconds left." == bench.say("timer.left")
    bench.later(seconds=11)
    assert "The ten minute timer is done." == bench.say("timer.left")


def test_list(bench: Any) -> None:
    """Every timer, the next one first."""
    assert "There is no timer running." == bench.say("timer.list")
    bench.run("timer.set", hours=1, label="bread")
    bench.run("timer.set", seconds=30)
    expected = "Thirty seconds left on the thirty second timer and one hour left on the bread timer."
    assert expected == bench.say("timer.list") == bench.say("timer.left")


def test_a_full_disk_is_not_confirmed(bench: Any) -> None:
    """A timer that could not be written is not promised."""
    bench.store.close()
    result = bench.run("timer.set", minutes=10)
    assert not result.ok
    assert "starting" not in result.speech
