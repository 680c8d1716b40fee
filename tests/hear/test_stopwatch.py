"""Bursts of speech while we speak."""

from __future__ import annotations

import pytest

from assistant.hear.stopwatch import StopWatch

pytestmark = pytest.mark.unit


def play(pattern: list[tuple[float, int]]) -> list[tuple[float, float]]:
    watch, now, found = StopWatch(), 0.0, []
    for probability, length_ms in pattern:
        for _ in range(length_ms // 20):
            now += 20
            if (start := watch.feed(probability, now)) is not None:
                found.append((now, start))
    return found


def test_a_short_word_is_looked_at_when_it_is_over() -> None:
    """400 ms of speech are reported 180 ms after their end, with their start."""
    assert [(1580, 1000)] == play([(0.0, 1000), (0.9, 400), (0.0, 400)])


def test_a_long_word_is_looked_at_once_while_it_goes_on() -> None:
    """Speech that goes on is reported after 1.1 s and not again at its end."""
    assert [(1100, 0)] == play([(0.9, 3000), (0.0, 400)])


def test_a_click_is_not_looked_at() -> None:
    """60 ms of sound are nothing."""
    assert [] == play([(0.9, 60), (0.0, 400)])
