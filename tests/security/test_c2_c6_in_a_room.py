"""C2 and C6 where they are heard: a yes right after our own voice, and the digits of a PIN, in a whole spoken turn."""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from assistant.console import typed_turn
from assistant.events import Event, EventBus
from assistant.skill import Reply, Skill, tool
from assistant.skillhost.manifest import Manifest
from assistant.skills_host import LentContext, SkillHost, in_process
from assistant.speak.speaker import Speaker
from assistant.store.timers import TimerStore
from assistant.telemetry.log import open_log
from assistant.testing import ScriptedLoudspeaker, ScriptedRecognizer, ScriptedVoice, settle
from assistant.think.pin import PinFile
from assistant.think.understanding import Minds, Understanding
from assistant.turn import AFTER_OURS_MS, Exchange, Stages
from assistant.types import Samples, Utterance

pytestmark = pytest.mark.unit

PIN = "2749"


class House(Skill):
    """What its tools did is written down."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.done: list[str] = []

    @tool(fast=["unlock the door"], effect="sensitive")
    async def unlock(self) -> Reply:
        """Unlock the door."""
        self.done.append("door")
        return Reply(speech="The door is unlocked.")

    @tool(fast=["switch the alarm off"], effect="sensitive", critical=True)
    async def disarm(self) -> Reply:
        """Switch the alarm off."""
        self.done.append("alarm")
        return Reply(speech="The alarm is off.")


class Room:
    """Spoken turns one after the other; `said` are the utterances: when they ended (ms), and over an answer or not."""

    def __init__(self, folder: Path, *texts: str) -> None:
        lent = LentContext(timers=TimerStore(folder / "timers.sqlite3"))
        manifest = Manifest(
            id="house", version="1.0.0", api=1, languages=("en",), summary="a house", examples=("Unlock the door.",)
        )
        made = in_process(House, lent, manifest, {})
        self.house: House = made.functions["house.unlock"].__self__  # type: ignore[attr-defined]
        pin = PinFile(folder / "pin.json")
        pin.set(PIN)
        host = SkillHost.load(lent, sources={}, others=[made], pin=pin)
        grammar = importlib.import_module("assistant.engines.hassil_grammar").create(host.templates)
        self.understanding = Understanding(grammar=grammar, toolbox=host, minds=Minds())
        self.events: list[Event] = []
        self.voice = ScriptedVoice()
        self.bus = EventBus()
        self.bus.observe(self.events.append)
        self.stages = Stages(
            recognizer=ScriptedRecognizer(*texts),
            understanding=self.understanding,
            speaker=Speaker(self.voice, ScriptedLoudspeaker(), self.bus),
            bus=self.bus,
            wake_phrase="Okay Nabu",
            silence_alarm=lambda: False,
        )

    async def hear(self, ended_ms: float) -> None:
        """One utterance and its answer; the loudspeaker falls silent at 0 ms of its clock."""
        samples: Samples = importlib.import_module("numpy").zeros(16_000, dtype="int16")
        utterance = Utterance(
            samples=samples, started_ms=ended_ms - 400, ended_ms=ended_ms, ended_by="silence", after_wake=True
        )
        exchange = Exchange(self.stages, utterance, lambda turn, completeness: None)
        exchange.commit("silence", ended_ms)
        await exchange.task
        await settle()


@pytest.mark.parametrize(("after_ms", "done"), [(AFTER_OURS_MS - 1, []), (AFTER_OURS_MS, ["door"])])
def test_c2_a_yes_right_after_our_own_voice(tmp_path: Path, after_ms: float, done: list[str]) -> None:
    """Within 1.5 s after our question it may be its echo: it is put again; after that it is a yes."""
    room = Room(tmp_path, "Okay Nabu, unlock the door.", "Yes.")

    async def session() -> None:
        await room.hear(-5000.0)
        assert 0.0 == room.stages.speaker.quiet_since_ms
        await room.hear(after_ms)

    asyncio.run(session())
    assert done == room.house.done
    again = ["I was still speaking.", "Please wait a moment, and say it once more."]
    assert ["The door is unlocked."] if done else again == room.voice.said[1:]


def test_c6_a_spoken_pin_is_in_no_event_and_no_log(tmp_path: Path) -> None:
    """It opens, and nobody who observes, logs or remembers the turn ever sees its digits."""
    room = Room(tmp_path, "Okay Nabu, switch the alarm off.", "Two seven, four nine.")
    room.bus.observe(open_log(tmp_path / "log"))

    async def session() -> None:
        await room.hear(-5000.0)
        await room.hear(5000.0)

    asyncio.run(session())
    assert ["alarm"] == room.house.done
    told = json.dumps([(event.kind, event.fields) for event in room.events], default=str).lower()
    for handler in logging.getLogger("assistant.events").handlers:
        handler.close()
    told += (tmp_path / "log").read_text() + str(room.understanding.dialogue.messages(0.0)).lower()
    assert [] == [part for part in (PIN, "two seven", "four nine") if part in told]
    assert ["(PIN)"] == [event.fields["text"] for event in room.events if event.kind == "transcript"][1:]


def test_c6_a_typed_pin_is_not_kept(tmp_path: Path) -> None:
    """Written on the console it is masked as well."""
    room = Room(tmp_path, "")

    async def session() -> list[str]:
        turns = [await typed_turn(room.understanding, text, "c") for text in ("switch the alarm off", PIN)]
        return [turn.text for turn in turns]

    assert ["switch the alarm off", "(PIN)"] == asyncio.run(session())
    assert ["alarm"] == room.house.done
