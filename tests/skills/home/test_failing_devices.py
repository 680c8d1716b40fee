"""Devices and homes that fail: what is said claims nothing that did not happen, and partial success is told exactly.

Every case goes through the whole understanding as a typed turn, to a server on loopback that speaks the real protocol.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from assistant_skill_home.homeassistant import HomeAssistant
from assistant_skill_home.mqtt.link import MqttHome

from .broker import Devices, Mosquitto, a_house
from .conftest import Conversation, HomeServer, Talk

pytestmark = [pytest.mark.contract, pytest.mark.slow]

CLAIM = re.compile(
    r"\b(is|are) (now )?(on|off|open|opening|closed|closing|(un)?lock(ed|ing)|cleaning|going|playing|paused|brighter"
    r"|darker|at|set|red|blue|muted|checked|started|louder|quieter)\b"
    r"|\bI (added|turned|set|started|opened)\b|\bstarted\b",
    re.IGNORECASE,
)
"""Words that say that something was done."""
TIMEOUT_S = 0.6


async def told(conversation: Conversation, *sentences: str) -> str:
    """The answer, after a check that it claims nothing: no result is a success and no word says so."""
    reply = await conversation.talk(*sentences)
    assert conversation.turn.results, f"not understood: {sentences}"
    assert [False] * len(conversation.turn.results) == [result.ok for result in conversation.turn.results], reply
    assert CLAIM.search(reply) is None, reply
    assert reply
    return reply


# Home Assistant

Ready = tuple[Conversation, HomeServer]
ASSISTANT_FAULTS: dict[str, tuple[str, ...]] = {
    "refuses every service": ("turn on the kitchen light", "close the roller", "set the radiator to 25 degrees"),
    "does not answer calls": ("turn off the reading lamp", "pause the tv", "put milk on the groceries list"),
    "accepts, and nothing changes": (
        "turn on the kitchen light", "make the reading lamp a bit brighter", "make the reading lamp red",
        "set the reading lamp to 70 percent", "skip this song", "turn the tv up", "mute the tv", "start the vacuum",
        "activate movie night", "set the bedroom fan to 20 percent", "open the blinds", "set the roller to 30 percent",
    ),
    "changes, and tells nothing": ("turn off the bedroom fan", "set the tv volume to 90 percent"),
    "devices are unavailable": ("turn off the reading lamp", "open the blinds", "start the vacuum",
                                "lock the front door"),
    "is cut in the middle": ("turn on the kitchen light", "turn off the lights in the living room"),
    "is gone": ("turn on the kitchen light", "unlock the front door", "activate movie night"),
    "tells another state": ("turn on the kitchen light", "open the blinds"),
}  # fmt: skip


@contextlib.asynccontextmanager
async def home_assistant(talk: Talk) -> AsyncIterator[Ready]:
    async with HomeServer().running() as server:
        link = HomeAssistant(server.url, lambda: server.token, timeout_s=TIMEOUT_S, first_pause_s=0.2)
        conversation = talk(link=link)
        task = asyncio.create_task(conversation.host.serve())
        try:
            await conversation.host.first_lists(20.0)
            assert link.snapshot() is not None
            yield conversation, server
        finally:
            task.cancel()
            await asyncio.wait([task])


async def _break(server: HomeServer, fault: str) -> None:
    """Let the server fail in this way from now on."""
    assert server.home.home is not None
    ids = set(server.home.home.entities)
    if fault == "refuses every service":
        server.home.refusing = ids
    elif fault == "does not answer calls":
        server.mute = {"call_service"}
    elif fault in ("accepts, and nothing changes", "tells another state"):
        server.home.deaf = ids
    elif fault == "changes, and tells nothing":
        server.tells = False
    elif fault == "devices are unavailable":
        server.home.deaf = ids
        for one in ids:
            await server.change(one, "unavailable")
    elif fault == "is gone":
        server.token = "another"
        await server.cut()


async def _meanwhile(server: HomeServer, fault: str) -> None:
    """What happens once a service has been called."""
    await server.called.wait()
    if fault == "is cut in the middle":
        await server.cut()
    elif fault == "tells another state":
        await server.change("light.kitchen", "unknown")
        await server.change("cover.blind", "closing")


@pytest.mark.parametrize("fault", ASSISTANT_FAULTS)
def test_home_assistant(talk: Talk, fault: str) -> None:
    """A home that fails in this way: no sentence gets a word of success."""

    async def speak() -> None:
        for sentence in ASSISTANT_FAULTS[fault]:
            async with (
                home_assistant(talk) if fault == "is cut in the middle" else contextlib.nullcontext(shared) as ready
            ):
                conversation, server = ready
                server.called.clear()
                server.mute = {"call_service"} if fault in ("is cut in the middle", "does not answer calls") else set()
                later = asyncio.create_task(_meanwhile(server, fault))
                sentences = [sentence, "yes"] if sentence.startswith("unlock") else [sentence]
                await told(conversation, *sentences)
                later.cancel()

    async def run() -> None:
        nonlocal shared
        async with home_assistant(talk) as shared:
            conversation, server = shared
            await _break(server, fault)
            if fault in ("devices are unavailable", "is gone"):
                await _until(
                    lambda: (home := conversation.link.snapshot()) is None or not home.entities["scene.movie"].answers
                )
                if fault == "devices are unavailable":
                    await _until(lambda: all(not one.answers for one in conversation.link.snapshot().entities.values()))
            await speak()

    shared: Any = None
    asyncio.run(run())


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20.0):
        while not holds():  # noqa: ASYNC110 - seen from outside, as a user would
            await asyncio.sleep(0.02)


ASSISTANT_PARTS: dict[str, tuple[str, str]] = {
    "one is deaf": (
        "turn off the lights in the living room",
        "The Ceiling is off. I've sent it, but got no confirmation from the Reading Lamp.",
    ),
    "one is unavailable": (
        "turn off the lights in the living room", "The Ceiling is off. The Reading Lamp did not answer.",
    ),
    "one kind is refused": (
        "turn off everything in the lounge", "The Reading Lamp and the Ceiling are off. The TV did not do that.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", ASSISTANT_PARTS)
def test_a_part_of_home_assistant(talk: Talk, fault: str) -> None:
    """Of a group some fail: those are named, the others are said to be done."""
    sentence, answer = ASSISTANT_PARTS[fault]

    async def run() -> str:
        async with home_assistant(talk) as (conversation, server):
            if fault == "one is deaf":
                server.home.deaf = {"light.lamp"}
            elif fault == "one kind is refused":
                server.home.refusing = {"media_player.tv"}
            else:
                server.home.deaf = {"light.lamp"}
                await server.change("light.lamp", "unavailable")
                await _until(lambda: not conversation.link.snapshot().entities["light.lamp"].answers)
            return await conversation.talk(sentence)

    assert answer == asyncio.run(run())


def test_a_home_assistant_that_was_never_there(talk: Talk) -> None:
    """From the start nobody answers: what is surely meant for the home is answered honestly."""

    async def run() -> None:
        link = HomeAssistant("http://127.0.0.1:9", lambda: "token", timeout_s=TIMEOUT_S)
        conversation = talk(link=link)
        task = asyncio.create_task(conversation.host.serve())
        await conversation.host.first_lists(5.0)
        for sentence in NEVER_THERE:
            await told(conversation, sentence)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(run())


NEVER_THERE = ("turn on the kitchen lights", "lock the door")

# Devices on a broker

BROKER_FAULTS: dict[str, tuple[str, ...]] = {
    "devices are deaf": (
        "turn on the kitchen light", "make the reading lamp a bit brighter", "make the reading lamp blue",
        "set the roller to 30 percent", "set the radiator to 25 degrees", "start the vacuum", "turn on the coffee plug",
        "open the garden tap",
    ),
    "a lock is stuck": ("unlock the front door",),
    "a door moves the wrong way": ("open the garage door",),
    "devices are offline": ("turn on the kitchen light", "turn off the reading lamp", "set the radiator to 25 degrees"),
    "the broker is gone": ("turn on the kitchen light", "unlock the front door", "activate movie night"),
    "the broker hangs": ("turn on the kitchen light", "start the vacuum"),
    "the broker dies in the middle": ("turn off the reading lamp",),
    "the device cannot do it": ("make the ceiling blue", "set the ceiling to 20 percent"),
}  # fmt: skip


@contextlib.asynccontextmanager
async def on_a_broker(folder: Path, talk: Talk) -> AsyncIterator[tuple[Conversation, Mosquitto, Devices]]:
    async with Mosquitto(folder).running() as broker, Devices(a_house()).connected(broker) as devices:
        link = MqttHome(broker.url, timeout_s=TIMEOUT_S, first_pause_s=0.2)
        conversation = talk(link=link)
        task = asyncio.create_task(conversation.host.serve())
        try:
            await conversation.host.first_lists(20.0)
            await link.settle(lambda home: all(one.answers or not one.reports for one in home.entities.values()), 5.0)
            yield conversation, broker, devices
        finally:
            task.cancel()
            await asyncio.wait([task])


async def _break_devices(fault: str, broker: Mosquitto, devices: Devices, conversation: Conversation) -> None:
    if fault == "devices are offline":
        for topic, said in (
            ("z2m/bridge", '{"state": "offline"}'),
            ("lamp/status", "offline"),
            ("heat/status", "offline"),
        ):
            await devices.tell(topic, said)
        names = {"Kitchen Light", "Reading Lamp", "Radiator"}
        await _until(
            lambda: all(
                one.state == "unavailable"
                for one in conversation.link.snapshot().entities.values()
                if one.name in names
            )
        )
    elif fault == "the broker is gone":
        broker.stop()
        await _until(lambda: conversation.link.snapshot() is None)
    elif fault == "the broker hangs":
        broker.send(signal.SIGSTOP)
    for one in devices.devices.values():
        one.how = "wrong" if one.wrong and fault != "devices are deaf" else "deaf"


@pytest.mark.parametrize("fault", BROKER_FAULTS)
def test_devices_on_a_broker(tmp_path: Path, talk: Talk, fault: str) -> None:
    """A broker or its devices that fail in this way: no sentence gets a word of success."""

    async def run() -> None:
        async with on_a_broker(tmp_path, talk) as (conversation, broker, devices):
            await _break_devices(fault, broker, devices, conversation)
            for sentence in BROKER_FAULTS[fault]:
                asks = sentence.startswith(("unlock", "open the garage"))
                if fault == "the broker dies in the middle":
                    dying = asyncio.create_task(_stop_when_heard(broker, devices))
                reply = await told(conversation, *([sentence, "yes"] if asks else [sentence]))
                if fault == "the broker dies in the middle":
                    await dying
                    assert "I can't reach your home right now." == reply
            if fault == "the broker hangs":
                broker.send(signal.SIGCONT)

    asyncio.run(run())


async def _stop_when_heard(broker: Mosquitto, devices: Devices) -> None:
    await devices.heard(1)
    broker.stop()


BROKER_PARTS: dict[str, tuple[str, str]] = {
    "one is deaf": (
        "turn off the lights in the living room",
        "The Ceiling is off. I've sent it, but got no confirmation from the Reading Lamp.",
    ),
    "one is offline": (
        "turn off the lights in the living room", "The Ceiling is off. The Reading Lamp did not answer.",
    ),
    "one reports nothing": (
        "turn on all the switches",
        "The Coffee Plug is on. I've sent it to the Aquarium, which reports nothing back.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", BROKER_PARTS)
def test_a_part_of_the_devices(tmp_path: Path, talk: Talk, fault: str) -> None:
    """Of a group some fail, or cannot tell: each is said to be what it is."""
    sentence, answer = BROKER_PARTS[fault]

    async def run() -> str:
        async with on_a_broker(tmp_path, talk) as (conversation, _, devices):
            if fault == "one is deaf":
                devices.devices["lamp"].how = "deaf"
            elif fault == "one is offline":
                await devices.tell("lamp/status", "offline")
                await _until(lambda: not conversation.link.snapshot().entities["light.mqtt:lamp"].answers)
            return await conversation.talk(sentence)

    assert answer == asyncio.run(run())


def test_there_are_enough_cases(capsys: pytest.CaptureFixture[str]) -> None:
    """The table of homes and devices holds at least fifty cases by itself."""
    tables: list[dict[str, Any]] = [ASSISTANT_FAULTS, BROKER_FAULTS]
    cases = sum(len(sentences) for table in tables for sentences in table.values())
    cases += len(ASSISTANT_PARTS) + len(BROKER_PARTS) + len(NEVER_THERE)
    with capsys.disabled():
        print(f"\n{cases} failing-device cases of a home")
    assert cases >= 50
