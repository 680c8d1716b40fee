"""Device control by final state: `assistant bench control`.

Each sentence goes the way of `assistant ask`, in a home that does exactly what it is told; right is what changes
exactly what should change, and nothing else.
"""

from __future__ import annotations

import asyncio
import dataclasses
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.assembly import Assembly
from assistant.bench.homes import Wish, changes, is_right, part, wishes
from assistant.bench.steps import by_step, taking_part, write_rows
from assistant.config import load_config
from assistant.console import typed_turn
from assistant.errors import AssistantError
from assistant.events import EventBus
from assistant.paths import find_paths
from assistant.think.understanding import Understanding
from assistant.types import JsonDict, Turn

SET = "text/ha_assist-mini"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlSettings:
    """Which steps of understanding take part; the grammar always does."""

    caller: bool = True
    talker: bool = True
    details: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one wish. `plan_ms`: until it was clear what to do; `asked`: it ran only after a yes."""

    wish: Wish
    step: str
    right: bool
    plan_ms: float
    asked: bool
    calls: tuple[JsonDict, ...]
    changed: dict[str, JsonDict]
    reply: str
    ok: bool

    def row(self) -> JsonDict:
        return {
            "group": self.wish.group, "text": self.wish.text, "step": self.step, "right": self.right,
            "asked": self.asked, "plan_ms": self.plan_ms, "calls": list(self.calls), "changed": self.changed,
            "expected": dict(self.wish.expected), "reply": self.reply,
        }  # fmt: skip


def run_control(data: Path, settings: ControlSettings, progress: Progress) -> JsonDict:
    """The figures. Raises: UsageError: no such data; ModelError: a model that takes part is not there."""
    outcomes = asyncio.run(_run(list(wishes(data / SET)), settings, progress))
    write_rows(settings.details, (outcome.row() for outcome in outcomes))
    return figures(outcomes)


def figures(outcomes: list[Outcome]) -> JsonDict:
    """The share that is right, and for each step how many it answered, how many of those are right, and its time."""
    return {
        "suite": "control",
        "n": len(outcomes),
        "score": round(sum(outcome.right for outcome in outcomes) / max(1, len(outcomes)), 4),
        "steps": by_step(outcomes, "answered", {"right": lambda outcome: outcome.right}),
        "asked_for_a_yes": sum(outcome.asked for outcome in outcomes),
        "wrong_changes": sum(not outcome.right and bool(outcome.changed) for outcome in outcomes),
        "false_claims": sum(outcome.ok and not outcome.right and not outcome.changed for outcome in outcomes),
    }


async def _run(listed: list[Wish], settings: ControlSettings, progress: Progress) -> list[Outcome]:
    paths = find_paths()
    with tempfile.TemporaryDirectory(prefix="control-") as scratch:
        own = dataclasses.replace(paths, state=Path(scratch) / "state", config=Path(scratch) / "config")
        async with Assembly(load_config(None), own, EventBus()).running() as assembly:
            link = part("memory").MemoryHome(part("model").Home())
            assembly.context.settings = {"home": {"link": link}}
            understanding = assembly.understanding()
            understanding.minds = taking_part(understanding.minds, caller=settings.caller, talker=settings.talker)
            understanding.grammar.match("turn on the light")
            outcomes = []
            group = ""
            for number, wish in enumerate(listed, start=1):
                link.home = wish.home
                if wish.group != group:
                    group = wish.group
                    await assembly.host.serve()
                    if settings.caller or settings.talker:
                        await assembly.start_thinking()
                        await assembly.offer_tools()
                outcomes.append(await _grant(understanding, wish, link))
                progress("sentences", number, len(listed))
            return outcomes


async def _grant(understanding: Understanding, wish: Wish, link: Any) -> Outcome:
    """Say the sentence, and yes if that is asked for."""
    understanding.renew()
    started = time.perf_counter()
    try:
        turn = await typed_turn(understanding, wish.text, "b")
    except AssistantError as error:  # an engine failed: nothing came of the wish
        turn = Turn(id="b", ended_ms=0.0, text=wish.text, reply=error.sentence)
    plan_ms = float(turn.timings_ms.get("routed", 1000.0 * (time.perf_counter() - started)))
    asked = understanding.asked and not link.calls
    results, reply = turn.results, turn.reply
    if asked:
        try:
            confirmed = await typed_turn(understanding, "yes", "c")
        except AssistantError as error:
            reply = error.sentence
        else:
            results, reply = confirmed.results, f"{reply} {confirmed.reply}"
    decision = turn.decision
    link.calls.clear()
    changed = changes(wish.home, link.home)
    return Outcome(
        wish=wish,
        step=decision.route if decision else "none",
        right=is_right(wish, link.home),
        plan_ms=plan_ms,
        asked=asked,
        calls=tuple({"tool": c.tool, "arguments": c.arguments} for c in (decision.calls if decision else ())),
        changed=changed,
        reply=reply.strip(),
        ok=any(result.ok for result in results),
    )
