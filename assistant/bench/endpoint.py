"""End of turn on real speech: is a person who pauses cut off, and how long must one who has finished wait?"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.bench.manifest import clips
from assistant.bench.measure import percentile
from assistant.bench.scenes import Scene, paused_scene, speech_probabilities, whole_scene
from assistant.errors import UsageError
from assistant.hear.endpoint import PRESETS, Endpointer, EndpointSettings
from assistant.hear.turn_model import TurnModel, load_turn_model
from assistant.types import CHUNK_SAMPLES, RATE_HZ, Completeness, JsonDict, Samples

COMMANDS = "cmd/barista"
SENTENCES = ("cmd/barista", "asr/librispeech_other")
DECISION_MS = 80.0
"""The model's opinion reaches the endpointer so long after it was asked: 40 ms of work on a busy machine."""
WORDS_MS = 250.0
"""The running transcript comes so long after the pause was noticed (ten-second context, base model)."""
PRE_ROLL_MS = 400.0
FIXED_MS = 700.0

Words = Callable[[Samples], Completeness]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointBench:
    """`model`: folder of the turn model. `words`: what the running transcript would hint; none: always `unknown`."""

    model: Path
    settings: EndpointSettings = PRESETS["normal"]
    words: Words | None = None
    limit: int | None = None
    seed: int = 7
    details: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`ended_s` none: the turn was still open at the end of the sound. `probability`: the last opinion before."""

    ended_s: float | None
    probability: float | None


def run_endpoint(data: Path, bench: EndpointBench, progress: Callable[[str, int, int], None] | None = None) -> JsonDict:
    """`score` is the share of sentences with an inner pause that are not cut off; `silence` how long a command waits.

    Silence is measured from the acoustic end of the recording (`assistant.bench.measure.speech_end_s`), so it holds the
    delay of speech detection too. The same for the words alone (`without_model`) and a fixed silence (`fixed_700_ms`).

    Raises:
        UsageError: there are no recordings below `data`.
        EngineError: the turn model is missing or damaged.
    """
    model = load_turn_model(bench.model)
    commands = [whole_scene(clip, bench.seed) for clip in list(clips(data, COMMANDS))[: bench.limit]]
    paused = [
        scene
        for folder in SENTENCES
        for clip in list(clips(data, folder))[: bench.limit]
        if (scene := paused_scene(clip, bench.seed)) is not None
    ]
    if not commands or not paused:
        raise UsageError(f"There is no speech to measure with below {data}.")
    plans = {
        "with_model": (bench.settings, model),
        "without_model": (bench.settings, None),
        "fixed_700_ms": (replace(bench.settings, unknown_ms=FIXED_MS, patience=1.0), None),
    }
    outcomes: dict[str, list[tuple[Scene, Outcome]]] = {plan: [] for plan in plans}
    costs_ms: list[float] = []
    scenes = commands + paused
    for index, scene in enumerate(scenes):
        probabilities = speech_probabilities(scene.samples)
        for plan, (settings, opinion) in plans.items():
            words = bench.words if opinion else None
            player = Player(settings, opinion, words, costs_ms)
            outcomes[plan].append((scene, player.play(scene.samples, probabilities)))
        if progress:
            progress("sounds", index + 1, len(scenes))
    if bench.details:
        _write_details(bench.details, outcomes["with_model"])
    figures = {plan: figures_of(results) for plan, results in outcomes.items()}
    decisions = {"n": len(costs_ms), "p50_ms": percentile(costs_ms, 0.5), "p95_ms": percentile(costs_ms, 0.95)}
    score = 1.0 - figures["with_model"]["cut_offs"]
    return {"suite": "endpoint", "n": len(scenes), "score": score, **figures, "decision": decisions}


class Player:
    """Streams one sound through the live endpointer; opinions arrive with the delay they have in life."""

    def __init__(
        self, settings: EndpointSettings, model: TurnModel | None, words: Words | None, costs_ms: list[float]
    ) -> None:
        self._endpointer = Endpointer(settings, 0.0)
        self._model = model
        self._words = words
        self._costs_ms = costs_ms

    def play(self, samples: Samples, probabilities: Sequence[float]) -> Outcome:
        """`samples` int16 (n,), 16 kHz, with the probability of speech of each of its 20 ms chunks."""
        started = paused_ms = asked_ms = 0.0
        probability: float | None = None
        hint: Completeness | None = None
        for index, speech in enumerate(probabilities):
            now_ms = (index + 1) * 1000.0 * CHUNK_SAMPLES / RATE_HZ
            if probability is not None and now_ms >= asked_ms + DECISION_MS:
                self._endpointer.turn_probability(probability)
            if hint is not None and now_ms >= paused_ms + WORDS_MS:
                self._endpointer.hint(hint)
            event = self._endpointer.feed(speech, now_ms)
            if event == "speech_started":
                started = now_ms - PRE_ROLL_MS
            elif event == "paused":
                paused_ms = now_ms
                said = samples[_at(max(0.0, started)) : _at(now_ms)]
                hint = self._words(said) if self._words else None
            elif event == "judge":
                asked_ms = now_ms
                probability = self._opinion(samples[_at(max(0.0, started)) : _at(now_ms)])
            elif event == "resumed":
                probability = hint = None
            elif event == "ended":
                return Outcome(ended_s=now_ms / 1000.0, probability=probability)
        return Outcome(ended_s=None, probability=probability)

    def _opinion(self, said: Samples) -> float | None:
        if self._model is None:
            return None
        started_s = time.perf_counter()
        probability = self._model.probability(said)
        self._costs_ms.append(1000.0 * (time.perf_counter() - started_s))
        return probability


def figures_of(results: list[tuple[Scene, Outcome]]) -> JsonDict:
    """How long whole commands waited, and how many sentences were cut off in the pause or elsewhere."""
    whole = [(scene, outcome) for scene, outcome in results if scene.pause_s is None]
    waits = [outcome.ended_s - scene.end_s for scene, outcome in whole if outcome.ended_s is not None]
    early = sum(1 for wait in waits if wait < 0.0)
    silences = [wait for wait in waits if wait >= 0.0]
    paused = [(scene, outcome) for scene, outcome in results if scene.pause_s is not None]
    figures: JsonDict = {
        "commands": len(whole),
        "silence_p50_s": round(percentile(silences, 0.5), 3),
        "silence_p95_s": round(percentile(silences, 0.95), 3),
        "still_open": len(whole) - len(waits),
        "commands_cut": early,
        "paused_sentences": len(paused),
        "cut_offs": _share([_cut_in_pause(scene, outcome) for scene, outcome in paused]),
        "cut_elsewhere": _share([_cut_elsewhere(scene, outcome) for scene, outcome in paused]),
    }
    for folder in SENTENCES:
        cuts = [_cut_in_pause(scene, outcome) for scene, outcome in paused if scene.folder == folder]
        figures[f"cut_offs_{folder.rpartition('/')[2]}"] = _share(cuts)
    return figures


def _share(cases: list[bool]) -> float:
    return round(sum(cases) / max(1, len(cases)), 4)


def _cut_in_pause(scene: Scene, outcome: Outcome) -> bool:
    """Ended in the pause that was put in, or before the speech after it was recognised as such."""
    if outcome.ended_s is None or scene.pause_s is None:
        return False
    return scene.pause_s[0] <= outcome.ended_s < scene.pause_s[1] + 0.1


def _cut_elsewhere(scene: Scene, outcome: Outcome) -> bool:
    """Ended in a pause that the speaker made."""
    return outcome.ended_s is not None and outcome.ended_s < scene.end_s and not _cut_in_pause(scene, outcome)


def _write_details(file: Path, results: list[tuple[Scene, Outcome]]) -> None:
    lines = [
        json.dumps(
            {
                "file": f"{scene.folder}/{scene.name}",
                "pause_s": scene.pause_s,
                "end_s": round(scene.end_s, 3),
                "ended_s": outcome.ended_s,
                "probability": outcome.probability,
                "cut_off": _cut_in_pause(scene, outcome) or _cut_elsewhere(scene, outcome),
            }
        )
        for scene, outcome in results
    ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _at(ms: float) -> int:
    return round(ms * RATE_HZ / 1000.0)
