"""What a skill asked goes before commands of the same words, but not where any words would be an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.console import typed_turn
from assistant.engines.hassil_grammar import create
from assistant.skill import Reply, Skill, tool
from assistant.skillhost.loaded import LoadedSkill
from assistant.skillhost.manifest import Manifest
from assistant.skills_host import LentContext, SkillHost, in_process
from assistant.store.timers import TimerStore
from assistant.think.understanding import Minds, Understanding

pytestmark = pytest.mark.unit


class Paper(Skill):
    """Reads one headline after the other, and takes notes."""

    @tool(fast=["the headlines"])
    async def read(self) -> Reply:
        """Read the headlines."""
        return Reply(speech="It rains. The next one?", ask="{answer} from the paper")

    @tool(fast=["next from the paper"])
    async def next(self) -> Reply:
        """Read the next headline."""
        return Reply(speech="The sun shines.")

    @tool(fast=["make a note"], effect="change")
    async def ask(self) -> Reply:
        """Ask what to note."""
        return Reply(speech="What is the note?", ask="note that {answer}")

    @tool(fast=["note that {text:what}"], effect="change")
    async def note(self, what: str) -> Reply:
        """Note something."""
        return Reply(speech=f"Noted: {what}.")


class Player(Skill):
    """Has the shortest commands."""

    @tool(fast=["next", "skip [this] song"], effect="change")
    async def skip(self) -> Reply:
        """Go to the next song."""
        return Reply(speech="The next song.")


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Understanding]:
    timers = TimerStore(tmp_path / "timers.sqlite3")
    lent = LentContext(timers=timers)

    def loaded(kind: type[Skill]) -> LoadedSkill:
        manifest = Manifest(
            id=kind.__name__.lower(), version="1.0.0", api=1, languages=("en",), summary="a skill of a test",
            examples=("Try it.",),
        )  # fmt: skip
        return in_process(kind, lent, manifest, {})

    host = SkillHost.load(lent, sources={}, others=[loaded(Paper), loaded(Player)])
    yield Understanding(grammar=create(host.templates), toolbox=host, minds=Minds())
    host.close()
    timers.close()


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (("the headlines", "next"), "The sun shines."),
        (("next",), "The next song."),
        (("the headlines", "next", "next"), "The next song."),
        (("the headlines", "skip this song"), "The next song."),
        (("make a note", "it rains"), "Noted: it rains."),
        (("make a note", "next"), "The next song."),
        (("make a note", "skip this song"), "The next song."),
    ],
)
def test_next_is_for_who_asked(talk: Understanding, said: tuple[str, ...], answer: str) -> None:
    """Right after the question it is the answer; later, or where a skill would take any words, it is the command."""

    async def conversation() -> str:
        return [(await typed_turn(talk, text, "t")).reply.strip() for text in said][-1]

    assert answer == asyncio.run(conversation())
