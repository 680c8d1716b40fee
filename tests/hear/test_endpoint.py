"""The end of a turn: when silence is long enough, and when it is not."""

from __future__ import annotations

import pytest

from assistant.hear.endpoint import Endpointer, EndpointEvent, EndpointSettings

pytestmark = pytest.mark.unit

SETTINGS = EndpointSettings()


def play(endpointer: Endpointer, pattern: list[tuple[float, int]], start_ms: float = 0.0) -> list[tuple[float, str]]:
    """Feed (probability, milliseconds) pairs in 20 ms chunks; the events with their times."""
    events: list[tuple[float, str]] = []
    now = start_ms
    for probability, length_ms in pattern:
        for _ in range(length_ms // 20):
            now += 20
            event: EndpointEvent | None = endpointer.feed(probability, now)
            if event:
                events.append((now, event))
    return events


def test_speech_then_silence_pauses_and_ends() -> None:
    """Speech starts after 60 ms, pauses after 80 ms of silence and ends after the needed 600 ms."""
    events = play(Endpointer(SETTINGS, 0), [(0.9, 1000), (0.0, 1000)])
    assert [(60, "speech_started"), (1080, "paused"), (1600, "ended")] == events


def test_a_whole_command_ends_early() -> None:
    """With the hint `complete` 260 ms of silence are enough."""
    endpointer = Endpointer(SETTINGS, 0)
    play(endpointer, [(0.9, 1000), (0.0, 140)])
    endpointer.hint("complete")
    assert [(1260, "ended")] == play(endpointer, [(0.0, 600)], 1140)


def test_an_unfinished_command_waits_longer() -> None:
    """With the hint `prefix` the end comes only after a second."""
    endpointer = Endpointer(SETTINGS, 0)
    play(endpointer, [(0.9, 1000), (0.0, 140)])
    endpointer.hint("prefix")
    assert [(2000, "ended")] == play(endpointer, [(0.0, 1000)], 1140)


def test_speech_after_a_pause_resumes_and_forgets_the_hint() -> None:
    """A thinker who goes on is not cut off, and the old hint does not end the new words."""
    endpointer = Endpointer(SETTINGS, 0)
    play(endpointer, [(0.9, 1000), (0.0, 140)])
    endpointer.hint("complete")
    assert [(1200, "resumed"), (1680, "paused"), (2200, "ended")] == play(endpointer, [(0.9, 460), (0.0, 800)], 1140)


def test_a_click_is_no_speech() -> None:
    """40 ms of sound start nothing; without speech the turn closes after five seconds."""
    assert [(5000, "no_speech")] == play(Endpointer(SETTINGS, 0), [(0.9, 40), (0.0, 5200)])


def test_speech_before_the_start_does_not_count() -> None:
    """The tail of the wake word is no command."""
    assert [] == play(Endpointer(SETTINGS, 500), [(0.9, 500)])


def test_noise_that_held_no_words_is_forgotten() -> None:
    """After the hint `empty` the endpointer waits for speech as if the noise had not been."""
    endpointer = Endpointer(SETTINGS, 0)
    play(endpointer, [(0.9, 200), (0.0, 140)])
    endpointer.hint("empty")
    assert [(1400, "speech_started")] == play(endpointer, [(0.0, 1000), (0.9, 100)], 340)


def test_endless_speech_is_cut() -> None:
    """After 30 s the turn ends whatever is said."""
    assert (30000, "limit") in play(Endpointer(SETTINGS, 0), [(0.9, 31000)])
