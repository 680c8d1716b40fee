"""How sure the tool caller must be: right and wrong proposals by confidence, for sentences whose meaning is known."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.assembly import Assembly
from assistant.config import load_config
from assistant.errors import AssistantError
from assistant.events import EventBus
from assistant.paths import find_paths
from assistant.skills_host import LentContext, SkillHost
from assistant.spoken_time import parse_time
from assistant.store.timers import TimerStore
from assistant.think.caller import WorkerCaller, judge, permitted
from assistant.think.fastpath import Grammar
from assistant.think.normalize import spell
from assistant.think.tools import check_call
from assistant.think.toolsets import tool_sets
from assistant.types import Effect, JsonDict, ToolCall, ToolSpec

THRESHOLDS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6)
NOTHING = "-"
NOT_ASKED_MS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """What may be said, the tool that it means (empty: nothing may be done) and arguments that must come of it."""

    text: str
    tool: str
    arguments: JsonDict


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was proposed for a sentence, as far as `permitted` let it pass; `ms` is the time of the request."""

    sentence: Sentence
    calls: tuple[ToolCall, ...]
    ms: float
    verdict: str

    @property
    def confidence(self) -> float:
        return min(call.confidence for call in self.calls)

    @property
    def right(self) -> bool:
        call, wanted = self.calls[0], self.sentence
        return call.tool == wanted.tool and all(
            _same(value, call.arguments.get(name)) for name, value in wanted.arguments.items()
        )


def read_sentences(file: Path) -> Iterator[Sentence]:
    """The lines `text TAB tool {arguments}` of a file, or `text TAB -`. Raises: ValueError: a line is neither."""
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        text, _, meaning = line.partition("\t")
        tool, _, arguments = meaning.partition(" ")
        if not text or not tool:
            raise ValueError(f"This line is no sentence with a meaning: {line}")
        known = tool != NOTHING
        yield Sentence(text=text, tool=tool if known else "", arguments=json.loads(arguments) if known else {})


async def propose(
    caller: WorkerCaller, grammar: Grammar, specs: dict[str, ToolSpec], sentences: Sequence[Sentence]
) -> list[Outcome]:
    """Ask for every sentence that the grammar leaves."""
    outcomes = []
    for sentence in sentences:
        if grammar.match(sentence.text):
            continue
        started = time.perf_counter()
        calls = await caller.call(sentence.text)
        ms = 1000 * (time.perf_counter() - started)
        try:
            calls = tuple(check_call(specs, call) for call in calls)
        except AssistantError:
            calls = ()
        verdict = judge(sentence.text, calls, specs)
        kept = calls if permitted(sentence.text, calls, specs) else ()
        outcomes.append(Outcome(sentence=sentence, calls=kept, ms=ms, verdict=verdict))
    return outcomes


def table(outcomes: Sequence[Outcome], specs: dict[str, ToolSpec], effect: Effect) -> list[tuple[float, int, int, int]]:
    """For each threshold: right calls, wrong calls, and how many sentences mean a tool of this effect."""
    meant = sum(1 for each in outcomes if each.sentence.tool and specs[each.sentence.tool].effect == effect)
    proposed = [each for each in outcomes if each.calls and specs[each.calls[0].tool].effect == effect]
    rows = []
    for threshold in THRESHOLDS:
        above = [each for each in proposed if each.confidence >= threshold]
        right = sum(each.right for each in above)
        rows.append((threshold, right, len(above) - right, meant))
    return rows


def main(arguments: Sequence[str]) -> int:
    """Print the tables and every outcome that is wrong or missing."""
    parser = argparse.ArgumentParser(prog="calibrate-caller", description=__doc__)
    parser.add_argument("sentences", nargs="?", type=Path, default=Path("tests/think/caller_calibration.tsv"))
    parser.add_argument("--all", action="store_true", help="print every sentence with what came of it")
    options = parser.parse_args(arguments)
    outcomes, specs = asyncio.run(_measure(list(read_sentences(options.sentences))))
    sys.stdout.writelines(f"{line}\n" for line in report(outcomes, specs, everything=options.all))
    return 0


def report(outcomes: Sequence[Outcome], specs: dict[str, ToolSpec], *, everything: bool) -> Iterator[str]:
    """Tables, times, and the outcomes that are wrong or missing, or all of them."""
    effects: tuple[Effect, ...] = ("change", "read")
    for effect in effects:
        yield f"{effect}: threshold, right, wrong, precision, recall"
        for threshold, right, wrong, meant in table(outcomes, specs, effect):
            precision = right / (right + wrong) if right + wrong else 1.0
            yield f"  {threshold:.2f}  {right:3d}  {wrong:3d}  {precision:5.0%}  {right / max(meant, 1):5.0%}"
    asked = sorted(each.ms for each in outcomes if each.ms > NOT_ASKED_MS)
    if asked:
        times = f"p50 {_part(asked, 0.5):.0f} ms, p95 {_part(asked, 0.95):.0f} ms"
        yield f"{len(outcomes)} sentences, {len(asked)} asked: {times}"
    for each in outcomes:
        missed = each.sentence.tool and not each.calls
        if everything or missed or (each.calls and not each.right):
            calls = "; ".join(f"{call.tool} {call.arguments} {call.confidence:.2f}" for call in each.calls) or NOTHING
            yield f"{each.verdict:5s} {each.sentence.text} -> {calls} (meant: {each.sentence.tool or NOTHING})"


async def _measure(sentences: Sequence[Sentence]) -> tuple[list[Outcome], dict[str, ToolSpec]]:
    paths = find_paths()
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(TimerStore(Path(folder) / "t.sqlite3")) as timers:
        host = SkillHost.load(LentContext(timers=timers))
        specs = dict(host.specs)
        grammar = importlib.import_module("assistant.engines.hassil_grammar").create(host.templates)
        async with Assembly(load_config(paths.config_file), paths, EventBus()).running() as assembly:
            caller = assembly.tool_caller(seats=len(tool_sets(list(specs.values()))))
            if caller is None:
                raise SystemExit("There is no tool caller on this machine.")
            await caller.prepare(list(specs.values()))
            return await propose(caller, grammar, specs, sentences), specs


def _same(wanted: object, given: object) -> bool:
    """Times by what they mean, words by their spelling, sums without their spaces."""
    if isinstance(wanted, str) and isinstance(given, str):
        one, other = parse_time(wanted), parse_time(given)
        if one is not None and other is not None:
            return one == other
        return spell(wanted).replace(" ", "") == spell(given).replace(" ", "")
    return wanted == given


def _part(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
