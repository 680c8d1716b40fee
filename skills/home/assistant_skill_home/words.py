"""What the skill says of things: their names, lists of them, and their states in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from assistant.skill import say_list, say_number, speaking
from assistant_skill_home import korean
from assistant_skill_home.model import Entity

_BINARY: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("door", "window", "garage_door", "opening"), ("open", "closed")),
    **dict.fromkeys(("motion", "occupancy", "presence"), ("occupied", "clear")),
    **dict.fromkeys(("moisture",), ("wet", "dry")),
    **dict.fromkeys(("smoke", "gas", "carbon_monoxide", "problem", "tamper"), ("alarming", "fine")),
    **dict.fromkeys(("battery",), ("low", "fine")),
    "lock": ("unlocked", "locked"),
    "connectivity": ("connected", "not connected"),
    "plug": ("plugged in", "unplugged"),
}
_UNITS: Mapping[str, str] = {
    "%": "percent", "°C": "degrees", "°F": "degrees", "°": "degrees", "W": "watts", "kW": "kilowatts",
    "kWh": "kilowatt hours", "lx": "lux", "ppm": "parts per million", "m³": "cubic metres", "V": "volts",
    "A": "amperes",
}  # fmt: skip
MAX_NAMED = 4
MAX_ASKED = 7
"""Names that are told to somebody who asked which they are; about ten seconds of speech."""


def the(name: str) -> str:
    """A name with its article: "the lamp", but "all lights" and names that are no things."""
    low = name.lower()
    if speaking() == "ko":
        return name
    return name if low.startswith(("all ", "the ", "my ", "both ")) else f"the {name}"


_PLURAL = re.compile(
    r"\b(?:blind|curtain|drape|fan|lamp|light|plug|shade|shutter|speaker|spot|spotlight)s$", re.IGNORECASE
)
"""A thing with such a name is one for the home and many in English. Other names may end so, too: "Chris"."""


def agree(sentence: str, what: object) -> str:
    """A sentence about one thing whose verb fits its name: "the Fairy Lights are on"."""
    if speaking() != "en" or not isinstance(what, str) or not _PLURAL.search(what):
        return sentence
    for one, many in (("is", "are"), ("does", "do")):
        sentence = re.sub(rf"({re.escape(what)}) {one}\b", rf"\1 {many}", sentence, flags=re.IGNORECASE)
    return sentence.replace("which reports nothing", "which report nothing")


def named(entities: Sequence[Entity]) -> str:
    """Up to four names as a list, of more the number."""
    if speaking() == "ko" and len(entities) > MAX_NAMED:
        return f"{entities[0].name} 외 {len(entities) - 1}개"
    if len(entities) > MAX_NAMED:
        return f"{len(entities)} of them"
    return say_list([the(one.name) for one in entities])


def all_named(entities: Sequence[Entity]) -> str:
    """The names as an answer to "which", of more than `MAX_ASKED` the first ones and how many are left."""
    names = [the(one.name) for one in entities[:MAX_ASKED]]
    if not (left := len(entities) - len(names)):
        return say_list(names)
    return f"{', '.join(names)} 외 {left}개" if speaking() == "ko" else say_list([*names, f"{say_number(left)} more"])


def state_of(one: Entity) -> str:
    """The state in words: a door sensor is open, not on; a sensor has its unit."""
    return korean.state_words(one, _state_of(one)) if speaking() == "ko" else _state_of(one)


def _state_of(one: Entity) -> str:
    if one.domain == "binary_sensor" and one.device_class in _BINARY and one.state in ("on", "off"):
        return _BINARY[one.device_class][one.state == "off"]
    unit = str(one.attributes.get("unit_of_measurement") or one.attributes.get("native_unit_of_measurement") or "")
    state = {"not_home": "away", "unavailable": "not answering"}.get(one.state, one.state.replace("_", " "))
    return f"{state} {_UNITS.get(unit, unit)}".strip()


def is_in(one: Entity, state: str) -> bool | None:
    """Is it in this state? None where that cannot be said of such a thing."""
    if not one.answers:
        return None
    if one.domain == "binary_sensor":
        return _sensor_is(one, state)
    if one.state in ("opening", "closing") and state in ("open", "closed"):
        return (state == "open") == (one.state == "opening")
    if state in ("on", "off") and one.domain in ("media_player", "climate", "vacuum"):
        resting = one.state in ("off", "standby", "docked")
        return resting if state == "off" else not resting
    return one.state == state if _can_be(one, state) else None


_OF: Mapping[str, tuple[str, ...]] = {
    "locked": ("lock",), "unlocked": ("lock",),
    "open": ("cover", "valve"), "closed": ("cover", "valve"),
    "on": ("light", "fan", "switch", "input_boolean", "humidifier"),
    "off": ("light", "fan", "switch", "input_boolean", "humidifier"),
    "home": ("person", "device_tracker"), "not_home": ("person", "device_tracker"),
    "playing": ("media_player",), "paused": ("media_player", "vacuum"),
    "cleaning": ("vacuum",), "docked": ("vacuum", "lawn_mower"),
}  # fmt: skip


def _can_be(one: Entity, state: str) -> bool:
    return one.domain in _OF.get(state, (one.domain,))


def _sensor_is(one: Entity, state: str) -> bool | None:
    on, off = _BINARY.get(one.device_class, ("on", "off"))
    if state in (on, "on"):
        return one.state == "on"
    if state in (off, "off"):
        return one.state == "off"
    if not one.device_class and state in ("open", "closed"):
        return (one.state == "on") == (state == "open")
    return None
