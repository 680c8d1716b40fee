"""Takes our own voice out of the microphone, twice: for the recogniser without harm to whoever speaks, and for the
detector of speech without any rest.

microphone --+--> EchoPath (linear, learns) --+-----------------------> for wake word and recogniser
             |            ^                   v
             |   what was played --> WebRTC canceller with suppressor --> for speech detection
"""

from __future__ import annotations

import importlib
import math

import numpy as np

from assistant.audio.echo import BLOCK, PARTITIONS, EchoPath
from assistant.audio.lag import EARLIEST, LATEST, WINDOW, measure_lag
from assistant.audio.presence import Presence
from assistant.audio.reference import Beginning, Reference
from assistant.types import RATE_HZ, JsonDict, Samples

FRAME = RATE_HZ // 100
TAIL_S = 1.0
"""After this long without sound from the loudspeaker there is no echo left to cancel."""
CALM_BLOCKS = 15
"""After 0.3 s without it the room is silent too: between two strokes of a bell a person is heard at any rate."""
MARGIN = RATE_HZ // 50
"""The reference is taken this much earlier than it was handed over, so that it is always there in time."""
MAX_JUMP = RATE_HZ // 5
"""The moments at which blocks arrive are right to a block or two: only beyond this do they count against the sound."""
LEAD = RATE_HZ // 100
"""Where the echo shall begin in the filter: late enough for a counter that jumps ahead by some samples."""
STEADY = 8
"""Samples by which the lag may wander before the reference is moved; the filter itself follows the rest."""
LOOK_EVERY_BLOCKS, LOOK_SOON_BLOCKS = 10, 3
PATIENCE_BLOCKS = 5
LEARNT_DB, FORGOTTEN_DB = 12.0, 6.0
"""From the first on the suppressor works on what the filter leaves, under the second on the microphone itself again."""
SILENT = 8
"""Played samples up to this are none: a resampler leaves some of 1 and 2 in silence."""
QUIET_POWER = 100.0**2
"""Blocks of less mean power say nothing about how well the echo is cancelled."""


class Cleaner:
    """One microphone and one loudspeaker. Samples int16 (n,), 16 kHz."""

    def __init__(self, speaker_hz: int, latency_s: float) -> None:
        self.reference = Reference(speaker_hz)
        self.loss_db = 0.0
        """Echo return loss of the linear filter while only we speak, smoothed over about half a second."""
        self.realigned = 0
        self.starved = 0
        self._heard = Beginning(RATE_HZ)
        self._path = EchoPath()
        module = importlib.import_module("assistant.engines.livekit_apm")
        self._suppressor = module.EchoCanceller(delay_ms=round(1000 * latency_s))
        self._near: Samples = np.zeros(0, dtype=np.int16)
        self._recent: Samples = np.zeros(WINDOW, dtype=np.int16)
        self._shift: int | None = None
        self._located = self._learnt = False
        self._lag_before: int | None = None
        self._blocks = 0
        self._active = False
        self._waited = 0
        self._silent_blocks = 0
        self._presence = Presence()
        self.somebody = False
        """Whether the newest blocks hold a sound that is not ours, only where the echo path is known."""

    @property
    def held(self) -> int:
        """Samples that wait for the rest of their block."""
        return len(self._near)

    def disturbed(self) -> None:
        """The loudspeaker ran dry: the echo now comes at another time, so nothing is believed until it is found."""
        self.loss_db, self._learnt = 0.0, False

    @property
    def apart(self) -> bool:
        """A person can be told from ourselves: the echo path is known well enough, or no sound of ours is on it."""
        return self._learnt or not self._active or self._silent_blocks >= CALM_BLOCKS

    def figures(self) -> JsonDict:
        """What `health` tells of the echo."""
        shift_ms = None if self._shift is None else round(1000.0 * self._shift / RATE_HZ, 1)
        return {
            "echo_learnt": self._learnt,
            "echo_apart": self.apart,
            "echo_loss_db": round(self.loss_db, 1),
            "echo_shift_ms": shift_ms,
            "echo_resets": self._path.resets,
            "echo_realigned": self.realigned,
            "echo_starved": self.starved,
        }

    def clean(self, samples: Samples, at_s: float) -> tuple[Samples, Samples | None]:
        """(for the recogniser, for speech detection or none when both are the same); `at_s` is the end of `samples`.

        What was played must have been told to `reference` before.
        """
        self._heard.arrived(len(samples), at_s)
        self.somebody = False
        if self.reference.quiet_s > TAIL_S or not self.reference.beginning.known:
            self._active = False
            if not len(self._near):  # all day long: nothing is joined or copied
                return samples, None
            self._near = np.concatenate([self._near, samples])
            passed, self._near = self._near, self._near[:0]
            return passed, None
        self._near = np.concatenate([self._near, samples])
        if not self._active:
            self._begin()
        linear: list[Samples] = []
        suppressed: list[Samples] = []
        while len(self._near) >= BLOCK and self._reference_is_there():
            for result, block in zip((linear, suppressed), self._block(), strict=True):
                result.append(block)
        empty = self._near[:0]
        return np.concatenate([empty, *linear]), np.concatenate([empty, *suppressed])

    def _begin(self) -> None:
        """An answer begins: are the counters still where they were?"""
        self._active = True
        self._path.silence()
        self._recent = np.zeros(WINDOW, dtype=np.int16)
        self._lag_before, self._blocks = None, 0
        apart_s = self._heard.at_s - self.reference.beginning.at_s
        shift = round(apart_s * RATE_HZ) - MARGIN
        if self._shift is None or abs(shift - self._shift) > MAX_JUMP:
            self.realigned += self._shift is not None
            self._shift, self._located = shift, False

    def _position(self) -> int:
        assert self._shift is not None
        return self._heard.samples - len(self._near) + self._shift

    def _reference_is_there(self) -> bool:
        """A late block is waited for a little: without it the echo could not be cancelled."""
        if self._position() + BLOCK <= self.reference.end:
            self._waited = 0
            return True
        self._waited += 1
        if self._waited <= PATIENCE_BLOCKS and len(self._near) < PATIENCE_BLOCKS * BLOCK:
            return False
        self.starved += 1
        return True

    def _block(self) -> tuple[Samples, Samples]:
        far = self.reference.at(self._position(), BLOCK)
        near, self._near = self._near[:BLOCK], self._near[BLOCK:]
        self._begin_sound(int(np.max(np.abs(far.astype(np.int32)))) > SILENT)
        self._recent = np.concatenate([self._recent[BLOCK:], near])
        linear = near
        if self._located:
            rest = self._path.step(far.astype(np.float64), near.astype(np.float64))
            linear = np.clip(np.round(rest), -32768, 32767).astype(np.int16)
        self._learnt = self.loss_db >= (FORGOTTEN_DB if self._learnt else LEARNT_DB)
        source = linear if self._learnt else near
        frames = []
        for start in range(0, BLOCK, FRAME):
            self._suppressor.played(far[start : start + FRAME])
            frames.append(self._suppressor.clean(source[start : start + FRAME]))
        suppressed = np.concatenate(frames)
        if self._learnt:
            self.somebody |= self._presence.feed(near, linear, self._path.echo)
        else:
            self._presence.forget()
        self._measure(near, linear, suppressed)
        self._blocks += 1
        if self._blocks % (LOOK_EVERY_BLOCKS if self._learnt else LOOK_SOON_BLOCKS) == 0:
            self._locate()
        return linear, suppressed

    def _begin_sound(self, sounds: bool) -> None:
        """What a person said over our first sounds may have been learnt as their echo: it must not last."""
        if sounds and self._silent_blocks >= PARTITIONS and not self._learnt:
            self._path.distrust()
        self._silent_blocks = 0 if sounds else self._silent_blocks + 1

    def _locate(self) -> None:
        """Follow a lag that jumped, which it does whenever a device runs dry: the path that was learnt stays right."""
        assert self._shift is not None
        start = self._position() - WINDOW
        far = self.reference.at(start - LATEST, WINDOW + LATEST - EARLIEST)
        lag = measure_lag(self._recent, far, LEAD if self._located else None)
        before, self._lag_before = self._lag_before, lag
        if lag is None:
            return
        if not self._located:
            self._located = True
            self._path.silence()
        elif before is None or abs(lag - before) > 2:
            return
        elif abs(lag - LEAD) <= STEADY:
            if self._learnt:
                self._path.keep()
            return
        else:
            self.realigned += 1
            self._path.recall()
        self._shift -= lag - LEAD
        self._lag_before = None

    def _measure(self, near: Samples, linear: Samples, suppressed: Samples) -> None:
        powers = [float(np.mean(block.astype(np.float64) ** 2)) for block in (near, linear, suppressed)]
        if powers[0] > QUIET_POWER and powers[2] < 0.01 * powers[0]:  # nobody but us
            now_db = 10.0 * math.log10(powers[0] / max(powers[1], 1.0))
            self.loss_db += 0.1 * (now_db - self.loss_db)
