"""The loudspeaker holds its breath at the first sign of a person, and learns whom to believe."""

from __future__ import annotations

import itertools

import pytest

from assistant.audio.reflex import CALM_MS, HOLD_MS, LONGEST_HOLD_MS, LONGEST_REST_MS, REST_MS, Reflex

pytestmark = pytest.mark.unit

BLOCK_MS = 20.0


def held_at(reflex: Reflex, from_ms: float, sounds_ms: set[float], until_ms: float) -> list[float]:
    """Feed blocks of 20 ms, with somebody in those that end at `sounds_ms`; the ends of the blocks that were held."""
    held = []
    at_ms = from_ms
    while at_ms <= until_ms:
        if reflex.feed(somebody=at_ms in sounds_ms, at_ms=at_ms):
            held.append(at_ms)
        at_ms += BLOCK_MS
    return held


def test_a_first_sound_holds_at_once_and_for_a_while() -> None:
    """One block is enough, and the hold ends by itself."""
    expected = [100.0 + BLOCK_MS * n for n in range(round(HOLD_MS / BLOCK_MS))]
    assert expected == held_at(Reflex(), 0.0, {100.0}, 1000.0)


def test_a_false_alarm_makes_it_rest_longer_each_time() -> None:
    """Keys on a keyboard chop the answer less and less."""
    reflex = Reflex()
    keys = {200.0 * n for n in range(1, 200)}
    held = held_at(reflex, 0.0, keys, 39_000.0)
    begun = [at for at in held if at - BLOCK_MS not in held]
    gaps = [after - before for before, after in itertools.pairwise(begun)]
    assert gaps == sorted(gaps)
    assert gaps[0] >= HOLD_MS + REST_MS
    assert gaps[-1] >= LONGEST_REST_MS / 2
    assert len(begun) == reflex.held
    assert len(begun) - 1 <= reflex.false_alarms <= len(begun)


def test_who_was_right_is_ready_again() -> None:
    """When the daemon silences the answer as well, nothing was false and the next sound holds at once."""
    reflex = Reflex()
    assert reflex.feed(somebody=True, at_ms=0.0)
    reflex.obeyed()
    assert not held_at(reflex, 300.0, set(), 400.0)
    assert 0 == reflex.false_alarms
    assert reflex.feed(somebody=True, at_ms=420.0)


def test_a_right_one_makes_up_for_the_false_ones_before() -> None:
    """After a person was heard, the next false alarm costs the shortest rest again."""
    reflex = Reflex()
    at_ms = 0.0
    for right in (False, False, True, False):
        assert reflex.feed(somebody=True, at_ms=at_ms)
        if right:
            reflex.obeyed()
        assert not reflex.feed(somebody=False, at_ms=at_ms + HOLD_MS)
        at_ms += HOLD_MS + 4 * REST_MS
    assert not reflex.feed(somebody=True, at_ms=at_ms - 4 * REST_MS + REST_MS - BLOCK_MS)
    assert reflex.feed(somebody=True, at_ms=at_ms + CALM_MS)


def test_a_sound_that_goes_on_is_held_a_little_longer_and_once() -> None:
    """A fan, or a person whom the daemon does not believe, must not silence the answer again and again."""
    reflex = Reflex()
    sounds = {BLOCK_MS * n for n in range(1, 500)}
    held = held_at(reflex, 0.0, sounds, 10_000.0)
    assert round(LONGEST_HOLD_MS / BLOCK_MS) == len(held)
    assert 1 == reflex.false_alarms
