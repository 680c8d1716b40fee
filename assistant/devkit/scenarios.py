"""Runs a scenario through the real host and understanding on scripted time, and says what was not as expected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from assistant.devkit.bench import NOON, Heard, SkillBench
from assistant.devkit.package import SkillPackage
from assistant.devkit.report import Report
from assistant.devkit.scenario_file import NO_TOOL, Expected, Scenario, ScenarioError, ScenarioTurn, read_scenario
from assistant.devkit.service import Canned, Service
from assistant.devkit.speech import speech_problems
from assistant.think.fastpath import Grammar


def check_scenarios(package: SkillPackage, grammar: Grammar, scratch: Path, report: Report) -> None:
    """Every scenario of a skill."""
    for file in package.scenarios:
        report.looked("scenario")
        for line, sentence in run_file(package, file, scratch / file.stem, grammar):
            report.add("scenario", sentence, package.place(file, line))


def run_file(
    package: SkillPackage, file: Path, scratch: Path, grammar: Grammar | None = None
) -> Iterator[tuple[int, str]]:
    """Run one file; (line, what is wrong) for each thing that is."""
    try:
        scenario = read_scenario(file)
    except ScenarioError as error:
        yield error.line, error.sentence
        return
    yield from run_scenario(package, scenario, scratch, grammar)


def run_scenario(
    package: SkillPackage, scenario: Scenario, scratch: Path, grammar: Grammar | None = None
) -> Iterator[tuple[int, str]]:
    service = Service(canned=scenario.canned, mode=scenario.network)
    bench = SkillBench(package, scratch, at=scenario.at or NOON, service=service, grammar=grammar)
    try:
        for turn, following in zip(scenario.turns, [*scenario.turns[1:], None], strict=True):
            if turn.advance_s:
                bench.advance(turn.advance_s)
            if not turn.user:
                continue
            cut_after_s = following.send_after_s if following is not None else None
            heard = bench.say(turn.user, cut_after_s=cut_after_s)
            yield from _differences(turn, heard)
            for run in bench.watch.runs:
                if run.ended == "crashed":
                    yield turn.line, f"After '{turn.user}' {run.tool} crashed: {run.sentence}"
            bench.watch.runs.clear()
    finally:
        bench.close()


def canned_answers(package: SkillPackage) -> tuple[Canned, ...]:
    """What the scenarios say that services answer, for the other checks."""
    found: list[Canned] = []
    for file in package.scenarios:
        try:
            found += read_scenario(file).canned
        except ScenarioError:
            continue  # its own check tells
    return tuple(found)


def _differences(turn: ScenarioTurn, heard: Heard) -> Iterator[tuple[int, str]]:
    expect = turn.expect
    for key, wrong in _wrong(expect, heard):
        yield expect.lines.get(key, turn.line), f"After '{turn.user}' {wrong}"
    for problem in speech_problems(heard.speech):
        yield turn.line, f"After '{turn.user}' the answer holds {problem}."


def _wrong(expect: Expected, heard: Heard) -> Iterator[tuple[str, str]]:
    said = f"the answer was '{heard.speech}'" if heard.speech else "nothing was said"
    if expect.tool is not None and expect.tool != (heard.tool or NO_TOOL):
        yield "tool", f"{heard.tool or 'no tool'} ran, expected was {expect.tool}; {said}."
    if expect.arguments is not None and expect.arguments != heard.arguments:
        yield "arguments", f"the arguments were {heard.arguments}, expected were {expect.arguments}."
    if expect.speech is not None and expect.speech != heard.speech:
        yield "speech", f"{said}, expected was '{expect.speech}'."
    lower = heard.speech.lower()
    for text in expect.contains:
        if text.lower() not in lower:
            yield "contains", f"{said}; expected in it was '{text}'."
    for text in expect.absent:
        if text.lower() in lower:
            yield "absent", f"{said}; '{text}' must not be in it."
    if expect.asks is not None and expect.asks != heard.asks:
        yield "asks", f"{'an answer is' if heard.asks else 'no answer is'} waited for; {said}."
    if expect.ok is not None and expect.ok != heard.ok:
        yield "ok", f"the tool {'did' if heard.ok else 'did not do'} what was asked; {said}."
    if expect.within_ms is not None and heard.took_ms > expect.within_ms:
        yield "within_ms", f"the first word came after {heard.took_ms:.0f} ms, expected was {expect.within_ms:.0f} ms."
