"""The sound of being finished: a model that tells a thinking pause from the end of a turn by melody and words."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Protocol

from assistant.types import Samples

MODEL_FILE = "smart-turn-v3.2-cpu.onnx"


class TurnModel(Protocol):
    """A second opinion on a pause; takes about 40 ms of one core, so never on the event loop."""

    def probability(self, samples: Samples) -> float:
        """Take what was said in this turn up to now, int16 (n,), mono, 16 kHz, the pause included.

        Gives the probability 0..1 that the turn is finished. Only the last 8 s count.

        Raises: EngineError: the model failed on this sound.
        """


def load_turn_model(folder: Path) -> TurnModel:
    """The real model from its folder in the catalog (`smart-turn-v3.2-cpu`); takes 0.1 s and no network.

    Raises: EngineError: the model is missing or damaged; the fix names the command that brings it.
    """
    engine = importlib.import_module("assistant.engines.smart_turn")
    model: TurnModel = engine.SmartTurnModel(folder / MODEL_FILE)
    return model
