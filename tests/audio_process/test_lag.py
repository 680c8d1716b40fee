"""How far the microphone is behind the loudspeaker, found in sound alone."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.audio.lag import EARLIEST, LATEST, WINDOW, measure_lag
from assistant.types import Samples

pytestmark = pytest.mark.unit

FAR = WINDOW + LATEST - EARLIEST


def noise(count: int, seed: int, level: float = 2000.0) -> Samples:
    return np.round(np.random.default_rng(seed).normal(0.0, level, count)).astype(np.int16)


def heard(far: Samples, lag: int) -> Samples:
    """What the microphone hears of `far` when it is `lag` samples behind: softer, no other change."""
    start = LATEST - lag
    return (0.3 * far[start : start + WINDOW]).astype(np.int16)


@pytest.mark.parametrize("lag", [EARLIEST + 1, -300, 0, 1, 160, 4321, LATEST - 1])
def test_the_lag_is_found_to_the_sample(lag: int) -> None:
    """From 50 ms early to one second late."""
    far = noise(FAR, 1)
    assert lag == measure_lag(heard(far, lag), far)


def test_the_lag_is_found_under_a_person_who_speaks() -> None:
    """Another voice of the same level does not hide it."""
    far = noise(FAR, 1)
    echo = heard(far, 2000)
    person = noise(WINDOW, 2, level=float(np.std(echo)))
    assert 2000 == measure_lag(echo + person, far)


@pytest.mark.parametrize("seed", range(8))
def test_independent_noises_have_no_lag(seed: int) -> None:
    """Nothing of what is played is heard: no number is better than a wrong one."""
    assert measure_lag(noise(WINDOW, 100 + seed), noise(FAR, seed)) is None


def test_silence_has_no_lag() -> None:
    """Nothing was played, nothing was heard, or only the hiss of a microphone."""
    far = noise(FAR, 1)
    assert measure_lag(np.zeros(WINDOW, np.int16), far) is None
    assert measure_lag(noise(WINDOW, 3, level=2.0), far) is None
    assert measure_lag(heard(far, 0), np.zeros(FAR, np.int16)) is None


def test_of_several_lags_the_known_one_is_believed() -> None:
    """What is played repeats itself: without the known lag either may be found, with it only that one."""
    half = noise(FAR // 2, 4)
    far = np.concatenate([half, half, half])[:FAR]
    near = heard(far, 160)
    assert 160 == measure_lag(near, far, known=160)
    assert 160 + len(half) == measure_lag(near, far, known=160 + len(half))
    assert 160 == measure_lag(heard(noise(FAR, 1), 160), noise(FAR, 1), known=4000)
