"""When the wake word counts as said, on scripted scores."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.errors import UsageError
from assistant.hear.wake import WakeGate, load_wake, wake_word
from assistant.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples

pytestmark = pytest.mark.unit


class ScoreIsLevel:
    """The first sample in thousandths is the score; a zero sample brings no new score."""

    word = "okay_nabu"

    def process(self, samples: Samples) -> float | None:
        return float(samples[0]) / 1000.0 if samples[0] else None

    def reset(self) -> None:
        return None

    def close(self) -> None:
        return None


class SpeechIs:
    """One and the same probability for every block; counts what it was asked."""

    def __init__(self, probability: float) -> None:
        self.asked = 0
        self._probability = probability

    def probability(self, samples: Samples) -> float:
        self.asked += 1
        return self._probability

    def reset(self) -> None:
        return None


def chunk(samples: Samples, number: int) -> AudioChunk:
    return AudioChunk(samples=samples, rate_hz=RATE_HZ, start_ms=20.0 * number)


def play(gate: WakeGate, scores: list[tuple[float, int]], first: int = 0) -> list[float]:
    """Feed (score, milliseconds) pairs; the moments of the detections in ms."""
    levels = [round(score * 1000) for score, length_ms in scores for _ in range(length_ms // 20)]
    found = [
        gate.feed(chunk(np.full(CHUNK_SAMPLES, level, np.int16), first + index)) for index, level in enumerate(levels)
    ]
    return [detection.at_ms for detection in found if detection]


def test_one_word_is_one_detection_at_the_end_of_its_chunk() -> None:
    """A score that stays high for longer than the refractory time is still one word."""
    gate = WakeGate(ScoreIsLevel(), 0.8)
    assert [220.0] == play(gate, [(0.1, 200), (0.9, 1500), (0.1, 500)])


def test_a_chunk_without_a_new_score_changes_nothing() -> None:
    """The model answers every 30 ms, the chunks are 20 ms long."""
    gate = WakeGate(ScoreIsLevel(), 0.8)
    assert [60.0] == play(gate, [(0.0, 40), (0.9, 20), (0.0, 20), (0.9, 20)])


def test_a_score_on_the_threshold_is_not_enough() -> None:
    """The threshold itself belongs to no."""
    assert [] == play(WakeGate(ScoreIsLevel(), 0.8), [(0.8, 400)])


def test_a_second_word_counts_after_the_refractory_time() -> None:
    """Twice within a second is once; a second and a half later is a second time."""
    gate = WakeGate(ScoreIsLevel(), 0.8)
    assert [20.0, 1620.0] == play(gate, [(0.9, 100), (0.1, 200), (0.9, 100), (0.1, 1200), (0.9, 100)])


def test_a_dip_that_is_not_the_end_of_the_word_does_not_arm_again() -> None:
    """The score must fall under half the threshold in between."""
    gate = WakeGate(ScoreIsLevel(), 0.8)
    assert [20.0] == play(gate, [(0.9, 100), (0.5, 1500), (0.9, 100)])


def test_what_is_no_speech_is_no_wake_word() -> None:
    """A crossing of the threshold is looked at once by the speech model; without a crossing it rests."""
    clatter, voice = SpeechIs(0.4), SpeechIs(0.6)
    assert [] == play(WakeGate(ScoreIsLevel(), 0.8, speech=clatter), [(0.1, 3000), (0.9, 500)])
    asked = clatter.asked
    assert 0 < asked <= 80
    assert [3020.0] == play(WakeGate(ScoreIsLevel(), 0.8, speech=voice), [(0.1, 3000), (0.9, 500)])
    play(WakeGate(ScoreIsLevel(), 0.8, speech=clatter), [(0.7, 3000)])
    assert asked == clatter.asked


def test_a_rejected_clatter_does_not_block_the_word_after_it() -> None:
    """The refractory time begins with a detection, not with a crossing."""
    speech = SpeechIs(0.1)
    gate = WakeGate(ScoreIsLevel(), 0.8, speech=speech)
    assert [] == play(gate, [(0.1, 2000), (0.9, 100), (0.1, 100)])
    speech._probability = 0.9
    assert [2220.0] == play(gate, [(0.9, 100)], first=110)


def test_reset_forgets_the_stream() -> None:
    """A new stream may begin at zero again and hears the word at once."""
    gate = WakeGate(ScoreIsLevel(), 0.8)
    assert [5020.0] == play(gate, [(0.9, 100)], first=250)
    gate.reset()
    assert [20.0] == play(gate, [(0.9, 100)])


def test_an_unknown_word_names_the_built_in_ones() -> None:
    """The sentence says what can be chosen."""
    with pytest.raises(UsageError) as caught:
        load_wake("computer")
    assert "There is no wake word 'computer'. Choose one of: okay_nabu, hey_jarvis, hey_mycroft, alexa." == str(
        caught.value
    )
    assert "Hey Jarvis" == wake_word("hey_jarvis").phrase


@pytest.mark.parametrize("threshold", [0.0, 1.0, -0.5, 7.0])
def test_an_impossible_threshold_is_refused(threshold: float) -> None:
    """Only what lies between 0 and 1 can ever be crossed and missed."""
    with pytest.raises(UsageError, match="between 0 and 1"):
        load_wake("okay_nabu", threshold)
