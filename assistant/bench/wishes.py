"""Wishes in words of one's own, in a home of one's own: `assistant bench wishes`.

Each goes the way of `assistant ask`; counted is what would be done, by the step that decided it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assistant.assembly import Assembly
from assistant.bench.homes import build, part, read_yaml
from assistant.bench.steps import by_step, taking_part, write_rows
from assistant.config import load_config
from assistant.console import typed_turn
from assistant.errors import AssistantError, UsageError
from assistant.events import EventBus
from assistant.paths import find_paths
from assistant.think.normalize import spell
from assistant.think.understanding import Understanding
from assistant.types import JsonDict, RouteDecision, ToolCall

Kind = Literal["right", "wrong", "asked", "asked_wrong", "passed"]
KINDS: tuple[Kind, ...] = ("right", "wrong", "asked", "asked_wrong", "passed")

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """A wish and the calls of which any one is right, with arguments that must be among its own; none: do nothing."""

    text: str
    calls: tuple[ToolCall, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Which steps take part."""

    grammar: bool = True
    caller: bool = True
    talker: bool = True
    details: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a wish: done as meant, done otherwise, asked (rightly or not), or left to words.

    `plan_ms`: until that was clear.
    """

    meant: Meant
    step: str
    kind: Kind
    calls: tuple[ToolCall, ...]
    reply: str
    plan_ms: float

    def row(self) -> JsonDict:
        calls = [{"tool": call.tool, "arguments": call.arguments, "confidence": call.confidence} for call in self.calls]
        return {
            "text": self.meant.text, "step": self.step, "kind": self.kind, "calls": calls, "reply": self.reply,
            "meant": [{"tool": call.tool, "arguments": call.arguments} for call in self.meant.calls],
            "plan_ms": self.plan_ms,
        }  # fmt: skip


def read_wishes(file: Path) -> Iterator[Meant]:
    """The lines `text TAB tool {arguments} || ...` or `text TAB -` of a file. Raises: UsageError: a line is neither."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        raise UsageError(f"The file {file} cannot be read.", fix="Name a file with one wish a line.") from None
    for line in lines:
        if not line or line.startswith("#"):
            continue
        text, _, meanings = line.partition("\t")
        calls = []
        for meaning in filter(None, (one.strip() for one in meanings.split("||") if one.strip() != "-")):
            tool, _, arguments = meaning.partition(" ")
            try:
                calls.append(ToolCall(tool=tool, arguments=json.loads(arguments)))
            except ValueError:
                raise UsageError(f"This line is no wish with a meaning: {line}") from None
        if not meanings:
            raise UsageError(f"This line is no wish with a meaning: {line}")
        yield Meant(text=text, calls=tuple(calls))


def run_wishes(wishes: Sequence[Meant], home: Path, steps: Steps, progress: Progress) -> JsonDict:
    """The figures. Raises: UsageError: the home cannot be read; ModelError: a model that takes part is not there."""
    outcomes = asyncio.run(_run(wishes, home, steps, progress))
    write_rows(steps.details, (outcome.row() for outcome in outcomes))
    return figures(outcomes)


def figures(outcomes: Sequence[Outcome]) -> JsonDict:
    """By step what came of what it decided; `score` is the share that was done or rightly left alone."""
    meant = [outcome for outcome in outcomes if outcome.meant.calls]
    idle = [outcome for outcome in outcomes if not outcome.meant.calls]
    right = sum(outcome.kind == "right" for outcome in outcomes)
    return {
        "suite": "wishes",
        "n": len(outcomes),
        "score": round(right / max(1, len(outcomes)), 4),
        "wishes": {"n": len(meant), **{kind: sum(one.kind == kind for one in meant) for kind in KINDS}},
        "no_wishes": {"n": len(idle), **{kind: sum(one.kind == kind for one in idle) for kind in KINDS}},
        "steps": by_step(outcomes, "decided", {kind: _is(kind) for kind in KINDS}),
    }


def _is(kind: Kind) -> Callable[[Outcome], bool]:
    return lambda outcome: outcome.kind == kind


def judged(meant: Meant, calls: Sequence[ToolCall], *, asked: bool) -> Kind:
    """What calls that are made, or asked about, are to who meant this."""
    if not calls:
        return "passed" if meant.calls else "right"
    fits = len(calls) == 1 and any(_fits(calls[0], wanted) for wanted in meant.calls)
    if asked:
        return "asked" if fits else "asked_wrong"
    return "right" if fits else "wrong"


def _fits(call: ToolCall, wanted: ToolCall) -> bool:
    return call.tool == wanted.tool and all(
        spell(str(call.arguments.get(name, ""))) == spell(str(value)) for name, value in wanted.arguments.items()
    )


async def _run(wishes: Sequence[Meant], home: Path, steps: Steps, progress: Progress) -> list[Outcome]:
    paths = find_paths()
    with tempfile.TemporaryDirectory(prefix="wishes-") as scratch:
        own = dataclasses.replace(paths, state=Path(scratch) / "state", config=Path(scratch) / "config")
        async with Assembly(load_config(None), own, EventBus()).running() as assembly:
            described = build(read_yaml(home), {})
            link = part("memory").MemoryHome(described)
            assembly.context.settings = {"home": {"link": link}}
            understanding = assembly.understanding()
            await assembly.host.serve()
            if steps.caller or steps.talker:
                await assembly.start_thinking()
            understanding.minds = taking_part(understanding.minds, caller=steps.caller, talker=steps.talker)
            if not steps.grammar:
                understanding.grammar = _NoGrammar()
            outcomes = []
            for number, meant in enumerate(wishes, start=1):
                link.home = described
                outcomes.append(await _wish(understanding, meant, steps))
                progress("wishes", number, len(wishes))
            return outcomes


async def _wish(understanding: Understanding, meant: Meant, steps: Steps) -> Outcome:
    """Say it, and stop before an answer in mere words is written: only what is done counts."""
    understanding.renew()
    loop = asyncio.get_running_loop()
    started = loop.time()
    decision = await _planned(understanding, meant.text)
    choosing = understanding.minds.choosing
    if choosing is not None and choosing.missed is not None:  # as if its prompt had been made ready before
        await choosing.rest()
        started = loop.time()
        decision = await _planned(understanding, meant.text)
    plan_ms = round(1000 * (loop.time() - started), 1)
    reply = ""
    if decision.calls:
        turn = await typed_turn(understanding, meant.text, "b")
        reply = turn.reply
        decision = turn.decision or decision
    asked = understanding.asked or decision.reason in ("caller_asks", "talker_asks")
    return Outcome(
        meant=meant,
        step=decision.route,
        kind=judged(meant, decision.calls, asked=asked),
        calls=decision.calls,
        reply=reply,
        plan_ms=plan_ms,
    )


async def _planned(understanding: Understanding, text: str) -> RouteDecision:
    """The decision; that of nobody where an engine failed."""
    try:
        return await understanding.plan(text)
    except AssistantError:
        return RouteDecision(route="none", reason="talker_not_ready")


class _NoGrammar:
    """`assistant.think.fastpath.Grammar` that knows nothing."""

    def match(self, text: str) -> None:
        return None

    def is_complete(self, text: str) -> Literal["unknown"]:
        return "unknown"

    def near(self, text: str, *, skill: str = "", within: float = 0.0) -> tuple[()]:
        return ()

    def topic(self, text: str) -> None:
        return None
