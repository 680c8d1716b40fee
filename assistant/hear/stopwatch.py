"""Finds short bursts of speech while the assistant itself speaks: each may be a "stop". Pure."""

from __future__ import annotations

PROBABILITY = 0.5
ONSET_MS = 100.0
QUIET_MS = 180.0
"""Silence after which a burst is taken for whole."""
LONG_MS = 1100.0
"""A burst this long is looked at while it still goes on: people say "stop, stop, stop"."""


class StopWatch:
    """`feed` returns the start (ms) of a burst that is worth a look, else none."""

    def __init__(self) -> None:
        self._started_ms: float | None = None
        self._speech_ms = 0.0
        self._last_ms = 0.0
        self._looked = False

    def feed(self, probability: float, end_ms: float, chunk_ms: float = 20.0) -> float | None:
        if probability >= PROBABILITY:
            if self._started_ms is None:
                self._started_ms, self._speech_ms, self._looked = end_ms - chunk_ms, 0.0, False
            self._speech_ms += chunk_ms
            self._last_ms = end_ms
            if not self._looked and end_ms - self._started_ms >= LONG_MS:
                self._looked = True
                return self._started_ms
            return None
        if self._started_ms is None or end_ms - self._last_ms < QUIET_MS:
            return None
        started, self._started_ms = self._started_ms, None
        return started if self._speech_ms >= ONSET_MS and not self._looked else None
