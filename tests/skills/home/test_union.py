"""Home Assistant and devices on a broker at once: one home, nothing twice, and each part honest on its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from assistant_skill_home.homeassistant import HomeAssistant
from assistant_skill_home.link import HomeError
from assistant_skill_home.model import Home
from assistant_skill_home.mqtt.link import MqttHome
from assistant_skill_home.union import BothHomes

from .broker import Devices, Mosquitto, a_house
from .conftest import Conversation, HomeServer, Talk, a_home

pytestmark = pytest.mark.contract

Use = Callable[[Conversation, HomeServer, Mosquitto, Devices], Awaitable[Any]]


async def both_known(link: BothHomes) -> None:
    """Wait for both; whichever is known first has ended `first_lists`, and `settle` of one that is not known fails."""
    for one in (link.first, link.second):
        while one.snapshot() is None:
            await asyncio.sleep(0)
            with contextlib.suppress(HomeError):
                await one.settle(lambda home: True, 0.1)
    lamp = "light.mqtt:lamp"  # a broker is known with its first device, and this need not be the first
    await link.settle(lambda home: lamp in home.entities and home.entities[lamp].answers, 5.0)


@contextlib.asynccontextmanager
async def serving(talk: Talk, link: BothHomes) -> AsyncIterator[Conversation]:
    conversation = talk(link=link)
    task = asyncio.create_task(conversation.host.serve())
    try:
        async with asyncio.timeout(10.0):
            await conversation.host.first_lists(10.0)
            await both_known(link)
        yield conversation
    finally:
        task.cancel()
        await asyncio.wait([task])


def in_both(folder: Path, talk: Talk, home: Home, use: Use, *, mqtt_entries: tuple[tuple[str, str], ...] = ()) -> Any:
    """What `use` makes of a Home Assistant and a broker full of devices."""

    async def run() -> Any:
        server = HomeServer(mqtt_entries=mqtt_entries)
        server.home.home = home
        async with (
            server.running(),
            Mosquitto(folder).running() as broker,
            Devices(a_house()).connected(broker) as devices,
        ):
            first = HomeAssistant(
                server.url, lambda: server.token, timeout_s=10.0, with_hidden=True, first_pause_s=0.05
            )
            link = BothHomes(first, MqttHome(broker.url, timeout_s=10.0, first_pause_s=0.05))
            async with serving(talk, link) as conversation:
                return await use(conversation, server, broker, devices)

    return asyncio.run(run())


def only(*ids: str) -> Home:
    home = a_home()
    return replace(home, entities={key: home.entities[key] for key in ids})


def test_one_home_of_two(tmp_path: Path, talk: Talk) -> None:
    """Devices of both, in the same rooms; a group reaches both, and both report."""

    async def use(conversation: Conversation, *_: Any) -> tuple[Home | None, str]:
        return conversation.link.snapshot(), await conversation.talk("turn off the lights in the living room")

    home, said = in_both(tmp_path, talk, only("light.ceiling_living", "fan.bed"), use)
    assert home is not None
    names = {key: (one.name, one.area) for key, one in home.entities.items()}
    assert ("Ceiling", "living") == names["light.ceiling_living"]
    assert ("Reading Lamp", "living") == names["light.mqtt:lamp"]
    assert ("Kitchen Light", "kitchen") == names["light.mqtt:0x01_light"]
    assert "The Living Room lights are off." == said


def test_nothing_twice(tmp_path: Path, talk: Talk) -> None:
    """What Home Assistant has by way of MQTT is used there; what it keeps from assistants stays away here too."""

    async def use(conversation: Conversation, *_: Any) -> list[str]:
        home = conversation.link.snapshot()
        assert home is not None
        return [key for key, one in home.entities.items() if one.name in ("Front Door", "Reading Lamp", "Coffee Plug")]

    hidden = (("switch.coffee", "plug"), ("light.old_name", "0x01_light"))
    found = in_both(tmp_path, talk, only("lock.front"), use, mqtt_entries=hidden)
    assert ["lock.front", "light.mqtt:lamp"] == found


@pytest.mark.parametrize("lost", ["home assistant", "broker"])
def test_one_of_two_is_lost(tmp_path: Path, talk: Talk, lost: str) -> None:
    """Its things are said not to answer, also in a group with those of the other, which obey."""

    async def use(conversation: Conversation, server: HomeServer, broker: Mosquitto, _: Devices) -> tuple[str, str]:
        gone = "light.counter" if lost == "home assistant" else "light.mqtt:0x01_light"
        await conversation.link.settle(lambda home: gone in home.entities and home.entities[gone].answers, 10.0)
        if lost == "broker":
            broker.stop()
        else:
            server.token = "another"
            await server.cut()
        await conversation.link.settle(lambda home: home.entities[gone].state == "unavailable", 10.0)
        single = "counter" if lost == "home assistant" else "kitchen light"
        return await conversation.talk(f"turn on the {single}"), await conversation.talk("turn on the kitchen lights")

    home = only("light.counter", "fan.bed")
    off = {key: replace(one, state="off") for key, one in home.entities.items()}
    single, group = in_both(tmp_path, talk, replace(home, entities=off), use)
    gone, there = ("Counter", "Kitchen Light") if lost == "home assistant" else ("Kitchen Light", "Counter")
    assert f"The {gone} did not answer." == single
    assert f"The {there} is on. The {gone} did not answer." == group
