"""What a sound did to the answer it fell into: judged by the events of the assistant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.bench.measure import percentile
from assistant.events import Event
from assistant.types import JsonDict

STILL_SPEAKING_MS = 300.0
"""A sound that begins later than so long before the end of the answer did not disturb it: not counted."""
HEARD_SHARE = 0.85
"""Less of the words of the reply than this was heard: a part of it is lost."""
CLOSE_MS = 8000.0
"""When nothing was told for so long, nothing more is coming."""

TOLD = frozenset({"wake", "speech_ended", "transcript", "route", "reply", "first_audio", "speech_done"}) | {
    *("listening", "paused", "resumed", "interrupted", "follow_up_closed", "error")
}

Outcome = Literal["undisturbed", "resumed", "stopped", "answered", "missed"]
OUTCOMES: tuple[Outcome, ...] = ("undisturbed", "resumed", "stopped", "answered")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of an answer. `missed`: there was none, or it was over or disturbed before the sound.

    `lost`: the rest of it was never said. `gap_ms`: how long it paused in all.
    """

    outcome: Outcome
    lost: bool = False
    gap_ms: float = 0.0
    heard_words: int = 0
    reply_words: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One answer with its sound; `after_ms` from the first sound of the answer to that of the noise."""

    noise: str
    question: str
    verdict: Verdict
    after_ms: float | None
    told: list[str]


def item_of(noise: str, question: str, events: Sequence[Event], onset_ms: float) -> Item:
    """The judged answer to `question` over which the sound began at `onset_ms`; `events` since the question."""
    first_ms = next((event.at_ms for event in events if event.kind == "first_audio"), None)
    return Item(
        noise=noise,
        question=question,
        verdict=judge(events, onset_ms),
        after_ms=None if first_ms is None else round(onset_ms - first_ms),
        told=[_line(event, onset_ms) for event in events if event.kind in TOLD],
    )


def _line(event: Event, onset_ms: float) -> str:
    """An event for whoever looks into the details; its time is counted from the onset of the sound."""
    words = [str(event.fields[name]) for name in ("by", "why", "reason", "text") if event.fields.get(name)]
    return " ".join([f"{event.at_ms - onset_ms:+.0f}", event.turn_id, event.kind, *words])


def judge(events: Sequence[Event], onset_ms: float) -> Verdict:
    """What a sound that began at `onset_ms` did to the first answer among the events since the question."""
    first = next((event for event in events if event.kind == "first_audio"), None)
    if first is None:
        return Verdict(outcome="missed", why="no answer")
    ours = [event for event in events if event.turn_id == first.turn_id]
    done = next((event for event in ours if event.kind == "speech_done"), None)
    heard = int(done.fields.get("heard_words", 0)) if done is not None else 0
    words = next((len(str(event.fields.get("text", "")).split()) for event in ours if event.kind == "reply"), 0)
    # What it paused and took up again before the sound was not the sound's doing.
    pauses = [event for event in ours if event.kind in ("paused", "resumed") and event.at_ms > onset_ms]
    gap_ms = paused_ms(pauses)
    by = next((str(event.fields.get("by", "")) for event in ours if event.kind == "interrupted"), None)
    turns = [event for event in events if event.turn_id not in ("", first.turn_id) and event.at_ms > onset_ms]
    whole = by is None and done is not None and words > 0 and heard >= HEARD_SHARE * words

    def verdict(outcome: Outcome, why: str = "") -> Verdict:
        return Verdict(
            outcome=outcome,
            lost=not whole and outcome != "missed",
            gap_ms=gap_ms,
            heard_words=heard,
            reply_words=words,
            why=why,
        )

    if by is not None and _yielded_before(ours, onset_ms):
        return verdict("missed", "disturbed before")
    if done is not None and done.at_ms - STILL_SPEAKING_MS < onset_ms:
        return verdict("missed", "over before")
    taken = [event for event in turns if event.kind in ("transcript", "tool", "reply", "first_audio")]
    if taken and not any(event.fields.get("reason") == "stop_word" for event in turns):
        return verdict("answered", str(taken[0].fields.get("text", "")))
    if not whole:
        return verdict("stopped", f"by {by}" if by else f"{heard} of {words} words" if done else "it never ended")
    whys = [str(event.fields.get("why", "")) for event in pauses if event.kind == "resumed"]
    return verdict("resumed", ", ".join(whys)) if pauses else verdict("undisturbed")


def paused_ms(events: Sequence[Event]) -> float:
    """How long an answer was silent for the sound, by its events: every `paused` to the next `resumed`."""
    total_ms, since_ms = 0.0, None
    for event in events:
        if event.kind == "paused" and since_ms is None:
            since_ms = event.at_ms
        elif event.kind == "resumed" and since_ms is not None:
            total_ms, since_ms = total_ms + event.at_ms - since_ms, None
    return round(total_ms, 1)


def rests(events: Sequence[Event], at_ms: float) -> bool:
    """Whether the assistant sleeps again; after a stop word it does so without telling."""
    told = [event for event in events if event.kind in TOLD]
    return not told or told[-1].kind == "follow_up_closed" or at_ms - told[-1].at_ms > CLOSE_MS


def report(items: Sequence[Item]) -> JsonDict:
    """Counts of what became of the answers, in all and by sound; missed ones are told with the reason, not counted."""
    counted = [item for item in items if item.verdict.outcome != "missed"]
    missed = [item.verdict.why for item in items if item.verdict.outcome == "missed"]
    gaps = [item.verdict.gap_ms for item in counted if item.verdict.outcome == "resumed"]
    all_of_them = _counts(counted)
    good = all_of_them["undisturbed"] + all_of_them["resumed"]
    return {
        "suite": "interjections",
        "n": len(counted),
        "score": round(good / max(1, len(counted)), 4),
        **all_of_them,
        "lost": sum(item.verdict.lost for item in counted),
        "missed": {why: missed.count(why) for why in sorted(set(missed))},
        "gap_p50_ms": round(percentile(gaps, 0.5)) if gaps else None,
        "gap_p95_ms": round(percentile(gaps, 0.95)) if gaps else None,
        "sounds": {
            name: _counts([item for item in counted if item.noise == name])
            for name in sorted({item.noise for item in counted})
        },
    }


def _counts(items: Sequence[Item]) -> dict[str, int]:
    outcomes = [item.verdict.outcome for item in items]
    return {outcome: outcomes.count(outcome) for outcome in OUTCOMES}


def _yielded_before(ours: Sequence[Event], onset_ms: float) -> bool:
    """Whether the pause that ended in the interruption began before the sound: then that did not cause it."""
    end = next(index for index, event in enumerate(ours) if event.kind == "interrupted")
    pauses = [event for event in ours[:end] if event.kind == "paused"]
    return (pauses[-1] if pauses else ours[end]).at_ms < onset_ms
