"""Ringing: a tone and the sentence until somebody stops it, or until it gives up and says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from assistant.speak.ringer import FEW_ROUNDS, MAX_ROUNDS, SAY_EVERY, Ringer
from assistant.testing import ScriptedLoudspeaker, ScriptedVoice, settle

pytestmark = pytest.mark.unit


class Kitchen:
    """A ringer with a scripted voice; `told` is what it reported, in order."""

    def __init__(self, *, hold: bool = False) -> None:
        self.voice = ScriptedVoice()
        self.loudspeaker = ScriptedLoudspeaker(hold=hold)
        self.ringer = Ringer(self.voice, self.loudspeaker)
        self.told: list[str] = []
        self.ringer.on_change = lambda ringing: self.told.append("rings" if ringing else "quiet")
        self.ringer.on_given_up = lambda: self.told.append("given up")


def _in(scenario: Callable[[Kitchen], None], *, hold: bool = False) -> Kitchen:
    async def run() -> Kitchen:
        kitchen = Kitchen(hold=hold)
        scenario(kitchen)
        await settle(3000)
        return kitchen

    return asyncio.run(run())


def test_gives_up() -> None:
    """After its rounds it gives up and says so before it is quiet; a reminder is said three times."""
    kitchen = _in(lambda it: it.ringer.ring("Reminder: call mom.", FEW_ROUNDS))
    assert ["rings", "given up", "quiet"] == kitchen.told
    assert 3 == len(kitchen.voice.said)
    assert not kitchen.ringer.ringing


def test_once() -> None:
    """What is only told is said once."""
    kitchen = _in(lambda it: it.ringer.ring("You missed your alarm.", rounds=1))
    assert ["You missed your alarm."] == kitchen.voice.said
    assert ["rings", "given up", "quiet"] == kitchen.told


def test_stopped() -> None:
    """What is stopped is not given up."""

    def scenario(kitchen: Kitchen) -> None:
        kitchen.ringer.ring("Your timer is done.")
        assert kitchen.ringer.silence()
        assert not kitchen.ringer.silence()

    assert ["rings", "quiet"] == _in(scenario).told


def test_one_more_joins() -> None:
    """A second promise joins the ringing, is said at once, and has all its rounds."""

    def scenario(kitchen: Kitchen) -> None:
        kitchen.ringer.ring("First.", rounds=1)
        kitchen.ringer.ring("Second.")

    kitchen = _in(scenario)
    assert ["First.", "Second."] == kitchen.voice.said[:2]
    assert ["rings", "given up", "quiet"] == kitchen.told
    assert 2 * -(-MAX_ROUNDS // SAY_EVERY) == len(kitchen.voice.said)


def test_an_absent_loudspeaker_uses_up_no_rounds() -> None:
    """A loudspeaker that cuts every tone at once may come back: the ringing waits as long as the tone would sound."""

    async def scenario() -> list[str]:
        kitchen = Kitchen(hold=True)
        kitchen.ringer.ring("Your timer is done.", rounds=2)
        for _ in range(50):
            await settle()
            await kitchen.loudspeaker.cut()
        kitchen.ringer.silence()
        return kitchen.told

    assert ["rings", "quiet"] == asyncio.run(scenario())
