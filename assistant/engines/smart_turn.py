"""Smart Turn v3 (ONNX, 8 MB): the probability, from the sound alone, that a person has finished speaking.

int16 sound, last 8 s -> zero mean, unit variance -> log-mel (80 x 800) -> Whisper-tiny encoder and classifier -> 0..1
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.errors import EngineError
from assistant.types import RATE_HZ, Samples

WINDOW_SAMPLES = 8 * RATE_HZ
"""What the model hears: shorter sound gets zeros in front, of longer sound the beginning is dropped."""

MELS, FRAMES = 80, 800
"""Shape of its input: the features of Whisper, 10 ms a frame."""

_FFT, _HOP = 400, 160
_INPUT = "input_features"
_MIN_BYTES = 1_000_000
_FIX = "Run: assistant models pull smart-turn-v3.2-cpu"

_Floats = NDArray[np.float32]


class SmartTurnModel:
    """One opinion for each call, no state between calls. Implements `assistant.hear.turn_model.TurnModel`."""

    def __init__(self, file: Path) -> None:
        """Load the model, without network, for one thread that never spins.

        Raises: EngineError: the file is missing, damaged or another model.
        """
        # Native code is given a path only after a look.
        if not file.is_file() or file.stat().st_size < _MIN_BYTES:
            raise EngineError("The end-of-turn model is missing or damaged.", fix=_FIX)
        try:
            self._session = _session(file)
            shape = list(self._session.get_inputs()[0].shape)
        except Exception:  # the native loader raises classes of its own
            raise EngineError("The end-of-turn model is damaged.", fix=_FIX) from None
        if self._session.get_inputs()[0].name != _INPUT or shape[1:] != [MELS, FRAMES]:
            raise EngineError("The end-of-turn model is of another kind.", fix=_FIX)
        self._filters = mel_filters()
        self._window = np.hanning(_FFT + 1)[:-1].astype(np.float32)

    def probability(self, samples: Samples) -> float:
        """Take what was said in this turn, int16 (n,), mono, 16 kHz; the probability 0..1 that it is finished.

        Raises: EngineError: the model failed on this sound.
        """
        features = self._features(samples)
        try:
            output = self._session.run(None, {_INPUT: features[None]})[0]
        except Exception:  # see above
            raise EngineError("The end-of-turn model failed.") from None
        probability = float(np.asarray(output).reshape(-1)[0])
        if not np.isfinite(probability):
            raise EngineError("The end-of-turn model gave no number.")
        return min(1.0, max(0.0, probability))

    def _features(self, samples: Samples) -> _Floats:
        """float32 (80, 800), as the model was trained: scaled after padding, so that the zeros count in the mean."""
        sound = np.zeros(WINDOW_SAMPLES, np.float32)
        if len(samples):
            last = samples[-WINDOW_SAMPLES:]
            sound[-len(last) :] = last
        sound /= np.float32(32768)
        sound = (sound - sound.mean()) / np.sqrt(sound.var() + np.float32(1e-7))
        padded = np.pad(sound, _FFT // 2, mode="reflect")
        frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[: FRAMES * _HOP : _HOP]
        power = np.abs(np.fft.rfft(frames * self._window, axis=1)) ** 2
        mel = np.log10(np.maximum(self._filters @ power.T.astype(np.float32), np.float32(1e-10)))
        features: _Floats = ((np.maximum(mel, mel.max() - 8.0) + 4.0) / 4.0).astype(np.float32)
        return features


def mel_filters() -> _Floats:
    """Whisper's triangles, float32 (80, 201): on Slaney's scale from 0 to 8 kHz, each of unit area.

    Source: Slaney, Auditory Toolbox (1998): linear below 1 kHz (15 steps), then 27 steps for a factor of 6.4.
    """
    hz_per_step, knee_hz, factor = 200.0 / 3.0, 1000.0, np.log(6.4) / 27.0
    knee = knee_hz / hz_per_step
    top = knee + np.log(RATE_HZ / 2 / knee_hz) / factor
    steps = np.linspace(0.0, top, MELS + 2)
    edges = np.where(steps < knee, steps * hz_per_step, knee_hz * np.exp((steps - knee) * factor))
    bins = np.fft.rfftfreq(_FFT, 1.0 / RATE_HZ)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    triangles = np.maximum(0.0, np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle)))
    return np.asarray(triangles * 2.0 / (high - low), dtype=np.float32)


def _session(file: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
