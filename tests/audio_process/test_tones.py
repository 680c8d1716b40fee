"""The assistant's own sounds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from assistant.audio.tones import alarm, chime, error_tone
from assistant.types import Samples

pytestmark = pytest.mark.unit

RATES = (16_000, 22_050, 44_100, 48_000)


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize(("tone", "seconds"), [(chime, 0.15), (alarm, 2.0), (error_tone, 0.3)])
def test_a_tone_is_whole_and_clean(tone: Callable[[int], Samples], seconds: float, rate_hz: int) -> None:
    """Each tone has its length, never clips, and begins and ends without a click."""
    samples = tone(rate_hz).astype(np.int64)
    assert int(seconds * rate_hz) == len(samples)
    assert np.abs(samples).max() < 0.5 * 32767
    assert samples[0] == 0
    assert np.abs(samples[: rate_hz // 2000]).max() < 800
    assert np.abs(samples[-rate_hz // 2000 :]).max() < 50


def test_the_alarm_is_louder_than_the_chime() -> None:
    """A timer must be heard in the next room; the chime must not startle."""
    loud, soft = (np.abs(tone(48_000).astype(np.int64)).max() for tone in (alarm, chime))
    assert loud > 3 * soft


def test_the_alarm_leaves_room_for_a_voice() -> None:
    """The second half of each round is silent, so that "stop" can be heard over it."""
    samples = alarm(16_000)
    assert np.abs(samples[:16_000]).max() > 10_000
    assert not samples[16_000:].any()
