"""What was played, by sample number: where streams begin, and what the ring holds at which position."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.audio.reference import KEPT, WATCHED_BLOCKS, Beginning, Reference
from assistant.types import RATE_HZ, Samples

pytestmark = pytest.mark.unit

BLOCK_S = 0.02


def ramp(start: int, count: int) -> Samples:
    """Each sample tells its own number (from one on, so that none is silent)."""
    return ((np.arange(start, start + count) % 30_000) + 1).astype(np.int16)


def tone(start: int, count: int, rate_hz: int) -> Samples:
    """A part of one endless tone of 440 Hz."""
    time_s = np.arange(start, start + count) / rate_hz
    return np.round(8000 * np.sin(2 * np.pi * 440 * time_s)).astype(np.int16)


def test_the_most_punctual_block_tells_the_beginning() -> None:
    """Blocks come late by chance, never early: the smallest delay counts."""
    beginning = Beginning(RATE_HZ)
    assert not beginning.known
    for index, late_s in enumerate([0.013, 0.004, 0.0, 0.021]):
        beginning.arrived(320, 5.0 + (index + 1) * BLOCK_S + late_s)
    assert beginning.known
    assert 5.0 == pytest.approx(beginning.at_s)
    assert 4 * 320 == beginning.samples


def test_a_punctual_block_of_long_ago_is_forgotten() -> None:
    """A clock that drifts is followed: only the last three seconds count."""
    beginning = Beginning(RATE_HZ)
    beginning.arrived(320, 5.0 + BLOCK_S)
    for index in range(1, WATCHED_BLOCKS + 1):
        beginning.arrived(320, 5.1 + (index + 1) * BLOCK_S)
    assert 5.1 == pytest.approx(beginning.at_s)


def test_samples_lie_at_their_numbers() -> None:
    """At 16 kHz the ring gives back what was played, across the joints of blocks."""
    reference = Reference(RATE_HZ)
    for index in range(100):
        reference.played(ramp(index * 320, 320), index * BLOCK_S)
    assert 32_000 == reference.end
    assert ramp(12_345, 1000).tolist() == reference.at(12_345, 1000).tolist()
    assert 0.0 == reference.quiet_s


def test_what_is_forgotten_or_not_yet_known_is_silent() -> None:
    """Before the last three seconds, before the beginning and after the end there are zeros."""
    reference = Reference(RATE_HZ)
    for index in range(200):
        reference.played(ramp(index * 320, 320), index * BLOCK_S)
    oldest = reference.end - KEPT
    assert [0] * 100 == reference.at(0, 100).tolist()
    assert [0] * 5 + ramp(oldest, 5).tolist() == reference.at(oldest - 5, 10).tolist()
    assert [*ramp(reference.end - 5, 5).tolist(), *[0] * 5] == reference.at(reference.end - 5, 10).tolist()
    assert [0] * 10 == reference.at(-10, 10).tolist()
    assert [0] * 10 == reference.at(reference.end + 100, 10).tolist()


def test_another_rate_is_resampled_in_place() -> None:
    """At 48 kHz a tone lies where it was played, to a fraction of a sample."""
    reference = Reference(48_000)
    for index in range(75):
        reference.played(tone(index * 960, 960, 48_000), index * BLOCK_S)
    expected, actual = tone(8000, 8000, RATE_HZ), reference.at(8000, 8000)
    assert np.abs(actual.astype(np.int32) - expected).max() < 80
    assert 0 <= 24_000 - reference.end < 1600


def test_silence_is_counted_and_keeps_the_positions() -> None:
    """After seconds of silence at 48 kHz the next sound lies at its own number, and the silence was silent."""
    reference = Reference(48_000)
    block = 0
    for sounds, count in ((True, 50), (False, 100), (True, 50)):
        for _ in range(count):
            samples = tone(block * 960, 960, 48_000) if sounds else np.zeros(960, np.int16)
            reference.played(samples, block * BLOCK_S)
            block += 1
        if not sounds:
            assert 2.0 == pytest.approx(reference.quiet_s)
            assert 3 * RATE_HZ == reference.end
    # The first half second of it is still resampled, which leaves one bit of dither.
    assert np.abs(reference.at(RATE_HZ + 800, RATE_HZ)).max() <= 1
    assert not reference.at(RATE_HZ + 8100, 2 * RATE_HZ - 8100).any()
    start = 3 * RATE_HZ + 4000
    assert np.abs(reference.at(start, 8000).astype(np.int32) - tone(start, 8000, RATE_HZ)).max() < 80


def test_silence_from_the_start_is_quiet_for_ever() -> None:
    """As long as nothing has sounded there is nothing to wait for."""
    reference = Reference(48_000)
    reference.played(np.zeros(960, np.int16), 0.0)
    assert float("inf") == reference.quiet_s
    assert 320 == reference.end
