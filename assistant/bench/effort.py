"""When did a process begin to rest? Its processor time, read many times a second."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from types import TracebackType

import psutil

from assistant.events import now_ms

PERIOD_S = 0.01
REST_MS = 150.0
"""A stretch without work that is longer than the wait for a token of the model, at 7 tokens a second and more."""
BEFORE_MS = 300.0
KEPT = 60_000
"""Ten minutes of samples."""

Sample = tuple[float, float]
"""The time in ms and the processor time used so far in s."""


class Effort:
    """Watches one process (psutil's view of it) while the `with` block runs."""

    def __init__(self, process: psutil.Process, *, clock_ms: Callable[[], float] = now_ms) -> None:
        self._process = process
        self._clock_ms = clock_ms
        self._samples: list[Sample] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="effort", daemon=True)

    def __enter__(self) -> Effort:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def idle_after(self, moment_ms: float) -> float | None:
        """How long after `moment_ms` it began to rest, in ms; none when it rested already or never did."""
        return idle_after(list(self._samples), moment_ms)

    def _watch(self) -> None:
        with contextlib.suppress(psutil.Error):
            while not self._ended.wait(PERIOD_S):
                times = self._process.cpu_times()
                self._samples.append((self._clock_ms(), times.user + times.system))
                if len(self._samples) > KEPT:
                    del self._samples[: KEPT // 2]


def idle_after(samples: Sequence[Sample], moment_ms: float) -> float | None:
    """How long after a moment the first `REST_MS` without work began; none when there was no work just before it, or no
    such rest later.
    """
    before = [used for at, used in samples if moment_ms - BEFORE_MS <= at <= moment_ms]
    if not before or before[-1] <= before[0]:
        return None
    last_ms, last = moment_ms, before[-1]
    for at, used in samples:
        if at <= moment_ms:
            continue
        if used > last:
            last_ms, last = at, used
        elif at - last_ms >= REST_MS:
            return round(last_ms - moment_ms)
    return None
