"""Real recordings as a quiet room would hear them, with or without a pause to think put into the sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assistant.audio.files import read_audio
from assistant.bench.manifest import Clip
from assistant.bench.measure import FULL_SCALE, levels_dbfs, noise_floor_dbfs, speech_end_s, speech_start_s
from assistant.hear.vad import SpeechDetector, load_speech
from assistant.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Samples

PAUSE_S = (0.4, 1.0)
AFTER_S = 2.0
LEAD_S = 0.3
FLOOR_DBFS = -70.0
"""The quietest room: recordings with digital silence get this hiss, louder ones their own level."""
FADE_S = 0.008
GAP_DB = 30.0
GAP_MS = 40.0
SPEECH_PROBABILITY = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One sound as a room would hear it: `pause_s` the inserted pause (start, end) or none, `end_s` its last speech."""

    name: str
    folder: str
    samples: Samples
    end_s: float
    pause_s: tuple[float, float] | None = None


def whole_scene(clip: Clip, seed: int) -> Scene:
    """The recording up to its end, then a silent room."""
    samples = read_audio(clip.path)
    start, end = _span(samples)
    tail = _at(end) + _at(0.02)
    sound = in_room(samples, [(max(0, _at(start - LEAD_S)), tail)], [_at(AFTER_S)], _rng(clip, seed))
    return Scene(
        name=clip.path.name, folder=clip.folder, samples=sound, end_s=LEAD_S + min(start, LEAD_S) + end - start
    )


def paused_scene(clip: Clip, seed: int) -> Scene | None:
    """The recording with a pause put into a gap of it; none when it has no gap far enough from both its ends."""
    samples, rng = read_audio(clip.path), _rng(clip, seed)
    start, end = _span(samples)
    found = gaps_s(samples, start + 0.5, end - 0.5)
    if not found:
        return None
    gap_s = found[int(rng.integers(len(found)))]
    pause_s = float(rng.uniform(*PAUSE_S))
    parts = [(max(0, _at(start - LEAD_S)), _at(gap_s)), (_at(gap_s), _at(end + 0.02))]
    sound = in_room(samples, parts, [_at(pause_s), _at(AFTER_S)], rng)
    first_s = LEAD_S + min(start, LEAD_S) + gap_s - start
    last_s = first_s + pause_s + end - gap_s
    return Scene(
        name=clip.path.name, folder=clip.folder, samples=sound, end_s=last_s, pause_s=(first_s, first_s + pause_s)
    )


def gaps_s(samples: Samples, from_s: float, to_s: float) -> list[float]:
    """The middles (s) of stretches that are `GAP_DB` below the loudest frame for `GAP_MS`: between words, mostly."""
    levels = levels_dbfs(samples, RATE_HZ)
    quiet = levels < max(float(np.max(levels)) - GAP_DB, noise_floor_dbfs(levels) + 3.0)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], quiet, [False])).astype(np.int8)))
    spans = [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]
    middles = [(first + last) / 2.0 * 0.005 for first, last in spans if (last - first) * 5.0 >= GAP_MS]
    return [middle for middle in middles if from_s <= middle <= to_s]


def in_room(samples: Samples, parts: list[tuple[int, int]], silences: list[int], rng: np.random.Generator) -> Samples:
    """Pieces (first, last) of a recording, each followed by so many samples of silence, over the hiss of its room."""
    fade = _at(FADE_S)
    ramp = np.linspace(0.0, 1.0, fade)
    pieces = [np.zeros(_at(LEAD_S))]
    for (first, last), silence in zip(parts, silences, strict=True):
        piece = samples[first:last].astype(np.float64)
        piece[:fade] *= ramp[: len(piece)]
        piece[-fade:] *= ramp[::-1][-len(piece) :]
        pieces += [piece, np.zeros(silence)]
    sound = np.concatenate(pieces)
    level = max(FLOOR_DBFS, noise_floor_dbfs(levels_dbfs(samples, RATE_HZ)))
    sound += rng.normal(0.0, FULL_SCALE * 10 ** (level / 20.0), len(sound))
    return np.clip(np.round(sound), -32768, 32767).astype(np.int16)


def speech_probabilities(samples: Samples) -> list[float]:
    """One for every chunk of 20 ms, from the live detector."""
    detector: SpeechDetector = load_speech()
    pieces = [samples[at : at + CHUNK_SAMPLES] for at in range(0, len(samples) - CHUNK_SAMPLES + 1, CHUNK_SAMPLES)]
    return [
        detector.feed(AudioChunk(samples=piece, rate_hz=RATE_HZ, start_ms=20.0 * index))
        for index, piece in enumerate(pieces)
    ]


def _span(samples: Samples) -> tuple[float, float]:
    """Start and acoustic end (s): where the level falls, but not for a chair or a click after the voice."""
    voiced = np.flatnonzero(np.asarray(speech_probabilities(samples)) >= SPEECH_PROBABILITY)
    if not len(voiced):
        return 0.0, len(samples) / RATE_HZ
    first, last = max(0, int(voiced[0]) - 10) * CHUNK_SAMPLES, (int(voiced[-1]) + 1) * CHUNK_SAMPLES
    voice = samples[first:last]
    start = speech_start_s(voice, RATE_HZ) or 0.0
    end = speech_end_s(voice, RATE_HZ) or len(voice) / RATE_HZ
    return first / RATE_HZ + start, first / RATE_HZ + end


def _rng(clip: Clip, seed: int) -> np.random.Generator:
    """The same for the same file and seed, whatever else is measured."""
    return np.random.default_rng([seed, *clip.path.name.encode()])


def _at(seconds: float) -> int:
    return round(seconds * RATE_HZ)
