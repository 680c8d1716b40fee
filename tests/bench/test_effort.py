"""When did it begin to rest? Pure arithmetic on samples of processor time."""

from __future__ import annotations

import itertools

import psutil
import pytest

from assistant.bench.effort import REST_MS, Effort, Sample, idle_after

pytestmark = pytest.mark.unit


def samples(busy: list[tuple[float, float]]) -> list[Sample]:
    """Every 10 ms of two seconds; the processor is used in these spans (ms)."""
    found, used = [], 0.0
    for at in range(0, 2000, 10):
        used += 0.01 * any(start <= at < end for start, end in busy)
        found.append((float(at), used))
    return found


@pytest.mark.parametrize(
    ("busy", "expected"),
    [
        ([(0, 700)], 190),
        ([(0, 490)], -10),
        ([(0, 600), (650, 800)], 290),
        ([(0, 600), (600 + REST_MS + 20, 2000)], 90),
        ([(0, 2000)], None),
        ([(600, 900)], None),
        ([], None),
    ],
)
def test_begins_to_rest(busy: list[tuple[float, float]], expected: float | None) -> None:
    """The last work before the first long rest; a short rest between two tokens is none."""
    found = idle_after(samples(busy), 500.0)
    assert (None if expected is None else max(0, expected)) == found


def test_watches_a_real_process() -> None:
    """Samples of this very process come in, and processor time only grows."""
    with Effort(psutil.Process()) as effort:
        while len(effort._samples) < 5:
            sum(range(100_000))
    assert all(one[1] <= other[1] for one, other in itertools.pairwise(effort._samples))
