"""Remembers what it is told, word for word; tells it, changes it and forgets it when it is asked to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from assistant.skill import Card, JsonDict, Reply, Skill, SkillError, say_list, say_number, tool
from assistant_skill_memory import templates
from assistant_skill_memory.facts import find_facts, is_secret, subject, things, turned

MAX_FACTS = 200
_KEY = "facts"

Fact = Annotated[str, "what to remember, as the user said it; empty if it was not said"]
Start = Annotated[str, "the words before it, such as my; empty if there are none"]
About = Annotated[str, "what it is about, such as my locker"]
Whose = Annotated[str, "the word before it, such as my; empty if there is none"]


class Memory(Skill):
    """A fact is kept as it is said back ("your bike is in the cellar"), so that what is told is what was kept."""

    @tool(
        fast=templates.REMEMBER,
        unfinished=templates.REMEMBER_UNFINISHED,
        llm=["make sure you know that I am allergic to nuts"],
        never=["remember that day", "remember that time", "remember the alamo", "remember the time", "remember me"],
        lists={"start": templates.STARTS},
        effect="change",
    )
    async def remember(self, fact: Fact = "", start: Start = "") -> Reply:
        """Remember something that the user tells about themselves or their things."""
        self._check_taint(fact)
        if not fact.strip():
            fact = await self.context.ask(self.say("what"), "text")
        told = turned(f"{start} {fact}")
        facts = self._facts()
        if told.lower() in (one.lower() for one in facts):
            return self.reply("known", fact=told)
        if is_secret(told) and not await self.context.confirm(self.say("secret")):
            return self.reply("not_kept", data={})
        self._check_taint(fact)  # anything may have been read out while we waited for an answer
        facts = self._facts()
        before = [one for one in facts if subject(told) and subject(one) == subject(told)]
        left = [one for one in facts if one not in before]
        if len(left) >= MAX_FACTS:
            raise self.error("full", count=len(left))
        self._keep([*left, told])
        if before:
            return self.reply("replaced", fact=told, before=before[0])
        return self.reply("remembered", fact=told)

    @tool(
        fast=templates.RECALL,
        llm=["what was it that I told you about my sister"],
        lists={"fact": templates.FACTS, "where": templates.WHERE, "mine": templates.MINE, "known": templates.KNOWN},
    )
    async def recall(self, about: About, whose: Whose = "") -> Reply:
        """Tell what the user let be remembered about something."""
        about = f"{whose} {about}".strip()
        found = find_facts(about, self._facts())
        if not found:
            return self.reply("nothing_about", data={"facts": []}, about=turned(about))
        data = {"facts": found}
        if len(found) == 1:
            return self.reply("one", data=data, fact=found[0])
        left = await self.portions("more", found)
        return self.reply("several", data=data, facts=say_list(left)) if left else self.reply("enough", data=data)

    def lists(self) -> Mapping[str, Mapping[str, str]]:
        """What there is something to tell about: only then "where is the guest towel" is a question to us."""
        try:
            return {"told": things(self._facts())}
        except SkillError:  # the disk does not answer: that is told when a fact is asked for
            return {"told": {}}

    @tool(fast=templates.ALL)
    async def about_me(self) -> Reply:
        """Tell everything that the user let be remembered."""
        facts = self._facts()
        data = {"facts": facts}
        if not facts:
            return self.reply("nothing", data=data)
        if len(facts) == 1:
            return self.reply("one", data=data, fact=facts[0])
        await self.context.progress(self.say("count", count=say_number(len(facts))))
        left = await self.portions("more", facts)
        if not left:
            return self.reply("enough", data=data)
        return self.reply("rest", data=data, card=Card(title="Memory", items=facts[:100]), items="; ".join(left))

    @tool(fast=templates.FORGET, llm=["you don't need to know my shoe size any more"], effect="change")
    async def forget(self, about: About) -> Reply:
        """Forget one thing that the user let be remembered."""
        facts = self._facts()
        found = find_facts(turned(about), facts)
        if not found:
            raise self.error("nothing_about", about=turned(about))
        if len(found) > 1:
            found = [await self.context.ask(self.say("which", facts=say_list(found, "or")), found)]
        self._keep([one for one in self._facts() if one not in found])
        return self.reply("forgotten", fact=found[0])

    @tool(fast=templates.FORGET_ALL, effect="change")
    async def forget_all(self) -> Reply:
        """Forget everything that the user let be remembered, after a yes."""
        count = len(self._facts())
        if not count:
            return self.reply("nothing", data={"count": 0})
        question = "shall_forget_one" if count == 1 else "shall_forget"
        if not await self.context.confirm(self.say(question, count=say_number(count))):
            return self.reply("kept", data={})
        self._keep([])
        return self.reply("all_forgotten", data={"count": count})

    async def undo(self, tool: str, data: JsonDict) -> Reply | None:
        """What was remembered is forgotten, and what it replaced is remembered again."""
        facts = self._facts()
        if tool != "remember" or data.get("fact") not in facts:
            return None
        left = [one for one in facts if one != data["fact"]]
        self._keep([*left, data["before"]] if "before" in data else left)
        return self.reply("forgotten", fact=data["fact"])

    def _check_taint(self, fact: str) -> None:
        """Raises: SkillError: words from outside are in the conversation; they could have put these into it (T9).

        What the user says in words of their own is kept all the same, but nothing that opens anything.
        """
        own = self.context.own_words and bool(fact.strip()) and not is_secret(fact)
        if self.context.tainted and not own:
            raise self.error("tainted")

    def _keep(self, facts: Sequence[str]) -> None:
        """Exactly these are remembered from now on."""
        if facts:
            self.context.store.set(_KEY, list(facts))
        else:
            self.context.store.delete(_KEY)
        self.context.lists_changed()

    def _facts(self) -> list[str]:
        """What is remembered, the oldest first."""
        found: list[str] = self.context.store.get(_KEY, [])
        return found
