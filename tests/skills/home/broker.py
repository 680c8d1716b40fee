"""A real Mosquitto on loopback, and devices that announce themselves on it, obey, or do not."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import json
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiomqtt
from assistant_skill_home.mqtt.broker import pass_cancellation

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/sbin")
OFF, ON = "OFF", "ON"
Told = dict[str, Any]


class Mosquitto:
    """A broker that keeps nothing on disk; it may be stopped and started again on the same port."""

    def __init__(self, folder: Path, *options: str) -> None:
        assert MOSQUITTO, "mosquitto is missing: scripts/test installs it"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.file = folder / "mosquitto.conf"
        anonymous = [] if options else ["allow_anonymous true"]
        anonymous.append(f"user {getpass.getuser()}")  # else root becomes somebody who cannot read the test's files
        lines = [f"listener {self.port} 127.0.0.1", "persistence false", "log_dest none", *anonymous, *options]
        self.file.write_text("\n".join(lines) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start, and return when it takes connections."""
        self._launch()
        async with asyncio.timeout(20.0):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    writer.close()
                    return
                await asyncio.sleep(0.02)  # another process, which tells nobody when it is ready

    def _launch(self) -> None:
        assert MOSQUITTO
        self._process = subprocess.Popen([MOSQUITTO, "-c", str(self.file)], stderr=subprocess.DEVNULL)

    def send(self, number: signal.Signals) -> None:
        """Send its process a signal, to stop it in its tracks or to let it go on."""
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Mosquitto]:
        await self.start()
        try:
            yield self
        finally:
            self.stop()


@dataclass
class Device:
    """One device: `react` makes of a command (topic, payload) the states that it tells, by topic.

    `how`: "obeys"; "deaf" takes no notice; "wrong" tells the states in `wrong` instead; "late" obeys too late.
    """

    announcement: str
    config: Told
    states: dict[str, str] = field(default_factory=dict)
    commands: tuple[str, ...] = ()
    react: Callable[[str, str], dict[str, str]] = lambda topic, payload: {}
    how: str = "obeys"
    wrong: dict[str, str] = field(default_factory=dict)
    heard: list[tuple[str, str]] = field(default_factory=list)


class Devices:
    """Speaks for all devices over one connection of its own."""

    def __init__(self, devices: dict[str, Device]) -> None:
        self.devices = devices
        self.state: dict[str, str] = {}
        self._client: aiomqtt.Client | None = None
        self._spoken = asyncio.Event()

    @contextlib.asynccontextmanager
    async def connected(self, broker: Mosquitto) -> AsyncIterator[Devices]:
        async with aiomqtt.Client("127.0.0.1", broker.port) as client:
            self._client = client
            commands = [topic for one in self.devices.values() for topic in one.commands]
            await client.subscribe([(topic, 1) for topic in commands])
            for one in self.devices.values():
                await self.tell(one.announcement, json.dumps(one.config))
                for topic, payload in one.states.items():
                    await self.tell(topic, payload)
            serving = asyncio.create_task(self._serve(client))
            try:
                yield self
            finally:
                serving.cancel()
                with contextlib.suppress(asyncio.CancelledError, aiomqtt.MqttError):
                    await serving

    async def tell(self, topic: str, payload: str | bytes, *, retain: bool = True) -> None:
        assert self._client is not None
        self.state[topic] = payload if isinstance(payload, str) else ""
        await self._client.publish(topic, payload, qos=1, retain=retain)
        pass_cancellation()  # a house that ends while a device tells of itself

    async def heard(self, messages: int) -> list[tuple[str, str]]:
        """The commands that came, once there are so many."""
        async with asyncio.timeout(5.0):
            while len(found := [one for device in self.devices.values() for one in device.heard]) < messages:
                self._spoken.clear()
                await self._spoken.wait()
        return found

    async def _serve(self, client: aiomqtt.Client) -> None:
        async for message in client.messages:
            topic, payload = str(message.topic), bytes(message.payload or b"").decode()  # type: ignore[arg-type]
            for one in self.devices.values():
                if topic in one.commands:
                    one.heard.append((topic, payload))
                    self._spoken.set()
                    if one.how == "obeys":
                        for place, said in one.react(topic, payload).items():
                            await self.tell(place, said)
                    elif one.how == "wrong":
                        for place, said in one.wrong.items():
                            await self.tell(place, said)


def _json(topic: str, **fixed: Any) -> Callable[[str, str], dict[str, str]]:
    """A device that tells back what it was told, as Zigbee bridges do."""
    return lambda _, payload: {topic: json.dumps({**fixed, **json.loads(payload)})}


def _echo(topic: str, words: dict[str, str] | None = None) -> Callable[[str, str], dict[str, str]]:
    return lambda _, payload: {topic: (words or {}).get(payload, payload)}


def _paired(**pairs: str) -> Callable[[str, str], dict[str, str]]:
    return lambda topic, payload: {pairs[topic.replace("/", "_")]: payload}


def _dev(name: str, area: str = "") -> Told:
    return {"ids": [f"id_{name}"], "name": name, **({"sa": area} if area else {})}


def a_house() -> dict[str, Device]:
    """Devices of all kinds, in both forms of announcement, with long names of settings and with short ones."""
    there = {"avty": [{"t": "z2m/bridge", "val_tpl": "{{ value_json.state }}"}], "o": {"name": "bridge"}}
    return {
        "kitchen": Device(
            "homeassistant/light/0x01/light/config",
            {
                **there, "~": "z2m/kitchen", "schema": "json", "name": None, "uniq_id": "0x01_light",
                "stat_t": "~", "cmd_t": "~/set", "brightness": True, "bri_scl": 254, "sup_clrm": ["color_temp", "xy"],
                "dev": _dev("Kitchen Light", "Kitchen"),
            },
            {"z2m/bridge": '{"state": "online"}', "z2m/kitchen": '{"state": "OFF", "brightness": 100}'},
            ("z2m/kitchen/set",),
            lambda _, payload: {"z2m/kitchen": json.dumps({**json.loads(payload), **_mode(json.loads(payload))})},
        ),
        "lamp": Device(
            "homeassistant/light/lamp/config",
            {
                "name": "Reading Lamp", "unique_id": "lamp", "state_topic": "lamp/state",
                "command_topic": "lamp/set", "brightness_state_topic": "lamp/level",
                "brightness_command_topic": "lamp/level/set", "brightness_scale": 100, "rgb_state_topic": "lamp/rgb",
                "rgb_command_topic": "lamp/rgb/set", "availability_topic": "lamp/status",
                "device": {"identifiers": "lamp", "suggested_area": "Living Room"},
            },
            {"lamp/state": ON, "lamp/level": "40", "lamp/rgb": "255,255,255", "lamp/status": "online"},
            ("lamp/set", "lamp/level/set", "lamp/rgb/set"),
            _paired(lamp_set="lamp/state", lamp_level_set="lamp/level", lamp_rgb_set="lamp/rgb"),
        ),
        "ceiling": Device(
            "homeassistant/light/ceiling/config",
            {
                "name": "Ceiling", "uniq_id": "ceiling", "~": "ceiling", "stat_t": "~/state", "cmd_t": "~/set",
                "dev": _dev("", "Living Room"),
            },
            {"ceiling/state": ON}, ("ceiling/set",), _echo("ceiling/state"),
        ),
        "plug": Device(
            "homeassistant/switch/plug/config",
            {
                "name": "Coffee Plug", "uniq_id": "plug", "stat_t": "plug/state", "cmd_t": "plug/set",
                "val_tpl": "{{ value_json.POWER }}", "dev": {"ids": "plug", "sa": "Kitchen"},
            },
            {"plug/state": '{"POWER": "OFF"}'}, ("plug/set",),
            lambda _, payload: {"plug/state": json.dumps({"POWER": payload})},
        ),
        "blind": Device(
            "homeassistant/cover/blind/config",
            {
                "name": "Roller", "uniq_id": "blind", "dev_cla": "blind", "pos_t": "blind/state",
                "pos_tpl": "{{ value_json.position }}", "cmd_t": "blind/set", "set_pos_t": "blind/set",
                "set_pos_tpl": '{"position": {{ position }} }', "dev": {"ids": "blind", "sa": "Living Room"},
            },
            {"blind/state": '{"position": 0}'}, ("blind/set",),
            lambda _, payload: {
                "blind/state": {"OPEN": '{"position": 100}', "CLOSE": '{"position": 0}'}.get(payload, payload)
            },
        ),
        "garage": Device(
            "homeassistant/cover/garage/config",
            {
                "name": "Garage Door", "uniq_id": "garage", "dev_cla": "garage", "stat_t": "garage/state",
                "cmd_t": "garage/set",
            },
            {"garage/state": "closed"}, ("garage/set",), _echo("garage/state", {"OPEN": "open", "CLOSE": "closed"}),
            wrong={"garage/state": "closing"},
        ),
        "lock": Device(
            "homeassistant/lock/front/config",
            {
                "name": "Front Door", "uniq_id": "front", "stat_t": "front/state", "cmd_t": "front/set",
                "val_tpl": "{{ value_json.state }}", "pl_lock": '{"state": "LOCK"}', "pl_unlk": '{"state": "UNLOCK"}',
                "stat_locked": "LOCK", "stat_unlocked": "UNLOCK", "stat_jam": "JAM", "stat_locking": "BUSY",
            },
            {"front/state": '{"state": "LOCK"}'}, ("front/set",), _json("front/state"),
            wrong={"front/state": '{"state": "JAM"}'},
        ),
        "heating": Device(
            "homeassistant/device/heating/config",
            {
                "dev": _dev("Radiator", "Bedroom"), "o": {"name": "valves"}, "avty_t": "heat/status",
                "cmps": {
                    "trv": {
                        "p": "climate", "name": None, "uniq_id": "heat_trv", "modes": ["off", "heat", "auto"],
                        "mode_stat_t": "heat/state", "mode_stat_tpl": "{{ value_json.mode }}",
                        "mode_cmd_t": "heat/mode/set", "temp_stat_t": "heat/state",
                        "temp_stat_tpl": "{{ value_json.target }}", "temp_cmd_t": "heat/target/set",
                        "curr_temp_t": "heat/state", "curr_temp_tpl": "{{ value_json.now | float | round(1) }}",
                    },
                    "window": {
                        "p": "binary_sensor", "name": "Window", "dev_cla": "window", "uniq_id": "heat_window",
                        "stat_t": "heat/state", "val_tpl": "{% if value_json.open %}ON{% else %}OFF{% endif %}",
                    },
                    "battery": {
                        "p": "sensor", "name": "Battery", "ent_cat": "diagnostic", "stat_t": "heat/state",
                        "uniq_id": "heat_battery",
                    },
                },
            },
            {"heat/status": "online", "heat/state": '{"mode": "heat", "target": 18, "now": 19.46, "open": true}'},
            ("heat/mode/set", "heat/target/set"),
            lambda topic, payload: {
                "heat/state": json.dumps(
                    {"mode": "heat", "target": 18, "now": 19.46, "open": True}
                    | ({"mode": payload} if "mode" in topic else {"target": float(payload)})
                )
            },
        ),
        "fan": Device(
            "homeassistant/fan/fan/config",
            {
                "name": "Bedroom Fan", "uniq_id": "fan", "stat_t": "fan/state", "cmd_t": "fan/set",
                "stat_val_tpl": "{{ 'OFF' if value_json.mode == 'off' else 'ON' }}", "pct_stat_t": "fan/state",
                "pct_val_tpl": "{{ {'off': 0, 'low': 1, 'medium': 2, 'high': 3}[value_json.mode] | default('None') }}",
                "pct_cmd_t": "fan/speed/set",
                "pct_cmd_tpl": "{{ {0: 'off', 1: 'low', 2: 'medium', 3: 'high'}[value] | default('') }}",
                "spd_rng_min": 1, "spd_rng_max": 3, "dev": _dev("", "Bedroom"),
            },
            {"fan/state": '{"mode": "high"}'}, ("fan/set", "fan/speed/set"),
            lambda topic, payload: {
                "fan/state": json.dumps({"mode": {"OFF": "off", "ON": "low"}.get(payload, payload)})
            },
        ),
        "vacuum": Device(
            "homeassistant/vacuum/rosie/config",
            {"name": "Rosie", "uniq_id": "rosie", "schema": "state", "stat_t": "rosie/state", "cmd_t": "rosie/set"},
            {"rosie/state": '{"state": "docked", "battery_level": 90}'}, ("rosie/set",),
            lambda _, payload: {
                "rosie/state": json.dumps({"state": {"start": "cleaning", "pause": "paused"}.get(payload, "returning")})
            },
        ),
        "tap": Device(
            "homeassistant/valve/tap/config",
            {"name": "Garden Tap", "uniq_id": "tap", "stat_t": "tap/state", "cmd_t": "tap/set"},
            {"tap/state": "closed"}, ("tap/set",), _echo("tap/state", {"OPEN": "opening", "CLOSE": "closed"}),
        ),
        "scene": Device(
            "homeassistant/scene/movie/config",
            {"name": "Movie Night", "uniq_id": "movie", "cmd_t": "movie/set", "pl_on": "go"},
            commands=("movie/set",),
        ),
        "button": Device(
            "homeassistant/button/chime/config",
            {"name": "Chime", "uniq_id": "chime", "cmd_t": "chime/press"}, commands=("chime/press",),
        ),
        "blind plug": Device(
            "homeassistant/switch/aquarium/config",
            {"name": "Aquarium", "uniq_id": "aquarium", "cmd_t": "aquarium/set"}, commands=("aquarium/set",),
        ),
        "thermometer": Device(
            "homeassistant/sensor/attic/temperature/config",
            {
                "name": "Attic Temperature", "uniq_id": "attic", "dev_cla": "temperature", "unit_of_meas": "°C",
                "stat_t": "attic", "val_tpl": "{{ value | float | round(1) }}",
            },
            {"attic": "31.27"},
        ),
    }  # fmt: skip


def _mode(told: Told) -> Told:
    return {"color_mode": "xy" if "color" in told else "color_temp" if "color_temp" in told else None}
