"""Speech or not: the gate before the model, and segments out of probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.hear.vad import BLOCK_SAMPLES, SegmentSettings, SpeechDetector, SpeechSegmenter
from assistant.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples

pytestmark = pytest.mark.unit


class LoudIsSpeech:
    """A gate that opens for any sample but zero; keeps the lengths that it was given."""

    def __init__(self) -> None:
        self.lengths: set[int] = set()

    def is_speech(self, samples: Samples) -> bool:
        self.lengths.add(len(samples))
        return bool(samples.any())

    def reset(self) -> None:
        return None


class Listening:
    """A model that gives the same answer to everything; keeps what it heard."""

    def __init__(self, probability: float = 0.9) -> None:
        self.blocks: list[Samples] = []
        self.resets = 0
        self._probability = probability

    def probability(self, samples: Samples) -> float:
        self.blocks.append(samples)
        return self._probability

    def reset(self) -> None:
        self.resets += 1


def feed(detector: SpeechDetector, samples: Samples, size: int = CHUNK_SAMPLES) -> list[float]:
    pieces = np.split(samples, range(size, len(samples), size))
    return [detector.feed(AudioChunk(samples=piece, rate_hz=RATE_HZ, start_ms=0.0)) for piece in pieces]


def tone(length_ms: int, level: int = 1) -> Samples:
    return np.full(length_ms * RATE_HZ // 1000, level, np.int16)


def test_the_model_rests_while_the_gate_is_shut() -> None:
    """Silence costs no run of the model."""
    model = Listening()
    assert {0.0} == set(feed(SpeechDetector(LoudIsSpeech(), model), tone(5000, 0)))
    assert [] == model.blocks


def test_the_gate_alone_is_not_believed() -> None:
    """A noise that opens the gate gets the probability of the model."""
    assert 0.02 == feed(SpeechDetector(LoudIsSpeech(), Listening(0.02)), tone(500))[-1]


def test_the_gate_stays_open_for_a_moment() -> None:
    """A pause of 300 ms is within speech; after it the answer is 0."""
    probabilities = feed(SpeechDetector(LoudIsSpeech(), Listening()), np.concatenate((tone(200), tone(400, 0))))
    assert [0.9] * 15 + [0.0] * 5 == probabilities[10:]


def test_the_model_hears_what_came_before_the_gate_opened() -> None:
    """Its first blocks hold the 200 ms before, without a gap, after a reset."""
    model = Listening()
    sound = np.arange(RATE_HZ, dtype=np.int16)
    sound[: RATE_HZ // 2] = 0
    feed(SpeechDetector(LoudIsSpeech(), model), sound)
    heard = np.concatenate(model.blocks)
    begin = RATE_HZ // 2 - RATE_HZ // 5
    assert 1 == model.resets
    assert np.array_equal(sound[begin : begin + len(heard)], heard)


def test_a_second_opening_starts_afresh() -> None:
    """Stale state of the model is worse than none."""
    model = Listening()
    feed(SpeechDetector(LoudIsSpeech(), model), np.concatenate((tone(200), tone(1000, 0), tone(200))))
    assert 2 == model.resets


@pytest.mark.parametrize("size", [1, 100, 333, CHUNK_SAMPLES, 5000])
def test_chunks_may_have_any_length(size: int) -> None:
    """Gate and model get their own sizes and lose nothing, however the sound is cut."""
    gate, model = LoudIsSpeech(), Listening()
    sound = (1 + np.arange(9600) % 1000).astype(np.int16)
    feed(SpeechDetector(gate, model), sound, size)
    assert {CHUNK_SAMPLES} == gate.lengths
    assert np.array_equal(sound[: 18 * BLOCK_SAMPLES], np.concatenate(model.blocks))


def segments(pattern: list[tuple[float, int]], settings: SegmentSettings | None = None) -> list[tuple[float, float]]:
    """(probability, milliseconds) pairs in chunks of 20 ms to (start, end) in ms."""
    segmenter = SpeechSegmenter(settings)
    probabilities = [probability for probability, length_ms in pattern for _ in range(length_ms // 20)]
    found = [segmenter.feed(p, 20.0 * index, 20.0 * index + 20.0) for index, p in enumerate(probabilities)]
    return [(part.start_ms, part.end_ms) for part in [*found, segmenter.finish()] if part]


def test_a_stretch_of_speech_is_a_segment() -> None:
    """It begins a little before the first sure chunk and ends with the last one."""
    assert [(440.0, 1500.0)] == segments([(0.0, 500), (0.9, 1000), (0.0, 1000)])


def test_short_pauses_are_bridged_and_long_ones_are_not() -> None:
    """The hang-over decides."""
    assert [(0.0, 1200.0)] == segments([(0.9, 400), (0.0, 400), (0.9, 400)])
    assert [(0.0, 400.0), (940.0, 1400.0)] == segments([(0.9, 400), (0.0, 600), (0.9, 400)])


def test_a_click_is_no_segment() -> None:
    """Less than 100 ms is dropped; the limit can be set."""
    assert [] == segments([(0.0, 200), (0.9, 80), (0.0, 800)])
    assert [(140.0, 280.0)] == segments([(0.0, 200), (0.9, 80), (0.0, 800)], SegmentSettings(min_speech_ms=60.0))


def test_middling_probability_goes_on_with_speech_but_does_not_begin_it() -> None:
    """Hysteresis."""
    assert [] == segments([(0.3, 1000)])
    assert [(0.0, 1200.0)] == segments([(0.9, 200), (0.3, 1000), (0.1, 600)])


@given(
    st.lists(st.tuples(st.sampled_from([0.0, 0.3, 0.5, 1.0]), st.integers(1, 60).map(lambda n: 20 * n)), max_size=20)
)
def test_segments_are_ordered_and_never_overlap(pattern: list[tuple[float, int]]) -> None:
    """Whatever the probabilities, segments follow each other, within the sound, and are long enough."""
    bounds = [bound for segment in segments(pattern) for bound in segment]
    total_ms = float(sum(length_ms for _, length_ms in pattern))
    assert sorted(bounds) == bounds
    assert all(0.0 <= bound <= total_ms for bound in bounds)
    assert all(end - start >= 100.0 for start, end in segments(pattern))


def test_a_frame_far_below_the_speech_before_it_is_silence() -> None:
    """The model still remembers the voice; the level tells at once that it has ended, and that it comes back."""
    detector = SpeechDetector(LoudIsSpeech(), Listening(0.9))
    spoken = feed(detector, tone(400, level=8000))
    assert 0.9 == spoken[-1]
    assert {0.0} == set(feed(detector, tone(100, level=80)))
    assert {0.9} == set(feed(detector, tone(100, level=4000)))


def test_after_a_shout_soft_speech_counts_again() -> None:
    """The loudest level of late sinks by 10 dB a second."""
    detector = SpeechDetector(LoudIsSpeech(), Listening(0.9))
    feed(detector, tone(400, level=20000))
    soft = feed(detector, tone(3000, level=200))
    assert (0.0, 0.9) == (soft[0], soft[-1])


def test_what_was_taken_out_by_the_echo_canceller_is_no_end_of_speech() -> None:
    """While we speak the level of what is left says nothing: only the model decides."""
    detector = SpeechDetector(LoudIsSpeech(), Listening(0.9))
    feed(detector, tone(400, level=8000))
    both = AudioChunk(samples=tone(20, 8000), rate_hz=RATE_HZ, start_ms=0.0, suppressed=tone(20, 80))
    assert 0.9 == detector.feed(both)
