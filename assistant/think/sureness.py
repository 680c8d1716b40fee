"""How likely an answer that the local model has begun is wrong: its words, the question's, and a fitted line; pure.

question -> signs ----------------------------+
begun answer -> probabilities, entropies -----+-> weights of sureness.toml -> odds 0..1 -> unsure from the threshold on

The weights are fitted on one half of a labelled set (`assistant bench router --fit`, tests/router/README.md).
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from assistant.errors import ConfigError
from assistant.think.difficulty import is_refusal, signs

HELD_TOKENS = 10
"""Tokens from the beginning of an answer that are looked at; so many are held back where the cloud may help."""
REFERENCE = "reference"
"""The strong side of a fit for the product: answers that are right."""
_LEAST = 1e-6

Chances = Sequence[tuple[float, float]]
"""Probability and entropy (nats) of each token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sureness:
    """One fitted line: `weights` by the names of `evidence`, `choice` (bias, weight) for the confidence in a call."""

    weights: Mapping[str, float]
    bias: float
    threshold: float
    choice: tuple[float, float] = (0.0, 0.0)

    def odds(self, text: str, begun: str, chances: Chances) -> float:
        """Probability (0..1) that the answer to `text`, which begins like this, needs a stronger model."""
        found = evidence(text, begun, chances)
        return logistic(self.bias + sum(self.weights.get(name, 0.0) * value for name, value in found.items()))

    def choice_odds(self, confidence: float) -> float:
        """The same of a choice of tools, which passed its schema, from the confidence in it (0..1)."""
        bias, weight = self.choice
        return logistic(bias + weight * confidence)

    def unsure(self, text: str, begun: str, chances: Chances) -> bool:
        """Should somebody else be asked? Never where the model told no probabilities."""
        return bool(chances) and self.odds(text, begun, chances) >= self.threshold


def evidence(text: str, begun: str, chances: Chances) -> dict[str, float]:
    """What speaks for or against a begun answer, by name: all that a fit has weights for."""
    held = chances[:HELD_TOKENS]
    logs = [math.log(max(probability, _LEAST)) for probability, _ in held] or [0.0]
    entropies = [entropy for _, entropy in held] or [0.0]
    return {
        **signs(text),
        "refused": float(is_refusal(begun)),
        "first_log_p": logs[0],
        "least_log_p": min(logs),
        "mean_log_p": sum(logs) / len(logs),
        "most_entropy": max(entropies),
        "mean_entropy": sum(entropies) / len(entropies),
    }


def logistic(value: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-40.0, min(40.0, value))))


def load_sureness(model: str, strong: str = REFERENCE) -> Sureness | None:
    """What was fitted for a local model; None where nothing was. Raises: ConfigError: the packaged file is broken."""
    text = (files("assistant.think") / "sureness.toml").read_text(encoding="utf-8")
    return read_sureness(text).get((model, strong))


def read_sureness(text: str) -> dict[tuple[str, str], Sureness]:
    """The fits of a file by weak and strong side. Raises: ConfigError."""
    try:
        return {
            (fit["weak"], fit["strong"]): Sureness(
                weights={str(name): float(weight) for name, weight in fit["weights"].items()},
                bias=float(fit["bias"]),
                threshold=float(fit["threshold"]),
                choice=(float(fit["choice"][0]), float(fit["choice"][1])),
            )
            for fit in tomllib.loads(text).get("fit", ())
        }
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ConfigError(f"The weights of the router can't be read: {error}.") from None
