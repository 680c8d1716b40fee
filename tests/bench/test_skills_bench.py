"""What fifteen skills with three hundred templates cost a start and a sentence."""

from __future__ import annotations

import pytest

from assistant.bench.skills import run_skills

pytestmark = [pytest.mark.contract, pytest.mark.slow]


def test_fifteen_skills_are_cheap() -> None:
    """All load, every sentence that fits is understood, a match takes 20 ms and a start half a second at most."""
    figures = run_skills()
    assert (15, 300, 0, 1.0) == tuple(figures[name] for name in ("n", "templates", "problems", "score"))
    assert figures["match_ms"]["p95"] <= 20.0
    assert figures["load_s"] + figures["compile_s"] <= 0.5
    assert figures["added_mb"] <= 60.0
