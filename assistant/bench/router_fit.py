"""The weights of the router: logistic regression with a ridge, by Newton's method, on the calibration half only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.types import JsonDict

Vector = npt.NDArray[np.float64]
RIDGES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
"""Strengths of the ridge that are tried, on features scaled to unit variance; `FOLDS` choose."""
FOLDS = 5
ITERATIONS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A fitted line: weights by name, bias, the ridge that cross-validation chose, and what it says of each row when it
    was fitted on the other folds (probabilities): thresholds are chosen on these."""

    weights: dict[str, float]
    bias: float
    ridge: float
    apart: list[float]


def fit(rows: Sequence[Mapping[str, float]], wrong: Sequence[float]) -> Line:
    """The line for the probability of `wrong` (each 0 or 1).

    The folds are every fifth row: the rows stand in the order of their hashes.

    Raises:
        ValueError: nothing to tell apart.
    """
    if not 0 < sum(wrong) < len(wrong):
        raise ValueError("All answers are right, or all are wrong.")
    names = sorted({name for row in rows for name in row})
    table = np.array([[row.get(name, 0.0) for name in names] for row in rows], dtype=np.float64)
    target = np.array(wrong, dtype=np.float64)
    mean, scale = table.mean(axis=0), table.std(axis=0)
    scale[scale < 1e-9] = 1.0
    scaled = (table - mean) / scale
    ridge = min(RIDGES, key=lambda strength: (_loss(_apart(scaled, target, strength), target), strength))
    weights, bias = _newton(scaled, target, ridge)
    own = weights / scale
    return Line(
        weights={name: float(weight) for name, weight in zip(names, own, strict=True)},
        bias=float(bias - own @ mean),
        ridge=ridge,
        apart=[float(chance) for chance in _apart(scaled, target, ridge)],
    )


def _apart(table: Vector, target: Vector, ridge: float) -> Vector:
    """What a line that was fitted on the other folds says of each row."""
    found = np.zeros(len(target))
    for fold in range(FOLDS):
        own = np.arange(len(target)) % FOLDS == fold
        weights, bias = _newton(table[~own], target[~own], ridge)
        found[own] = _logistic(table[own] @ weights + bias)
    return found


def _loss(chance: Vector, target: Vector) -> float:
    """Mean logarithmic loss (nats)."""
    bounded = np.clip(chance, 1e-9, 1 - 1e-9)
    return -float(np.mean(target * np.log(bounded) + (1 - target) * np.log(1 - bounded)))


def _newton(table: Vector, target: Vector, ridge: float) -> tuple[Vector, float]:
    """Weights and bias; the bias is not held back."""
    wide = np.hstack([table, np.ones((len(table), 1))])
    back = np.diag([ridge] * table.shape[1] + [1e-6])
    found = np.zeros(wide.shape[1])
    for _ in range(ITERATIONS):
        chance = _logistic(wide @ found)
        slope = wide.T @ (chance - target) + back @ found
        curve = (wide * (chance * (1 - chance))[:, None]).T @ wide + back
        step = np.linalg.solve(curve, slope)
        found = found - step
        if float(np.abs(step).max()) < 1e-8:
            break
    return found[:-1], float(found[-1])


def _logistic(value: Vector) -> Vector:
    result: Vector = 1.0 / (1.0 + np.exp(-np.clip(value, -40, 40)))
    return result


def written(fits: Sequence[JsonDict], command: str) -> str:
    """The file of the weights."""
    lines = [
        "# How likely a begun answer of the local model needs a stronger one: weights of assistant/think/sureness.py.",
        f"# Fitted on the calibration half of the set by: {command}",
    ]
    for one in fits:
        lines += ["", "[[fit]]", f'weak = "{one["weak"]}"', f'strong = "{one["strong"]}"']
        lines += [f"n = {one['n']}", f"ridge = {one['ridge']}", f"threshold = {one['threshold']:.4f}"]
        lines += [f"bias = {one['bias']:.4f}", f"choice = [{one['choice'][0]:.4f}, {one['choice'][1]:.4f}]"]
        lines += ["", "[fit.weights]", *(f"{name} = {weight:.4f}" for name, weight in one["weights"].items())]
    return "\n".join(lines) + "\n"
