"""What waits to be played: order, cuts, and notes of what was heard."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.audio.playback import Playback

pytestmark = pytest.mark.unit


def tone(count: int, level: int = 1000) -> np.ndarray:
    return np.full(count, level, dtype=np.int16)


def test_silence_where_nothing_waits() -> None:
    """An empty queue plays zeros."""
    assert not Playback(1000).pull(50).any()


def test_segments_play_in_order_and_are_noted() -> None:
    """Each segment is noted when it starts and when it ends, with the milliseconds that were played."""
    playback = Playback(1000)
    playback.push(1, tone(30), last=True)
    playback.push(2, tone(40, 2000), last=True)
    heard = np.concatenate([playback.pull(50), playback.pull(50)])
    assert [1000] * 30 + [2000] * 40 + [0] * 30 == heard.tolist()
    assert [("started", 1), ("ended", 1), ("started", 2), ("ended", 2)] == [note[:2] for note in playback.notes()]


def test_a_segment_that_is_still_rendered_stays_open() -> None:
    """Running dry in the middle of a segment is not its end."""
    playback = Playback(1000)
    playback.push(1, tone(30), last=False)
    playback.pull(50)
    assert [("started", 1)] == [note[:2] for note in playback.notes()]
    playback.push(1, tone(10), last=True)
    playback.pull(50)
    assert [("ended", 1, 40.0)] == playback.notes()


def test_a_cut_fades_and_tells_what_was_heard() -> None:
    """After a cut at most 8 ms sound on, falling; the current segment tells its share, waiting ones that none was."""
    playback = Playback(1000)
    playback.push(1, tone(500), last=True)
    playback.push(2, tone(500), last=True)
    playback.pull(100)
    playback.notes()
    playback.cut()
    after = playback.pull(100)
    assert [("cut", 1, 100.0), ("cut", 2, 0.0)] == playback.notes()
    assert not after[8:].any()
    assert sorted(after[:8], reverse=True) == after[:8].tolist()


def test_gain_ducks_at_once() -> None:
    """Ducking changes what is played next, not what is queued next; it glides within a block, so as not to click."""
    playback = Playback(1000)
    playback.push(1, tone(100), last=True)
    playback.pull(50)
    playback.gain = 0.5
    glide = playback.pull(25).tolist()
    assert [1000, 500] == [glide[0], glide[-1]]
    assert sorted(glide, reverse=True) == glide
    assert [500] * 25 == playback.pull(25).tolist()


def test_a_hold_is_silent_and_loses_nothing() -> None:
    """After a fade of 5 ms nothing sounds while it is held; afterwards what waited goes on where it was."""
    playback = Playback(1000)
    playback.push(1, np.arange(1, 201, dtype=np.int16) * 100, last=True)
    playback.pull(20)
    playback.holding = True
    first, second = playback.pull(20), playback.pull(20)
    assert first[1:5].any()
    assert not first[5:].any()
    assert not second.any()
    playback.holding = False
    glided, rest = playback.pull(20), playback.pull(100)
    assert (glided <= np.arange(26, 46) * 100).all()
    assert (np.arange(46, 146) * 100).tolist() == rest.tolist()


def test_a_cut_while_held_is_silent_at_once() -> None:
    """There is nothing to fade, and the next answer sounds in full again."""
    playback = Playback(1000)
    playback.push(1, tone(500), last=True)
    playback.pull(20)
    playback.holding = True
    playback.pull(20)
    playback.cut()
    assert not playback.pull(20).any()
    playback.holding = False
    assert not playback.pull(20).any()
    playback.push(2, tone(100), last=True)
    assert tone(100).tolist() == playback.pull(100).tolist()
    assert [("started", 1), ("cut", 1), ("started", 2), ("ended", 2)] == [note[:2] for note in playback.notes()]


def test_lowering_takes_five_milliseconds() -> None:
    """Whoever begins to speak need not wait for the end of the block."""
    playback = Playback(1000)
    playback.push(1, tone(100), last=True)
    playback.pull(20)
    playback.gain = 0.01
    assert playback.pull(20)[5:].max() <= 10
