"""One stereo recording of the virtual room on one clock: the loudspeaker left, the person right."""

from __future__ import annotations

import collections
import math
import subprocess
import threading
import time
from typing import IO

import numpy as np

from assistant.events import now_ms
from assistant.types import RATE_HZ, Samples

KEEP_S = 900.0
"""Older sound is forgotten: a quarter of an hour of both channels is 58 MB."""
FRAME_BYTES = 4
READ_BYTES = 64 * FRAME_BYTES * 5
"""At most 20 ms a read, so that the clock below sees the freshest arrivals."""
CLOCK_READS = 128
"""About two seconds: the clock of the sound server may slip by a block when a player runs dry."""


class Recorder:
    """Reads raw interleaved int16 stereo at 16 kHz until it ends. Positions count samples since the start."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is None:
            raise ValueError("the recording process needs a pipe")
        self._process = process
        self._lock = threading.Condition()
        self._held = bytearray()
        self._forgotten = 0
        self._delays_ms: collections.deque[float] = collections.deque(maxlen=CLOCK_READS)
        self._thread = threading.Thread(target=self._read, args=(process.stdout,), name="recorder", daemon=True)
        self._thread.start()

    @property
    def position(self) -> int:
        """Samples recorded so far."""
        with self._lock:
            return self._forgotten + len(self._held) // FRAME_BYTES

    def wait_until(self, position: int, timeout_s: float = 5.0) -> bool:
        """Block until so much is recorded; false when the stream stands still for too long."""
        until_s = time.monotonic() + timeout_s
        with self._lock:
            while self._forgotten + len(self._held) // FRAME_BYTES < position:
                left_s = until_s - time.monotonic()
                if left_s <= 0 or not self._thread.is_alive():
                    return False
                self._lock.wait(min(left_s, 0.5))
        return True

    def cut(self, start: int, end: int | None = None) -> tuple[Samples, Samples]:
        """(loudspeaker, person) between two positions, int16 (n,) each, 16 kHz, both of the same moments."""
        with self._lock:
            first = max(0, start - self._forgotten) * FRAME_BYTES
            last = len(self._held) if end is None else max(0, end - self._forgotten) * FRAME_BYTES
            both = bytes(self._held[first : last - last % FRAME_BYTES])
        frames = np.frombuffer(both[: len(both) - len(both) % FRAME_BYTES], dtype="<i2").reshape(-1, 2)
        return frames[:, 0].astype(np.int16), frames[:, 1].astype(np.int16)

    def at_ms(self, position: float) -> float:
        """The monotonic time (ms) at which this sample sounded, from the freshest arrivals; right to about 20 ms."""
        with self._lock:
            delay_ms = min(self._delays_ms, default=math.nan)
        return 1000.0 * position / RATE_HZ + delay_ms

    def close(self) -> None:
        """Ends with the recording process, which the caller has stopped."""
        self._thread.join(timeout=5.0)

    def _read(self, stream: IO[bytes]) -> None:
        rest = b""
        while data := stream.read1(READ_BYTES) if hasattr(stream, "read1") else stream.read(READ_BYTES):
            arrived_ms = now_ms()
            data = rest + data
            whole = len(data) - len(data) % FRAME_BYTES
            rest = data[whole:]
            with self._lock:
                self._held += data[:whole]
                self._forget()
                end = self._forgotten + len(self._held) // FRAME_BYTES
                self._delays_ms.append(arrived_ms - 1000.0 * end / RATE_HZ)
                self._lock.notify_all()
        stream.close()

    def _forget(self) -> None:
        surplus = len(self._held) - int(KEEP_S * RATE_HZ) * FRAME_BYTES
        if surplus > RATE_HZ * FRAME_BYTES:
            del self._held[:surplus]
            self._forgotten += surplus // FRAME_BYTES
