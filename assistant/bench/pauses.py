"""Sentences with a pause to think in them: made from fluent ones, found among recordings, and was it waited for?"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from assistant.bench.measure import FULL_SCALE, levels_dbfs, onsets
from assistant.bench.words import share_heard
from assistant.events import Event
from assistant.types import RATE_HZ, Samples

SHORTEST_S, LONGEST_S = 0.4, 1.0
"""People who look for a word pause so long; what is longer was heard as the end by people, too."""
FRAME_MS = 10.0
INNER = (0.3, 0.75)
"""Where in a sentence a pause is put, as shares of its length."""
NEAR_DB = 6.0
SLACK_MS = 100.0
"""Right at the end of speech the two clocks may differ by so much."""
HEARD_SHARE = 0.5


def pause_s(index: int) -> float:
    """The length of the pause of the n-th sentence: all lengths between the bounds come, neighbours differ."""
    golden = 0.618034
    return round(SHORTEST_S + (LONGEST_S - SHORTEST_S) * ((index * golden) % 1.0), 3)


def quiet_place(samples: Samples) -> int:
    """The sample in the middle of the longest quiet stretch inside a sentence: the most likely place between words."""
    levels = levels_dbfs(samples, RATE_HZ, FRAME_MS)
    first, last = round(INNER[0] * len(levels)), max(1, round(INNER[1] * len(levels)))
    inner = levels[first:last]
    if not len(inner):
        return len(samples) // 2
    quiet = inner <= np.min(inner) + NEAR_DB
    best, length, run = 0, 0, 0
    for index, is_quiet in enumerate(quiet):
        run = run + 1 if is_quiet else 0
        if run > length:
            best, length = index, run
    middle = first + best + 1 - length / 2.0
    return min(len(samples), round(middle * FRAME_MS * RATE_HZ / 1000.0))


def with_pause(samples: Samples, length_s: float) -> tuple[Samples, float]:
    """The sentence with a pause in it, and where the pause begins (s). It is filled with the recording's own hush."""
    place = quiet_place(samples)
    # The quietest frame, not a share of them: fluent speech has hardly a gap, and the pause must not be as loud as it.
    levels = levels_dbfs(samples, RATE_HZ, FRAME_MS)
    floor = FULL_SCALE * 10.0 ** (float(np.min(levels)) / 20.0) if len(levels) else 0.0
    hush = np.random.default_rng(place).normal(0.0, floor, round(length_s * RATE_HZ))
    joined = np.concatenate([samples[:place], np.round(hush).astype(np.int16), samples[place:]])
    return joined, place / RATE_HZ


def own_pauses_s(samples: Samples) -> list[float]:
    """The lengths of the inner pauses (s) of a recording, shorter ones than 0.3 s left out."""
    stretches = onsets(samples, RATE_HZ)
    return [round(later[0] - earlier[1], 3) for earlier, later in itertools.pairwise(stretches)]


def pauses_to_think(samples: Samples) -> bool:
    """Whether a recording has an inner pause of the wanted length and no longer one."""
    lengths = own_pauses_s(samples)
    return bool(lengths) and SHORTEST_S <= max(lengths) <= LONGEST_S


def cut_off(events: Sequence[Event], end_ms: float, rest: str) -> bool:
    """Whether the assistant acted or spoke before the sentence was over (`end_ms`), or answered a part of it.

    A part: the turn that answered was decided before the end, or its transcript lacks the second half (`rest`). A turn
    that was decided too soon but dropped in time, because the person went on, does no harm.
    """
    if any(event.kind in ("tool", "first_audio") and event.at_ms < end_ms - SLACK_MS for event in events):
        return True
    answered = [event.turn_id for event in events if event.kind == "first_audio"]
    decided = [event for event in events if event.kind == "speech_ended"]
    turn_id = answered[0] if answered else decided[-1].turn_id if decided else ""
    if any(event.turn_id == turn_id and event.at_ms < end_ms - SLACK_MS for event in decided):
        return True
    heard = [event for event in events if event.kind == "transcript" and event.turn_id == turn_id]
    return bool(heard) and share_heard(rest, str(heard[-1].fields.get("text", ""))) < HEARD_SHARE
