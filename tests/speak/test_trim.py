"""Silence off both ends of speech, while it streams."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.speak.trim import LEAD_MS, TAIL_MS, Trimmer, pause_after_ms
from assistant.types import Samples

pytestmark = pytest.mark.unit

RATE_HZ = 1000


def _speech(*parts: tuple[int, int]) -> Samples:
    """Parts of (level, samples) in a row; at 1 kHz a sample is a millisecond."""
    return np.concatenate([np.full(count, level, dtype=np.int16) for level, count in parts])


def _trimmed(samples: Samples, sizes: list[int], pause_ms: int = 0) -> Samples:
    trimmer = Trimmer(RATE_HZ)
    out, at = [], 0
    while at < len(samples):
        size = sizes[len(out) % len(sizes)]
        out.append(trimmer.feed(samples[at : at + size]))
        at += size
    return np.concatenate([*out, trimmer.finish(pause_ms)])


def test_long_silence_before_and_after_goes() -> None:
    """Ten milliseconds stay before the first sound and thirty after the last, whatever there was."""
    out = _trimmed(_speech((3, 300), (9000, 50), (3, 400)), [77])
    assert LEAD_MS + 50 + TAIL_MS == len(out)
    assert 9000 == out[LEAD_MS]


def test_silence_inside_stays() -> None:
    """The gap between two words is part of speech."""
    out = _trimmed(_speech((9000, 20), (0, 500), (9000, 20)), [64])
    assert 540 == len(out)


def test_the_pause_counts_the_tail() -> None:
    """The silence after a sentence is as long as asked for, its faded tail included."""
    out = _trimmed(_speech((9000, 20), (5, 400)), [64], pause_ms=200)
    assert 20 + 200 == len(out)
    assert not out[-170:].any()


def test_silence_alone_is_nothing() -> None:
    """No sound gives no samples, and no pause either."""
    assert 0 == len(_trimmed(_speech((4, 1000)), [100], pause_ms=200))


@given(
    levels=st.lists(st.tuples(st.sampled_from([0, 50, -8000, 8000]), st.integers(1, 60)), min_size=1, max_size=12),
    sizes=st.lists(st.integers(1, 90), min_size=1, max_size=5),
)
def test_how_speech_is_cut_makes_no_difference(levels: list[tuple[int, int]], sizes: list[int]) -> None:
    """Fed in any pieces, the result is that of the whole."""
    samples = _speech(*levels)
    assert _trimmed(samples, [len(samples)], 100).tolist() == _trimmed(samples, sizes, 100).tolist()


def test_a_sentence_rests_longer_than_a_comma() -> None:
    """The pause follows the mark."""
    assert pause_after_ms(".") > pause_after_ms(",") > pause_after_ms("")
