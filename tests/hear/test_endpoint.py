"""The end of a turn: when silence is long enough, and when it is not."""

from __future__ import annotations

import dataclasses

import pytest

from assistant.hear.endpoint import MAX_NEEDED_MS, PRESETS, Endpointer, EndpointEvent, EndpointSettings, Preset
from assistant.types import Completeness

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
    """Speech starts after 60 ms, pauses after 60 ms of silence and ends after the needed 800 ms."""
    events = play(Endpointer(SETTINGS, 0), [(0.9, 1000), (0.0, 1000)])
    assert [(60, "speech_started"), (1060, "paused"), (1080, "judge"), (1800, "ended")] == events


def test_a_whole_command_ends_early() -> None:
    """With the hint `complete` 260 ms of silence are enough."""
    endpointer = Endpointer(SETTINGS, 0)
    play(endpointer, [(0.9, 1000), (0.0, 140)])
    endpointer.hint("complete")
    assert [(1260, "ended")] == play(endpointer, [(0.0, 600)], 1140)


def test_an_unfinished_command_waits_longer() -> None:
    """With the hint `prefix` the end comes only after 1.2 s."""
    endpointer = Endpointer(SETTINGS, 0)
    play(endpointer, [(0.9, 1000), (0.0, 140)])
    endpointer.hint("prefix")
    assert [(2200, "ended")] == play(endpointer, [(0.0, 1200)], 1140)


def test_speech_after_a_pause_resumes_and_forgets_the_hint() -> None:
    """A thinker who goes on is not cut off, and the old hint does not end the new words."""
    endpointer = Endpointer(SETTINGS, 0)
    play(endpointer, [(0.9, 1000), (0.0, 140)])
    endpointer.hint("complete")
    assert [(1200, "resumed"), (1660, "paused"), (1680, "judge"), (2400, "ended")] == play(
        endpointer, [(0.9, 460), (0.0, 1000)], 1140
    )


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


def paused(settings: EndpointSettings = SETTINGS) -> Endpointer:
    """A second of speech, then 140 ms of silence: the pause is known, nothing is decided."""
    endpointer = Endpointer(settings, 0)
    assert [(60, "speech_started"), (1060, "paused"), (1080, "judge")] == play(endpointer, [(0.9, 1000), (0.0, 140)])
    return endpointer


def ended_after_ms(endpointer: Endpointer) -> float:
    """The silence that ended the turn of `paused`, to the next chunk."""
    [(end_ms, event)] = play(endpointer, [(0.0, 3000)], 1140)
    assert "ended" == event
    return end_ms - 1000


def test_an_opinion_that_comes_during_speech_is_ignored() -> None:
    """It was about a pause that is over: the next pause is judged anew."""
    endpointer = Endpointer(SETTINGS, 0)
    play(endpointer, [(0.9, 1000)])
    endpointer.turn_probability(0.01)
    assert SETTINGS.unknown_ms == endpointer.needed_ms()


def test_an_opinion_is_forgotten_when_speech_goes_on() -> None:
    """After the resumption nothing is left of it."""
    endpointer = paused()
    endpointer.turn_probability(0.01)
    assert SETTINGS.open_ms == endpointer.needed_ms()
    play(endpointer, [(0.9, 200)], 1140)
    assert SETTINGS.unknown_ms == endpointer.needed_ms()


def test_a_whole_command_that_sounds_finished_ends_soonest() -> None:
    """Words and melody agree: `sure_ms` of silence are enough."""
    endpointer = paused()
    endpointer.hint("complete")
    endpointer.turn_probability(0.95)
    assert SETTINGS.sure_ms == ended_after_ms(endpointer)


def test_a_whole_command_that_sounds_open_waits_a_little() -> None:
    """The more doubtful the melody, the longer, from `sure_ms` to `doubt_ms`."""
    waits = []
    for probability in (0.999, 0.5, 0.4, 0.3, 0.0):
        endpointer = paused()
        endpointer.hint("complete")
        endpointer.turn_probability(probability)
        waits.append(endpointer.needed_ms())
        assert waits[-1] <= ended_after_ms(endpointer) < waits[-1] + 20
    assert sorted(waits) == waits
    assert (SETTINGS.sure_ms, SETTINGS.doubt_ms) == (waits[0], waits[-1])


def test_open_words_that_sound_open_wait_longest() -> None:
    """Unknown words with a low probability: `open_ms`; with a high one `finished_ms`."""
    for probability, expected in ((0.1, SETTINGS.open_ms), (0.999, SETTINGS.finished_ms)):
        endpointer = paused()
        endpointer.turn_probability(probability)
        assert expected == ended_after_ms(endpointer)


def test_the_beginning_of_a_command_is_hardly_believed_to_be_finished() -> None:
    """A falling melody after "set a timer for" does not end the turn early."""
    endpointer = paused()
    endpointer.hint("prefix")
    endpointer.turn_probability(0.95)
    assert SETTINGS.open_ms == endpointer.needed_ms()


@pytest.mark.parametrize("probability", [None, 0.0, 0.9, 1.0])
@pytest.mark.parametrize("words", ["complete", "prefix", "unknown"])
def test_patience_stretches_only_what_is_no_whole_command(words: Completeness, probability: float | None) -> None:
    """A whole command needs no patience; all else is stretched, up to a bound."""
    needed = []
    for patience in (1.0, 1.5, 100.0):
        endpointer = paused(dataclasses.replace(SETTINGS, patience=patience))
        endpointer.hint(words)
        if probability is not None:
            endpointer.turn_probability(probability)
        needed.append(endpointer.needed_ms())
    usual = needed[0]
    stretched = [usual, usual] if words == "complete" else [1.5 * usual, MAX_NEEDED_MS]
    assert [usual, *stretched] == needed


SILENCES = ("complete_ms", "unknown_ms", "prefix_ms", "sure_ms", "doubt_ms", "finished_ms", "open_ms")


@pytest.mark.parametrize("silence", SILENCES)
def test_the_presets_are_ordered(silence: str) -> None:
    """Quick waits less than normal, normal less than patient, in every silence that ends a turn."""
    quick, normal, patient = (getattr(PRESETS[preset], silence) for preset in ("quick", "normal", "patient"))
    assert quick < normal < patient


@pytest.mark.parametrize("preset", list(PRESETS))
def test_each_preset_is_ordered_in_itself(preset: Preset) -> None:
    """More certainty never waits longer, and the speculative work always begins before the end."""
    settings = PRESETS[preset]
    assert settings.complete_ms < settings.unknown_ms < settings.prefix_ms
    assert settings.sure_ms < settings.doubt_ms
    assert settings.finished_ms < settings.open_ms
    assert settings.pause_ms < settings.sure_ms <= settings.complete_ms
