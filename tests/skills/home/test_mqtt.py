"""A home over a real Mosquitto, with devices that announce themselves as Home Assistant's MQTT discovery has it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import aiomqtt
import pytest
from assistant_skill_home.link import HomeError
from assistant_skill_home.model import Entity, Home
from assistant_skill_home.mqtt.broker import Broker
from assistant_skill_home.mqtt.link import MqttHome

from .broker import Devices, Mosquitto, a_house
from .conftest import Conversation, Talk

pytestmark = pytest.mark.contract


class Client:
    """A link that runs, with what it has told of."""

    def __init__(self, url: str, **settings: Any) -> None:
        self.notes: list[tuple[str, object]] = []
        settings.setdefault("timeout_s", 2.0)
        self.link = MqttHome(url, note=self._note, first_pause_s=0.05, **settings)
        self.changed = asyncio.Event()

    def _note(self, message: str, /, **fields: object) -> None:
        self.notes.append((message, fields.get("code")))
        self.changed.set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Client]:
        task = asyncio.create_task(self.link.run(self.changed.set))
        try:
            yield self
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(20.0):
            while not holds():
                self.changed.clear()
                await self.changed.wait()

    async def home(self, things: int = 1) -> Home:
        """The home once it has at least so many things, all of which have told their state or never will."""
        await self.until(lambda: (found := self.link.snapshot()) is not None and len(found.entities) >= things)
        return await self.link.settle(
            lambda home: all(one.answers or not one.reports for one in home.entities.values()), 5.0
        )


def by_name(home: Home) -> dict[str, Entity]:
    return {one.name: one for one in home.entities.values()}


def in_house(folder: Path, use: Callable[[Client, Devices], Awaitable[Any]]) -> Any:
    """What `use` makes of a house behind a broker."""

    async def run() -> Any:
        async with (
            Mosquitto(folder).running() as broker,
            Devices(a_house()).connected(broker) as devices,
            Client(broker.url).running() as client,
        ):
            await client.home(15)
            return await use(client, devices)

    return asyncio.run(run())


def test_learns_the_whole_home(tmp_path: Path) -> None:
    """Names, areas, kinds, states and levels from retained messages; what is the device's own business is left out."""

    async def look(client: Client, devices: Devices) -> Home:
        return await client.home()

    home = in_house(tmp_path, look)
    found = by_name(home)
    assert {
        "Kitchen Light": "off", "Reading Lamp": "on", "Ceiling": "on", "Coffee Plug": "off", "Roller": "closed",
        "Garage Door": "closed", "Front Door": "locked", "Radiator": "heat", "Radiator Window": "on",
        "Bedroom Fan": "on", "Rosie": "docked", "Garden Tap": "closed", "Movie Night": "unknown", "Chime": "unknown",
        "Aquarium": "unknown", "Attic Temperature": "31.3",
    } == {name: one.state for name, one in found.items()}  # fmt: skip
    assert {"Kitchen", "Living Room", "Bedroom"} == {area.name for area in home.areas.values()}
    assert "Kitchen" == home.areas[found["Kitchen Light"].area].name
    assert "Bedroom" == home.areas[found["Radiator Window"].area].name
    assert {"temperature": 18.0, "current_temperature": 19.5} == dict(found["Radiator"].attributes)
    assert 102 == found["Reading Lamp"].attributes["brightness"]
    assert 100 == found["Bedroom Fan"].attributes["percentage"]
    assert {"Movie Night", "Chime", "Aquarium"} == {name for name, one in found.items() if not one.reports}
    assert {"Front Door", "Garage Door"} == {name for name, one in found.items() if one.lets_in}


def _lit(look: str) -> tuple[str, str]:
    return "z2m/kitchen/set", f'{{"state": "ON", {look}}}'


@pytest.mark.parametrize(
    ("name", "service", "data", "heard"),
    [
        ("Kitchen Light", "light.turn_on", {"brightness_pct": 50}, [_lit('"brightness": 127')]),
        ("Kitchen Light", "light.turn_on", {"color_temp_kelvin": 2700}, [_lit('"color_temp": 370')]),
        ("Kitchen Light", "light.turn_on", {"color_name": "red"}, [_lit('"color": {"x": 0.6401, "y": 0.33}')]),
        ("Reading Lamp", "light.turn_on", {"brightness_step_pct": 20}, [("lamp/level/set", "60"), ("lamp/set", "ON")]),
        ("Reading Lamp", "light.turn_on", {"color_name": "blue"}, [("lamp/rgb/set", "0,0,255"), ("lamp/set", "ON")]),
        ("Coffee Plug", "switch.turn_on", {}, [("plug/set", "ON")]),
        ("Roller", "cover.set_cover_position", {"position": 30}, [("blind/set", '{"position": 30 }')]),
        ("Roller", "cover.open_cover", {}, [("blind/set", "OPEN")]),
        ("Front Door", "lock.unlock", {}, [("front/set", '{"state": "UNLOCK"}')]),
        ("Radiator", "climate.set_temperature", {"temperature": 21.5}, [("heat/target/set", "21.5")]),
        ("Radiator", "climate.set_hvac_mode", {"hvac_mode": "auto"}, [("heat/mode/set", "auto")]),
        ("Radiator", "climate.turn_off", {}, [("heat/mode/set", "off")]),
        ("Bedroom Fan", "fan.set_percentage", {"percentage": 60}, [("fan/speed/set", "medium")]),
        ("Rosie", "vacuum.return_to_base", {}, [("rosie/set", "return_to_base")]),
        ("Garden Tap", "valve.open_valve", {}, [("tap/set", "OPEN")]),
        ("Movie Night", "scene.turn_on", {}, [("movie/set", "go")]),
        ("Chime", "button.press", {}, [("chime/press", "PRESS")]),
    ],
)  # fmt: skip
def test_commands_as_devices_want_them(
    tmp_path: Path, name: str, service: str, data: dict[str, Any], heard: list[tuple[str, str]]
) -> None:
    """A service becomes the messages that the announcement asks for, by its templates, scales and words."""

    async def act(client: Client, devices: Devices) -> list[tuple[str, str]]:
        one = by_name(await client.home())[name]
        await client.link.call(service, [one.id], data)
        return await devices.heard(len(heard))

    assert heard == in_house(tmp_path, act)


@pytest.mark.parametrize(
    ("name", "service", "data"),
    [
        ("Reading Lamp", "light.turn_on", {"color_temp_kelvin": 2700}),
        ("Ceiling", "light.turn_on", {"brightness_pct": 20}),
        ("Ceiling", "light.turn_on", {"color_name": "red"}),
        ("Radiator", "climate.set_hvac_mode", {"hvac_mode": "dry"}),
        ("Rosie", "vacuum.clean_area", {"cleaning_area_id": ["kitchen"]}),
        ("Garden Tap", "valve.set_valve_position", {"position": 20}),
        ("Attic Temperature", "sensor.turn_on", {}),
    ],
)  # fmt: skip
def test_what_a_device_cannot_do_is_refused(tmp_path: Path, name: str, service: str, data: dict[str, Any]) -> None:
    """Nothing is sent to a device that announced no way to do it."""

    async def act(client: Client, devices: Devices) -> list[tuple[str, str]]:
        one = by_name(await client.home())[name]
        with pytest.raises(HomeError) as caught:
            await client.link.call(service, [one.id], data)
        assert {one.id} == caught.value.refused
        return [message for device in devices.devices.values() for message in device.heard]

    assert [] == in_house(tmp_path, act)


def test_a_change_at_home_is_followed(tmp_path: Path) -> None:
    """A state by hand, a device that goes and comes, one that is new, one that is renamed, one that is taken away."""

    async def follow(client: Client, devices: Devices) -> None:
        async def state(name: str, wanted: str) -> None:
            home = await client.link.settle(lambda home: by_name(home)[name].state == wanted, 5.0)
            assert wanted == by_name(home)[name].state

        await devices.tell("front/state", '{"state": "UNLOCK"}')
        await state("Front Door", "unlocked")
        await devices.tell("z2m/bridge", '{"state": "offline"}')
        await state("Kitchen Light", "unavailable")
        await devices.tell("z2m/bridge", '{"state": "online"}')
        await state("Kitchen Light", "off")
        new = {"name": "Lava Tube", "uniq_id": "lava", "cmd_t": "lava/set", "stat_t": "lava"}
        await devices.tell("homeassistant/light/lava/config", json.dumps(new))
        await client.link.settle(lambda home: "Lava Tube" in by_name(home), 5.0)
        await devices.tell("homeassistant/light/lava/config", json.dumps({**new, "name": "Lava Lamp"}))
        home = await client.link.settle(lambda home: "Lava Lamp" in by_name(home), 5.0)
        assert "Lava Tube" not in by_name(home)
        await devices.tell("homeassistant/light/lava/config", "")
        home = await client.link.settle(lambda home: "Lava Lamp" not in by_name(home), 5.0)
        assert "Lava Lamp" not in by_name(home)

    in_house(tmp_path, follow)


def test_a_broker_that_restarts(tmp_path: Path) -> None:
    """The home is lost while the broker is down, acting is refused then, and it is all there again afterwards."""

    async def run() -> tuple[str, set[str]]:
        broker = Mosquitto(tmp_path)
        async with Client(broker.url).running() as client:
            await client.until(lambda: ("broker lost", "lost") in client.notes)  # it is down at the start
            assert client.link.snapshot() is None
            async with broker.running():
                async with Devices(a_house()).connected(broker):
                    lamp = by_name(await client.home(15))["Reading Lamp"]
                broker.stop()
                await client.until(lambda: client.link.snapshot() is None)
                with pytest.raises(HomeError) as caught:
                    await client.link.call("light.turn_off", [lamp.id], {})
                await broker.start()
                async with Devices(a_house()).connected(broker):
                    await client.until(
                        lambda: (found := client.link.snapshot()) is not None and len(found.entities) > 14
                    )
                    home = await client.home(15)
                    await client.link.call("light.turn_off", [lamp.id], {})
                    home = await client.link.settle(lambda now: now.entities[lamp.id].state == "off", 5.0)
                    assert "off" == home.entities[lamp.id].state
                    return caught.value.sentence, set(by_name(home))

    sentence, names = asyncio.run(run())
    assert "I can't reach your home right now." == sentence
    assert {"Kitchen Light", "Front Door"} <= names


@pytest.mark.parametrize(("password", "known"), [("right", True), ("wrong", False), ("", False)])
def test_user_and_password(tmp_path: Path, password: str, known: bool) -> None:
    """They come from the settings and the secret; what does not fit is said, and stands in no note."""
    users = tmp_path / "users"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(users), "house", "right"], check=True, capture_output=True)

    async def run() -> tuple[bool, str, list[tuple[str, object]]]:
        broker = Mosquitto(tmp_path, "allow_anonymous false", f"password_file {users}")
        async with broker.running(), Client(broker.url, user="house", password=lambda: password).running() as client:
            await client.until(lambda: client.link.snapshot() is not None or client.notes)
            return client.link.snapshot() is not None, client.link.problem, client.notes

    found, problem, notes = asyncio.run(run())
    assert known == found
    assert ("" if known else "Your MQTT broker does not accept my user or password.") == problem
    assert "right" not in repr(notes) and "wrong" not in repr(notes)


class Answering:
    """What a broker's connection needs of the library, which waits as the library does."""

    def __init__(self) -> None:
        self.answer = asyncio.get_running_loop().create_future()

    async def publish(self, topic: str, payload: str, *, qos: int, retain: bool) -> None:
        await asyncio.wait_for(self.answer, 5.0)


def test_a_cancellation_together_with_an_answer() -> None:
    """Who is stopped at the moment at which the broker answers, stops."""

    async def run() -> bool:
        client = Answering()
        broker = Broker(cast(Any, client), aiomqtt.ProtocolVersion.V5)
        task = asyncio.create_task(broker.publish("lamp/set", "ON", qos=1, retain=False))
        await asyncio.sleep(0)
        client.answer.set_result(None)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(run())


async def serving(talk: Talk, link: MqttHome, **settings: Any) -> tuple[Conversation, asyncio.Task[None]]:
    conversation = talk(link=link, **settings)
    task = asyncio.create_task(conversation.host.serve())
    await conversation.host.first_lists(10.0)
    await link.settle(lambda home: all(one.answers or not one.reports for one in home.entities.values()), 5.0)
    return conversation, task


@pytest.mark.parametrize(
    ("sentences", "answer"),
    [
        (["turn on the kitchen light"], "The Kitchen Light is on."),
        (["turn off the lights in the living room"], "The Living Room lights are off."),
        (["turn off all lights except the reading lamp"], "The Kitchen Light and the Ceiling are off."),
        (["set the reading lamp to 70 percent"], "The Reading Lamp is at 70 percent."),
        (["make the reading lamp blue"], "The Reading Lamp is blue."),
        (["make the reading lamp a bit brighter"], "The Reading Lamp is brighter."),
        (["open the blinds"], "The Roller is open."),
        (["set the roller to 30 percent"], "The Roller is set to 30 percent."),
        (["set the radiator to 21 degrees"], "The Radiator is set to 21 degrees."),
        (["set the bedroom fan to 60 percent"], "The Bedroom Fan is at 60 percent."),
        (["start the vacuum"], "The Rosie is cleaning."),
        (["open the garden tap"], "The Garden Tap is opening."),
        (["activate movie night"], "I've sent it to the Movie Night, which reports nothing back."),
        (["press the chime button"], "I've sent it to the Chime, which reports nothing back."),
        (["turn on the aquarium"], "I've sent it to the Aquarium, which reports nothing back."),
        (["is the front door locked"], "Yes, the Front Door is locked."),
        (["is the radiator window open"], "Yes, the Radiator Window is open."),
        (["what is the attic temperature"], "The Attic Temperature is 31.3 degrees."),
        (["unlock the front door", "yes"], "The Front Door is unlocked."),
        (["open the garage door", "yes"], "The Garage Door is open."),
        (["turn on the toaster"], None),
    ],
)  # fmt: skip
def test_the_same_sentences(tmp_path: Path, talk: Talk, sentences: list[str], answer: str | None) -> None:
    """What is said to any home works over MQTT too, and success is what the state topic says."""

    async def run() -> str | None:
        async with Mosquitto(tmp_path).running() as broker, Devices(a_house()).connected(broker):
            conversation, task = await serving(talk, MqttHome(broker.url))
            said = await conversation.talk(*sentences) if answer else None
            known = answer is not None or conversation.understanding.knows(sentences[0])
            task.cancel()
            await asyncio.wait([task])
            return said if known else None

    assert answer == asyncio.run(run())
