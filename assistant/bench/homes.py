"""Homes and wishes from YAML files as Home Assistant's data sets have them, in the home skill's own model."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.errors import UsageError
from assistant.types import JsonDict

_ON_OFF: Mapping[str, tuple[str, str]] = {"cover": ("open", "closed"), "lock": ("locked", "unlocked")}
"""What true and false mean where it is not on and off."""
_AT_FIRST: Mapping[str, str] = {
    "light": "on", "fan": "off", "cover": "open", "valve": "open", "lock": "locked", "vacuum": "docked",
    "media_player": "playing", "climate": "heat", "lawn_mower": "docked", "binary_sensor": "off", "scene": "unknown",
}  # fmt: skip
"""The state of what has none in the file."""
TELLING: Mapping[str, tuple[str, ...]] = {
    "light": ("brightness", "color_mode", "color_name", "color_temp_kelvin"),
    "fan": ("percentage",),
    "cover": ("current_position",),
    "valve": ("current_position",),
    "climate": ("temperature",),
    "media_player": ("volume_level", "media_track"),
}
"""Attributes whose change counts; a player that is muted tells it by its level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One sentence in a home, and the changes that it should bring about: state and attributes by entity."""

    group: str
    text: str
    home: Any
    expected: Mapping[str, JsonDict]
    ignored: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def model() -> Any:
    """The module of the home skill that describes homes. Raises: UsageError: the skill is not installed."""
    return part("model")


def part(name: str) -> Any:
    """A module of the home skill. Raises: UsageError: it is not installed."""
    try:
        return importlib.import_module(f"assistant_skill_home.{name}")
    except ModuleNotFoundError:
        raise UsageError("The home skill is not installed.", fix="Run scripts/setup.") from None


def read_yaml(file: Path) -> Any:
    """Raises: UsageError: it cannot be read."""
    yaml = importlib.import_module("yaml")
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UsageError(f"The file {file} cannot be read: {error}.") from None


def wishes(folder: Path) -> Iterator[Wish]:
    """Every sentence of the folder: `NAME___fixtures.yaml` is a home, `NAME__*.yaml` what is said in it.

    Raises:
        UsageError: there is none, or a file cannot be read.
    """
    fixtures = sorted(folder.glob("*___fixtures.yaml"))
    if not fixtures:
        raise UsageError(f"There is no ___fixtures.yaml in {folder}.", fix="Give the evaluation data with --data.")
    for fixture in fixtures:
        prefix = fixture.name.removesuffix("___fixtures.yaml")
        described = read_yaml(fixture)
        for file in sorted(folder.glob(f"{prefix}__*.yaml")):
            if file == fixture:
                continue
            for test in read_yaml(file)["tests"]:
                home = build(described, test.get("setup") or {})
                ignored = {key: tuple(names) for key, names in (test.get("ignore_changes") or {}).items()}
                for text in test["sentences"]:
                    expected = test.get("expect_changes") or {}
                    yield Wish(group=prefix, text=text, home=home, expected=expected, ignored=ignored)


def build(described: JsonDict, setup: Mapping[str, JsonDict]) -> Any:
    """A home as a fixture describes it, changed by `setup`."""
    kinds = model()
    floors = {one["id"]: kinds.Floor(id=one["id"], name=one["name"]) for one in described.get("floors") or ()}
    areas = {
        one["id"]: kinds.Area(id=one["id"], name=one["name"], floor=one.get("floor") or "")
        for one in described.get("areas") or ()
    }
    devices = {one["id"]: one.get("area", "") for one in described.get("devices") or ()}
    entities = {}
    for one in described.get("entities") or ():
        changed = setup.get(one["id"]) or {}
        domain = one["id"].partition(".")[0]
        attributes = {
            name: _plain(value)
            for name, value in {**(one.get("attributes") or {}), **(changed.get("attributes") or {})}.items()
        }
        entities[one["id"]] = kinds.Entity(
            id=one["id"],
            name=one["name"],
            aliases=tuple(one.get("aliases") or ()),
            area=one.get("area") or devices.get(one.get("device") or "", ""),
            state=_state(domain, changed.get("state", one.get("state")), attributes),
            attributes=attributes,
        )
    return kinds.Home(floors=floors, areas=areas, entities=entities)


def changes(before: Any, after: Any) -> dict[str, JsonDict]:
    """What is different, by entity: `state` and the telling attributes, with their new values."""
    found = {}
    for key, old in before.entities.items():
        was, now = look(old), look(after.entities[key])
        different = {name: now[name] for name in now if was[name] != now[name]}
        if different:
            found[key] = different
    return found


def is_right(wish: Wish, after: Any) -> bool:
    """Are exactly the expected changes there, and no others?"""
    wanted = {}
    for key, expected in wish.expected.items():
        if key not in after.entities:
            return False
        wanted[key] = {**(expected.get("attributes") or {})} | (
            {"state": expected["state"]} if "state" in expected else {}
        )
        for name in wish.ignored.get(key, ()):
            wanted[key].pop(name, None)
    for key, fields in wanted.items():
        now = look(after.entities[key])
        if any(now.get(name) != _plain(value) for name, value in fields.items()):
            return False
    for key, fields in changes(wish.home, after).items():
        allowed = {*wanted.get(key, ()), *wish.ignored.get(key, ())}
        if not fields.keys() <= allowed:
            return False
    return True


def look(one: Any) -> JsonDict:
    """What an entity shows of itself: a light that is off has neither brightness nor color."""
    shown = {name: one.attributes.get(name) for name in TELLING.get(one.domain, ())}
    if one.domain == "light" and one.state == "off":
        shown = dict.fromkeys(shown)
    return {"state": one.state, **shown}


def _plain(value: Any) -> Any:
    """`cover.CoverDeviceClass.GARAGE` is what the file calls the class garage."""
    if isinstance(value, str) and value.count(".") == 2 and value.rpartition(".")[2].isupper():
        return value.rpartition(".")[2].lower()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _state(domain: str, given: object, attributes: JsonDict) -> str:
    if domain == "todo" and given is None:
        return str(len(attributes.get("todo_items") or ()))
    if isinstance(given, bool):
        return _ON_OFF.get(domain, ("on", "off"))[not given]
    return str(_AT_FIRST.get(domain, "unknown") if given is None else given)
