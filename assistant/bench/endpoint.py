"""End of turn on real speech: is a person who pauses cut off, and how long must one who has finished wait?"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from assistant.audio.files import read_audio
from assistant.bench.manifest import Clip, clips
from assistant.bench.measure import (
    FULL_SCALE,
    levels_dbfs,
    noise_floor_dbfs,
    percentile,
    speech_end_s,
    speech_start_s,
)
from assistant.errors import UsageError
from assistant.hear.endpoint import PRESETS, Endpointer, EndpointSettings
from assistant.hear.turn_model import TurnModel, load_turn_model
from assistant.hear.vad import SpeechDetector, load_speech
from assistant.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Completeness, JsonDict, Samples

COMMANDS = "cmd/barista"
SENTENCES = ("cmd/barista", "asr/librispeech_other")
PAUSE_S = (0.4, 1.0)
AFTER_S = 2.0
LEAD_S = 0.3
DECISION_MS = 80.0
"""The model's opinion reaches the endpointer so long after the pause was noticed: 40 ms of work on a busy machine."""
WORDS_MS = 250.0
"""The running transcript comes so long after the pause was noticed (ten-second context, base model)."""
PRE_ROLL_MS = 400.0
FLOOR_DBFS = -70.0
"""The quietest room: recordings with digital silence get this hiss, louder ones their own level."""
FADE_MS = 8.0
GAP_DB = 30.0
GAP_MS = 40.0
FIXED_MS = 700.0
SPEECH_PROBABILITY = 0.5

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
class Scene:
    """One sound as a room would hear it: `pause_s` the inserted pause (start, end) or none, `end_s` its last speech."""

    name: str
    folder: str
    samples: Samples
    end_s: float
    pause_s: tuple[float, float] | None = None


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
    commands = [_command(clip, bench.seed) for clip in list(clips(data, COMMANDS))[: bench.limit]]
    paused = [
        scene
        for folder in SENTENCES
        for clip in list(clips(data, folder))[: bench.limit]
        if (scene := _paused(clip, bench.seed)) is not None
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
        probabilities = _speech_probabilities(scene.samples)
        for plan, (settings, opinion) in plans.items():
            words = bench.words if opinion else None
            player = _Player(settings, opinion, words, costs_ms)
            outcomes[plan].append((scene, player.play(scene.samples, probabilities)))
        if progress:
            progress("sounds", index + 1, len(scenes))
    if bench.details:
        _write_details(bench.details, outcomes["with_model"])
    figures = {plan: _figures(results) for plan, results in outcomes.items()}
    decisions = {"n": len(costs_ms), "p50_ms": percentile(costs_ms, 0.5), "p95_ms": percentile(costs_ms, 0.95)}
    score = 1.0 - figures["with_model"]["cut_offs"]
    return {"suite": "endpoint", "n": len(scenes), "score": score, **figures, "decision": decisions}


class _Player:
    """Streams one sound through the live endpointer; opinions arrive with the delay they have in life."""

    def __init__(
        self, settings: EndpointSettings, model: TurnModel | None, words: Words | None, costs_ms: list[float]
    ) -> None:
        self._endpointer = Endpointer(settings, 0.0)
        self._model = model
        self._words = words
        self._costs_ms = costs_ms

    def play(self, samples: Samples, probabilities: Sequence[float]) -> Outcome:
        started = paused_ms = 0.0
        probability: float | None = None
        hint: Completeness | None = None
        for index, speech in enumerate(probabilities):
            now_ms = (index + 1) * 1000.0 * CHUNK_SAMPLES / RATE_HZ
            if probability is not None and now_ms >= paused_ms + DECISION_MS:
                self._endpointer.turn_probability(probability)
            if hint is not None and now_ms >= paused_ms + WORDS_MS:
                self._endpointer.hint(hint)
            event = self._endpointer.feed(speech, now_ms)
            if event == "speech_started":
                started = now_ms - PRE_ROLL_MS
            elif event == "paused":
                paused_ms = now_ms
                said = samples[_at(max(0.0, started)) : _at(now_ms)]
                probability = self._opinion(said)
                hint = self._words(said) if self._words else None
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


def _figures(results: list[tuple[Scene, Outcome]]) -> JsonDict:
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


def _command(clip: Clip, seed: int) -> Scene:
    """The recording up to its end, then a silent room."""
    samples = read_audio(clip.path)
    start, end = _span(samples)
    tail = _s(end) + _s(0.02)
    sound = _in_room(samples, [(max(0, _s(start - LEAD_S)), tail)], [_s(AFTER_S)], _rng(clip, seed))
    return Scene(
        name=clip.path.name, folder=clip.folder, samples=sound, end_s=LEAD_S + min(start, LEAD_S) + end - start
    )


def _paused(clip: Clip, seed: int) -> Scene | None:
    """The recording with a pause put into a gap of it; none when it has no gap far enough from both its ends."""
    samples, rng = read_audio(clip.path), _rng(clip, seed)
    start, end = _span(samples)
    gaps = _gaps(samples, start + 0.5, end - 0.5)
    if not gaps:
        return None
    gap_s = gaps[int(rng.integers(len(gaps)))]
    pause_s = float(rng.uniform(*PAUSE_S))
    parts = [(max(0, _s(start - LEAD_S)), _s(gap_s)), (_s(gap_s), _s(end + 0.02))]
    sound = _in_room(samples, parts, [_s(pause_s), _s(AFTER_S)], rng)
    first_s = LEAD_S + min(start, LEAD_S) + gap_s - start
    last_s = first_s + pause_s + end - gap_s
    return Scene(
        name=clip.path.name, folder=clip.folder, samples=sound, end_s=last_s, pause_s=(first_s, first_s + pause_s)
    )


def _gaps(samples: Samples, from_s: float, to_s: float) -> list[float]:
    """The middles (s) of stretches that are `GAP_DB` below the loudest frame for `GAP_MS`: between words, mostly."""
    levels = levels_dbfs(samples, RATE_HZ)
    quiet = levels < max(float(np.max(levels)) - GAP_DB, noise_floor_dbfs(levels) + 3.0)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], quiet, [False])).astype(np.int8)))
    spans = [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]
    middles = [(first + last) / 2.0 * 0.005 for first, last in spans if (last - first) * 5.0 >= GAP_MS]
    return [middle for middle in middles if from_s <= middle <= to_s]


def _in_room(samples: Samples, parts: list[tuple[int, int]], silences: list[int], rng: np.random.Generator) -> Samples:
    """Pieces of a recording, each followed by a silence, over the hiss of its own room."""
    fade = _at(FADE_MS)
    ramp = np.linspace(0.0, 1.0, fade)
    pieces = [np.zeros(_s(LEAD_S))]
    for (first, last), silence in zip(parts, silences, strict=True):
        piece = samples[first:last].astype(np.float64)
        piece[:fade] *= ramp[: len(piece)]
        piece[-fade:] *= ramp[::-1][-len(piece) :]
        pieces += [piece, np.zeros(silence)]
    sound = np.concatenate(pieces)
    level = max(FLOOR_DBFS, noise_floor_dbfs(levels_dbfs(samples, RATE_HZ)))
    sound += rng.normal(0.0, FULL_SCALE * 10 ** (level / 20.0), len(sound))
    return np.clip(np.round(sound), -32768, 32767).astype(np.int16)


def _span(samples: Samples) -> tuple[float, float]:
    """Start and acoustic end (s): where the level falls, but not for a chair or a click after the voice."""
    voiced = np.flatnonzero(np.asarray(_speech_probabilities(samples)) >= SPEECH_PROBABILITY)
    if not len(voiced):
        return 0.0, len(samples) / RATE_HZ
    first, last = max(0, int(voiced[0]) - 10) * CHUNK_SAMPLES, (int(voiced[-1]) + 1) * CHUNK_SAMPLES
    voice = samples[first:last]
    start = speech_start_s(voice, RATE_HZ) or 0.0
    end = speech_end_s(voice, RATE_HZ) or len(voice) / RATE_HZ
    return first / RATE_HZ + start, first / RATE_HZ + end


def _speech_probabilities(samples: Samples) -> list[float]:
    """One for every chunk of 20 ms, from the live detector."""
    detector: SpeechDetector = load_speech()
    pieces = [samples[at : at + CHUNK_SAMPLES] for at in range(0, len(samples) - CHUNK_SAMPLES + 1, CHUNK_SAMPLES)]
    return [
        detector.feed(AudioChunk(samples=piece, rate_hz=RATE_HZ, start_ms=20.0 * index))
        for index, piece in enumerate(pieces)
    ]


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


def _rng(clip: Clip, seed: int) -> np.random.Generator:
    """The same for the same file and seed, whatever else is measured."""
    return np.random.default_rng([seed, *clip.path.name.encode()])


def _s(seconds: float) -> int:
    return round(seconds * RATE_HZ)


def _at(ms: float) -> int:
    return round(ms * RATE_HZ / 1000.0)
