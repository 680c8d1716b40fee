"""Announcements and messages that mean no good: refused at a bounded cost, while honest devices go on."""

from __future__ import annotations

import asyncio
import json
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from assistant_skill_home.mqtt import devices as devices_module
from assistant_skill_home.mqtt.devices import Devices
from assistant_skill_home.mqtt.nodes import NotUnderstoodError, NoValueError
from assistant_skill_home.mqtt.template import parsed, understand

from .broker import Devices as House
from .broker import Mosquitto, a_house
from .test_mqtt import Client, by_name

pytestmark = pytest.mark.contract


class Told(Devices):
    """Devices that were announced without a broker, with the notes that were made."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, dict[str, object]]] = []
        self.now_s = 0.0
        super().__init__("homeassistant", self._note_down, lambda: self.now_s)

    def _note_down(self, message: str, /, **fields: object) -> None:
        self.notes.append((message, fields))


def announced(config: Any, component: str = "switch") -> Told:
    told = Told()
    payload = config if isinstance(config, bytes) else json.dumps(config).encode()
    told.announce(f"homeassistant/{component}/x/config", payload)
    return told


GOOD = {"name": "Plug", "uniq_id": "plug", "cmd_t": "plug/set", "stat_t": "plug/state"}


@pytest.mark.parametrize(
    "config",
    [
        b"not json", b"[]", b'"text"', b"null", b"[" * 200_000, b'{"a":' * 100_000, b"\xff\xfe\x00",
        b"{" + b" " * 300_000,
        {**GOOD, "stat_t": ["a"]}, {**GOOD, "stat_t": "#"}, {**GOOD, "stat_t": "a/+/b"}, {**GOOD, "stat_t": "x" * 2000},
        {**GOOD, "dev": "text"}, {**GOOD, "~": 5}, {**GOOD, "avty": [1]}, {**GOOD, "avty": [{"t": "#"}]},
        {**GOOD, "avty": [{"t": f"t{n}"} for n in range(50)]}, {**GOOD, "avty_mode": 1, "avty": []},
        {**GOOD, "pl_on": {"a": 1}}, {**GOOD, "pl_on": "x" * 5000}, {**GOOD, "val_tpl": 7}, {**GOOD, "uniq_id": ["x"]},
    ],
    ids=range(22),
)  # fmt: skip
def test_a_malformed_announcement_is_refused(config: Any) -> None:
    """No JSON, deep JSON, wrong types, wildcards, endless texts: no thing comes of it, no exception, and quickly."""
    began_s = time.process_time()
    told = announced(config)
    assert {} == dict(told.home().entities)
    assert told.notes
    assert time.process_time() - began_s < 0.5
    told.announce("homeassistant/switch/y/config", json.dumps(GOOD).encode())
    assert ["Plug"] == [one.name for one in told.home().entities.values()]


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ cycler.__init__.__globals__.os.popen('touch /tmp/owned').read() }}",
        "{{ self._TemplateReference__context }}",
        "{{ lipsum.__globals__['os'].system('id') }}",
        "{% for a in range(1000000000) %}x{% endfor %}",
        "{% import 'os' as os %}{{ os.system('id') }}",
        "{% macro x() %}{% endmacro %}{{ x() }}",
        "{{ states('lock.front') }}",
        "{{ value.__class__ }}",
        "{{ value | attr('__class__') }}",
        "{{ value | map('upper') | join }}",
        "{{ " + "(" * 300 + "1" + ")" * 300 + " }}",
        "{{ value " + "| upper" * 400 + " }}",
        "{% if value %}" * 50 + "{% endif %}" * 50,
        "{{ value }" + "}" * 0 + " {{",
        "x" * 10_000,
    ],
)
def test_a_template_with_code_is_not_understood(template: str) -> None:
    """Nothing of it runs, the thing is known without a state, and the note holds the setting's name, not its text."""
    with pytest.raises(NotUnderstoodError):
        understand(template)
    told = announced({**GOOD, "val_tpl": template})
    told.take("plug/state", b"ON")
    (one,) = told.home().entities.values()
    assert "unknown" == one.state
    assert [("template not understood", {"component": "switch", "setting": "value_template"})] == told.notes


@pytest.mark.parametrize(
    "template",
    ["{{ value * 100000 }}", "{{ value_json.a * value_json.a }}", "{{ 'a' ~ 1 / 0 }}", "{{ value | float }}",
     "{{ value.replace('', 'x') }}", "{{ value_json.a['x'] | int }}", "{{ -value }}", "{{ 1 in value }}"],
)  # fmt: skip
def test_a_template_without_a_value_tells_nothing(template: str) -> None:
    """Wrong kinds, division by zero and numbers without end are no state, not an error and not a long text."""
    with pytest.raises(NoValueError):
        understand(template).read("a" * 60_000, parsed('{"a": 999999999999999}'))


@pytest.mark.parametrize(
    ("template", "payload", "text"),
    [
        ("{{ value_json.state }}", '{"state": "ON"}', "ON"),
        ("{{ value_json['a']['b'][1] | float / 10 | round(1) }}", '{"a": {"b": [1, 25]}}', "2.5"),
        ("{{ (value_json.a | float / 255 * 100) | round(0) }}", '{"a": 128}', "50"),
        ("{% if value_json.x == 'y' %}ON{% elif value == 3 %}?{% else %}OFF{% endif %}", '{"x": "z"}', "OFF"),
        ("{{ {'off': 0, 'low': 1}[value_json.m] | default('None') }}", '{"m": "low"}', "1"),
        ("{{ {'off': 0, 'low': 1}[value_json.m] | default('None') }}", '{"m": "?"}', "None"),
        ("{% set v = {None: None, 'idle': 'off'} %}{{ v[value_json.s] }}", '{"s": "idle"}', "off"),
        ("{{ 'ON' if value_json.a > 1 and not value_json.b else 'OFF' }}", '{"a": 2, "b": false}', "ON"),
        ("{{ value | trim | upper }}", " on ", "ON"),
        ("{{ value.split(',')[0] }}", "1,2", "1"),
        ("{{ value_json.x is defined }}", "{}", "False"),
        ("{{ value_json.get('x', 'none') }}", "{}", "none"),
        ("{{ value_json.x }}", "no json", ""),
        ("{#- a remark -#}{{- value -}}", "5", "5"),
        ("{{ 'a' in ['a', 'b'] and value not in 'xyz' }}", "b", "True"),
        ("{{ value | int(0) // 2 % 3 }}", "16", "2"),
    ],
)
def test_templates_as_devices_use_them(template: str, payload: str, text: str) -> None:
    """Members, filters, conditions, tables, arithmetic: what bridges and firmwares really announce."""
    assert text == understand(template).read(payload, parsed(payload))


@pytest.mark.parametrize("payload", [b"", b"maybe", b"x" * 70_000, b"[" * 60_000, b"\xff\xff", b"unknown"])
def test_a_message_that_says_nothing_changes_nothing(payload: bytes) -> None:
    """A state that is no word of the device, too long or no text leaves what was known."""
    told = announced(GOOD)
    assert told.take("plug/state", b"ON")
    assert not told.take("plug/state", payload)
    assert ["on"] == [one.state for one in told.home().entities.values()]


def test_a_state_that_is_too_old_is_none() -> None:
    """After the time that a device gives its own word, it counts as not answering."""
    told = announced({**GOOD, "exp_aft": 60})
    told.take("plug/state", b"ON")
    told.now_s = 59.0
    assert ["on"] == [one.state for one in told.home().entities.values()]
    told.now_s = 61.0
    assert ["unavailable"] == [one.state for one in told.home().entities.values()]


@pytest.mark.parametrize(
    ("mode", "said", "there"),
    [("all", "10", False), ("any", "10", True), ("any", "00", False), ("all", "11", True), ("latest", "10", False),
     ("latest", "01", True), ("all", "1", False)],
)  # fmt: skip
def test_availability(mode: str, said: str, there: bool) -> None:
    """All topics, any of them or the one that spoke last; one that never spoke says no."""
    topics = [{"t": "a", "pl_avail": "1", "pl_not_avail": "0"}, {"t": "b", "pl_avail": "1", "pl_not_avail": "0"}]
    told = announced({**GOOD, "avty": topics, "avty_mode": mode})
    told.take("plug/state", b"ON")
    for topic, payload in zip("ab", said, strict=False):
        told.take(topic, payload.encode())
    assert [there] == [one.answers for one in told.home().entities.values()]


def test_a_flood_of_announcements_is_bounded() -> None:
    """Of ten thousand announced things as many are taken as one can learn the names of; the memory stays small."""
    told = Told()
    tracemalloc.start()
    for number in range(10_000):
        told.announce(f"homeassistant/switch/x{number}/config", json.dumps({**GOOD, "uniq_id": f"x{number}"}).encode())
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert devices_module.MAX_THINGS == len(told.home().entities)
    assert most_bytes < 30e6
    assert ("too many things", {}) in told.notes


def test_a_broker_full_of_bad_things(tmp_path: Path) -> None:
    """10 MB of configuration, endless depth, 600 retained announcements: the honest lamp is known and obeys."""

    async def run() -> str:
        async with Mosquitto(tmp_path).running() as broker, House(a_house()).connected(broker) as house:
            await house.tell("homeassistant/switch/huge/config", b'{"name": "' + b"x" * 10_000_000 + b'"}')
            await house.tell("homeassistant/switch/deep/config", b"[" * 200_000)
            await house.tell("lamp/state", b"x" * 1_000_000, retain=False)
            for number in range(600):
                await house.tell(
                    f"homeassistant/sensor/s{number}/config", json.dumps({**GOOD, "uniq_id": f"s{number}"})
                )
            async with Client(broker.url).running() as client:
                async with asyncio.timeout(60.0):
                    await client.until(lambda: (home := client.link.snapshot()) is not None and len(home.entities) > 14)
                    await client.link.settle(lambda home: "Reading Lamp" in by_name(home), 30.0)
                lamp = by_name(await client.home())["Reading Lamp"]
                await client.link.call("light.turn_off", [lamp.id], {})
                home = await client.link.settle(lambda now: now.entities[lamp.id].state == "off", 10.0)
                assert len(home.entities) <= devices_module.MAX_THINGS
                return home.entities[lamp.id].state

    tracemalloc.start()
    assert "off" == asyncio.run(run())
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most_bytes < 60e6
