"""Greetings, thanks, questions about the assistant that are answered truthfully; jokes, a coin, dice, a number."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Annotated, Literal

from assistant.skill import Context, Reply, Skill, say_list, say_number, tool
from assistant_skill_smalltalk import templates

MAX_SIDES = 1000
MAX_DICE = 10
MAX_NUMBER = 10**9
JOKES = tuple(f"joke_{number}" for number in range(1, 11))

Topic = Literal[
    "morning", "afternoon", "evening", "hello", "night", "bye", "thanks", "sorry", "praise", "how_are_you",
    "who_are_you", "name", "age", "human", "feelings", "where", "listening", "recording", "leaves", "test", "here",
]  # fmt: skip


class SmallTalk(Skill):
    """What is said of hearing, keeping and sending is what the README says under "What leaves the device"."""

    def __init__(self, context: Context, texts: Mapping[str, str]) -> None:
        super().__init__(context, texts)
        self._told: list[str] = []

    @tool(fast=["{topic:about}"], lists={"topic": templates.TOPICS}, never=["hello world"])
    async def chat(self, about: Annotated[Topic, "what the user says or asks about the assistant itself"]) -> Reply:
        """Answer a greeting, thanks, or a question about the assistant itself: who it is, what it hears and keeps."""
        return self.reply(about, data={"about": about})

    @tool(fast=templates.JOKE, llm=["cheer me up with something funny"], public=True)
    async def joke(self) -> Reply:
        """Tell a joke; none twice before all were told."""
        if len(self._told) == len(JOKES):
            self._told = self._told[-1:]
        key = secrets.choice([joke for joke in JOKES if joke not in self._told])
        self._told.append(key)
        return self.reply(key, data={"joke": key})

    @tool(fast=templates.COIN, public=True)
    async def flip(self) -> Reply:
        """Flip a coin."""
        side = secrets.choice(("heads", "tails"))
        return self.reply(side, data={"side": side})

    @tool(fast=templates.DIE, llm=["I need a die for our board game"], public=True)
    async def roll(
        self, sides: Annotated[int, "how many sides a die has"] = 6, count: Annotated[int, "how many dice"] = 1
    ) -> Reply:
        """Roll one die or several dice."""
        if not 2 <= sides <= MAX_SIDES:
            raise self.error("sides")
        if not 1 <= count <= MAX_DICE:
            raise self.error("too_many_dice")
        rolled = [secrets.randbelow(sides) + 1 for _ in range(count)]
        if count == 1:
            return self.reply("die", data={"rolled": rolled}, number=say_number(rolled[0]))
        numbers = say_list([say_number(one) for one in rolled])
        return self.reply("dice", data={"rolled": rolled}, numbers=numbers, total=say_number(sum(rolled)))

    @tool(fast=templates.NUMBER, public=True)
    async def number(
        self, low: Annotated[int, "the smallest number"] = 1, high: Annotated[int, "the largest number"] = 100
    ) -> Reply:
        """Pick a random number between two numbers."""
        low, high = min(low, high), max(low, high)
        if low == high:
            raise self.error("no_range")
        if max(abs(low), abs(high)) > MAX_NUMBER:
            raise self.error("far_apart")
        picked = low + secrets.randbelow(high - low + 1)
        return self.reply("number", data={"number": picked}, number=f"{picked:,}")
