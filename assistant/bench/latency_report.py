"""What turns of the latency bench add up to: percentiles a kind, stage by stage."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.bench.measure import percentile
from assistant.bench.utterances import Kind
from assistant.events import Event
from assistant.types import JsonDict

ANSWER_S = 8.0
"""Later than this counts as no answer, and stands in the percentiles as this: a miss must not flatter them."""
AIM_S: dict[Kind, float] = {"command": 1.3, "question": 2.6}
"""What nineteen of twenty answers should stay under; the score is the share that does."""
LIKE_THE_CLIP = 0.9
"""Below this the room itself stuttered while the person spoke, and the turn measures the machine, not the assistant."""
STAGES = {
    "speech_ended": "end of turn decided",
    "transcript": "transcript ready",
    "route": "routed",
    "first_audio": "first sound sent",
}
AUDIBLE = "audible"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedTurn:
    """One turn. `latency_s` is none without an answer; `stages_ms` count from the end of speech."""

    kind: Kind
    text: str
    latency_s: float | None
    early: bool
    likeness: float
    stages_ms: dict[str, float]
    facts: JsonDict

    @property
    def spoilt(self) -> bool:
        return self.likeness < LIKE_THE_CLIP

    def line(self) -> JsonDict:
        return {
            "kind": self.kind,
            "text": self.text,
            "latency_s": self.latency_s,
            "early": self.early,
            "spoilt": self.spoilt,
            "likeness": round(self.likeness, 4),
            "stages_ms": self.stages_ms,
            **self.facts,
        }


def stage_times(events: list[Event], end_ms: float) -> dict[str, float]:
    """Stage -> ms after the end of speech, of the turn that answered first (or the last one, when none did)."""
    answered = [event.turn_id for event in events if event.kind == "first_audio"]
    begun = [event.turn_id for event in events if event.kind == "speech_ended"]
    turn_id = (answered[:1] or begun[-1:] or [""])[0]
    stages: dict[str, float] = {}
    for event in events:
        name = STAGES.get(event.kind)
        if name is not None and event.turn_id == turn_id:
            stages.setdefault(name, round(event.at_ms - end_ms))
    return stages


def summarise(turns: list[TimedTurn]) -> JsonDict:
    """The figures of all fair turns: each kind on its own, and the share of all that stayed under their aim."""
    fair = [turn for turn in turns if not turn.spoilt]
    good = [
        turn for turn in fair if turn.latency_s is not None and not turn.early and turn.latency_s <= AIM_S[turn.kind]
    ]
    report: JsonDict = {
        "suite": "latency",
        "n": len(fair),
        "score": round(len(good) / len(fair), 4) if fair else None,
    }
    for kind in AIM_S:
        of_kind = [turn for turn in turns if turn.kind == kind]
        if of_kind:
            report[kind] = _figures(of_kind)
    return report


def _figures(turns: list[TimedTurn]) -> JsonDict:
    fair = [turn for turn in turns if not turn.spoilt]
    times = [ANSWER_S if turn.latency_s is None else turn.latency_s for turn in fair if not turn.early]
    stages = {}
    for name in (*STAGES.values(), AUDIBLE):
        values = [turn.stages_ms[name] for turn in fair if name in turn.stages_ms and not turn.early]
        if values:
            stages[name] = {"p50_ms": round(percentile(values, 0.5)), "p95_ms": round(percentile(values, 0.95))}
    return {
        "n": len(fair),
        "p50_s": round(percentile(times, 0.5), 3) if times else None,
        "p95_s": round(percentile(times, 0.95), 3) if times else None,
        "max_s": max(times, default=None),
        "misses": sum(turn.latency_s is None for turn in fair),
        "early": sum(turn.early for turn in fair),
        "spoilt": len(turns) - len(fair),
        "stages": stages,
    }
