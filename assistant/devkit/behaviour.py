"""How a skill behaves when it runs: its speech, its effects, what goes wrong around it, stops and interruptions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.devkit.bench import Heard, SkillBench
from assistant.devkit.package import SkillPackage
from assistant.devkit.report import Report
from assistant.devkit.sampling import Sample
from assistant.devkit.service import Canned, Mode, Service
from assistant.devkit.speech import speech_problems
from assistant.devkit.watch import Run
from assistant.skill import Reply
from assistant.skillhost.loaded import LoadedSkill
from assistant.skillhost.manifest import Permissions
from assistant.think.fastpath import Grammar

BUSY_S = 1.0
"""A tool that keeps the process busy for longer blocks the whole assistant."""
PATIENCE_S = 45.0
"""Longer than any question waits."""
CUT_S = 0.3
MAX_DEPTH = 4
MAX_UNFINISHED = 3
AGAIN = "say that again"

_ANSWERS = ("yes", "three", "ten minutes", "half past seven", "the first one", "tomorrow at noon", "oat milk")
_FILLERS: dict[str, Any] = {"string": "something", "integer": 3, "number": 3, "boolean": True}
_FAULTS: Sequence[tuple[str, Mode, str]] = (
    ("offline", "offline", "the network is down"),
    ("timeout", "hangs", "the service does not answer"),
    ("provider", "error", "the service answers with an error"),
    ("provider", "garbage", "the service answers with a web page"),
    ("provider", "empty", "the service answers with an empty object"),
)


@dataclass(slots=True, kw_only=True)
class Behaviour:
    """`sentences`: one that works for each tool; `scratch`: a folder for the benches."""

    package: SkillPackage
    skill: LoadedSkill
    grammar: Grammar
    sentences: dict[str, Sample]
    unfinished: Sequence[Sample]
    report: Report
    scratch: Path
    canned: tuple[Canned, ...] = ()
    uses: dict[str, set[str]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def check(self) -> None:
        for tool in self.skill.specs:
            self._check_run(tool)
        for tool in self.skill.specs:
            if "http" in self.uses.get(tool, ()):
                self._check_faults(tool)
            self._check_denied(tool)
            self._check_missing(tool)
            self._check_barge_in(tool)
        counts: dict[str, int] = {}
        for sample in self.unfinished:
            counts[sample.template.tool] = counts.get(sample.template.tool, 0) + 1
            if counts[sample.template.tool] <= MAX_UNFINISHED:
                self._check_unfinished(sample)
        openers = [sample.text for sample in self.sentences.values()]
        openers += [sample.text for sample in self.unfinished if counts[sample.template.tool] <= MAX_UNFINISHED]
        for opener in openers:
            self._check_states([opener])

    @contextmanager
    def _bench(self, mode: Mode = "scripted", permissions: Permissions | None = None) -> Iterator[SkillBench]:
        folder = self.scratch / f"b{next(self._numbers)}"
        service = Service(canned=self.canned, mode=mode)
        bench = SkillBench(self.package, folder, service=service, grammar=self.grammar, permissions=permissions)
        try:
            yield bench
        finally:
            bench.close()

    def _start(self, bench: SkillBench, tool: str, *, cut_after_s: float | None = None) -> Heard:
        """Ask for a tool, by a sentence where there is one."""
        if sample := self.sentences.get(tool):
            return bench.say(sample.text, cut_after_s=cut_after_s)
        schema = self.skill.specs[tool].parameters
        needed = {name: _filler(schema["properties"][name]) for name in schema["required"]}
        return bench.call(tool, needed, cut_after_s=cut_after_s)

    def _to_the_end(self, bench: SkillBench, tool: str) -> list[Heard]:
        """Ask for a tool and answer whatever it asks."""
        heard = [self._start(bench, tool)]
        while heard[-1].asks and len(heard) <= MAX_DEPTH:
            heard.append(bench.say(_fitting(bench)))
        return heard

    def _check_run(self, tool: str) -> None:
        """All is well: it speaks, in time, and does no more than its effect says."""
        with self._bench() as bench:
            before = bench.state()
            heard = self._to_the_end(bench, tool)
            self.uses[tool] = bench.watch.uses.get(tool, set())
            self._judge(tool, heard, bench, "crash", "when all is well")
            changed = [what for what, value in bench.state().items() if value != before[what]]
            ran = {run.tool for run in bench.watch.runs}  # an answer may complete a sentence of another tool
            if changed and all(self.skill.marks[name].effect == "read" for name in ran):
                text = f"{tool} has the effect 'read', but it changes its {changed[0]}: say effect=\"change\"."
                self.report.add("effect", text, self._place(tool))
            self.report.looked("effect")
            for run in bench.watch.runs:
                if run.busy_s > BUSY_S and run.ended != "cancelled":
                    text = f"{tool} blocks the assistant for {run.busy_s:.1f} s: await instead of waiting or computing."
                    self.report.add("blocking", text, self._place(tool))
                if run.ended == "cancelled":
                    text = f"{tool} takes longer than its deadline of {self.skill.marks[tool].deadline_s:g} s."
                    self.report.add("deadline", text, self._place(tool))
            self.report.looked("blocking")
            self.report.looked("deadline")
        if self.uses[tool] & {"cloud", "offer"}:
            self._judge(tool, heard, bench, "entitled", "without a subscription")

    def _check_faults(self, tool: str) -> None:
        """What fails around it ends in a sentence."""
        for check, mode, situation in _FAULTS:
            with self._bench(mode) as bench:
                heard = self._to_the_end(bench, tool)
                self._judge(tool, heard, bench, check, f"when {situation}")
                if mode == "hangs" and any(run.ended == "cancelled" for run in bench.watch.runs):
                    text = (
                        f"{tool} is stopped by its deadline of {self.skill.marks[tool].deadline_s:g} s before its"
                        " request gives up, which counts as a failure: give the request a shorter timeout_s."
                    )
                    self.report.add(check, text, self._place(tool))

    def _check_denied(self, tool: str) -> None:
        """Without its permissions it says so."""
        if not self.uses.get(tool, set()) & {"http", "store"}:
            return
        with self._bench(permissions=Permissions()) as bench:
            heard = self._to_the_end(bench, tool)
            self._judge(tool, heard, bench, "denied", "without its permissions")

    def _check_missing(self, tool: str) -> None:
        """What a model leaves out or leaves empty ends in a question or a sentence."""
        schema = self.skill.specs[tool].parameters
        needed = {name: _filler(schema["properties"][name]) for name in schema["required"]}
        empty = {
            name: ""
            for name, kind in schema["properties"].items()
            if kind.get("type") == "string" and "enum" not in kind
        }
        for arguments in (needed, {**needed, **empty}):
            with self._bench() as bench:
                heard = [bench.call(tool, arguments)]
                shown = ", ".join(f"{name}={value!r}" for name, value in arguments.items()) or "no arguments"
                self._judge(tool, heard, bench, "missing", f"with {shown}")

    def _check_unfinished(self, sample: Sample) -> None:
        """A sentence that only begins is asked to go on, or refused; nothing is done yet."""
        tool = sample.template.tool
        with self._bench() as bench:
            before = bench.state()
            heard = bench.say(sample.text)
            self._judge(tool, [heard], bench, "missing", f"after '{sample.text}'")
            if bench.state() != before:
                text = f"'{sample.text}' is unfinished, but {tool} acts on it already."
                self.report.add("missing", text, self._place(tool))
            elif heard.ok and not heard.asks:
                text = f"'{sample.text}' is unfinished, but {tool} does not ask for the rest: '{heard.speech}'"
                self.report.add("missing", text, self._place(tool))

    def _check_barge_in(self, tool: str) -> None:
        """When the user interrupts, nothing more is done by what reads, and nothing goes on for ever."""
        with self._bench("hangs") as bench:
            heard = self._start(bench, tool, cut_after_s=CUT_S)
            if not heard.interrupted:
                return
            self.report.looked("barge-in")
            before = bench.state()
            bench.advance(PATIENCE_S)
            self._over(tool, bench.watch.runs, "barge-in", "after the user interrupted")
            if self.skill.marks[tool].effect == "read" and bench.state() != before:
                self.report.add("barge-in", f"{tool} acts after the user interrupted.", self._place(tool))

    def _check_states(self, path: list[str]) -> None:
        """At every open question: stop, cancel, repeat and silence; then on to the next question."""
        with self._bench() as bench:
            for text in path:
                heard = bench.say(text)
            if not heard.asks or len(path) > MAX_DEPTH:
                return
            answer = _fitting(bench)
        tool = heard.tool or path[0]
        for check, words in (("stop", "stop"), ("cancel", "never mind"), ("repeat", AGAIN), ("silence", "")):
            with self._bench() as bench:
                for text in path:
                    bench.say(text)
                before = bench.state()
                if words:
                    after = bench.say(words)
                else:
                    bench.advance(PATIENCE_S)
                self.report.looked(check)
                what = (
                    f"after '{words}' at the question '{heard.speech}'" if words else f"when '{heard.speech}' is left"
                )
                if bench.state() != before:
                    self.report.add(check, f"{tool} acts {what}.", self._place(tool))
                if check == "repeat":
                    if after.tool == "help.repeat" and not after.speech:
                        self.report.add(check, f"Nothing is said {what}.", self._place(tool))
                    continue
                if bench.waits:
                    self.report.add(check, f"{tool} still waits for an answer {what}.", self._place(tool))
                bench.advance(PATIENCE_S)
                self._over(tool, bench.watch.runs, check, what)
        self._check_states([*path, answer])

    def _over(self, tool: str, runs: Sequence[Run], check: str, what: str) -> None:
        for run in runs:
            if run.ended == "runs":
                self.report.add(check, f"{run.tool} still runs {what}.", self._place(tool))
            elif run.ended == "swallowed":
                text = f"{run.tool} goes on {what}: it catches its own cancellation (CancelledError)."
                self.report.add(check, text, self._place(tool))

    def _judge(self, tool: str, heard: Sequence[Heard], bench: SkillBench, check: str, situation: str) -> None:
        """Nothing crashed, and what was said can be said."""
        self.report.looked(check)
        for run in bench.watch.runs:
            if run.ended == "crashed":
                self.report.add(check, f"{run.tool} crashes {situation}: {run.sentence}", self._line(tool, run))
            elif run.ended == "replied" and not isinstance(run.reply, Reply):
                text = f"{run.tool} returns {type(run.reply).__name__} {situation}, not a Reply."
                self.report.add(check, text, self._place(tool))
        for one in heard:
            self.report.looked("speech")
            broken = any(run.ended == "crashed" for run in bench.watch.runs)
            if not one.speech and not one.interrupted and not broken:
                self.report.add("speech", f"{tool} says nothing {situation}.", self._place(tool))
            if one.speech.startswith("A text of this skill is missing"):
                self.report.add("texts", f"{one.speech} {tool} wants it {situation}.", self._place(tool))
                continue
            for problem in speech_problems(self._without_hosts(one.speech)):
                self.report.add("speech", f"What {tool} says {situation} holds {problem}.", self._place(tool))

    def _without_hosts(self, speech: str) -> str:
        """The assistant names the host that a skill must not reach; that is not the skill's speech."""
        for host in self.package.manifest.permissions.network:
            speech = speech.replace(host, "the service")
        return speech

    def _line(self, tool: str, run: Run) -> str:
        return f"{self.package.folder.name}/{run.place}" if run.place else self._place(tool)

    def _place(self, tool: str) -> str:
        function = self.package.function(tool)
        return self.package.find_line(f"async def {tool.partition('.')[2]}(", near=function)


def _filler(schema: dict[str, Any]) -> Any:
    return schema["enum"][0] if "enum" in schema else _FILLERS.get(str(schema.get("type")), "something")


def _fitting(bench: SkillBench) -> str:
    """Words that answer the open question."""
    dialogue, questions = bench.understanding.dialogue, bench.host.questions
    for answer in _ANSWERS:
        if questions.fits(dialogue.question, answer):
            return answer
        if dialogue.asked and bench.grammar.match(dialogue.asked.replace("{answer}", answer)):
            return answer
    return "yes" if dialogue.challenge else "oat milk"
