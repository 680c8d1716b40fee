"""microWakeWord (`pymicro-wakeword`, TensorFlow Lite): one word costs 0.3 % of a core."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib import metadata
from pathlib import Path

import pymicro_wakeword
from pymicro_wakeword import MicroWakeWord, MicroWakeWordFeatures

from assistant.errors import ModelError
from assistant.types import Samples

_MODELS = Path(pymicro_wakeword.__file__).parent / "models"
_DISTRIBUTION = "pymicro-wakeword"


class MicroWakeWordDetector:
    """Scores one word over a stream: the mean of its last five probabilities, a new one every 30 ms.

    Implements `assistant.hear.wake.WakeDetector`.
    """

    def __init__(self, word: str, models: Path = _MODELS) -> None:
        """Load the model `word` from the folder `models` (by default that of the wheel).

        Raises: ModelError: its files are missing or damaged.
        """
        self._config = models / f"{word}.json"
        self._word = word
        self._digest = _recorded_digest(f"{word}.tflite")
        self._check()
        self._model = MicroWakeWord.from_config(self._config)
        self._features = MicroWakeWordFeatures()
        self._frames = 0

    @property
    def word(self) -> str:
        return self._word

    def process(self, samples: Samples) -> float | None:
        """Take int16 (n,), mono, 16 kHz; the highest new score 0..1, or none when no new one exists yet."""
        best: float | None = None
        for features in self._features.process_streaming(samples.tobytes()):
            score = self._model.process_streaming_prob(features)
            self._frames += 1
            # Between two strides of the model the library answers 0.0, which is no score.
            if score is not None and self._frames % self._model.stride == 0:
                best = score if best is None else max(best, score)
        return best

    def reset(self) -> None:
        """Forget the stream. The library opens the model file again for it (0.2 ms), so the file is checked again."""
        self._check()
        self._features.reset()
        self._model.reset()
        self._frames = 0

    def close(self) -> None:
        self._model.close()

    def _check(self) -> None:
        """Look at the files before native code does: on a missing, cut or foreign model it ends the process."""
        try:
            model = self._config.parent / json.loads(self._config.read_text(encoding="utf-8"))["model"]
            digest = hashlib.sha256(model.read_bytes()).digest()
        except (OSError, ValueError, KeyError, TypeError):
            digest = b""
        if digest != self._digest:
            raise ModelError(
                f"The model of the wake word '{self._word}' is missing or damaged.",
                fix="Install pymicro-wakeword again.",
            )


def _recorded_digest(name: str) -> bytes | None:
    """SHA-256 of a file of the wheel, as the package manager recorded it when it was installed."""
    for file in metadata.files(_DISTRIBUTION) or []:
        if file.name == name and file.hash is not None:
            return base64.urlsafe_b64decode(file.hash.value + "=" * (-len(file.hash.value) % 4))
    return None
