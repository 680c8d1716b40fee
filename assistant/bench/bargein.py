"""A person talks into an answer: when the loudspeaker fell silent, on the recording, and was the right thing done?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.bench.measure import AUDIBLE_DBFS, FRAME_MS, first_sound_after, levels_dbfs
from assistant.bench.words import share_heard
from assistant.events import Event
from assistant.types import RATE_HZ, Samples

STOP_WORDS = frozenset({"stop", "stop it", "stop talking", "that's enough"})
HOLD_S = 0.3
"""Silent means silent for so long: shorter gaps are between the words of the answer."""
REACTIONS = frozenset({"paused", "interrupted"})
EARLIER_S = 0.1
"""An event may tell of a silence that began a moment before it, and the two clocks differ a little."""
BEFORE_S = 0.25
OVER_BY_ITSELF_S = 1.0
"""An answer that ends on its own this soon after the person began could not show whether it would have yielded."""
HEARD_SHARE = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class BargeIn:
    """`silent_s` is from the onset of speech to silence, none when it talked on; `fair` is false when nobody spoke."""

    silent_s: float | None
    fair: bool


def silences(speaker: Samples, hold_s: float = HOLD_S) -> list[tuple[float, float]]:
    """Stretches of at least `hold_s` in which the loudspeaker (int16 16 kHz) cannot be heard, as (start_s, end_s)."""
    audible = levels_dbfs(speaker, RATE_HZ) > AUDIBLE_DBFS
    edges = np.flatnonzero(np.diff(np.concatenate([[True], audible, [True]]).astype(np.int8)))
    frame_s = FRAME_MS / 1000.0
    spans = zip(edges[::2], edges[1::2], strict=True)
    return [(float(a) * frame_s, float(b) * frame_s) for a, b in spans if (b - a) * frame_s >= hold_s - 1e-9]


def measure_barge_in(speaker: Samples, onset_s: float, reacted_s: float | None) -> BargeIn:
    """Find the silence after the person's onset on the loudspeaker's recording (int16 16 kHz, times from its start).

    `reacted_s` is when the assistant said it yielded, none if it never did: a pause between two sentences of an answer
    that goes on is no reaction.
    """
    before = speaker[max(0, round((onset_s - BEFORE_S) * RATE_HZ)) : round(onset_s * RATE_HZ)]
    playing = first_sound_after(before, RATE_HZ, 0.0) is not None
    after = [(start_s, end_s) for start_s, end_s in silences(speaker) if end_s > onset_s]
    if reacted_s is None:
        over_s = after[-1][0] if after else None
        return BargeIn(silent_s=None, fair=playing and (over_s is None or over_s > onset_s + OVER_BY_ITSELF_S))
    for start_s, end_s in after:
        if end_s > reacted_s - EARLIER_S:
            return BargeIn(silent_s=round(max(0.0, start_s - onset_s), 3), fair=playing)
    return BargeIn(silent_s=None, fair=playing)


def reaction(events: Sequence[Event]) -> Event | None:
    """The first event that tells that the answer yields."""
    return next((event for event in events if event.kind in REACTIONS), None)


def wants_silence(words: str) -> bool:
    return words.lower().strip(" .!") in STOP_WORDS


def did_right(words: str, events: Sequence[Event], opening_turn: str, sound_later: bool) -> bool:
    """Whether the words that were said into the answer had their effect.

    "Stop": it yielded, answered nothing, and no sound came later. A new wish: it yielded, did not go on with the old
    answer, understood most of the words, and answered in a turn of its own.
    """
    yielded = reaction(events) is not None
    answered = [event.turn_id for event in events if event.kind == "first_audio" and event.turn_id != opening_turn]
    if wants_silence(words):
        return yielded and not answered and not sound_later
    told = [event.kind for event in events if event.kind in ("resumed", "interrupted")]
    went_on = told[-1:] == ["resumed"]
    heard = {event.turn_id: str(event.fields.get("text", "")) for event in events if event.kind == "transcript"}
    understood = any(share_heard(words, heard.get(turn_id, "")) >= HEARD_SHARE for turn_id in answered)
    return yielded and not went_on and understood
