"""What the benchmarks of understanding share: which steps take part, figures by step, and a line for every item."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from assistant.bench.measure import percentile
from assistant.think.understanding import Minds
from assistant.types import JsonDict

STEPS = ("grammar", "caller", "talker", "none")
"""In the order in which they are asked."""


class Decided(Protocol):
    """What came of one sentence: the step that decided, and the milliseconds until then."""

    @property
    def step(self) -> str: ...
    @property
    def plan_ms(self) -> float: ...


T = TypeVar("T", bound=Decided)


def by_step(outcomes: Sequence[T], total: str, counts: Mapping[str, Callable[[T], bool]]) -> JsonDict:
    """For each step how many it decided (under the name `total`), the `counts` of these, and its time."""
    told: JsonDict = {}
    for step in STEPS:
        mine = [outcome for outcome in outcomes if outcome.step == step]
        times = [outcome.plan_ms for outcome in mine]
        told[step] = {
            total: len(mine),
            **{name: sum(map(counted, mine)) for name, counted in counts.items()},
            "p50_ms": round(percentile(times, 0.5), 1) if times else None,
            "p95_ms": round(percentile(times, 0.95), 1) if times else None,
        }
    return told


def taking_part(minds: Minds, *, caller: bool, talker: bool) -> Minds:
    """The minds without those that are left out."""
    return dataclasses.replace(minds, caller=minds.caller if caller else None, talker=minds.talker if talker else None)


def write_rows(file: Path | None, rows: Iterable[JsonDict]) -> None:
    """One JSON line for every item, where a file was named."""
    if file is not None:
        file.write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8")
