"""The measurement of a process's cost runs and keeps its names."""

from __future__ import annotations

import pytest

from assistant.bench.skillbox import measure

pytestmark = pytest.mark.contract


def test_the_costs_are_measured() -> None:
    """A few calls and a start: overhead, start and memory are told; whether they are small is for the bench to say."""
    found = measure(20, 2)
    assert ("skillbox", 20) == (found["suite"], found["n"])
    assert 0 < found["start_and_call_p50_ms"] < 60_000
    assert found["overhead_p50_ms"] < found["start_and_call_p50_ms"]
    assert 0 < found["proportional_mb"] <= found["resident_mb"]
