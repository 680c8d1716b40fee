"""What waits to be played, at the device's rate: filled by one thread, drained by the sound callback."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FADE_MS = 5
"""Length of the fade-out when playing is cut, held or lowered: long enough not to click, short enough to feel
immediate."""

Note = tuple[str, int, float]
"""(`started` or `ended` or `cut`, segment, ms of it played)."""


@dataclass(slots=True)
class _Piece:
    segment: int
    samples: NDArray[np.int16]
    last: bool


class Playback:
    """A queue of int16 mono samples by segment; `pull` is called by the sound callback and never blocks for long."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self.gain = self._gain = 1.0
        self.holding = False
        """While set, nothing sounds after a short fade, and nothing is lost: what waits goes on afterwards."""
        self._held = False
        self._silence: NDArray[np.int16] = np.zeros(0, dtype=np.int16)
        self._pieces: deque[_Piece] = deque()
        self._lock = threading.Lock()
        self._current: int | None = None
        self._played = 0
        self._notes: deque[Note] = deque(maxlen=256)

    @property
    def sounding(self) -> bool:
        """Something is being played, or waits for it."""
        return bool(self._pieces)

    def push(self, segment: int, samples: NDArray[np.int16], *, last: bool) -> None:
        """Append samples (n,) of a segment; `last` closes it (n may be 0)."""
        with self._lock:
            self._pieces.append(_Piece(segment, samples, last))

    def cut(self) -> None:
        """Drop everything but a short fade of what plays now; every segment that waited is noted as cut."""
        with self._lock:
            waiting = dict.fromkeys(piece.segment for piece in self._pieces if piece.segment >= 0)
            if self._current is not None:
                waiting.pop(self._current, None)
                self._notes.append(("cut", self._current, self._ms()))
            self._notes.extend(("cut", segment, 0.0) for segment in waiting)
            if self._pieces:
                head = self._pieces[0].samples
                count = 0 if self._held else min(len(head), self.rate_hz * FADE_MS // 1000)
                fade = (head[:count] * np.linspace(1.0, 0.0, count)).astype(np.int16)
                self._pieces.clear()
                self._pieces.append(_Piece(-1, fade, True))
            self._current = None

    def pull(self, count: int) -> NDArray[np.int16]:
        """The next `count` samples, zeros where nothing waits or all is held."""
        holding, held, self._held = self.holding, self._held, self.holding
        if not self._pieces or (holding and held):  # nearly always, all day long
            self._gain = 0.0 if holding else self.gain
            return self._silent(count)
        fade = min(count, self.rate_hz * FADE_MS // 1000)
        out = np.zeros(count, dtype=np.int16)
        self._take(out[:fade] if holding else out)
        gain = 0.0 if holding else self.gain
        if gain != 1.0 or self._gain != 1.0:  # here, not where samples are queued, because ducking must be instant
            glide = fade if gain < self._gain else count
            gains = np.concatenate([np.linspace(self._gain, gain, glide), np.full(count - glide, gain)])
            out = (out * gains).astype(np.int16)
        self._gain = gain
        return out

    def _take(self, out: NDArray[np.int16]) -> None:
        """Fill `out`, zeros so far, from the queue."""
        filled = 0
        with self._lock:
            while self._pieces and filled < len(out):
                piece = self._pieces[0]
                if piece.segment != self._current and piece.segment >= 0:
                    self._current, self._played = piece.segment, 0
                    self._notes.append(("started", piece.segment, 1000.0 * filled / self.rate_hz))
                taken = piece.samples[: len(out) - filled]
                out[filled : filled + len(taken)] = taken
                filled += len(taken)
                self._played += len(taken)
                piece.samples = piece.samples[len(taken) :]
                if not len(piece.samples):
                    self._pieces.popleft()
                    if piece.last and piece.segment >= 0:
                        self._notes.append(("ended", piece.segment, self._ms()))
                        self._current = None

    def notes(self) -> list[Note]:
        """What happened since the last call."""
        with self._lock:
            taken = list(self._notes)
            self._notes.clear()
        return taken

    def _silent(self, count: int) -> NDArray[np.int16]:
        if len(self._silence) != count:
            self._silence = np.zeros(count, dtype=np.int16)
            self._silence.flags.writeable = False
        return self._silence

    def _ms(self) -> float:
        return 1000.0 * self._played / self.rate_hz
