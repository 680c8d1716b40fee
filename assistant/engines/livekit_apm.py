"""Echo cancellation by the WebRTC audio processing module that the `livekit` wheel carries."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.types import RATE_HZ

FRAME = RATE_HZ // 100
"""10 ms: the only frame size the module takes."""


class EchoCanceller:
    """Removes from the microphone what the loudspeaker played. All arrays int16 (FRAME,) mono 16 kHz."""

    def __init__(self, delay_ms: int) -> None:
        from livekit import rtc

        self._frame = rtc.AudioFrame
        self._module = rtc.AudioProcessingModule(echo_cancellation=True, high_pass_filter=True)
        self._delay_ms = delay_ms

    def played(self, samples: NDArray[np.int16]) -> None:
        """Tell what was sent to the loudspeaker, silence included."""
        self._module.process_reverse_stream(self._wrap(samples))

    def clean(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        """The microphone without the echo."""
        frame = self._wrap(samples)
        self._module.set_stream_delay_ms(self._delay_ms)
        self._module.process_stream(frame)
        return np.frombuffer(bytes(frame.data), dtype=np.int16)

    def _wrap(self, samples: NDArray[np.int16]) -> Any:
        return self._frame(bytearray(samples.tobytes()), RATE_HZ, 1, FRAME)
