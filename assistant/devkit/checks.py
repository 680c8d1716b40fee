"""All checks of one skill, in the order in which a developer wants to hear of them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from assistant.devkit.behaviour import Behaviour
from assistant.devkit.bench import SkillBench
from assistant.devkit.lint import check_package, check_texts
from assistant.devkit.package import SkillPackage, opened
from assistant.devkit.report import Report
from assistant.devkit.scenarios import canned_answers, check_scenarios
from assistant.devkit.sentences import Sentences
from assistant.errors import SkillLoadError

CHECKS = {
    "manifest": "skill.toml and pyproject.toml fit and agree",
    "load": "the class can be loaded and its tools described",
    "texts": "every text is there in every language, with the same slots",
    "template": "every template parses and can be said",
    "fast": "every sentence of a `fast`, `unfinished` or `after` template leads to its tool, with the models off",
    "arguments": "and to the arguments that its words mean",
    "examples": "every example of skill.toml is understood",
    "never": "no `never` sentence triggers the skill",
    "llm": "no `llm` sentence leads elsewhere before a model sees it; with --models: it leads to its tool",
    "collision": "no sentence of another installed skill triggers this one, nor the other way round",
    "crash": "no tool raises but errors with a sentence",
    "effect": "a tool of the effect `read` changes nothing",
    "blocking": "no tool keeps the process busy for more than a second",
    "deadline": "every tool ends within its deadline",
    "speech": "what is said can be said: no markup, addresses, pictures, endless numbers, words of programs",
    "missing": "what was not said is asked for",
    "offline": "without a network a sentence says so",
    "timeout": "a service that does not answer is given up before the deadline",
    "provider": "a service that fails or sends nonsense ends in a sentence",
    "denied": "without its permissions a sentence says so",
    "entitled": "what needs a subscription says so",
    "stop": "'stop' at an open question ends the call, and nothing more is done",
    "cancel": "'never mind' does so too",
    "silence": "so does silence",
    "repeat": "'say that again' at an open question does nothing else",
    "barge-in": "an interrupted tool does not go on",
    "scenario": "every scenario goes as it is written",
    "audio": "with --audio: its first example is understood when it is spoken and heard",
}
"""What is checked, by id."""


def check_skill(wanted: str, *, models: bool = False, audio: bool = False) -> Report:
    """Check the skill of a folder, or an installed one by its id.

    Raises:
        UsageError: there is no such skill.
    """
    report = Report(skill=Path(wanted).name)
    with report.timed():
        try:
            with opened(wanted) as package:
                report.skill = package.manifest.id
                check_opened(package, report, models=models, audio=audio)
        except SkillLoadError as error:
            kind = "manifest" if "skill.toml" in error.sentence or "pyproject.toml" in error.sentence else "load"
            kind = "texts" if "locale/" in error.sentence else kind
            report.looked(kind)
            report.add(kind, error.sentence, wanted)
    return report


def check_opened(package: SkillPackage, report: Report, *, models: bool = False, audio: bool = False) -> None:
    """Raises: SkillLoadError: it cannot be loaded."""
    check_package(package, report)
    check_texts(package, report)
    with tempfile.TemporaryDirectory(prefix="assistant-skill-") as name:
        scratch = Path(name)
        bench = SkillBench(package, scratch / "first")
        try:
            report.looked("load")
            if reason := bench.host.problems.get(package.manifest.id):
                raise SkillLoadError(reason)
            others = tuple(skill for id_, skill in bench.host.skills.items() if id_ != package.manifest.id)
            sentences = Sentences(
                package=package, mine=bench.skill, others=others, everything=bench.compiled, report=report
            )
            sentences.check()
        finally:
            bench.close()
        Behaviour(
            package=package,
            skill=bench.skill,
            grammar=bench.compiled,
            sentences=sentences.by_tool,
            unfinished=sentences.unfinished,
            report=report,
            scratch=scratch,
            canned=canned_answers(package),
        ).check()
        check_scenarios(package, bench.compiled, scratch, report)
        if models or audio:
            from assistant.devkit.engines import check_engines

            tools = {name: spec for skill in others for name, spec in skill.specs.items()}
            check_engines(package, bench.skill, bench.grammar, tools, report, scratch, models=models, audio=audio)
    _tell_skipped(bench, report, models=models, audio=audio)


def _tell_skipped(bench: SkillBench, report: Report, *, models: bool, audio: bool) -> None:
    """The checks that need the model files were not made, unless they were asked for."""
    if not models and any(mark.llm for mark in bench.skill.marks.values()):
        report.skipped["llm"] = "the `llm` sentences were not asked of a model: add --models"
    if not audio:
        report.skipped["audio"] = "nothing was spoken and heard: add --audio"
