"""Questions may not change anything: `assistant bench questions`.

Each question goes the way of `assistant ask`, by the shipped engines, in a small home with promises and lists; then
everything that can be changed is compared with what it was before.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assistant.assembly import Assembly
from assistant.bench.homes import part
from assistant.bench.measure import percentile
from assistant.config import load_config
from assistant.console import typed_turn
from assistant.errors import AssistantError, UsageError
from assistant.events import EventBus, now_ms
from assistant.paths import find_paths
from assistant.speak.sentences import ClauseSplitter
from assistant.think.understanding import Understanding
from assistant.types import JsonDict, Turn

FIRST = (
    "set a pasta timer for twenty minutes", "wake me at seven", "remind me to call mom at five",
    "add milk and eggs to my shopping list",
)  # fmt: skip
"""What is said before, so that there is something to change."""
_ALONE = {
    "ASSISTANT_SET_MEDIA__MPD": "''",
    "ASSISTANT_SET_MEDIA__MPRIS": "false",
    "ASSISTANT_SET_DESKTOP__ENABLED": "false",
}
"""Nothing of this machine takes part."""

Progress = Callable[[str, int, int], None]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of one question. `acted`: a tool that changes things was called and succeeded; `asks`: a yes would.

    `clause_ms`: from the text to the first clause that could be spoken; of an answer of one clause, to its end.
    """

    area: str
    text: str
    route: str
    tools: tuple[str, ...]
    changed: tuple[str, ...]
    acted: bool
    asks: bool
    reply: str
    clause_ms: float | None = None


def read_questions(file: Path) -> list[tuple[str, str]]:
    """Area and text of each. Raises: UsageError: there is no such file, or a line is not of that form."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise UsageError(
            f"The questions {file} cannot be read.", fix="Name a file of lines AREA, tab, QUESTION."
        ) from None
    pairs = [tuple(line.split("\t")) for line in lines if line.strip() and not line.startswith("#")]
    if wrong := [pair for pair in pairs if len(pair) != 2]:
        raise UsageError(f"The line '{wrong[0][0]}' holds no tab.", fix="Write AREA, a tab, and the question.")
    return [(area, text) for area, text in pairs]


def run_questions(file: Path, *, talker: bool, details: Path | None, progress: Progress) -> JsonDict:
    """The figures. Raises: UsageError: no such file; ModelError: a model that takes part is not there."""
    outcomes = asyncio.run(_run(read_questions(file), talker, progress))
    if details is not None:
        rows = (json.dumps(dataclasses.asdict(one), ensure_ascii=False) for one in outcomes)
        details.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    routes = sorted({one.route for one in outcomes})
    clauses = [(one.route, one.clause_ms) for one in outcomes if one.clause_ms is not None]
    return {
        "suite": "questions",
        "n": len(outcomes),
        "score": round(sum(not one.changed for one in outcomes) / max(1, len(outcomes)), 4),
        "changed": sum(bool(one.changed) for one in outcomes),
        "acted": sum(one.acted for one in outcomes),
        "asked_for_a_yes": sum(one.asks for one in outcomes),
        "routes": {route: sum(one.route == route for one in outcomes) for route in routes},
        "first_clause": {
            route: {
                "n": len(times := [ms for by, ms in clauses if by == route]),
                "p50_ms": round(percentile(times, 0.5), 1),
                "p95_ms": round(percentile(times, 0.95), 1),
            }
            for route in sorted({by for by, _ in clauses})
        },
        "wrong": [f"{one.text} -> {', '.join(one.tools)}" for one in outcomes if one.changed or one.acted],
    }


async def _run(questions: list[tuple[str, str]], talker: bool, progress: Progress) -> list[Asked]:
    paths = find_paths()
    with tempfile.TemporaryDirectory(prefix="questions-") as scratch:
        own = dataclasses.replace(paths, state=Path(scratch) / "state", config=Path(scratch) / "config")
        async with Assembly(load_config(None, _ALONE), own, EventBus()).running() as assembly:
            link = part("practice").practice_home()
            assembly.context.settings = {**assembly.context.settings, "home": {"link": link}}
            understanding = assembly.understanding()
            if not talker:
                understanding.minds = dataclasses.replace(understanding.minds, talker=None)
            await assembly.host.serve()
            for text in FIRST:
                turn = await typed_turn(understanding, text, "f")
                if not all(result.ok for result in turn.results) or not turn.results:
                    raise UsageError(f"'{text}' could not be done: {turn.reply}")
            await (assembly.start_thinking() if talker else assembly.offer_tools())
            outcomes = []
            for number, (area, text) in enumerate(questions, start=1):
                outcomes.append(await _ask(assembly, understanding, link, area, text))
                progress("questions", number, len(questions))
            return outcomes


async def _ask(assembly: Assembly, understanding: Understanding, link: Any, area: str, text: str) -> Asked:
    understanding.renew()
    before = _state(assembly, link)
    splitter = ClauseSplitter()

    def clause(turn: Turn, delta: str) -> None:
        if splitter.feed(delta):
            turn.mark("first_clause", now_ms())

    try:
        turn = await typed_turn(understanding, text, "q", on_text=clause)
    except AssistantError as error:  # an engine failed: nothing came of it
        return Asked(
            area=area, text=text, route="none", tools=(), changed=_changes(before, _state(assembly, link)), acted=False,
            asks=False, reply=error.sentence,
        )  # fmt: skip
    specs = assembly.host.specs
    return Asked(
        area=area,
        text=text,
        route=turn.decision.route if turn.decision else "none",
        tools=tuple(result.tool for result in turn.results),
        changed=_changes(before, _state(assembly, link)),
        acted=any(one.ok and one.tool in specs and specs[one.tool].effect != "read" for one in turn.results),
        asks=understanding.asked and bool(understanding.dialogue.challenge),
        reply=turn.reply,
        clause_ms=turn.timings_ms.get("first_clause", turn.timings_ms.get("done")),
    )


def _state(assembly: Assembly, link: Any) -> dict[str, object]:
    """All that a tool could change: the home, the promises, and what each skill keeps, but for what it caches."""
    kept: dict[str, object] = {}
    for file in sorted((assembly.paths.state / "skills-data").glob("*/store.sqlite3")):
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as db:
            for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                rows = db.execute(f"SELECT * FROM {table}").fetchall()
                kept[file.parent.name] = sorted(str(row) for row in rows if not str(row[0]).startswith("cache"))
        db.close()
    promises = [  # the moment of one that elapses is reckoned anew each time, and may differ by a breath
        (one.id, one.kind, one.label, one.seconds or one.due, one.ringing) for one in assembly.timers.commitments.list()
    ]
    return {"home": (link.home, len(link.calls)), "promises": promises, **kept}


def _changes(before: dict[str, object], after: dict[str, object]) -> tuple[str, ...]:
    return tuple(
        sorted(name for name in before.keys() | after.keys() if (before.get(name) or None) != (after.get(name) or None))
    )
