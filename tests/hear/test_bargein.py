"""Somebody speaks over the answer: when it is ducked, when it yields, and when it was nothing."""

from __future__ import annotations

import pytest

from assistant.hear.bargein import CONFIRM_MS, GAP_MS, MAX_FALSE, WARY_MS, BargeIn

pytestmark = pytest.mark.unit


def feed(bargein: BargeIn, pattern: list[tuple[float, int]], start_ms: float = 0.0) -> list[tuple[float, str]]:
    """(probability, milliseconds) pairs in 20 ms chunks; the events with their times."""
    events: list[tuple[float, str]] = []
    now = start_ms
    for probability, length_ms in pattern:
        for _ in range(length_ms // 20):
            now += 20.0
            if event := bargein.feed(probability, now):
                events.append((now, event))
    return events


def test_speech_ducks_at_once_and_is_confirmed_after_60_ms() -> None:
    """The first chunk of speech is the onset; its start is kept for the pre-roll."""
    bargein = BargeIn()
    assert [(120.0, "onset"), (160.0, "confirmed")] == feed(bargein, [(0.1, 100), (0.9, 60)])
    assert 100.0 == bargein.started_ms
    assert [(0.9, 120.0), (0.9, 140.0), (0.9, 160.0)] == bargein.past
    assert CONFIRM_MS == bargein.past[-1][1] - bargein.started_ms


@pytest.mark.parametrize(("probability", "expected"), [(0.49, []), (0.5, [(20.0, "onset")])])
def test_an_onset_needs_a_probability_of_one_half(probability: float, expected: list[tuple[float, str]]) -> None:
    """Below it nothing happens, at it the answer ducks."""
    assert expected == feed(BargeIn(), [(probability, 20)])


def test_a_click_raises_the_answer_again() -> None:
    """40 ms of sound and then silence are a false alarm after the gap, and the next burst is an onset of its own."""
    bargein = BargeIn()
    events = feed(bargein, [(0.9, 40), (0.0, 200), (0.9, 20)])
    assert [(20.0, "onset"), (40.0 + GAP_MS, "false"), (260.0, "onset")] == events
    assert 240.0 == bargein.started_ms


def test_a_short_gap_does_not_end_a_burst() -> None:
    """Speech on both sides of a stop consonant adds up; weaker chunks within a burst count as speech."""
    assert [(20.0, "onset"), (160.0, "confirmed")] == feed(BargeIn(), [(0.9, 40), (0.0, 100), (0.4, 20)])


def test_after_a_false_alarm_it_is_wary() -> None:
    """What made that sound may make it again: four times as much speech is needed."""
    bargein = BargeIn()
    feed(bargein, [(0.9, 60)])
    bargein.again()
    assert [] == bargein.past
    assert [(1020.0, "onset"), (1000.0 + WARY_MS, "confirmed")] == feed(bargein, [(0.9, 300)], 1000.0)[:2]


def test_after_three_false_alarms_the_answer_is_finished() -> None:
    """Then nothing ducks it any more."""
    bargein = BargeIn()
    for _ in range(MAX_FALSE):
        assert "onset" == feed(bargein, [(0.9, 20)])[0][1]
        bargein.again()
    assert MAX_FALSE == bargein.false_alarms
    assert [] == feed(bargein, [(1.0, 2000)])


def test_a_ringing_is_watched_for_ever() -> None:
    """However many noises there were, a person ends it."""
    bargein = BargeIn()
    for _ in range(3 * MAX_FALSE):
        bargein.again(for_ever=True)
    assert "confirmed" == feed(bargein, [(1.0, 400)])[-1][1]
