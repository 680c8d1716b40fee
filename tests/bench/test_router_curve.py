"""The figures of a router, on turns whose right figures are known by hand."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.bench.router_curve import Point, apgr, by_gain, by_score, chance, cpt, figures, recovered, saved_at

pytestmark = pytest.mark.unit


def points(*rows: tuple[float, float, int, float]) -> list[Point]:
    return [
        Point(id=str(number), weak=weak, strong=strong, cost=cost, score=score)
        for number, (weak, strong, cost, score) in enumerate(rows)
    ]


FOUR = points((0, 1, 10, 0.9), (1, 1, 10, 0.1), (0, 1, 30, 0.5), (1, 1, 50, 0.7))
"""Two of four turns gain; by score come gain, none, gain, none."""


def test_figures_by_hand() -> None:
    """PGR 0, 1/2, 1/2, 1, 1: its area by trapezoids is 0.625."""
    order = by_score(FOUR)
    assert [0, 0.5, 0.5, 1, 1] == recovered(order)
    assert 0.625 == apgr(order)
    assert (0.25, 0.75) == (cpt(order, 50), cpt(order, 80))
    assert (0.1, 0.75) == (pytest.approx(saved_at(order)[0]), saved_at(order)[1])


def test_the_oracle_by_hand() -> None:
    """First what gains, the cheap one before the dear one: PGR 0, 1/2, 1, 1, 1."""
    told = figures(by_gain(FOUR))
    assert (0.75, 0.25, 0.5) == (told["apgr"], told["cpt50"], told["cpt80"])
    assert (0.6, 0.5) == (told["saved_at_95"], told["calls_at_95"])


def test_what_is_kept_goes_last() -> None:
    """The guideline stands above the score."""
    kept = [Point(id=p.id, weak=p.weak, strong=p.strong, cost=p.cost, score=p.score, kept=p.id == "0") for p in FOUR]
    assert ["3", "2", "1", "0"] == [point.id for point in by_score(kept)]


def test_nothing_is_gained_where_both_are_equal() -> None:
    """No division by the gap that is not there; all calls are saved."""
    same = points((1, 1, 5, 0.5), (1, 1, 5, 0.2))
    assert (0.0, 1.0, 0.0) == (apgr(same), *saved_at(same))


@given(st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.floats(0, 1)), min_size=2, max_size=40))
def test_no_router_beats_the_oracle(rows: list[tuple[float, float]]) -> None:
    """With a strong side that is always right; and the order turned around mirrors the area."""
    made = points(*((weak, 1.0, 1, score) for weak, score in rows))
    if any(point.weak == 0 for point in made):
        order = by_score(made)
        assert apgr(order) <= apgr(by_gain(made)) + 1e-9
        assert apgr(order) + apgr(order[::-1]) == pytest.approx(1.0)
        assert cpt(by_gain(made), 80) <= cpt(order, 80)


def test_chance_is_the_mean_of_many_orders() -> None:
    """What is told of chance is what shuffled orders come to."""
    draw = random.Random(3)
    made = points(*((float(draw.random() < 0.6), 1.0, 1, 0.0) for _ in range(60)))
    areas = [apgr(draw.sample(made, len(made))) for _ in range(500)]
    assert sum(areas) / len(areas) == pytest.approx(chance(made)["apgr"], abs=0.02)
