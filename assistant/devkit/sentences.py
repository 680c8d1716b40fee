"""What a skill's sentences lead to, with every model off: its own tools with the right arguments, and nothing else."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from assistant.devkit.bench import compile_grammar
from assistant.devkit.package import SkillPackage
from assistant.devkit.report import Report
from assistant.devkit.sampling import Sample, TemplateError, samples
from assistant.errors import AssistantError
from assistant.skillhost.loaded import LoadedSkill
from assistant.think.fastpath import Grammar, Template, stop_intent
from assistant.think.livelist import LiveList
from assistant.think.normalize import normalize, spell
from assistant.think.tools import check_call
from assistant.types import JsonDict, ToolCall, ToolSpec

OTHERS_SAMPLES = 6
"""Sentences of each template of another skill that are tried on this one."""


@dataclass(slots=True, kw_only=True)
class Sentences:
    """The skill `mine` among all `skills`; `everything` is the grammar of all of them."""

    package: SkillPackage
    mine: LoadedSkill
    others: tuple[LoadedSkill, ...]
    everything: Grammar
    report: Report
    own: Grammar = field(init=False)
    by_tool: dict[str, Sample] = field(default_factory=dict)
    """A sentence that works, for each tool that has one."""
    unfinished: list[Sample] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.own = compile_grammar(self.mine.templates)

    def check(self) -> None:
        for problem in getattr(self.own, "problems", ()):
            self.report.add("template", problem, self.package.place(self.package.folder))
        templates = _english(self.mine)
        self.report.looked("template", len(templates))
        for template in templates:
            if template.tool in self.mine.specs and not _is_off(template):
                self._check_template(template)
        self._check_examples()
        self._check_never()
        self._check_llm()
        self._check_others()

    def _check_template(self, template: Template) -> None:
        spec = self.mine.specs[template.tool]
        lead = ""
        if template.kind == "after":
            before = self.by_tool.get(template.tool)
            if before is None:
                self.report.add("fast", f"'{template.text}' follows nothing.", self._place(template))
                return
            lead = f"{before.text} and "
        try:
            found = list(samples(template, spec))
        except TemplateError as error:
            self.report.add("template", str(error), self._place(template))
            return
        for sample in found:
            self.report.looked("fast")
            if self._leads(sample, lead) and template.kind == "whole":
                self.by_tool.setdefault(template.tool, sample)
        if template.kind == "unfinished" and found:
            self.unfinished.append(found[0])

    def _leads(self, sample: Sample, lead: str) -> bool:
        """Does this sentence lead to its tool with its arguments, alone and among all skills?"""
        sentence, tool, place = lead + sample.text, sample.template.tool, self._place(sample.template)
        if stop_intent(sentence) is not None:
            self.report.add("fast", f"'{sentence}' stops the assistant; no tool can have it.", place)
            return False
        calls = self.own.match(sentence)
        if not calls or calls[-1].tool != tool:
            what = f"leads to {calls[-1].tool}" if calls else "is not understood"
            compared = normalize(sentence)
            hint = f" What is compared is '{compared}'." if compared != spell(sentence) else ""
            text = f"'{sentence}' of the template '{sample.template.text}' {what}, not to {tool}.{hint}"
            self.report.add("fast", text if calls else text.replace(f", not to {tool}", ""), place)
            return False
        wanted = self._fitted(sample.template, sample.arguments, place)
        given = self._fitted(sample.template, calls[-1].arguments, place)
        if wanted is None or given is None:
            return False
        if wanted != given:
            shown = f"'{sentence}' gives {_shown(given)}, but its words say {_shown(wanted)}."
            self.report.add("arguments", shown, place)
            return False
        self.report.looked("arguments")
        return self._wins(sentence, tool, place)

    def _wins(self, sentence: str, tool: str, place: str) -> bool:
        """Among all installed skills too?"""
        calls = self.everything.match(sentence)
        if calls and calls[-1].tool != tool and calls[-1].tool not in self.mine.specs:
            self._collides(sentence, tool, calls[-1].tool, place)
            return False
        return True

    def _fitted(self, template: Template, arguments: JsonDict, place: str) -> JsonDict | None:
        """The arguments as the tool gets them, its defaults included."""
        try:
            fitted = check_call(self.mine.specs, ToolCall(tool=template.tool, arguments=arguments)).arguments
            return {**self._defaults(template.tool), **fitted}
        except AssistantError as error:
            self.report.add("arguments", f"The template '{template.text}' does not fit: {error.sentence}", place)
            return None

    def _defaults(self, tool: str) -> JsonDict:
        function = self.package.function(tool)
        taken = inspect.signature(function).parameters.values() if function is not None else ()
        return {parameter.name: parameter.default for parameter in taken if parameter.default is not parameter.empty}

    def _check_examples(self) -> None:
        """What the manifest says that one can say leads to this skill."""
        for example in self.mine.manifest.examples:
            self.report.looked("examples")
            calls = self.everything.match(example)
            place = self.package.find_line(example)
            if not calls:
                self.report.add("examples", f"The example '{example}' is not understood without a model.", place)
            elif calls[0].tool not in self.mine.specs:
                own = self.own.match(example)
                if own:
                    self._collides(example, own[0].tool, calls[0].tool, place)
                else:
                    self.report.add("examples", f"The example '{example}' leads to {calls[0].tool}.", place)

    def _check_never(self) -> None:
        """What must not trigger the skill does not."""
        for tool, mark in self.mine.marks.items():
            for sentence in mark.never:
                for said in (sentence, f"could you please {sentence}"):
                    self.report.looked("never")
                    calls = self.own.match(said) or ()
                    if hit := next((call.tool for call in calls), None):
                        near = f"'{sentence}' must not trigger {tool}, but it triggers {hit}: {self._by(hit, said)}"
                        self.report.add("never", near, self.package.find_line(sentence))
                        break

    def _check_llm(self) -> None:
        """Sentences in free words do not lead to something else before a model sees them."""
        for tool, mark in self.mine.marks.items():
            for sentence in mark.llm:
                self.report.looked("llm")
                calls = self.everything.match(sentence)
                place = self.package.find_line(sentence)
                if calls and calls[0].tool not in self.mine.specs:
                    self._collides(sentence, tool, calls[0].tool, place)
                elif calls and calls[0].tool != tool:
                    self.report.add("llm", f"'{sentence}' leads to {calls[0].tool}, not to {tool}.", place)

    def _check_others(self) -> None:
        """No sentence of another installed skill triggers this one."""
        for skill in self.others:
            for sentence, tool in _sentences(skill):
                self.report.looked("collision")
                if not self.own.match(sentence):
                    continue
                calls = self.everything.match(sentence) or ()
                if hit := next((call.tool for call in calls if call.tool in self.mine.specs), None):
                    self._collides(sentence, hit, tool, self.package.folder.name, theirs=True)

    def _collides(self, sentence: str, mine: str, other: str, place: str, *, theirs: bool = False) -> None:
        """Name both templates and the sentence."""
        winner, loser = (mine, other) if theirs else (other, mine)
        text = (
            f"'{sentence}' is meant for {loser} ({self._by(loser, sentence)}), but {winner} takes it "
            f"({self._by(winner, sentence)})."
        )
        self.report.add("collision", text, place)

    def _by(self, tool: str, sentence: str) -> str:
        """The template of a tool that takes a sentence."""
        for skill in (self.mine, *self.others):
            for template in _english(skill):
                if template.tool == tool and template.kind != "after" and compile_grammar([template]).match(sentence):
                    return f"template '{template.text}'"
        return "no template alone"

    def _place(self, template: Template) -> str:
        return self.package.find_line(template.text, near=self.package.function(template.tool))


def _english(skill: LoadedSkill) -> list[Template]:
    """The templates that are sampled: those of another language are read by another grammar."""
    return [template for template in skill.templates if template.language == "en"]


def _sentences(skill: LoadedSkill) -> Iterator[tuple[str, str]]:
    """What people say to a skill, with the tool that is meant."""
    first = next(iter(skill.marks))
    for example in skill.manifest.examples:
        yield example, first
    for tool, mark in skill.marks.items():
        for sentence in mark.llm:
            yield sentence, tool
    for template in _english(skill):
        if template.kind != "after" and template.tool in skill.specs and not _is_off(template):
            for sample in _samples(template, skill.specs[template.tool]):
                yield sample.text, template.tool


def _is_off(template: Template) -> bool:
    """Does it name a live list that is empty? Then nobody can say it."""
    return any(
        isinstance(values, LiveList) and not values and f"{{{name}" in template.text
        for name, values in template.lists.items()
    )


def _samples(template: Template, spec: ToolSpec) -> Iterable[Sample]:
    try:
        return list(samples(template, spec, OTHERS_SAMPLES))
    except TemplateError:
        return ()  # its own tests tell


def _shown(arguments: JsonDict) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items()) or "nothing"
