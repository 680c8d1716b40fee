"""The whole cleaner, with the real suppressor, on a synthetic room whose lag is known."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.audio.cleaner import Cleaner
from assistant.audio.tones import alarm
from assistant.types import RATE_HZ, Samples

pytestmark = pytest.mark.unit

BLOCK = 320
LATENCY = 960
"""60 ms from handing over to the microphone."""


def speech_like(seconds: float, seed: int = 1) -> Samples:
    noise = np.random.default_rng(seed).normal(0.0, 1.0, round(seconds * RATE_HZ))
    soft = np.convolve(noise, 0.7 ** np.arange(20), mode="same")
    swell = 0.55 + 0.45 * np.sin(2 * np.pi * 3.7 * np.arange(len(soft)) / RATE_HZ)
    return np.round(2500 * swell * soft / np.std(soft)).astype(np.int16)


def echo_of(far: Samples, latency: int = LATENCY) -> Samples:
    """Half as loud, `latency` samples later, with some reverberation and the hiss of a microphone."""
    length = 1600
    path = np.random.default_rng(2).normal(0.0, 1.0, length) * np.exp(-6.9 * np.arange(length) / 3200)
    path *= 0.3 / np.linalg.norm(path)
    path[0] += 0.4  # the direct sound, by which the lag is found
    size = len(far) + length
    echo = np.fft.irfft(np.fft.rfft(far, size) * np.fft.rfft(path, size), size)[: len(far)]
    late = np.concatenate([np.zeros(latency), echo])[: len(far)]
    return np.round(late + np.random.default_rng(3).normal(0.0, 5.0, len(far))).astype(np.int16)


class Room:
    """Loudspeaker and microphone with punctual blocks of 20 ms on one clock."""

    def __init__(self) -> None:
        self.cleaner = Cleaner(RATE_HZ, LATENCY / RATE_HZ)
        self._now_s = 100.0

    def run(self, far: Samples, near: Samples) -> tuple[list[Samples], list[Samples | None]]:
        """What came out for each block: (for the recogniser, for speech detection)."""
        results = []
        for start in range(0, len(far) - BLOCK + 1, BLOCK):
            self._now_s += BLOCK / RATE_HZ
            self.cleaner.reference.played(far[start : start + BLOCK], self._now_s)
            results.append(self.cleaner.clean(near[start : start + BLOCK], self._now_s))
        return [linear for linear, _ in results], [suppressed for _, suppressed in results]


def level(pieces: list[Samples]) -> float:
    """RMS, int16 scale."""
    sound = np.concatenate(pieces).astype(np.float64)
    return float(np.sqrt(np.mean(sound**2)))


def joined(pieces: list[Samples | None]) -> list[Samples]:
    assert all(piece is not None for piece in pieces)
    return [piece for piece in pieces if piece is not None]


def test_an_answer_that_only_echoes_is_silent_within_two_seconds() -> None:
    """Speech detection then hears nothing of us, and the recogniser a hundredth of the power."""
    room, far = Room(), speech_like(4.0)
    near = echo_of(far)
    linear, suppressed = room.run(far, near)
    assert level(joined(suppressed)[100:]) < 20.0
    assert level(linear[100:]) < 0.1 * level([near[2 * RATE_HZ :]])
    assert room.cleaner.loss_db > 12.0
    assert 0 == room.cleaner.realigned


def test_no_sample_is_lost() -> None:
    """Both streams are as long as what came in, but for a block that still waits."""
    room, far = Room(), speech_like(1.0)
    linear, suppressed = room.run(far, echo_of(far))
    assert len(far) == sum(map(len, linear)) + room.cleaner.held
    assert list(map(len, linear)) == list(map(len, joined(suppressed)))


def test_without_an_answer_sound_passes_untouched() -> None:
    """Before anything was played, and a second after the last of it, the microphone is the result."""
    room, person = Room(), speech_like(1.0, 9)
    silence = np.zeros(RATE_HZ, np.int16)
    linear, suppressed = room.run(silence, person)
    assert person.tolist() == np.concatenate(linear).tolist()
    assert [None] * 50 == suppressed
    far = speech_like(1.0)
    room.run(far, echo_of(far))
    room.run(silence, silence)
    room.run(silence[:BLOCK], silence[:BLOCK])  # the second is over
    linear, suppressed = room.run(silence, person)
    assert person.tolist() == np.concatenate(linear).tolist()
    assert [None] * 50 == suppressed


def test_a_microphone_before_the_first_block_of_a_loudspeaker_passes() -> None:
    """A loudspeaker that has not begun has no echo."""
    cleaner, person = Cleaner(48_000, 0.05), speech_like(0.02, 9)
    linear, suppressed = cleaner.clean(person, 1.0)
    assert (person.tolist(), None) == (linear.tolist(), suppressed)


def test_a_lag_that_jumps_is_followed() -> None:
    """Twenty milliseconds were lost in a device: the reference is moved, and the echo is cancelled again."""
    room, far = Room(), speech_like(7.0)
    jump = 3 * RATE_HZ
    near = np.concatenate([echo_of(far)[:jump], echo_of(far, LATENCY + 320)[jump:]])
    linear, _ = room.run(far[:jump], near[:jump])
    before = level(linear[-25:])
    assert 0 == room.cleaner.realigned
    linear, _ = room.run(far[jump:], near[jump:])
    assert 1 == room.cleaner.realigned
    assert level(linear[:25]) > 3.0 * before
    assert level(linear[100:]) < 0.1 * level([near[jump + 2 * RATE_HZ :]])
    assert room.cleaner.loss_db > 12.0


def test_a_late_reference_is_waited_for() -> None:
    """Nothing comes out until what was played is known, a little while at most; then all that waited does."""
    room, far = Room(), speech_like(2.0)
    near = echo_of(far)
    room.run(far[:RATE_HZ], near[:RATE_HZ])
    cleaner, held = room.cleaner, room.cleaner.held
    sizes = [len(cleaner.clean(near[at : at + BLOCK], 101.0 + at / RATE_HZ)[0]) for at in range(0, 12 * BLOCK, BLOCK)]
    assert 0 in sizes
    assert 12 * BLOCK + held == sum(sizes) + cleaner.held
    assert cleaner.figures()["echo_starved"] > 0


def test_the_figures_of_health() -> None:
    """Names stay; the shift is unknown until something was played."""
    room = Room()
    expected = {
        "echo_learnt": False,
        "echo_apart": True,
        "echo_loss_db": 0.0,
        "echo_shift_ms": None,
        "echo_resets": 0,
        "echo_realigned": 0,
        "echo_starved": 0,
    }
    assert expected == room.cleaner.figures()
    far = speech_like(3.0)
    room.run(far, echo_of(far))
    figures = room.cleaner.figures()
    assert set(expected) == set(figures)
    assert figures["echo_learnt"]
    assert isinstance(figures["echo_shift_ms"], float)


def test_a_loudspeaker_that_ran_dry_is_not_trusted() -> None:
    """Until the echo is cancelled again, nothing that is heard counts as a person."""
    room = Room()
    far = speech_like(3.0)
    room.run(far, echo_of(far))
    assert room.cleaner.apart
    room.cleaner.disturbed()
    assert not room.cleaner.apart
    far = speech_like(3.0)
    room.run(far, echo_of(far))
    assert room.cleaner.apart


def test_the_strokes_of_a_bell_are_all_at_the_same_lag() -> None:
    """A ring that repeats itself every half second fits at several lags: the one that was found stays."""
    room, far = Room(), np.concatenate([speech_like(3.0), *[alarm(RATE_HZ)] * 4])
    room.run(far, echo_of(far))
    assert 0 == room.cleaner.realigned
    assert room.cleaner.apart


def test_between_two_rings_a_person_is_heard() -> None:
    """Of a ringing that nothing came before, the echo is unknown; where it pauses there is none."""
    room, far = Room(), np.concatenate([alarm(RATE_HZ)] * 2)
    near = echo_of(far)
    told = []
    for start in range(0, len(far), RATE_HZ // 10):
        room.run(far[start : start + RATE_HZ // 10], near[start : start + RATE_HZ // 10])
        told.append(room.cleaner.apart)
    assert not any(told[:4])
    assert all(told[14:19])


def test_somebody_is_told_within_two_blocks() -> None:
    """A hiss far weaker than our echo is somebody, our echo alone is nobody, and without an echo nothing is said."""
    room, far = Room(), speech_like(8.0)
    near = echo_of(far).astype(np.float64)
    onset, size = 6 * RATE_HZ, RATE_HZ // 5
    near[onset : onset + size] += np.random.default_rng(7).normal(0.0, 0.15 * level([far]), size)
    told = []
    for start in range(0, len(far), BLOCK):
        room.run(far[start : start + BLOCK], np.round(near[start : start + BLOCK]).astype(np.int16))
        if room.cleaner.somebody:
            told.append(start)
    assert onset <= told[0] <= onset + BLOCK
    assert told[-1] < onset + size + BLOCK
    silence = np.zeros(2 * RATE_HZ, np.int16)
    room.run(silence, silence)
    room.run(silence[:BLOCK], speech_like(0.02))
    assert not room.cleaner.somebody
