"""The checks that need the model files: free sentences on the shipped tool caller, an example spoken and heard."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from assistant.assembly import Assembly
from assistant.audio.files import read_audio, write_wav
from assistant.config import load_config
from assistant.devkit.package import SkillPackage
from assistant.devkit.report import Report
from assistant.errors import AssistantError
from assistant.events import EventBus
from assistant.hear.asr import WorkerRecognizer
from assistant.paths import find_paths
from assistant.skillhost.loaded import LoadedSkill
from assistant.speak.normalize import normalize
from assistant.think.caller import judge
from assistant.think.fastpath import Grammar
from assistant.think.misheard import SecondLook
from assistant.types import Samples, ToolSpec

RENDERINGS = 5
"""How often an example is spoken whose first rendering was misheard, of which most must be understood."""
MAX_SPOKEN = 3
"""Examples that are spoken and heard: it is a smoke test."""


def check_engines(
    package: SkillPackage, skill: LoadedSkill, grammar: Grammar, others: Mapping[str, ToolSpec], report: Report,
    scratch: Path, *, models: bool, audio: bool,
) -> None:  # fmt: skip
    """`others` are the tools of the other skills, among which the model has to choose."""
    paths = find_paths()
    own_paths = dataclasses.replace(paths, state=scratch / "engines")  # nothing of the user's own is opened

    async def run() -> None:
        async with Assembly(load_config(paths.config_file), own_paths, EventBus()).running() as assembly:
            if models:
                await _check_llm(assembly, package, skill, grammar, others, report)
            if audio:
                heard = SecondLook(grammar, lambda: {**others, **skill.specs})
                await _check_audio(assembly, package, heard, report, scratch)

    try:
        asyncio.run(run())
    except AssistantError as error:
        for check, wanted in (("llm", models), ("audio", audio)):
            if wanted:
                report.add(check, f"The engines cannot be started: {error}")


async def _check_llm(
    assembly: Assembly, package: SkillPackage, skill: LoadedSkill, grammar: Grammar,
    others: Mapping[str, ToolSpec], report: Report,
) -> None:  # fmt: skip
    """Every `llm` sentence leads to its tool, by the grammar or by the tool caller, surely enough to act or to ask."""
    caller = assembly.tool_caller()
    if caller is None:
        report.add("llm", "There is no tool caller on this machine: `assistant models pull` fetches it.")
        return
    specs = {**others, **skill.specs}
    await caller.prepare(list(specs.values()))
    for tool, mark in skill.marks.items():
        for sentence in mark.llm:
            report.looked("llm")
            if grammar.match(sentence):
                continue  # the grammar's answer is another check
            calls = await caller.call(sentence)
            if not calls:
                await caller.rest()  # its set may have had no seat
                calls = await caller.call(sentence)
            verdict = judge(sentence, calls, specs)
            if calls and calls[0].tool == tool and verdict != "pass":
                continue
            told = ", ".join(f"{call.tool} ({call.confidence:.2f})" for call in calls) or "no tool"
            text = f"'{sentence}' leads the tool caller to {told}, verdict '{verdict}', not to {tool}."
            report.add("llm", text, package.find_line(sentence))


async def _check_audio(
    assembly: Assembly, package: SkillPackage, grammar: Grammar, report: Report, scratch: Path
) -> None:
    """The first examples, spoken by our voice and heard by our recogniser, lead where they lead in writing.

    The voice has a melody of its own each time, and one of them may be misheard: that is a finding only if most are.
    """
    recognizer = WorkerRecognizer(assembly.asr)
    for number, example in enumerate(package.manifest.examples[:MAX_SPOKEN]):
        report.looked("audio")
        wanted = grammar.match(example)
        if not wanted:
            continue  # that is a finding of another check
        misheard: list[str] = []
        for rendering in range(RENDERINGS):
            file = scratch / f"spoken-{number}-{rendering}.wav"
            heard = (await recognizer.transcribe(await _spoken(assembly, example, file))).text
            calls = grammar.match(heard)
            if not calls or calls[0].tool != wanted[0].tool:
                misheard.append(heard)
            elif not misheard or rendering + 1 - len(misheard) > RENDERINGS // 2:
                break
            if len(misheard) > RENDERINGS // 2:
                text = f"The example '{example}' was heard as '{misheard[0]}', which does not lead to {wanted[0].tool}"
                often = f"{text} ({len(misheard)} of {rendering + 1} times)."
                report.add("audio", often, package.find_line(example))
                break


async def _spoken(assembly: Assembly, text: str, file: Path) -> Samples:
    """int16 (n,), mono, 16 kHz."""
    chunks = [chunk async for chunk in assembly.synthesizer().speak(normalize(text))]
    rate_hz = chunks[0].rate_hz
    pause = np.zeros(rate_hz // 2, dtype=np.int16)
    write_wav(file, np.concatenate([pause, *(chunk.samples for chunk in chunks), pause]), rate_hz)
    return read_audio(file)
