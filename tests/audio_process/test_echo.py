"""The learnt echo path on synthetic rooms: what it takes out, what it leaves, and how it gets over a wrong path."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.audio.echo import BLOCK, EchoPath
from assistant.types import RATE_HZ

pytestmark = pytest.mark.unit

Sound = NDArray[np.float64]


def babble(seconds: float, seed: int, level: float = 2000.0) -> Sound:
    """Noise that is softer towards the treble and swells with syllables, about as speech does."""
    noise = np.random.default_rng(seed).normal(0.0, 1.0, round(seconds * RATE_HZ))
    soft = np.convolve(noise, 0.7 ** np.arange(20), mode="same")
    time_s = np.arange(len(soft)) / RATE_HZ
    swell = 0.55 + 0.45 * np.sin(2 * np.pi * 3.7 * time_s + seed)
    return np.asarray(level * swell * soft / np.std(soft))


def room(seed: int, delay: int = 160) -> Sound:
    """An echo path of random reflections that fall by 60 dB in 0.2 s, -6 dB in all."""
    length = 2400
    path = np.random.default_rng(seed).normal(0.0, 1.0, length) * np.exp(-6.9 * np.arange(length) / 3200)
    return np.concatenate([np.zeros(delay), 0.5 * path / np.linalg.norm(path)])


def echo_of(far: Sound, path: Sound) -> Sound:
    size = len(far) + len(path)
    return np.asarray(np.fft.irfft(np.fft.rfft(far, size) * np.fft.rfft(path, size), size)[: len(far)])


def run(filter_: EchoPath, far: Sound, near: Sound) -> Sound:
    blocks = range(0, len(far) - BLOCK + 1, BLOCK)
    return np.concatenate([filter_.step(far[at : at + BLOCK], near[at : at + BLOCK]) for at in blocks])


def loss_db(near: Sound, rest: Sound) -> float:
    return float(10.0 * np.log10(np.sum(near[: len(rest)] ** 2) / np.sum(rest**2)))


def test_an_echo_is_gone_after_three_seconds() -> None:
    """What only we say is at least 30 dB softer from the fourth second on, and never louder than it came in."""
    far = babble(4.0, 1)
    near = echo_of(far, room(2)) + np.random.default_rng(3).normal(0.0, 5.0, len(far))
    path = EchoPath()
    rest = run(path, far, near)
    late = 3 * RATE_HZ
    assert loss_db(near[late:], rest[late:]) >= 30.0
    for at in range(0, len(rest), BLOCK):
        assert np.sum(rest[at : at + BLOCK] ** 2) <= np.sum(near[at : at + BLOCK] ** 2) * 1.000001
    assert 0 == path.resets


def test_a_person_who_speaks_over_us_comes_through() -> None:
    """In double talk at equal level the output is the person's voice, not less of it."""
    far = babble(5.0, 1)
    echo = echo_of(far, room(2))
    person = babble(5.0, 7)
    start = 3 * RATE_HZ
    person[:start] = 0.0
    person *= np.std(echo[start:]) / np.std(person[start:])
    rest = run(EchoPath(), far, echo + person)
    assert np.corrcoef(rest[start:], person[start:])[0, 1] > 0.95
    assert np.corrcoef((echo + person)[start:], person[start:])[0, 1] < 0.8
    assert abs(loss_db(person[start:], rest[start:])) < 1.0


def test_what_is_known_outlives_a_silence() -> None:
    """After an answer ended the next one is cancelled from its start, with nothing of the old one in the history."""
    far, after = babble(3.0, 1), babble(0.4, 5)
    path = EchoPath()
    run(path, far, echo_of(far, room(2)))
    path.silence()
    near = echo_of(after, room(2))
    assert loss_db(near, run(path, after, near)) >= 30.0


def test_a_good_path_can_be_kept_and_recalled() -> None:
    """What was learnt of another room is dropped for the path that was good before."""
    far = babble(3.0, 1)
    path = EchoPath()
    run(path, far, echo_of(far, room(2)))
    path.keep()
    run(path, far, echo_of(far, -room(9)))
    after = babble(0.4, 5)
    near = echo_of(after, room(2))
    path.recall()
    assert loss_db(near, run(path, after, near)) >= 30.0


def test_recalling_nothing_is_a_fresh_start() -> None:
    """Without a kept path the filter knows nothing: the first block passes as it came."""
    far = babble(3.0, 1)
    path = EchoPath()
    run(path, far, echo_of(far, room(2)))
    path.recall()
    near = babble(0.02, 8)
    assert near.tolist() == path.step(far[:BLOCK], near).tolist()


def test_a_filter_that_makes_it_worse_starts_again() -> None:
    """When the echo stops although we still speak, ten blocks that got louder are a counted reset; none was passed."""
    far = babble(3.0, 1, level=8000.0)
    path = EchoPath()
    run(path, far, 2.0 * echo_of(far, room(2)))
    after = babble(1.0, 5, level=8000.0)
    hiss = np.random.default_rng(4).normal(0.0, 3.0, len(after))
    rest = run(path, after, hiss)
    assert path.resets >= 1
    assert np.std(rest) <= np.std(hiss)
