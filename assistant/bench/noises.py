"""What sounds into an answer without wanting anything: a cough, a door, keys, "mhm", a dog, the kitchen."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.audio.files import read_audio
from assistant.bench.manifest import Clip, clips
from assistant.bench.measure import levels_dbfs, peak_normalise
from assistant.bench.utterances import LEVEL, Voice, speech_only
from assistant.errors import UsageError
from assistant.types import RATE_HZ, Samples

SEED = 11
BACKCHANNELS = {"uh-huh": "Uh-huh.", "right": "Right.", "i_see": "I see."}
PITCHES = (1.13, 0.9, 1.2, 0.94)
"""Other people than our own voice: all its frequencies times this."""
EVENTS, KITCHEN = "noise/esc10", "noise/kitchen"
SHORT_EVENTS = ("person_sneeze", "dog_bark", "clock_tick", "rooster", "fire_crackling", "baby_cry")
"""What of the recorded sounds comes and goes; rain and engines are no interjections."""
EVENT_S = (0.3, 1.0)
KITCHEN_S, KITCHEN_STEP_S = 3.0, 7.0
FRAME_MS = 20.0
BELOW_PEAK_DB = 25.0
"""Where an event has fallen this far below its loudest frame, it is over."""
FADE_S = 0.005
ORDER = (
    *("cough", "mhm", "person_sneeze", "keyboard", "kitchen", "uh-huh", "knock", "dog_bark", "right", "door"),
    *("clock_tick", "i_see", "rooster", "fire_crackling", "baby_cry"),
)
"""Made, spoken and recorded ones mixed, so that a short run meets all three."""
NOSE = ((250.0, 1.0), (1000.0, 0.15), (2200.0, 0.08))
"""Resonances of a hum: (Hz, weight)."""

Floats = NDArray[np.float64]
Sort = Callable[[int], Samples]
"""One sort of sound: its n-th instance, int16 (n,) 16 kHz of any level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """One sound; int16 (n,) 16 kHz, its peak as loud as that of the person's speech."""

    name: str
    samples: Samples


def interjections(voice: Voice, data: Path | None = None) -> Iterator[Noise]:
    """Endless: every sort once a round, each round another cough, another dog, another piece of the kitchen.

    Without `data` only what can be spoken or made.

    Raises:
        EngineError: the voice does not work. UsageError: a recording cannot be read.
    """
    sorts = made_sorts() | _spoken_sorts(voice) | (_recorded_sorts(data) if data is not None else {})
    for number in itertools.count():
        for name in ORDER:
            if name in sorts:
                yield Noise(name=name, samples=peak_normalise(sorts[name](number), LEVEL))


def made_sorts() -> dict[str, Sort]:
    """Sounds out of nothing but numbers, always the same for the same number."""
    makers = {"cough": _cough, "mhm": _hum, "knock": _knock, "door": _door, "keyboard": _keyboard}

    def sort(index: int, make: Callable[[np.random.Generator], Floats]) -> Sort:
        return lambda number: _int16(make(np.random.default_rng([SEED, index, number])))

    return {name: sort(index, make) for index, (name, make) in enumerate(makers.items())}


def loudest_event(samples: Samples, least_s: float = EVENT_S[0], longest_s: float = EVENT_S[1]) -> Samples:
    """The stretch around the loudest moment in which it sounds, faded; padded by what lies around to `least_s`."""
    levels = levels_dbfs(samples, RATE_HZ, FRAME_MS)
    if not len(levels):
        return samples
    least, longest = (round(1000.0 * seconds / FRAME_MS) for seconds in (least_s, longest_s))
    first = last = int(np.argmax(levels))
    floor = levels[first] - BELOW_PEAK_DB
    while last - first + 1 < longest:
        before = levels[first - 1] if first else -np.inf
        after = levels[last + 1] if last + 1 < len(levels) else -np.inf
        if max(before, after) < floor and (last - first + 1 >= least or max(before, after) == -np.inf):
            break
        if after >= before:
            last += 1
        else:
            first -= 1
    size = round(RATE_HZ * FRAME_MS / 1000.0)
    return faded(samples[first * size : (last + 1) * size])


def piece(samples: Samples, number: int, length_s: float = KITCHEN_S, step_s: float = KITCHEN_STEP_S) -> Samples:
    """The n-th piece of a long recording, faded; begins again at its start when it is used up."""
    length, step = round(length_s * RATE_HZ), round(step_s * RATE_HZ)
    places = max(1, (len(samples) - length) // step + 1)
    start = number % places * step
    return faded(samples[start : start + length])


def faded(samples: Samples) -> Samples:
    """The sound without a click at its ends."""
    size = min(round(FADE_S * RATE_HZ), len(samples) // 2)
    ramp = np.linspace(0.0, 1.0, size)
    gains = np.concatenate([ramp, np.ones(len(samples) - 2 * size), ramp[::-1]])
    sound: Samples = np.round(samples * gains).astype(np.int16)
    return sound


def at_pitch(samples: Samples, factor: float) -> Samples:
    """The same words by somebody whose voice, and speed, is `factor` times as high."""
    places = np.arange(int(len(samples) / factor)) * factor
    sound: Samples = np.round(np.interp(places, np.arange(len(samples)), samples)).astype(np.int16)
    return sound


def _spoken_sorts(voice: Voice) -> dict[str, Sort]:
    def sort(text: str) -> Sort:
        return lambda number: at_pitch(speech_only(voice.words(text)), PITCHES[number % len(PITCHES)])

    return {name: sort(text) for name, text in BACKCHANNELS.items()}


def _recorded_sorts(data: Path) -> dict[str, Sort]:
    def event(found: list[Clip]) -> Sort:
        return lambda number: loudest_event(read_audio(found[number % len(found)].path))

    events = _clips(data, EVENTS)
    labelled = {name: [clip for clip in events if clip.labels.get("label") == name] for name in SHORT_EVENTS}
    sorts = {name: event(found) for name, found in labelled.items() if found}
    if kitchen := _clips(data, KITCHEN):
        sorts["kitchen"] = lambda number: piece(read_audio(kitchen[number % len(kitchen)].path), number)
    return sorts


def _clips(data: Path, folder: str) -> list[Clip]:
    with contextlib.suppress(UsageError):
        return list(clips(data, folder))
    return []


def _cough(random: np.random.Generator) -> Floats:
    """Two bursts of breath through a throat (its resonances near 600, 1500 and 2700 Hz), the second one weaker."""
    throat = [(centre_hz * random.uniform(0.9, 1.1), 300.0) for centre_hz in (600.0, 1500.0, 2700.0)]
    first, second = random.uniform(0.2, 0.28), random.uniform(0.14, 0.2)
    return np.concatenate(
        [
            _burst(random, first, 0.06, throat),
            np.zeros(_at(random.uniform(0.08, 0.16))),
            random.uniform(0.5, 0.8) * _burst(random, second, 0.05, throat),
        ]
    )


def _burst(random: np.random.Generator, length_s: float, decay_s: float, peaks: list[tuple[float, float]]) -> Floats:
    """Noise that begins within 5 ms and dies away, through resonances (centre and width in Hz)."""
    time_s = np.arange(_at(length_s)) / RATE_HZ
    noise = np.fft.rfft(random.normal(0.0, 1.0, len(time_s)))
    hz = np.fft.rfftfreq(len(time_s), 1.0 / RATE_HZ)
    gain = sum((1.0 / (1.0 + ((hz - centre_hz) / width_hz) ** 2) for centre_hz, width_hz in peaks), np.zeros(len(hz)))
    sound = np.fft.irfft(noise * gain, len(time_s)) * np.minimum(1.0, time_s / 0.005) * np.exp(-time_s / decay_s)
    return sound / max(float(np.max(np.abs(sound))), 1e-9)


def _hum(random: np.random.Generator) -> Floats:
    """ "Mhm": a closed-mouth hum, a breath, a longer hum that rises; our own voice would spell the letters."""
    pitch_hz = random.uniform(100.0, 210.0)
    sizes_s = (random.uniform(0.1, 0.15), 0.05, random.uniform(0.2, 0.3))
    breath = 0.05 * _burst(random, sizes_s[1], 0.1, [(900.0, 800.0)])
    return np.concatenate(
        [_nasal(pitch_hz, pitch_hz, sizes_s[0]), breath, _nasal(pitch_hz, 1.25 * pitch_hz, sizes_s[2])]
    )


def _nasal(from_hz: float, to_hz: float, length_s: float) -> Floats:
    time_s = np.arange(_at(length_s)) / RATE_HZ
    hz = np.linspace(from_hz, to_hz, len(time_s))
    phase = 2.0 * np.pi * np.cumsum(hz) / RATE_HZ
    sound = np.zeros(len(time_s))
    for harmonic in range(1, 16):  # the nose lets the lowest ones through, and a little near 1 and 2.2 kHz
        at_hz = harmonic * hz
        gain = sum(weight / (1.0 + ((at_hz - centre) / 150.0) ** 2) for centre, weight in NOSE)
        sound += gain * np.sin(harmonic * phase)
    return sound / float(np.max(np.abs(sound))) * np.sin(np.pi * np.arange(len(time_s)) / len(time_s)) ** 0.5


def _knock(random: np.random.Generator) -> Floats:
    """Three or four knuckles on wood."""
    gap_s = random.uniform(0.16, 0.22)
    thumps = [_thump(random, random.uniform(140.0, 200.0), 0.03, gap_s) for _ in range(int(random.integers(3, 5)))]
    return np.concatenate(thumps)


def _door(random: np.random.Generator) -> Floats:
    """It falls shut: the latch, then the leaf."""
    latch = 0.3 * _burst(random, 0.08, 0.01, [(2500.0, 1500.0)])
    return np.concatenate([latch, _thump(random, random.uniform(60.0, 90.0), 0.12, 0.6)])


def _thump(random: np.random.Generator, hz: float, decay_s: float, length_s: float) -> Floats:
    """A blow on wood: two damped tones and the contact itself."""
    time_s = np.arange(_at(length_s)) / RATE_HZ
    tones = np.sin(2 * np.pi * hz * time_s) + 0.5 * np.sin(2 * np.pi * 2.3 * hz * time_s) * np.exp(-time_s / decay_s)
    contact = 0.3 * random.normal(0.0, 1.0, len(time_s)) * np.exp(-time_s / 0.004)
    return random.uniform(0.8, 1.0) * (tones * np.exp(-time_s / decay_s) + contact)


def _keyboard(random: np.random.Generator) -> Floats:
    """A word typed: each key goes down, and up again more softly."""
    keys = []
    for _ in range(int(random.integers(8, 13))):
        down = _burst(random, 0.03, 0.005, [(1800.0, 1200.0), (4500.0, 2000.0)])
        up = 0.4 * _burst(random, 0.03, 0.004, [(3000.0, 2000.0)])
        hold, rest = np.zeros(_at(random.uniform(0.03, 0.07))), np.zeros(_at(random.uniform(0.03, 0.12)))
        keys.append(np.concatenate([random.uniform(0.5, 1.0) * down, hold, up, rest]))
    return np.concatenate(keys)


def _at(seconds: float) -> int:
    return round(seconds * RATE_HZ)


def _int16(sound: Floats) -> Samples:
    return np.round(sound / max(float(np.max(np.abs(sound))), 1e-9) * 32767.0).astype(np.int16)
