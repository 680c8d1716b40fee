"""The fit of the router's weights, on rows whose odds are known because they were drawn from them."""

from __future__ import annotations

import math
import random

import pytest

from assistant.bench.router_fit import FOLDS, fit, written
from assistant.think.sureness import logistic, read_sureness

pytestmark = pytest.mark.unit


def drawn(n: int) -> tuple[list[dict[str, float]], list[float]]:
    """Rows with one feature that matters (weight 3, bias -1), and one that is noise."""
    draw = random.Random(5)
    rows = [{"telling": draw.gauss(0, 1), "noise": draw.gauss(0, 1)} for _ in range(n)]
    return rows, [float(draw.random() < logistic(3 * row["telling"] - 1)) for row in rows]


def test_the_weights_are_found() -> None:
    """With two thousand rows, near those that they were drawn from."""
    line = fit(*drawn(2000))
    assert line.weights["telling"] == pytest.approx(3.0, abs=0.4)
    assert line.weights["noise"] == pytest.approx(0.0, abs=0.2)
    assert line.bias == pytest.approx(-1.0, abs=0.3)


def test_what_is_said_of_a_row_does_not_know_it() -> None:
    """The scores for thresholds come from the other folds: turning one row's answer leaves its own score as it was."""
    rows, wrong = drawn(60)
    turned = [1 - wrong[0], *wrong[1:]]
    one, other = fit(rows, wrong), fit(rows, turned)
    assert 60 == len(one.apart)
    assert all(0 < chance < 1 for chance in one.apart)
    if one.ridge == other.ridge:
        assert one.apart[0] == pytest.approx(other.apart[0])
    assert any(a != b for a, b in zip(one.apart[1:FOLDS], other.apart[1:FOLDS], strict=True))


@pytest.mark.parametrize("wrong", [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], []])
def test_nothing_to_tell_apart(wrong: list[float]) -> None:
    """All right or all wrong teaches nothing."""
    with pytest.raises(ValueError, match="All answers"):
        fit([{"a": float(number)} for number in range(len(wrong))], wrong)


def test_the_file_is_read_back() -> None:
    """What is written is what the product reads."""
    told = {
        "weak": "a", "strong": "b", "n": 3, "ridge": 1.0, "threshold": 0.25, "bias": -math.pi, "choice": (1.0, -2.0),
        "weights": {"refused": -1.5},
    }  # fmt: skip
    found = read_sureness(written([told], "some command"))["a", "b"]
    assert (0.25, (1.0, -2.0), {"refused": -1.5}) == (found.threshold, found.choice, found.weights)
    assert found.bias == pytest.approx(-math.pi, abs=1e-4)
