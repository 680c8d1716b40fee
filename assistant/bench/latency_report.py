"""What turns of the latency bench add up to: percentiles a kind, stage by stage, beside those of a plain pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.bench.measure import percentile
from assistant.bench.peer import PeerTurn
from assistant.bench.utterances import Kind
from assistant.events import Event
from assistant.types import JsonDict

ANSWER_S = 8.0
"""Later than this counts as no answer, and stands in the percentiles as this: a miss must not flatter them."""
AIM_S: dict[Kind, float] = {"command": 0.8, "question": 2.0, "follow_up": 0.8, "barge_in": 0.2, "pause": 2.0}
"""What nineteen of twenty answers (interruptions: silences) should stay under; the score is the share that does."""
LIKE_THE_CLIP = 0.9
"""Below this the room itself stuttered while the person spoke, and the turn measures the machine, not the assistant."""
STAGES = {
    "speech_ended": "end of turn decided",
    "transcript": "transcript ready",
    "route": "routed",
    "first_audio": "first sound sent",
}
AUDIBLE = "audible"
IDLE = "model idle"
"""Of interruptions while the language model still wrote: when it began to rest."""
PEER_STAGES = ("silence", "asr", "llm", "tts")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedTurn:
    """One turn. `latency_s` is none without an answer; `stages_ms` count from the end of speech.

    Of an interruption it is from the onset of speech to the silent loudspeaker, and `right` tells whether its words had
    their effect. `cut_off`: acted or answered before the sentence was over, or lost its second half. `spoilt` turns
    measured the room or the machine, not the assistant.
    """

    kind: Kind
    text: str
    latency_s: float | None
    early: bool
    likeness: float
    stages_ms: dict[str, float]
    facts: JsonDict
    spoilt: bool = False
    cut_off: bool = False
    right: bool = True
    peer: PeerTurn | None = None

    @property
    def timed(self) -> bool:
        """Whether its latency counts: it was measured fairly, and not of half a sentence."""
        return not (self.spoilt or self.early or self.cut_off)

    @property
    def good(self) -> bool:
        return self.timed and self.right and self.latency_s is not None and self.latency_s <= AIM_S[self.kind]

    def line(self) -> JsonDict:
        line: JsonDict = {
            "kind": self.kind,
            "text": self.text,
            "latency_s": self.latency_s,
            "early": self.early,
            "cut_off": self.cut_off,
            "spoilt": self.spoilt,
            "likeness": round(self.likeness, 4),
            "stages_ms": self.stages_ms,
        }
        if self.kind == "barge_in":
            line["right"] = self.right
        return line | self.facts | ({"peer": self.peer.line()} if self.peer else {})


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


def summarise(turns: Sequence[TimedTurn]) -> JsonDict:
    """The figures of all fair turns: each kind on its own, and the share of all that stayed under their aim."""
    fair = [turn for turn in turns if not turn.spoilt]
    report: JsonDict = {
        "suite": "latency",
        "n": len(fair),
        "score": round(sum(turn.good for turn in fair) / len(fair), 4) if fair else None,
    }
    for kind in AIM_S:
        of_kind = [turn for turn in turns if turn.kind == kind]
        if of_kind:
            report[kind] = _figures(kind, of_kind)
    return report


def _figures(kind: Kind, turns: list[TimedTurn]) -> JsonDict:
    fair = [turn for turn in turns if not turn.spoilt]
    timed = [turn for turn in fair if turn.timed]
    stages = {}
    for name in (*STAGES.values(), AUDIBLE, IDLE):
        values = [turn.stages_ms[name] for turn in timed if name in turn.stages_ms]
        if values:
            stages[name] = _stage(values)
    figures: JsonDict = {
        **_times([turn.latency_s for turn in timed]),
        "n": len(fair),
        "misses": sum(turn.latency_s is None for turn in fair),
        "early": sum(turn.early for turn in fair),
        "spoilt": len(turns) - len(fair),
        "fillers": sum(bool(turn.facts.get("filler")) for turn in fair),
        "stages": stages,
    }
    if kind == "pause":
        figures |= _share("cut_offs", [turn.cut_off for turn in fair])
    if kind == "barge_in":
        figures |= _share("wrong", [not turn.right for turn in fair])
    beside = [turn.peer for turn in fair if turn.peer is not None]
    if beside:
        figures["peer"] = peer = _peer(beside)
        known = figures["p50_s"] and peer["p50_s"]
        figures["ratio"] = round(peer["p50_s"] / figures["p50_s"], 2) if known else None
    return figures


def _peer(turns: list[PeerTurn]) -> JsonDict:
    whole = [turn for turn in turns if not turn.cut_off]
    stages = {}
    for name in PEER_STAGES:
        values = [turn.stages_ms[name] for turn in whole if name in turn.stages_ms]
        if values:
            stages[name] = _stage(values)
    return {
        **_times([turn.latency_s for turn in whole]),
        "n": len(turns),
        "misses": sum(turn.latency_s is None for turn in turns),
        "cut_offs": sum(turn.cut_off for turn in turns),
        "stages": stages,
    }


def _times(latencies_s: list[float | None]) -> JsonDict:
    """Percentiles, in which a missing answer stands as the longest wait."""
    times = [ANSWER_S if latency_s is None else latency_s for latency_s in latencies_s]
    return {
        "p50_s": round(percentile(times, 0.5), 3) if times else None,
        "p95_s": round(percentile(times, 0.95), 3) if times else None,
        "max_s": max(times, default=None),
    }


def _stage(values_ms: list[float]) -> JsonDict:
    return {
        "p50_ms": round(percentile(values_ms, 0.5)),
        "p95_ms": round(percentile(values_ms, 0.95)),
        "n": len(values_ms),
    }


def _share(name: str, flags: list[bool]) -> JsonDict:
    return {name: sum(flags), f"{name.rstrip('s')}_share": round(sum(flags) / len(flags), 4) if flags else None}
