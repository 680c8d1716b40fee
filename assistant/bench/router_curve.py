"""How good an order of turns is, that says which of them to give to the strong side first; pure.

After RouteLLM (Ong and others, 2024, arXiv 2406.18665, section 3): the performance gap recovered, PGR, is the part
of the way from the weak side's quality to the strong side's that a router covers; APGR is its mean over all shares of
calls that go to the strong side; CPT(x) is the least share of calls that recovers x percent. The paper takes ten
shares; here all are taken, by the trapezoid rule, so that a router by chance has 0.5.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.types import JsonDict

SEED = 17
RESAMPLES = 1000
ENOUGH = 0.95
"""Part of the strong side's quality at which the cost saved is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One turn: how good either side is (0..1), what the strong side costs (nano-dollars), and the router's score.

    `kept`: the guideline does not let it go to the strong side, whatever its score.
    """

    id: str
    weak: float
    strong: float
    cost: int
    score: float
    kept: bool = False


def by_score(points: Sequence[Point]) -> list[Point]:
    """The likeliest to need the strong side first; what is kept last."""
    return sorted(points, key=lambda point: (point.kept, -point.score, point.id))


def by_gain(points: Sequence[Point]) -> list[Point]:
    """The order of an oracle, which knows both answers: most gained for the least cost first."""
    return sorted(points, key=lambda point: (-(point.strong - point.weak), point.cost, point.id))


def recovered(order: Sequence[Point]) -> list[float]:
    """PGR with the first 0, 1, ... n turns given to the strong side; 0 where the sides are equal."""
    gap = sum(point.strong - point.weak for point in order)
    so_far, found = 0.0, [0.0]
    for point in order:
        so_far += point.strong - point.weak
        found.append(so_far / gap if gap else 0.0)
    return found


def apgr(order: Sequence[Point]) -> float:
    """The area under the PGR over the share of calls."""
    pgr = recovered(order)
    return sum((one + other) / 2 for one, other in itertools.pairwise(pgr)) / max(1, len(order))


def cpt(order: Sequence[Point], percent: float) -> float:
    """The least share of calls that recovers so many percent of the gap; 1 where none does."""
    pgr = recovered(order)
    first = next((count for count, value in enumerate(pgr) if value >= percent / 100 - 1e-9), len(order))
    return first / max(1, len(order))


def saved_at(order: Sequence[Point], enough: float = ENOUGH) -> tuple[float, float]:
    """Cost saved and share of calls where the quality first is so much of the strong side's, against all calls."""
    total = sum(point.cost for point in order) or 1
    wanted = enough * sum(point.strong for point in order)
    quality, cost = sum(point.weak for point in order), 0
    for count, point in enumerate([*order, None]):
        if quality >= wanted - 1e-9:
            return 1 - cost / total, count / max(1, len(order))
        if point is not None:
            quality, cost = quality + point.strong - point.weak, cost + point.cost
    return 0.0, 1.0


def spread(points: Sequence[Point]) -> tuple[float, float]:
    """The middle 95 percent of APGR when the turns are drawn anew, with returning, a thousand times."""
    draw = random.Random(SEED)
    found = sorted(apgr(by_score(draw.choices(points, k=len(points)))) for _ in range(RESAMPLES))
    return found[int(0.025 * RESAMPLES)], found[int(0.975 * RESAMPLES) - 1]


def figures(order: Sequence[Point]) -> JsonDict:
    """APGR, CPT and cost of one order."""
    saved, share = saved_at(order)
    return {
        "apgr": round(apgr(order), 4),
        "cpt50": round(cpt(order, 50), 4),
        "cpt80": round(cpt(order, 80), 4),
        "saved_at_95": round(saved, 4),
        "calls_at_95": round(share, 4),
        "curve": " ".join(f"{value:.2f}" for value in _tenths(recovered(order))),
    }


def chance(points: Sequence[Point]) -> JsonDict:
    """What a router by chance reaches in the mean: its PGR is the share of its calls."""
    weak, strong = sum(point.weak for point in points), sum(point.strong for point in points)
    share = min(1.0, max(0.0, (ENOUGH * strong - weak) / (strong - weak))) if strong > weak else 0.0
    return {
        "apgr": 0.5,
        "cpt50": 0.5,
        "cpt80": 0.8,
        "saved_at_95": round(1 - share, 4),
        "calls_at_95": round(share, 4),
        "curve": " ".join(f"{tenth / 10:.2f}" for tenth in range(11)),
    }


def _tenths(pgr: Sequence[float]) -> list[float]:
    """PGR at 0, 10, ... 100 percent of the calls."""
    last = len(pgr) - 1
    return [pgr[round(tenth * last / 10)] for tenth in range(11)]
