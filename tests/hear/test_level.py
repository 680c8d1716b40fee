"""Who speaks to us, by loudness."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.hear.level import CLEAR_DB, SOFTER_DB, Loudness
from assistant.types import RATE_HZ, Samples

pytestmark = pytest.mark.unit


def said(level_dbfs: float, floor_dbfs: float = -70.0) -> Samples:
    """Half a second of room, then half a second of something as loud as `level_dbfs`, over the same room."""
    rng = np.random.default_rng(3)
    sound = rng.normal(0.0, 10 ** (floor_dbfs / 20.0), RATE_HZ)
    sound[RATE_HZ // 2 :] += rng.normal(0.0, 10 ** (level_dbfs / 20.0), RATE_HZ // 2)
    return np.clip(sound * 32768.0, -32768, 32767).astype(np.int16)


def test_as_loud_as_before_is_meant_for_us() -> None:
    """The person who said the wake word goes on in the same voice, or a little softer."""
    loudness = Loudness()
    loudness.addressed(said(-30.0))
    assert not loudness.faint(said(-30.0))
    assert not loudness.faint(said(-30.0 - SOFTER_DB + 3.0))


def test_much_softer_is_not() -> None:
    """Somebody in the next room."""
    loudness = Loudness()
    loudness.addressed(said(-30.0))
    assert loudness.faint(said(-30.0 - SOFTER_DB - 3.0))


def test_a_soft_voice_is_heard_when_nothing_louder_was() -> None:
    """Without a wake word before, only the room is the measure."""
    assert not Loudness().faint(said(-55.0))


def test_what_hardly_stands_out_of_the_room_is_not_for_us() -> None:
    """A murmur in kitchen noise."""
    loudness = Loudness()
    loudness.addressed(said(-35.0, floor_dbfs=-40.0))
    assert loudness.faint(said(-43.0, floor_dbfs=-40.0))
    assert CLEAR_DB > 0


@pytest.mark.parametrize("samples", [np.zeros(0, np.int16), np.zeros(RATE_HZ, np.int16)])
def test_nothing_is_not_for_us(samples: Samples) -> None:
    """No sound and digital silence raise nothing."""
    loudness = Loudness()
    loudness.addressed(samples)
    assert loudness.faint(samples)
