"""Skills are told when the assistant listens or speaks: each change once, also one that no event tells of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from assistant.attention import Attention
from assistant.devkit.virtual import VirtualLoop
from assistant.events import EventBus
from assistant.skill import Reply, Skill, tool
from assistant.testing import settle
from assistant.types import ToolCall

pytestmark = pytest.mark.unit


class Room:
    """What goes on, and what was told of it."""

    def __init__(self) -> None:
        self.busy = False
        self.told: list[bool] = []
        self.bus = EventBus()
        self.attention = Attention(lambda: self.busy, self._tell)
        self.bus.observe(self.attention.observe)

    async def _tell(self, busy: bool) -> None:
        self.told.append(busy)


def play(script: Callable[[Room], Any]) -> list[bool]:
    """What is told while a script runs, and at the end."""
    room, loop = Room(), VirtualLoop()

    async def scene() -> None:
        task = asyncio.ensure_future(room.attention.run())
        await settle()
        await script(room)
        await settle()
        task.cancel()
        await asyncio.wait([task])

    loop.run_until_complete(scene())
    loop.end()
    return room.told


def test_each_change_once() -> None:
    """Restored at the start, busy at the wake word, over when the follow-up window closes."""

    async def script(room: Room) -> None:
        room.busy = True
        for kind in ("wake", "listening", "speech_started", "speech_done", "listening"):
            room.bus.emit(kind)  # type: ignore[arg-type]
            await settle()
        room.busy = False
        room.bus.emit("follow_up_closed")
        await settle()

    assert [False, True, False] == play(script)


def test_an_end_without_an_event() -> None:
    """A noise after the wake word ends in silence, and so does a stop word."""

    async def script(room: Room) -> None:
        room.busy = True
        room.bus.emit("wake")
        await settle()
        room.busy = False
        await asyncio.sleep(1.0)
        assert [False, True, False] == room.told

    assert [False, True, False] == play(script)


def test_ends_with_the_assistant() -> None:
    """Stopped in the middle of an answer, music is as loud as before."""

    async def script(room: Room) -> None:
        room.busy = True
        room.bus.emit("wake")

    assert [False, True, False] == play(script)


def test_nothing_to_tell() -> None:
    """Events without a change tell nothing."""

    async def script(room: Room) -> None:
        room.bus.emit("timer")
        await asyncio.sleep(10.0)

    assert [False] == play(script)


class Attentive(Skill):
    """Keeps what it is told; `slow` never ends, `broken` raises."""

    mood = ""

    @tool(fast=["anything then"])
    async def more(self) -> Reply:
        """Do more."""
        return Reply(speech="More.", then=("what time is it",))

    async def attention(self, busy: bool) -> None:
        if self.mood == "slow":
            await asyncio.Event().wait()
        if self.mood == "broken":
            raise RuntimeError("oh")
        self.context.store.set("told", [*self.context.store.get("told", []), busy])


@pytest.mark.parametrize("mood", ["", "slow", "broken"])
def test_a_skill_that_hangs_or_breaks_harms_nobody(make: Callable[..., Any], mood: str) -> None:
    """It has the store, as a tool has it, and three seconds."""
    bench = make(Attentive)
    loop = VirtualLoop()
    Attentive.mood = mood
    loop.run_until_complete(bench.host.attend(busy=True))
    Attentive.mood = ""
    loop.run_until_complete(bench.host.attend(busy=False))
    loop.end()
    store = bench.host.skills["attentive"].functions["attentive.more"].__self__.context._keyvalue
    assert [False] == store.get("told")[-1:]
    assert (2 if not mood else 1) == len(store.get("told"))


def test_what_follows_is_only_for_our_own(make: Callable[..., Any]) -> None:
    """A skill of somebody else can't say commands in the user's name."""
    call = ToolCall(tool="attentive.more", arguments={})
    assert ("what time is it",) == asyncio.run(make(Attentive).host.run(call)).then
    assert () == asyncio.run(make(Attentive, trusted=False).host.run(call)).then
