"""A person talks over our own voice, simulated: the echo through a room, both voices mixed, and our cleaner on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.audio.cleaner import Cleaner
from assistant.audio.files import read_audio
from assistant.bench.manifest import clips
from assistant.bench.measure import FULL_SCALE, levels_dbfs, speech_threshold_dbfs
from assistant.bench.scenes import FLOOR_DBFS
from assistant.bench.utterances import speech_only
from assistant.errors import UsageError
from assistant.types import RATE_HZ, Samples

GAP_S = 0.2
"""Between our sentences, as when an answer is spoken clause by clause."""
DELAY_S = 0.06
"""From handing a block over to its sound in the microphone, before the room."""
LEAD_S = 8.0
SETTLED_S = 4.0
"""The end of the lead, in which the echo return loss is measured."""
BLOCK = RATE_HZ // 50
SPEECH_DBFS = -26.0
"""Nominal level of active speech (ITU-T P.56): two voices on top of each other do not clip."""
SMALL_ROOM_S, SMALL_ROOM_DB = 0.1, -20.0
"""A recorded response whose rest after this time is weaker by this much is one of a small room."""
MADE_DECAY_S = 0.3
"""Reverberation time (60 dB) of the made response: a furnished room."""
MADE_DIRECT_DB = 6.0
"""By how much its direct sound is stronger than all its reverberation: a loudspeaker beside its microphone."""
RESPONSES = "rir/*"
SEED = 7

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One sentence over our voice. All int16 (n,), 16 kHz, n whole blocks, `lead` samples before the sentence.

    `near` is the person with the hiss of the room, `far` what we play, `microphone` both as they are heard.
    """

    near: Samples
    far: Samples
    microphone: Samples
    lead: int


def joined(sentences: Sequence[Samples]) -> Samples:
    """Our sentences as one answer that goes on all the time: as spoken, with short gaps."""
    gap = np.zeros(round(GAP_S * RATE_HZ), dtype=np.int16)
    return np.concatenate([part for sentence in sentences for part in (speech_only(sentence), gap)])


def active_dbfs(samples: Samples) -> float:
    """The mean power of the frames in which somebody speaks, in dB below full scale: pauses do not count."""
    levels = levels_dbfs(samples, RATE_HZ, 20.0)
    if not len(levels):
        raise UsageError("A recording of speech is empty.")
    active = levels[levels > speech_threshold_dbfs(levels)]
    powers = 10.0 ** ((active if len(active) else levels) / 10.0)
    return 10.0 * math.log10(float(np.mean(powers)))


def made_response(decay_s: float = MADE_DECAY_S) -> Floats:
    """A direct sound and noise that decays by 60 dB in `decay_s`: float64 (n,) 16 kHz, energy 1, always the same."""
    time_s = np.arange(round(decay_s * RATE_HZ)) / RATE_HZ
    tail = np.random.default_rng(SEED).normal(0.0, 1.0, len(time_s)) * 10.0 ** (-3.0 * time_s / decay_s)
    tail[: RATE_HZ // 500] = 0.0  # the first wall is further away than the loudspeaker
    tail *= 10.0 ** (-MADE_DIRECT_DB / 20.0) / np.linalg.norm(tail)
    tail[0] = 1.0
    return tail / np.linalg.norm(tail)


def small_rooms(data: Path) -> dict[str, Floats]:
    """The recorded responses below `data` that are of a small room, from their direct sound on; energy 1."""
    found: dict[str, Floats] = {}
    for clip in clips(data, RESPONSES) if any(data.glob(f"{RESPONSES}/manifest.jsonl")) else ():
        sound = read_audio(clip.path).astype(np.float64)
        response = np.trim_zeros(sound[int(np.argmax(np.abs(sound))) :]) if sound.any() else np.ones(1)
        response = response / np.linalg.norm(response)
        if np.sum(response[round(SMALL_ROOM_S * RATE_HZ) :] ** 2) <= 10.0 ** (SMALL_ROOM_DB / 10.0):
            found[clip.path.name] = response
    return found


def mix(sentence: Samples, ours: Samples, response: Floats, level_db: float, seed: int) -> Scene:
    """The sentence at the nominal level, `LEAD_S` after our voice began, which runs on at `level_db` against it.

    Both levels are those of active speech where the two meet.
    """
    lead = _blocks(LEAD_S * RATE_HZ)
    size = lead + _blocks(len(sentence))
    near = np.zeros(size)
    near[lead : lead + len(sentence)] = sentence * _factor(SPEECH_DBFS - active_dbfs(sentence))
    near += np.random.default_rng([SEED, seed]).normal(0.0, FULL_SCALE * _factor(FLOOR_DBFS), size)
    far = np.resize(ours, size)
    echo = echo_of(far, response)
    over = active_dbfs(_int16(echo[lead:]))
    return Scene(
        near=_int16(near),
        far=far,
        microphone=_int16(near + echo * _factor(SPEECH_DBFS + level_db - over)),
        lead=lead,
    )


def echo_of(far: Samples, response: Floats) -> Floats:
    """What we play as it comes back after `DELAY_S` through a room; as long as `far`."""
    delay, size = round(DELAY_S * RATE_HZ), len(far) + len(response)
    heard = np.fft.irfft(np.fft.rfft(far, size) * np.fft.rfft(response, size), size)[: len(far)]
    return np.concatenate([np.zeros(delay), heard])[: len(far)]


def cancelled(scene: Scene) -> Samples:
    """What the recogniser gets of the scene: through the audio process's own cleaner, block by block, as long."""
    cleaner = Cleaner(RATE_HZ, DELAY_S)
    parts: list[Samples] = []
    for start in range(0, len(scene.far), BLOCK):
        now_s = (start + BLOCK) / RATE_HZ
        cleaner.reference.played(scene.far[start : start + BLOCK], now_s)
        linear, _ = cleaner.clean(scene.microphone[start : start + BLOCK], now_s)
        parts.append(linear)
    return np.concatenate(parts)


def loss_db(scene: Scene, rest: Samples) -> float:
    """By how much weaker the echo is in `rest` than in the microphone, at the end of the lead, where only we speak."""
    settled = slice(scene.lead - round(SETTLED_S * RATE_HZ), scene.lead)
    before, after = (float(np.mean(sound[settled].astype(np.float64) ** 2)) for sound in (scene.microphone, rest))
    return round(10.0 * math.log10(max(before, 1e-6) / max(after, 1e-6)), 1)


def _blocks(samples: float) -> int:
    """So many samples, rounded up to whole blocks."""
    return math.ceil(samples / BLOCK) * BLOCK


def _factor(db: float) -> float:
    return math.pow(10.0, db / 20.0)


def _int16(sound: Floats) -> Samples:
    clipped: Samples = np.clip(np.round(sound), -32768, 32767).astype(np.int16)
    return clipped
