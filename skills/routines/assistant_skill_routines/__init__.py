"""Routines: several commands under one sentence of the user's own, made by voice."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any

from assistant.skill import (
    Reply,
    Skill,
    answer_of,
    is_korean,
    normalize,
    say_list,
    say_number,
    speaking,
    spell,
    stop_intent,
    tool,
)
from assistant_skill_routines.korean import is_plan, read_korean
from assistant_skill_routines.steps import MAX_PHRASE_WORDS, MAX_STEPS, Plan, read_plan, read_steps, split_at_joints

KEY = "routines"
MAX_ROUTINES = 50

Name = Annotated[str, "the sentence that starts the routine, such as good night"]

_ROUTINE = "[the|my] routine [called|named|for|with the name]"
_DELETE = "(delete|remove|forget|drop|get rid of|erase)"
Steps = list[str]
"""The sentences of a routine, in order."""


class RoutinesSkill(Skill):
    """The store holds the steps, as normalised sentences, by the phrase that starts them."""

    @tool(
        fast=["(make|create|add|set up|start) (a|another|a new|new) routine"],
        unfinished=[
            "(when|whenever|if|every time) i say {rest:what}",
            "(make|create|add|set up) (a|another|a new|new) routine (called|named|for|with the name) {rest:what}",
        ],
        llm=["I would like one sentence that does several things"],
        effect="change",
        deadline_s=10,
    )
    async def make(self, what: Annotated[str, "the sentence that starts it, then what to do"] = "") -> Reply:
        """Make a routine: a sentence that the user makes up, and the commands that it stands for."""
        words = spell(what) or spell(await self.context.ask(self.say("which_phrase"), "command", self._once_more))
        understands = self._understands()
        plan = read_korean(words, understands) if is_korean(words) else read_plan(words, understands)
        if not plan.steps and len(words.split()) <= MAX_PHRASE_WORDS:
            self._check_phrase(words)
            plan = await self._asked(words)
        if plan.lost or not plan.steps:
            raise self.error("not_understood", part=plan.lost or words)
        self._check_phrase(plan.phrase)
        asks = self._check_steps(plan.steps)
        routines = self._routines()
        if plan.phrase in routines and not await self.context.confirm(self.say("replace", phrase=plan.phrase)):
            return self.reply("kept")
        if len(routines) >= MAX_ROUTINES and plan.phrase not in routines:
            raise self.error("too_many")
        self.context.store.set(KEY, {**routines, plan.phrase: list(plan.steps)})
        data = {"phrase": plan.phrase, "steps": list(plan.steps)}
        key = "made_asks" if asks else "made"
        return self.reply(key, data=data, phrase=plan.phrase, steps=_then(plan.steps))

    @tool(
        fast=[
            f"(run|start|do|execute) {_ROUTINE} {{text:name}}",
            "(run|start|do|execute) [the|my] {text:name} routine",
        ],
        effect="change",
    )
    async def run(self, name: Name) -> Reply:
        """Do everything that a routine stands for."""
        phrase, steps = self._find(name)
        return Reply(speech="", data={"phrase": phrase, "steps": steps}, then=tuple(steps))

    @tool(
        fast=[
            f"what (does|is in|is) {_ROUTINE} {{text:name}} [do]",
            "what does [the|my] {text:name} routine do",
            f"what happens in {_ROUTINE} {{text:name}}",
            "what happens (when|if) i say {text:name}",
            "what (do|will|would) you do (when|if) i say {text:name}",
        ]
    )
    async def does(self, name: Name) -> Reply:
        """Tell what a routine does."""
        phrase, steps = self._find(name)
        return self.reply("does", data={"phrase": phrase, "steps": steps}, phrase=phrase, steps=_then(steps))

    @tool(fast=[f"{_DELETE} {_ROUTINE} {{text:name}}", f"{_DELETE} [the|my] {{text:name}} routine"], effect="change")
    async def delete(self, name: Name) -> Reply:
        """Delete a routine."""
        phrase, _ = self._find(name)
        routines = self._routines()
        del routines[phrase]
        self.context.store.set(KEY, routines)
        return self.reply("deleted", phrase=phrase)

    @tool(
        fast=[
            "[list|read] [all] [of] my routines",
            "(list|read) [all] [the] routines",
            "(what|which) routines (do i have|have i got|are there|do you know)",
            "(what|which) are my routines",
            "what are (the|my) routines",
            "do i have [any] routines",
        ]
    )
    async def list(self) -> Reply:
        """Tell which routines there are."""
        phrases = sorted(self._routines())
        if not phrases:
            return self.reply("none", data={"routines": []})
        count = self.say("one") if len(phrases) == 1 else self.say("several", count=say_number(len(phrases)))
        return self.reply("list", data={"routines": phrases}, count=count, phrases=say_list(phrases))

    def own_sentences(self) -> Mapping[str, tuple[str, dict[str, Any]]]:
        """The phrases themselves, and the question what one of them does."""
        found: dict[str, tuple[str, dict[str, Any]]] = {}
        for phrase in self._routines():
            found[phrase] = ("run", {"name": phrase})
            found[f"what does {phrase} do"] = ("does", {"name": phrase})
        return found

    async def _asked(self, phrase: str) -> Plan:
        """Ask for the steps of a phrase that was said alone."""
        words = spell(await self.context.ask(self.say("which_steps", phrase=phrase), "command", self._once_more))
        if is_korean(words):
            return read_korean(f"{phrase}라고 하면 {words}", self._understands())
        steps, lost = read_steps(split_at_joints(words), self._understands())
        return Plan(phrase, steps, lost)

    def parse(self, text: str) -> tuple[str, dict[str, Any]] | None:
        """ "내가 잘 자라고 하면 불 꺼 줘": a phrase and what it stands for, in Korean."""
        return ("make", {"what": text}) if is_korean(text) and is_plan(text) else None

    def _once_more(self, words: str) -> str | None:
        """Somebody who wants to hear the question again has not answered it."""
        again = any(tool.name == "help.repeat" for tool in self.context.understand(words))
        return self.say("again") if again else None

    def _understands(self) -> Any:
        """Whether the grammar of all skills understands words; each asked once, since a plan is tried in many ways."""
        return functools.cache(lambda words: bool(self.context.understand(words)))

    def _check_phrase(self, phrase: str) -> None:
        """Raises: SkillError: it can't start a routine, since it means something already."""
        if not phrase or len(phrase.split()) > MAX_PHRASE_WORDS:
            raise self.error("phrase_long")
        if not normalize(phrase) or stop_intent(phrase) is not None or answer_of(phrase) is not None:
            raise self.error("phrase_word", phrase=phrase)
        tools = self.context.understand(phrase)
        if any(tool.effect != "read" and not tool.name.startswith("routines.") for tool in tools):
            raise self.error("phrase_taken", phrase=phrase)

    def _check_steps(self, steps: tuple[str, ...]) -> bool:
        """Whether one of them must be confirmed each time. Raises: SkillError: they can't be a routine."""
        if len(steps) > MAX_STEPS:
            raise self.error("too_many_steps")
        tools = [tool for step in steps for tool in self.context.understand(step)]
        if any(tool.name.startswith("routines.") for tool in tools):
            raise self.error("nested")
        sensitive = sum(tool.effect == "sensitive" for tool in tools)
        if sensitive > 1:
            raise self.error("one_sensitive")
        return sensitive == 1

    def _find(self, name: str) -> tuple[str, Steps]:
        """The routine that a name means, also when it was nearly heard. Raises: SkillError: there is none."""
        routines, wanted = self._routines(), spell(name)
        phrase = next(iter(get_close_matches(wanted, routines, n=1, cutoff=0.8)), "")
        if phrase:
            return phrase, routines[phrase]
        if not routines:
            raise self.error("none")
        raise self.error("no_such_but", phrase=wanted or "like that", phrases=say_list(sorted(routines)[:5], "or"))

    def _routines(self) -> dict[str, Steps]:
        found: dict[str, Steps] = self.context.store.get(KEY, {})
        return found


def _then(steps: Any) -> str:
    """Steps as one says them: my things become yours."""
    if speaking() == "ko":
        return ", ".join(steps)
    yours = [" ".join({"my": "your", "me": "you"}.get(word, word) for word in step.split()) for step in steps]
    return ", then ".join(yours)
