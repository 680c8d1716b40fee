"""Typed turns: the same understanding as spoken ones, stop words included."""

from __future__ import annotations

import asyncio
import importlib
from pathlib import Path

import pytest

from assistant.console import typed_turn
from assistant.skills_host import LentContext, SkillHost
from assistant.store.timers import TimerStore
from assistant.think.understanding import Minds, Understanding
from assistant.types import Turn

pytestmark = pytest.mark.unit


def typed(folder: Path, *texts: str) -> tuple[list[Turn], int]:
    """The turns of these lines, and how often an alarm was silenced."""
    timers = TimerStore(folder / "timers.sqlite3")
    host = SkillHost.load(LentContext(timers=timers))
    grammar = importlib.import_module("assistant.engines.hassil_grammar").create(host.templates)
    understanding = Understanding(grammar=grammar, toolbox=host, minds=Minds())
    silenced: list[str] = []

    def silence() -> bool:
        silenced.append("alarm")
        return True

    async def session() -> list[Turn]:
        return [await typed_turn(understanding, text, f"c{n}", silence) for n, text in enumerate(texts)]

    turns = asyncio.run(session())
    timers.close()
    return turns, len(silenced)


def test_a_typed_stop_silences_the_alarm(tmp_path: Path) -> None:
    """The console says that "stop" may be typed, so it must do what the spoken one does; the record says why."""
    [turn], silenced = typed(tmp_path, "stop")
    assert 1 == silenced
    assert turn.decision is not None
    assert ("stop_word", "") == (turn.decision.reason, turn.reply)


def test_a_typed_command_acts(tmp_path: Path) -> None:
    """A wish that is typed is done and answered; no alarm is touched."""
    [turn], silenced = typed(tmp_path, "set a timer for ten minutes")
    assert ("Ten minutes, starting now.", 0) == (turn.reply, silenced)
    assert turn.results[0].ok


def test_more_needs_an_answer_before(tmp_path: Path) -> None:
    """ "Tell me more" after an answer is the talker's; with no conversation there is nothing to expand."""
    turns, _ = typed(tmp_path, "tell me more", "what time is it", "tell me more")
    assert ["talker_not_ready", "grammar", "talker_not_ready"] == [t.decision.reason for t in turns if t.decision]
