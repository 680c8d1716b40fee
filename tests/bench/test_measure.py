"""Signal analysis on signals whose answer is known by construction."""

from __future__ import annotations

import math

import numpy as np
import pytest

from assistant.bench.measure import (
    SILENCE_DBFS,
    align,
    first_sound_after,
    levels_dbfs,
    loudest_frame_power,
    noise_floor_dbfs,
    onsets,
    peak_normalise,
    percentile,
    speech_end_s,
    speech_start_s,
    steady,
)
from assistant.types import Samples

pytestmark = pytest.mark.unit
RATE = 16_000


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), dtype=np.int16)


def tone(seconds: float, level: float = 0.25) -> Samples:
    time_s = np.arange(round(seconds * RATE)) / RATE
    return np.round(level * 32767 * np.sin(2 * np.pi * 440 * time_s)).astype(np.int16)


def hiss(seconds: float, dbfs: float, seed: int = 1) -> Samples:
    noise = np.random.default_rng(seed).normal(0.0, 32767 * 10 ** (dbfs / 20), round(seconds * RATE))
    return np.round(noise).astype(np.int16)


def test_level_of_a_full_sine_is_three_db_below_full_scale() -> None:
    """A sine of full scale has -3 dBFS RMS in every frame."""
    assert np.allclose(levels_dbfs(tone(0.1, 1.0), RATE, 25.0), -3.01, atol=0.02)


def test_silence_has_a_finite_level() -> None:
    """Digital silence has the lowest level, not minus infinity, and no frames no level."""
    assert [SILENCE_DBFS, SILENCE_DBFS] == list(levels_dbfs(silence(0.012), RATE))
    assert SILENCE_DBFS == noise_floor_dbfs(levels_dbfs(silence(0.0), RATE))


def test_ends_of_speech_in_silence() -> None:
    """Start and end of a tone in silence are found to one frame."""
    sound = np.concatenate([silence(0.5), tone(1.0), silence(0.7)])
    assert (0.5, 1.5) == (speech_start_s(sound, RATE), speech_end_s(sound, RATE))


@pytest.mark.parametrize("noise_dbfs", [-60.0, -45.0, -35.0])
def test_ends_of_speech_in_noise(noise_dbfs: float) -> None:
    """Steady noise well below the speech moves its ends by no more than two frames."""
    sound = np.concatenate([silence(0.5), tone(1.0), silence(0.7)]) + hiss(2.2, noise_dbfs)
    assert pytest.approx((0.5, 1.5), abs=0.01) == (speech_start_s(sound, RATE), speech_end_s(sound, RATE))


def test_a_soft_ending_counts_as_speech() -> None:
    """A last syllable 30 dB softer than the loudest still belongs to the speech."""
    sound = np.concatenate([silence(0.2), tone(0.5, 0.5), tone(0.2, 0.5 * 10**-1.5), silence(0.5)])
    assert pytest.approx(0.9, abs=0.006) == speech_end_s(sound, RATE)


def test_silence_and_hiss_hold_no_speech() -> None:
    """Silence has no ends of speech, nor has hiss that nobody hears."""
    assert [None, None] == [speech_end_s(silence(1.0), RATE), speech_start_s(hiss(1.0, -80.0), RATE)]


def test_onsets_bridge_short_pauses_and_drop_clicks() -> None:
    """Two words with a short pause are one stretch, a click is none, a later word is its own."""
    click = tone(0.005, 0.9)
    sound = np.concatenate([tone(0.3), silence(0.1), tone(0.3), silence(0.5), click, silence(0.5), tone(0.3)])
    found = onsets(sound, RATE)
    assert 2 == len(found)
    assert pytest.approx([0.0, 0.7, 1.705, 2.005], abs=0.006) == [*found[0], *found[1]]


def test_first_sound_after_a_moment() -> None:
    """The first sound after the moment is found; what came before it and a lone click are passed over."""
    sound = np.concatenate([tone(0.5), silence(0.5), tone(0.004, 0.9), silence(0.196), tone(0.3)])
    assert 1.2 == pytest.approx(first_sound_after(sound, RATE, 0.6), abs=0.006)


def test_first_sound_that_goes_on_already() -> None:
    """A sound that is going on at the moment is heard at that moment."""
    assert 0.25 == first_sound_after(tone(0.5), RATE, 0.25)


def test_no_sound_after_the_end() -> None:
    """None when nothing comes, when it is too soft to hear, and when the recording has ended."""
    assert first_sound_after(silence(1.0), RATE, 0.0) is None
    assert first_sound_after(hiss(1.0, -70.0), RATE, 0.0) is None
    assert first_sound_after(tone(0.5), RATE, 0.6) is None


def test_peak_normalise() -> None:
    """The largest sample gets the wanted share of full scale, the lowest int16 value included; silence stays."""
    assert 16384 == int(np.max(np.abs(peak_normalise(tone(0.1, 0.1), 0.5))))
    assert -32767 == int(np.min(peak_normalise(np.array([-32768, 100], dtype=np.int16))))
    assert not peak_normalise(silence(0.1)).any()


def test_loudest_frame_power() -> None:
    """The loudest whole frame counts; a sound shorter than a frame is one frame; nothing has no power."""
    sound = np.concatenate([np.full(512, 10), np.full(512, 100), np.full(100, 1000)]).astype(np.int16)
    assert 10_000.0 == loudest_frame_power(sound, 512)
    assert 100.0 == loudest_frame_power(sound[:300], 512)
    assert 0.0 == loudest_frame_power(sound[:0], 512)


def test_align_finds_a_clip_under_noise_and_another_level() -> None:
    """A clip played softer into a noisy recording is found at its sample, and its likeness tells of the noise."""
    clip = hiss(0.5, -12.0, seed=2)
    recording = np.concatenate([silence(1.234), (clip * 0.3).astype(np.int16), silence(0.8)])
    exact, noisy = align(recording, clip), align(recording + hiss(2.534, -40.0, seed=3), clip)
    assert exact is not None
    assert noisy is not None
    assert round(1.234 * RATE) == exact.offset == noisy.offset
    assert exact.likeness > 0.999 > noisy.likeness > 0.9


def test_align_tells_of_a_stutter() -> None:
    """A gap in the playback lowers the likeness clearly."""
    clip = hiss(1.0, -12.0, seed=4)
    half = len(clip) // 2
    found = align(np.concatenate([silence(0.2), clip[:half], silence(0.1), clip[half:], silence(0.3)]), clip)
    assert found is not None
    assert found.likeness < 0.8


def test_noise_does_not_look_like_a_stutter() -> None:
    """Under loud noise both halves lie where the whole does; a gap or a skip in the playback moves one of them."""
    clip = hiss(1.0, -12.0, seed=4)
    half, noise = len(clip) // 2, hiss(2.5, -18.0, seed=5)
    recordings = [
        np.concatenate([silence(0.3), clip, silence(1.2)]),
        np.concatenate([silence(0.3), clip[:half], silence(0.05), clip[half:], silence(1.15)]),
        np.concatenate([silence(0.3), clip[:half], clip[half + 800 :], silence(1.25)]),
    ]
    found = [align((sound // 2 + noise).astype(np.int16), clip) for sound in recordings]
    assert [True, False, False] == [
        place is not None and steady((sound // 2 + noise).astype(np.int16), clip, place.offset, RATE)
        for sound, place in zip(recordings, found, strict=True)
    ]


def test_align_without_a_clip() -> None:
    """None for a silent recording, an empty clip, and a recording that is shorter than the clip."""
    assert [None, None, None] == [
        align(silence(1.0), tone(0.1)),
        align(tone(0.1), silence(0.0)),
        align(tone(0.1), tone(0.2)),
    ]


def test_percentile() -> None:
    """Between neighbours in proportion; the only value of one; nan of none."""
    assert [2.5, 4.0] == [percentile([1.0, 2.0, 3.0, 4.0], 0.5), percentile([1.0, 2.0, 3.0, 4.0], 1.0)]
    assert 7.0 == percentile([7.0], 0.95)
    assert math.isnan(percentile([], 0.5))
