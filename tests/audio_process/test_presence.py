"""Somebody is told from what our own echo leaves behind, within one block."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.audio.presence import AGAIN_BLOCKS, FIRST_BLOCKS, Presence
from assistant.types import RATE_HZ, Samples

pytestmark = pytest.mark.unit

BLOCK = RATE_HZ // 50
QUIET, OURS, HISS = 20.0, 3000.0, 300.0


def noise(seed: int, blocks: int, level: float) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, level, (blocks, BLOCK))


def scene(blocks: int, *, leak_db: float = -30.0, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """(microphone, rest) while only we speak, louder and softer every 200 ms as speech is; float64 (blocks, BLOCK)."""
    syllables = np.repeat(np.random.default_rng(seed).uniform(0.05, 1.0, blocks // 10 + 1), 10)[:blocks, None]
    echo = noise(seed, blocks, OURS) * syllables
    rest = noise(seed + 1, blocks, QUIET) + echo * 10.0 ** (leak_db / 20.0)
    return echo + rest, rest


def heard(presence: Presence, near: np.ndarray, rest: np.ndarray) -> list[int]:
    """The numbers of the blocks with somebody in them."""

    def block(sound: np.ndarray) -> Samples:
        return np.clip(np.round(sound), -32768, 32767).astype(np.int16)

    return [at for at in range(len(near)) if presence.feed(block(near[at]), block(rest[at]), near[at] - rest[at])]


@pytest.mark.parametrize("leak_db", [-40.0, -30.0, -20.0])
def test_our_own_rest_is_nobody(leak_db: float) -> None:
    """However well the filter does, what it usually leaves is no person."""
    assert [] == heard(Presence(), *scene(1000, leak_db=leak_db))


def test_a_hiss_is_heard_in_its_first_block() -> None:
    """An unvoiced sound 20 dB under our own voice stands out as soon as it fills a block."""
    near, rest = scene(200)
    person = noise(9, 5, HISS)
    near[100:105] += person
    rest[100:105] += person
    assert [100, 101, 102, 103, 104] == heard(Presence(), near, rest)


def test_a_click_is_nobody() -> None:
    """What fills only half of a block is a key or a drop."""
    near, rest = scene(200)
    click = noise(9, 1, 5000.0)[0, : BLOCK // 2]
    near[100, : BLOCK // 2] += click
    rest[100, : BLOCK // 2] += click
    assert [] == heard(Presence(), near, rest)


def test_a_sound_that_stays_becomes_usual() -> None:
    """A fan that is switched on is somebody for some seconds, not for good."""
    near, rest = scene(1000)
    fan = noise(9, 900, HISS)
    near[100:] += fan
    rest[100:] += fan
    blocks = heard(Presence(), near, rest)
    assert 100 == blocks[0]
    assert blocks[-1] < 500


def test_nothing_is_said_before_the_usual_rest_is_known() -> None:
    """Neither at the start nor after the echo path was lost."""
    presence = Presence()
    near, rest = scene(FIRST_BLOCKS + 1)
    person = noise(9, FIRST_BLOCKS + 1, 10.0 * HISS)
    assert [] == heard(presence, near[:FIRST_BLOCKS], rest[:FIRST_BLOCKS])
    assert [0] == heard(presence, near[-1:] + person[-1:], rest[-1:] + person[-1:])
    presence.forget()
    loud = slice(0, AGAIN_BLOCKS)
    assert [] == heard(presence, near[loud] + person[loud], rest[loud] + person[loud])


def test_nothing_is_learnt_of_a_person() -> None:
    """Who spoke on after our voice was cut, now loud and now soft, is heard in the first block the next time, too."""
    near, rest = scene(400)
    person = noise(9, 100, 3000.0) * np.geomspace(1.0, 0.01, 100)[np.random.default_rng(5).permutation(100), None]
    near[200:300] = rest[200:300] = person + noise(10, 100, QUIET)
    hiss = noise(11, 5, HISS)
    near[380:385] += hiss
    rest[380:385] += hiss
    blocks = heard(Presence(), near, rest)
    assert 200 <= blocks[0] <= 202
    assert [380, 381, 382, 383, 384] == [at for at in blocks if at >= 300]


def test_somebody_is_heard_between_two_of_our_sentences() -> None:
    """The next sentence would begin into their words."""
    near, rest = scene(200)
    near[100:120] = rest[100:120] = noise(12, 20, QUIET)
    near[112:115] = rest[112:115] = noise(13, 3, HISS)
    assert [112, 113, 114] == heard(Presence(), near, rest)


def test_a_device_that_stutters_is_nobody() -> None:
    """Our voice at another time than expected is as loud as expected, and so is what is left of it."""
    near, rest = scene(200)
    echo = near - rest
    late = np.roll(echo.reshape(-1), 200).reshape(echo.shape)
    presence = Presence()
    assert [] == heard(presence, near[:100], rest[:100])
    told = []
    for at in range(100, 110):
        sound = np.round(late[at]).astype(np.int16)
        told.append(presence.feed(sound, sound, echo[at]))  # the filter takes nothing out where it makes it worse
    assert not any(told)
