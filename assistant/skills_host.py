"""Loads the installed skills, offers their tools and templates, and runs a tool so that it cannot harm a turn."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib.resources
import inspect
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from importlib.metadata import entry_points

from assistant.errors import AssistantError, SkillError, SkillLoadError
from assistant.language import Tongue, spoken_in
from assistant.skill import Reply, Skill
from assistant.skillhost.calls import Call, notify
from assistant.skillhost.context import LentContext as LentContext
from assistant.skillhost.context import SkillContext
from assistant.skillhost.loaded import LoadedSkill as LoadedSkill
from assistant.skillhost.loaded import checked_reply, is_outbound, load_class
from assistant.skillhost.locale import Locale, Texts, asked, read_locales
from assistant.skillhost.manifest import Manifest as Manifest
from assistant.skillhost.manifest import read_manifest, read_texts
from assistant.skillhost.questions import OpenQuestions, in_its_name
from assistant.skillhost.strikes import SkillCrashed, Strikes, Switches
from assistant.think.acting import shall_i
from assistant.think.confirm import Confirmer, PinCheck
from assistant.think.fastpath import Grammar
from assistant.think.tools import Say, check_call, failed
from assistant.types import JsonDict, ToolCall, ToolResult, ToolSpec

GROUP = "assistant.skills"
CLOSED = "That question is no longer open."
DISABLED = "disabled-skills.json"
ATTENTION_S = 3.0
"""How long a skill may take over what the assistant's listening and speaking means to it."""

_log = logging.getLogger(__name__)

Loader = Callable[[], type[Skill]]


class SkillHost:
    """The enabled skills. `problems` says by entry-point name why a skill is not among them.

    `clock` gives seconds that only grow. `on_silent` is told what a tool did after its answer had been interrupted.
    """

    def __init__(
        self,
        skills: Iterable[LoadedSkill],
        problems: Mapping[str, str],
        *,
        switches: Switches | None = None,
        pin: PinCheck | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.skills = {skill.manifest.id: skill for skill in skills}
        self.problems = dict(problems)
        self.specs: Mapping[str, ToolSpec] = {
            name: replace(spec, outbound=is_outbound(skill.manifest, spec))
            for skill in self.skills.values()
            for name, spec in skill.specs.items()
        }
        self.readers = tuple(skill.parse for skill in self.skills.values() if skill.parse is not None)
        self.on_lists: Callable[[], None] = lambda: None
        self.tongue = Tongue()
        self.phrases = tuple(phrase for skill in self.skills.values() for phrase in skill.phrases)
        self.templates = tuple(template for skill in self.skills.values() for template in skill.templates)
        self.switches = switches or Switches()
        marks = {name: mark for skill in self.skills.values() for name, mark in skill.marks.items()}
        self.confirmer = Confirmer(pin, frozenset(name for name, mark in marks.items() if mark.critical))
        self.questions = OpenQuestions(clock)
        self.clock = clock
        self.on_silent: Callable[[ToolResult], None] = lambda result: None
        self._ready: dict[str, asyncio.Event] = {}
        self._strikes = Strikes()
        self._calls: set[Call] = set()
        self._finishing: set[asyncio.Task[None]] = set()

    @classmethod
    def load(
        cls,
        context: LentContext,
        *,
        sources: Mapping[str, Loader] | None = None,
        others: Iterable[LoadedSkill] = (),
        problems: Mapping[str, str] | None = None,
        pin: PinCheck | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> SkillHost:
        """Load the skills of all installed packages (or of `sources`); one that fails is left out, with a reason.

        `others` are skills that run in processes of their own, `problems` why some of those are missing.
        """
        switches = Switches(context.state / DISABLED if context.state is not None else None)
        skills: dict[str, LoadedSkill] = {}
        reasons = dict(problems or {})
        for name, load in sorted((installed() if sources is None else sources).items()):
            try:
                _add(skills, _load(load, context), switches)
            except AssistantError as error:
                reasons[name] = error.sentence
            except Exception as error:
                reasons[name] = f"It failed to load: {type(error).__name__}: {error}"
        for skill in others:
            try:
                _add(skills, skill, switches)
            except AssistantError as error:
                reasons[skill.manifest.id] = error.sentence
                skill.close()
        for name, reason in reasons.items():
            _log.warning("skill disabled", extra={"skill": name, "reason": reason})
        host = cls(skills.values(), reasons, switches=switches, pin=pin, clock=clock)
        host.tongue = context.tongue
        for name in skills:
            host._exemplify(context, name)

        def changed(name: str) -> None:
            host.relist(name)
            host._exemplify(context, name)

        context.lists_changed = changed
        return host

    def _exemplify(self, context: LentContext, name: str) -> None:
        """Tell what one may say to a skill, as long as it has any tool that works."""
        if (skill := self.skills.get(name)) is not None:
            works = any(spec.skill == name for spec in self.specs.values())
            if skill.manifest.tier == "premium":  # nobody is told of what would need a cloud that is not there
                works = works and context.cloud() is not None
            context.examples[name] = skill.manifest.examples if works else ()
            for locale in skill.locales:
                context.other_examples.setdefault(locale.language, {})[name] = locale.examples if works else ()

    def relist(self, name: str) -> None:
        """The live lists of a skill hold other phrases: the grammar follows by itself, `on_lists` tells the others."""
        if (skill := self.skills.get(name)) is not None:
            others = {tool: spec for tool, spec in self.specs.items() if spec.skill != name}
            mine = {
                tool: replace(spec, outbound=is_outbound(skill.manifest, spec)) for tool, spec in skill.relist().items()
            }
            changed = {**others, **mine} != self.specs
            self.specs = {**others, **mine} if changed else self.specs
            self._listed(name)
            if changed:  # else it concerns the grammar alone, which follows by itself
                self.on_lists()

    async def serve(self) -> None:
        """Run what the skills have going on beside everything else, until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            for name, skill in self.skills.items():
                if skill.serve is not None:
                    group.create_task(self._serve(name, skill.serve), name=f"skill {name}")

    async def first_lists(self, patience_s: float) -> None:
        """Wait until each skill that runs beside has filled its live lists, or has ended, or time is over."""
        waiting = [skill for skill in self.skills.values() if skill.serve is not None and skill.live]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                for skill in waiting:
                    await self._ready.setdefault(skill.manifest.id, asyncio.Event()).wait()

    async def _serve(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """A skill that breaks here still has its tools."""
        try:
            await run()
        except Exception:
            _log.exception("what a skill runs beside failed", extra={"skill": name})
        finally:
            self._listed(name)

    def _listed(self, name: str) -> None:
        self._ready.setdefault(name, asyncio.Event()).set()

    async def run(self, call: ToolCall, say: Say | None = None, permit: str = "") -> ToolResult:
        """Check and run one call; every failure becomes a result with a sentence, only cancellation passes through.

        `say` is given what the tool wants to be heard at once. `permit` is the nonce of a confirmation that was
        granted for exactly this call; without it nothing sensitive runs, whoever asks. A result whose data hold a
        `question_id` is a question: `answer` goes on with the call.
        """
        try:
            checked = check_call(self.specs, call)
            skill = self.skills[self.specs[checked.tool].skill]
            if reason := self.switches.reason(skill.manifest.id):
                raise SkillError(f"The {skill.manifest.id} skill is switched off: {reason}")
            if self.specs[checked.tool].effect == "sensitive":
                self.confirmer.redeem(permit, checked, now_s=self.clock())
        except AssistantError as error:
            return failed(call.tool, error)
        running = Call(checked, skill.marks[checked.tool], _voice(skill, say), self.questions.open)
        self._calls.add(running)
        with spoken_in(self.tongue.now):
            running.start(skill.functions[checked.tool])
        return await self._go_on(running)

    async def answer(self, question_id: str, text: str, say: Say | None = None) -> ToolResult:
        """Give the user's words to the call that asked; the next part of it, as `run` gives the first."""
        question = self.questions.take(question_id)
        if question is None:
            return failed("", SkillError(CLOSED))
        call = question.call
        if not self._skill(call).trusted and self.confirmer.is_pin(text):
            call.stop()
            self._calls.discard(call)
            return failed(call.tool, SkillError("That sounds like your PIN. I don't give it to a skill."))
        call.answered(text, _voice(self._skill(call), say))
        return await self._go_on(call)

    def undoes(self, tool: str) -> bool:
        """Whether the skill of this tool can take back what it did."""
        return tool in self.specs and self.skills[self.specs[tool].skill].undo is not None

    async def undo(self, result: ToolResult) -> ToolResult:
        """Let the skill take back what this result tells of."""
        skill = self.skills[self.specs[result.tool].skill]
        mark = skill.marks[result.tool]
        running = Call(ToolCall(tool=result.tool), mark, None, self.questions.open)
        self._calls.add(running)
        with spoken_in(self.tongue.now):
            running.start(functools.partial(_undone, skill, result))
        return await self._go_on(running)

    def question(self, call: ToolCall) -> str:
        """What the user is asked before a sensitive call: never only the words of somebody else's skill."""
        skill = self.skills[self.specs[call.tool].skill]
        for locale in skill.locales:
            if locale.language == self.tongue.now and (form := locale.asks.get(call.tool.partition(".")[2])):
                return asked(form, call.arguments)
        question = shall_i(self.specs[call.tool], call)
        return question if skill.trusted else f"This is for the {skill.manifest.id} skill. {question}"

    def own_sentences(self) -> Mapping[str, ToolCall]:
        """The sentences that the user made up, by their words, over all skills."""
        return {text: call for skill in self.skills.values() for text, call in skill.own_sentences().items()}

    def understand(self, grammar: Grammar) -> Callable[[str], Sequence[ToolSpec]]:
        """What a skill may know of the grammar: the tools that a sentence leads to."""
        return lambda text: [self.specs[call.tool] for call in grammar.match(text) or () if call.tool in self.specs]

    async def attend(self, *, busy: bool) -> None:
        """Tell the skills that the assistant begins or has ended to listen or speak; what fails is logged."""
        for name, skill in self.skills.items():
            if skill.attention is None or self.switches.reason(name):
                continue
            try:
                await notify(skill.attention, ATTENTION_S, busy=busy)
            except AssistantError as error:
                _log.info("attention failed", extra={"skill": name, "reason": error.code})
            except Exception:
                _log.exception("attention failed", extra={"skill": name})

    def cancel_all(self) -> None:
        """End every call and every question at once."""
        for call in list(self._calls):
            self._end(call)

    def close(self) -> None:
        """End every call and whatever runs for the skills."""
        self.cancel_all()
        for skill in self.skills.values():
            skill.close()

    async def _go_on(self, call: Call) -> ToolResult:
        try:
            question = await call.advance()
        except asyncio.CancelledError:
            self._interrupted(call)
            raise
        except TimeoutError:
            return self._too_late(call)
        if question is None:
            return self._result(call)
        text = in_its_name(self._skill(call), question.text, asks=True)
        data: JsonDict = {"question_id": question.id, "confirms": question.confirms}
        outside, sent = self._outside(call), tuple(call.sent)
        return ToolResult(tool=call.tool, ok=True, speech=text, data=data, outside=outside, sent=sent)

    def _result(self, call: Call) -> ToolResult:
        self._calls.discard(call)
        skill = self._skill(call)
        try:
            reply = checked_reply(call.result())
        except SkillCrashed as error:
            return self._struck(call, "it crashed", error)
        except AssistantError as error:
            spoken = in_its_name(skill, error.sentence)
            outside = self._outside(call)
            sent = tuple(call.sent)
            return ToolResult(tool=call.tool, ok=False, speech=spoken, error=error.code, outside=outside, sent=sent)
        except Exception:
            _log.exception("tool failed", extra={"tool": call.tool[:80]})
            return self._struck(call, "it failed", SkillError("Sorry, that did not work."))
        data = {**reply.data}
        if reply.ask:
            data["ask"] = reply.ask
        if reply.card is not None:
            data["card"] = asdict(reply.card)
        then, to_model = (tuple(reply.then), reply.to_model) if skill.trusted else ((), "")
        outside = self._outside(call) or reply.outside
        speech = in_its_name(skill, reply.speech)
        return ToolResult(
            tool=call.tool,
            ok=True,
            speech=speech,
            data=data,
            outside=outside,
            then=then,
            missed=call.missed,
            sent=tuple(call.sent),
            to_model=to_model,
        )

    def _outside(self, call: Call) -> bool:
        """May this call's words be those of strangers? What a skill itself says of that can only add to it."""
        return call.outside or not self._skill(call).trusted

    def _too_late(self, call: Call) -> ToolResult:
        self._end(call)
        name = self._skill(call).manifest.id
        return self._struck(call, "it took too long", SkillError(f"{name} took too long, so I stopped it."))

    def _struck(self, call: Call, how: str, error: AssistantError) -> ToolResult:
        """A failure that counts; the third within an hour switches the skill off."""
        name = self._skill(call).manifest.id
        result = failed(call.tool, error)
        if not self._strikes.add(name, self.clock()):
            return result
        reason = f"It failed three times within an hour; the last time {how}."
        _log.warning("skill disabled", extra={"skill": name, "reason": reason})
        self.switches.disable(name, reason)
        self.skills[name].close()
        speech = f"{error.sentence} The {name} skill has failed three times, so I have switched it off."
        return ToolResult(tool=result.tool, ok=False, speech=speech, error=result.error)

    def _interrupted(self, call: Call) -> None:
        """Nobody listens any more. What only tells something is dropped; what changes something is completed, silently,
        because half a change is worse than one that was not heard of.
        """
        if call.mark.effect == "read" or not call.begun or call.question is not None:
            self._end(call)
            return
        call.silent = True
        finishing = asyncio.get_running_loop().create_task(self._finish(call), name=f"finish {call.tool}")
        self._finishing.add(finishing)
        finishing.add_done_callback(self._finishing.discard)

    async def _finish(self, call: Call) -> None:
        self.on_silent(await self._go_on(call))

    def _end(self, call: Call) -> None:
        if call.question is not None:
            self.questions.forget(call.question.id)
        call.stop()
        self._calls.discard(call)

    def _skill(self, call: Call) -> LoadedSkill:
        """Found by its name: the tool itself is gone from `specs` where its lists ran empty meanwhile."""
        return self.skills[call.tool.partition(".")[0]]


async def _undone(skill: LoadedSkill, result: ToolResult) -> Reply:
    """Raises: SkillError: it cannot be taken back any more."""
    reply = await skill.undo(result.tool.partition(".")[2], result.data) if skill.undo is not None else None
    if reply is None:
        raise SkillError("I can't take that back.")
    return reply


def _voice(skill: LoadedSkill, say: Say | None) -> Say | None:
    """Says what a skill wants to be heard at once, in its name where that matters."""
    return None if say is None else lambda text: say(in_its_name(skill, text))


def installed() -> dict[str, Loader]:
    """The skills that installed packages announce, by entry-point name."""
    return {point.name: point.load for point in entry_points(group=GROUP)}


def _add(skills: dict[str, LoadedSkill], skill: LoadedSkill, switches: Switches) -> None:
    name = skill.manifest.id
    if name in skills:
        raise SkillLoadError(f"Another skill has the id {name} already.")
    if reason := switches.reason(name):
        raise SkillLoadError(f"It is switched off: {reason}")
    skills[name] = skill


def _load(load: Loader, context: LentContext) -> LoadedSkill:
    """A skill that an entry point names, in this process."""
    kind = load()
    if not (inspect.isclass(kind) and issubclass(kind, Skill)):
        raise SkillLoadError("Its entry point is not a subclass of Skill.")
    folder = importlib.resources.files(kind.__module__.partition(".")[0])
    manifest = read_manifest(folder)
    if "en" not in manifest.languages:
        raise SkillLoadError("It does not speak en.")
    return in_process(kind, context, manifest, read_texts(folder, "en"), read_locales(folder, manifest))


def in_process(
    kind: type[Skill],
    lent: LentContext,
    manifest: Manifest,
    texts: Mapping[str, str],
    locales: tuple[Locale, ...] = (),
) -> LoadedSkill:
    """A skill of this process, with its own view of what is lent. Raises: SkillLoadError."""
    spoken = Texts(texts, {locale.language: locale.texts for locale in locales})
    context = SkillContext(lent, manifest, spoken, own=True)
    return load_class(kind, lambda found: found(context, spoken), manifest, close=context.close, locales=locales)
