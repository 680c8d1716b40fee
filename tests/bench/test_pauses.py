"""Pauses inside sentences: where they are put, which recordings have one, and what counts as cut off."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.bench.pauses import (
    LONGEST_S,
    SHORTEST_S,
    cut_off,
    own_pauses_s,
    pause_s,
    pauses_to_think,
    quiet_place,
    with_pause,
)
from assistant.bench.words import share_heard, words_of
from assistant.events import Event
from assistant.types import RATE_HZ, Samples

pytestmark = pytest.mark.unit
END_MS = 5000.0


def sentence(*lengths_s: float) -> Samples:
    """Tones and silences in turn."""
    parts = []
    for index, length_s in enumerate(lengths_s):
        time_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
        level = 0 if index % 2 else 6000
        parts.append(np.round(level * np.sin(2 * np.pi * 300 * time_s)).astype(np.int16))
    return np.concatenate(parts)


def event(kind: str, at_ms: float, turn_id: str = "t1", **fields: object) -> Event:
    return Event(kind=kind, at_ms=at_ms, turn_id=turn_id, fields=fields)  # type: ignore[arg-type]


def test_the_lengths_fill_the_range() -> None:
    """All lengths lie within the bounds, and thirty of them cover every tenth of a second."""
    lengths = [pause_s(index) for index in range(30)]
    assert all(SHORTEST_S <= length <= LONGEST_S for length in lengths)
    assert {4, 5, 6, 7, 8, 9} == {int(10 * length) for length in lengths}


def test_a_pause_is_put_between_the_words() -> None:
    """The longest gap in the middle is taken, not the longest of all, which is near the end."""
    assert 1.05 == pytest.approx(quiet_place(sentence(0.5, 0.03, 0.47, 0.1, 0.7, 0.2, 0.1)) / RATE_HZ, abs=0.011)


def test_a_sentence_with_a_pause() -> None:
    """It is longer by the pause, says the same around it, and the hush of the recording goes on in it."""
    random = np.random.default_rng(1)
    hiss = random.normal(0.0, 30.0, round(1.7 * RATE_HZ)).astype(np.int16)
    words = (sentence(0.8, 0.1, 0.8) + hiss).astype(np.int16)
    paused, at_s = with_pause(words, 0.6)
    first, last = round(at_s * RATE_HZ), round((at_s + 0.6) * RATE_HZ)
    assert 0.85 == pytest.approx(at_s, abs=0.02)
    assert len(words) + round(0.6 * RATE_HZ) == len(paused)
    assert np.array_equal(words, np.concatenate([paused[:first], paused[last:]]))
    assert 30.0 == pytest.approx(float(np.std(paused[first:last])), rel=0.3)


def test_a_sound_too_short_for_a_pause() -> None:
    """Even a few samples get their pause."""
    assert 100 + RATE_HZ == len(with_pause(np.full(100, 500, np.int16), 1.0)[0])


@pytest.mark.parametrize(
    ("lengths_s", "thinks"), [((1, 0.6, 1), True), ((1, 0.1, 1), False), ((1, 0.6, 1, 1.4, 1), False)]
)
def test_recordings_with_a_pause_of_their_own(lengths_s: tuple[float, ...], thinks: bool) -> None:
    """A pause of the wanted length counts, unless a longer one would end the sentence for people, too."""
    assert thinks == pauses_to_think(sentence(*lengths_s))


def test_the_pauses_of_a_recording() -> None:
    """Short gaps between words are none."""
    assert [pytest.approx(0.5, abs=0.02)] == own_pauses_s(sentence(1.0, 0.1, 1.0, 0.5, 1.0))


def test_an_answer_to_the_whole_sentence() -> None:
    """Decided after the end, with the second half in the transcript."""
    events = [event("speech_ended", 5300), event("transcript", 5200, text="Set a timer for 45 minutes.")]
    assert not cut_off([*events, event("first_audio", 5400)], END_MS, "forty five minutes.")


def test_a_turn_dropped_in_time_is_no_cut_off() -> None:
    """Decided in the pause, taken back before anything happened, answered as a whole afterwards."""
    events = [
        event("speech_ended", 3600),
        event("transcript", 3500, text="How long is left"),
        event("speech_ended", 5300, "t2"),
        event("transcript", 5250, "t2", text="How long is left on the timer?"),
        event("first_audio", 5400, "t2"),
    ]
    assert not cut_off(events, END_MS, "on the timer?")


@pytest.mark.parametrize(
    "events",
    [
        [event("speech_ended", 3600), event("tool", 3700), event("speech_ended", 5300, "t2")],
        [event("speech_ended", 3600), event("first_audio", 4000)],
        [event("speech_ended", 3600), event("first_audio", 5200)],
        [event("speech_ended", 5200), event("transcript", 5100, text="How long is left"), event("first_audio", 5400)],
        [event("speech_ended", 3600)],
    ],
)
def test_cut_off(events: list[Event]) -> None:
    """Acted, spoke or answered on half a sentence, lost the second half, or decided too soon and never answered."""
    assert cut_off(events, END_MS, "on the timer?")


def test_not_heard_at_all_is_a_miss_and_no_cut_off() -> None:
    """Without a turn nothing was cut."""
    assert not cut_off([], END_MS, "on the timer?")


def test_words_are_compared_without_numbers() -> None:
    """Figures or letters, capitals and marks make no difference; nothing to compare is all heard."""
    assert ["set", "timer", "for", "minutes"] == words_of("Set a timer for forty-five minutes.")
    assert 1.0 == share_heard("forty five minutes", "45 MINUTES!") == share_heard("twelve", "")
    assert 0.5 == share_heard("on earth", "On Mars.")
