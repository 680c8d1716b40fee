"""Interruptions on synthetic recordings of the loudspeaker, and what counts as the right thing done."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.bench.bargein import BargeIn, did_right, measure_barge_in, reaction, silences, wants_silence
from assistant.events import Event
from assistant.types import RATE_HZ, Samples

pytestmark = pytest.mark.unit


def speaker(*lengths_s: float, level: int = 6000) -> Samples:
    """An answer: sound and silence in turn."""
    parts = []
    for index, length_s in enumerate(lengths_s):
        time_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
        parts.append(np.round((0 if index % 2 else level) * np.sin(2 * np.pi * 300 * time_s)).astype(np.int16))
    return np.concatenate(parts)


def event(kind: str, turn_id: str = "t2", **fields: object) -> Event:
    return Event(kind=kind, at_ms=1000.0, turn_id=turn_id, fields=fields)  # type: ignore[arg-type]


PAUSED = event("paused", "t1")
TAKEN = event("interrupted", "t1", by="speech")
UNDERSTOOD = [event("transcript", text="What day is it today?"), event("first_audio")]


def test_silences_of_a_recording() -> None:
    """Only stretches that are long enough, the one at the end included."""
    assert [(1.3, 1.7), (2.0, 2.5)] == [
        (round(a, 2), round(b, 2)) for a, b in silences(speaker(1.0, 0.1, 0.2, 0.4, 0.3, 0.5))
    ]
    assert [] == silences(speaker(1.0, 0.2))


def test_from_the_onset_to_the_silent_loudspeaker() -> None:
    """The person begins at 1.0 s, the sound ends at 1.16 s and comes no more."""
    assert BargeIn(silent_s=0.16, fair=True) == measure_barge_in(speaker(1.16, 3.0), 1.0, 1.1)


def test_a_soft_answer_is_not_a_silent_one() -> None:
    """An answer that is only lowered goes on."""
    lowered = np.concatenate([speaker(1.1), speaker(0.9, level=600), speaker(0.0, 1.0)])
    assert 1.0 == measure_barge_in(lowered, 1.0, 1.1).silent_s


def test_a_gap_between_words_is_no_silence() -> None:
    """Silent for 0.2 s, then the rest of a clause, then silent for good."""
    assert 0.5 == measure_barge_in(speaker(1.1, 0.2, 0.2, 2.0), 1.0, 1.3).silent_s


def test_a_pause_of_the_answer_is_not_taken_for_a_reaction() -> None:
    """Between two sentences it is quiet for 0.4 s; the assistant yields in the middle of the second one."""
    assert 1.5 == measure_barge_in(speaker(1.1, 0.4, 1.0, 2.0), 1.0, 2.4).silent_s


def test_a_reaction_in_the_pause_of_an_answer() -> None:
    """Already silent when it yields: silent since the pause began; before the onset means at once."""
    assert 0.1 == measure_barge_in(speaker(1.1, 2.0), 1.0, 1.2).silent_s
    assert 0.0 == measure_barge_in(speaker(0.9, 2.0), 1.0, 1.2).silent_s


def test_an_answer_that_goes_on() -> None:
    """It never yields, and talks for seconds: a miss, however silent it is at its end."""
    assert BargeIn(silent_s=None, fair=True) == measure_barge_in(speaker(4.0, 2.0), 1.0, None)


def test_nothing_to_interrupt() -> None:
    """The answer was over before the person spoke, or ended by itself just then: measures nothing."""
    assert not measure_barge_in(speaker(0.6, 2.4), 1.0, None).fair
    assert not measure_barge_in(speaker(1.4, 2.0), 1.0, None).fair


def test_stop_means_silence() -> None:
    """It yielded, answered nothing, and stayed silent."""
    stopped = [PAUSED, event("interrupted", "t1", by="stop")]
    assert did_right("Stop.", stopped, "t1", sound_later=False)
    assert not did_right("Stop.", stopped, "t1", sound_later=True)
    assert not did_right("Stop.", [*stopped, event("first_audio")], "t1", sound_later=False)
    assert not did_right("Stop.", [], "t1", sound_later=False)


def test_a_wish_is_answered() -> None:
    """Understood and answered in a turn of its own, whatever sounds later."""
    assert did_right("What day is it today?", [PAUSED, TAKEN, *UNDERSTOOD], "t1", sound_later=True)


def test_a_wish_after_a_false_start() -> None:
    """Going on for a moment is forgiven when the wish takes over in the end."""
    events = [PAUSED, event("resumed", "t1"), PAUSED, TAKEN, *UNDERSTOOD]
    assert did_right("What day is it today?", events, "t1", sound_later=True)


@pytest.mark.parametrize(
    "events",
    [
        [],
        [PAUSED, event("resumed", "t1"), *UNDERSTOOD],
        [PAUSED, TAKEN, event("transcript", text="Thank you."), event("first_audio")],
        [PAUSED, TAKEN, event("transcript", text="What day is it today?")],
        [PAUSED, TAKEN, event("transcript", "t1", text="What day is it today?"), event("first_audio", "t1")],
    ],
)
def test_a_wish_gone_wrong(events: list[Event]) -> None:
    """It did not yield, went on with the old answer, misheard, stayed silent, or took the old answer for a new one."""
    assert not did_right("What day is it today?", events, "t1", sound_later=True)


def test_the_first_reaction() -> None:
    """Ducking has no event; pausing comes first."""
    assert PAUSED is reaction([event("speech_started", ""), PAUSED, TAKEN])
    assert reaction([event("transcript")]) is None


def test_words_that_want_silence() -> None:
    """As they are written in the script."""
    assert [True, True, False] == [wants_silence(text) for text in ("Stop.", "stop it!", "What time is it?")]
