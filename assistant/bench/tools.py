"""Tool calls for functions never seen before, and doing nothing wrong: `assistant bench tools`.

Two questions. Does the tool caller find the right call among functions of a data set (simple, multiple) and none where
none fits (irrelevance)? And does the assistant with all its skills leave alone what it cannot do (out of scope), and
what it can do nothing about in other domains? Told, not aimed at: the thresholds are those of the product.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from assistant.assembly import Assembly
from assistant.bench.functions import Task, is_expected, read_tasks
from assistant.bench.measure import percentile
from assistant.config import load_config
from assistant.errors import AssistantError, ModelError, UsageError
from assistant.events import EventBus
from assistant.paths import find_paths
from assistant.think.caller import judge
from assistant.think.tools import check_call
from assistant.think.understanding import Understanding
from assistant.types import JsonDict, ToolCall

FUNCTIONS = "text/bfcl"
CATEGORIES = {"simple": "simple_python", "multiple": "multiple", "irrelevance": "irrelevance"}
SENTENCES = "text/clinc150/val.json"
SEED = 17
LIMIT = 40
"""Tasks of each category, drawn by chance: each set of functions takes the caller about a second to learn."""
SERVED = {
    "alarm": {"alarm"},
    "timer": {"timer"},
    "reminder": {"reminder", "reminder_update", "calendar_update"},
    "lists": {"shopping_list_update", "todo_list_update", "todo_list", "shopping_list"},
    "media": {"play_music", "next_song", "update_playlist", "change_volume"},
    "desktop": {"change_volume"},
    "home": {"smart_home"},
    "memory": {"change_user_name", "change_ai_name", "where_are_you_from"},
}
"""Intents of the set that a skill may change something for."""

T = TypeVar("T")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What came of one sentence. `acts`: a call with an effect would run, or a call of a function that was offered."""

    set: str
    text: str
    right: bool
    acts: bool
    asks: bool
    calls: tuple[JsonDict, ...]
    ms: float


def run_tools(data: Path, limit: int | None, details: Path | None, progress: Progress) -> JsonDict:
    """The figures; `score` is the share of function tasks that are right with the product's own thresholds.

    Raises: UsageError: no such data. ModelError: there is no tool caller.
    """
    rows = asyncio.run(_run(data, limit or LIMIT, progress))
    if details is not None:
        details.write_text(
            "".join(f"{json.dumps(asdict(row), ensure_ascii=False)}\n" for row in rows), encoding="utf-8"
        )
    return figures(rows)


def figures(rows: Sequence[Row]) -> JsonDict:
    """For each set how many are right, and of the sentences how many would have changed something."""
    sets: JsonDict = {}
    for name in dict.fromkeys(row.set for row in rows):
        mine = [row for row in rows if row.set == name]
        sets[name] = {
            "n": len(mine),
            "right": round(sum(row.right for row in mine) / len(mine), 4),
            "acts": sum(row.acts for row in mine),
            "asks": sum(row.asks for row in mine),
            "p50_ms": round(percentile([row.ms for row in mine], 0.5), 1),
            "p95_ms": round(percentile([row.ms for row in mine], 0.95), 1),
        }
    functions = [row for row in rows if row.set in CATEGORIES]
    score = sum(row.right for row in functions) / max(1, len(functions))
    return {"suite": "tools", "n": len(rows), "score": round(score, 4), "sets": sets}


async def _run(data: Path, limit: int, progress: Progress) -> list[Row]:
    sentences = _sentences(data / SENTENCES, limit)
    tasks = [
        (category, task)
        for category, name in CATEGORIES.items()
        for task in _drawn(list(read_tasks(data / FUNCTIONS, name)), limit)
    ]
    rows: list[Row] = []
    paths = find_paths()
    with tempfile.TemporaryDirectory(prefix="tools-") as scratch:
        own = dataclasses.replace(paths, state=Path(scratch) / "state", config=Path(scratch) / "config")
        async with Assembly(load_config(None), own, EventBus()).running() as assembly:
            if assembly.caller is None:
                raise ModelError("There is no tool caller on this machine.", fix="Run `assistant models pull`.")
            await assembly.offer_tools()
            understanding = assembly.understanding()
            understanding.minds = dataclasses.replace(understanding.minds, talker=None)
            for name, text, intent in sentences:
                rows.append(await _leave_alone(understanding, name, text, intent))
                progress("sentences", len(rows), len(sentences) + len(tasks))
            for category, task in tasks:
                rows.append(await _call(assembly, category, task))
                progress("functions", len(rows), len(sentences) + len(tasks))
    return rows


async def _call(assembly: Assembly, category: str, task: Task) -> Row:
    """One task: the caller is offered its functions alone; what it proposes counts from the threshold of reading on."""
    caller = assembly.tool_caller(seats=1)
    assert caller is not None
    specs = {tool.name: tool for tool in task.tools}
    calls: tuple[ToolCall, ...] = ()
    started = time.perf_counter()
    try:
        await caller.prepare(task.tools)
        started = time.perf_counter()
        calls = tuple(check_call(specs, call) for call in await caller.call(task.text))
    except AssistantError:  # no such arguments, or an engine that does not take this set: nothing is called
        calls = ()
    ms = 1000.0 * (time.perf_counter() - started)
    verdict = judge(task.text, calls, specs)
    done = calls if verdict == "act" else ()
    return Row(
        set=category,
        text=task.text,
        right=is_expected(task, done),
        acts=bool(done),
        asks=verdict == "ask",
        calls=_told(calls),
        ms=round(ms, 1),
    )


async def _leave_alone(understanding: Understanding, name: str, text: str, intent: str) -> Row:
    """What the assistant would do; right is to change nothing that this intent does not ask for."""
    understanding.renew()
    started = time.perf_counter()
    decision = await understanding.plan(text)
    ms = 1000.0 * (time.perf_counter() - started)
    specs = understanding.toolbox.specs
    changing = [call for call in decision.calls if call.tool in specs and specs[call.tool].effect != "read"]
    asks = decision.reason == "caller_asks" or any(specs[call.tool].effect == "sensitive" for call in changing)
    wrong = [call for call in changing if intent not in SERVED.get(specs[call.tool].skill, ())]
    return Row(
        set=name,
        text=text,
        right=not wrong or asks,
        acts=bool(changing) and not asks,
        asks=asks,
        calls=_told(decision.calls),
        ms=round(ms, 1),
    )


def _sentences(file: Path, limit: int) -> list[tuple[str, str, str]]:
    """(set, text, intent): all that are out of scope (intent empty), and of those in scope as many, by chance."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"The sentences in {file} cannot be read: {error}.", fix="Give the data with --data."
        ) from None
    strange = [("out_of_scope", text, "") for text, _ in _drawn(found["oos"], limit)]
    return strange + [("in_scope", text, intent) for text, intent in _drawn(found["val"], limit)]


def _drawn(listed: Sequence[T], limit: int) -> list[T]:
    """At most `limit`, the same in every run."""
    return list(listed) if len(listed) <= limit else random.Random(SEED).sample(list(listed), limit)


def _told(calls: Sequence[ToolCall]) -> tuple[JsonDict, ...]:
    return tuple({"tool": c.tool, "arguments": c.arguments, "confidence": round(c.confidence, 3)} for c in calls)
