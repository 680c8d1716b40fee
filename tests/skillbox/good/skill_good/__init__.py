"""A well-behaved skill of somebody else: the tests load it into a process of its own."""

# ruff: noqa: ASYNC240, PTH208

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Literal

from assistant.skill import Card, Duration, Reply, Skill, SkillError, tool


class WeatherReport(Skill):
    @tool(
        fast=["what will the weather be [in {name:city}]"], llm=["do I need an umbrella"], never=["what weather is it"]
    )
    async def weather(self, city: str = "Berlin") -> Reply:
        """Tell tomorrow's weather."""
        card = Card(title="Weather", items=["sun", "clouds"])
        return self.reply("sunny", city=city, card=card, data={"city": city, "at": self.context.now()})

    @tool(fast=["note {name:text}"], effect="change")
    async def note(self, text: str) -> Reply:
        """Keep a text and read it back from the store."""
        store = self.context.store
        store.set("text", {"text": text})
        assert store.get("nothing", 7) == 7
        assert store.keys() == ["text"]
        return self.reply("kept", text=store.get("text")["text"])

    @tool(deadline_s=2.0)
    async def converse(self) -> Reply:
        """Ask for a length of time and for a yes."""
        await self.context.progress("One moment.")
        span = await self.context.ask("How long?", "duration")
        assert isinstance(span, Duration)
        sure = await self.context.confirm("Are you sure?")
        return Reply(speech=f"{span.minutes} minutes, {sure}.")

    @tool()
    async def fetch(self, url: str) -> Reply:
        """Get a page of the declared host, or of another."""
        answer = await self.context.http.get(url, params={"q": "1"})
        return Reply(speech=f"{answer.status} {answer.text}")

    @tool(effect="change")
    async def remind(self, seconds: int) -> Reply:
        """Set a timer and list the skill's own."""
        made = self.context.timers.add(seconds, "tea")
        seen = [timer.id for timer in self.context.timers.list()]
        gone = self.context.timers.cancel(made.id)
        return Reply(speech=f"{made.label} {made.seconds} {seen == [made.id]} {gone}")

    @tool()
    async def folder(self, name: str) -> Reply:
        """List the folder that the user gave."""
        return Reply(speech=" ".join(sorted(os.listdir(Path.home() / name))))

    @tool()
    async def temporary(self) -> Reply:
        """Write a file to the skill's own place and read it."""
        place = Path(os.environ["TMPDIR"], "file.txt")
        place.write_text("mine")
        return Reply(speech=place.read_text())

    @tool()
    async def nothing(self) -> Reply:
        """Do nothing, for measuring."""
        return Reply(speech="Done.")

    @tool()
    async def fail(self, how: Literal["refuse", "crash", "no reply", "exit"]) -> Reply:
        """Fail in one of several ways."""
        if how == "refuse":
            raise SkillError("I would rather not.")
        if how == "crash":
            raise ValueError("a bug")
        if how == "exit":
            os._exit(3)
        return "no reply"  # type: ignore[return-value]

    @tool(deadline_s=0.3)
    async def slow(self, how: Literal["asleep", "spinning", "late"]) -> Reply:
        """Take far too long."""
        if how == "spinning":
            while True:
                time.monotonic()
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            if how == "late":
                self.context.store.set("late", True)
            raise
        return Reply(speech=json.dumps(None))
