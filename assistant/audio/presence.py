"""Is there more in the microphone than our echo leaves behind? A guess within one block, before any model could tell.

The detector of speech needs 50 ms of a vowel and 110 ms of an unvoiced "s". But once the echo path is known, what the
filter leaves of us is weak and steady, and whoever begins to speak stands out of it at once, be it with a hiss.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assistant.audio.echo import Floats
from assistant.types import RATE_HZ, Samples

FRAME = RATE_HZ // 100
"""10 ms: a sound must fill every frame of a block, so that a click is none."""
HUSH = (32767.0 * 10.0 ** (-66.0 / 20.0)) ** 2
"""Mean power of what the quietest room leaves."""
LEAK = 10.0 ** (-30.0 / 10.0)
"""The share of an echo's power that a path that is known leaves, at worst; what is usual is learnt on top of both."""
RINGS_ON = 0.6
"""By which factor an echo's power falls in 20 ms of reverberation beyond the filter."""
MARGIN = 10.0 ** (6.0 / 10.0)
FORGETS = 10.0 ** (-0.03 / 10.0)
"""The largest rest of late sinks by 1.5 dB a second."""
ACCEPTS = 10.0 ** (0.1 / 10.0)
"""A sound that goes on is taken for usual by 5 dB a second: a fan that was switched on."""
GROWS = 10.0 ** (1.0 / 10.0)
"""... and by 1 dB with a block that was nobody."""
THEIRS_BLOCKS = 25
"""For half a second after somebody the soft sounds are theirs, too: nothing is learnt from them."""
OURS = (32767.0 * 10.0 ** (-60.0 / 20.0)) ** 2
"""An echo of less mean power is none: then nothing is learnt, for it may be the turn of a person."""
STUTTER_LEFT, STUTTER_LOUD = 0.5, 1.25
"""Two voices at once are louder than one: what is left is half as loud as the microphone, or that is louder than us."""
FIRST_BLOCKS, AGAIN_BLOCKS = 75, 25
"""Of our voice, 1.5 s: sounds that it has not yet made are cancelled less well, and nothing is said so long; half a
second when the path was lost in between."""


@dataclass(slots=True)
class Presence:
    """One loudspeaker and one microphone, while the echo path is known."""

    _usual: float = 1.0
    _echo: float = 0.0
    _blocks: int = 0
    _theirs: int = 0

    def feed(self, near: Samples, rest: Samples, echo: Floats) -> bool:
        """Whether somebody makes a sound, by the microphone before and after the filter, both int16 (20 ms,), 16 kHz,
        and by what the filter took for our echo, float64 on the same scale.
        """
        if _out_of_step(near.astype(np.float64), echo):
            return False
        power = float(np.min(_powers(rest)))
        self._echo = max(float(np.max(_powers(echo))), RINGS_ON * self._echo)
        unusual = power / (self._usual * (HUSH + LEAK * self._echo))
        if self._echo < OURS:
            return self._blocks > FIRST_BLOCKS and unusual > MARGIN
        self._blocks += 1
        if self._blocks <= FIRST_BLOCKS:
            self._usual *= max(unusual, FORGETS)
        elif unusual > MARGIN:
            self._usual *= ACCEPTS
            self._theirs = THEIRS_BLOCKS
            return True
        elif self._theirs > 0:
            self._theirs -= 1
        else:
            self._usual *= min(max(unusual, FORGETS), GROWS)
        return False

    def forget(self) -> None:
        """The path is not known any more."""
        self._echo, self._blocks, self._theirs = 0.0, min(self._blocks, FIRST_BLOCKS - AGAIN_BLOCKS), 0


def _out_of_step(near: Floats, echo: Floats) -> bool:
    """The microphone is as loud as our echo should be, but it is another sound: a device stuttered."""
    heard, expected, left = (float(sound @ sound) for sound in (near, echo, near - echo))
    return left > STUTTER_LEFT * heard and heard < STUTTER_LOUD * expected


def _powers(block: np.ndarray) -> np.ndarray:
    frames = block.astype(np.float64).reshape(-1, FRAME)
    powers: np.ndarray = np.mean(frames * frames, axis=1)
    return powers
