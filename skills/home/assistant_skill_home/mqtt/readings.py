"""Which topics of a thing are listened to, and what their messages say of its state, in Home Assistant's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from assistant_skill_home.mqtt.discovery import Announced
from assistant_skill_home.mqtt.lights import light
from assistant_skill_home.mqtt.nodes import NotUnderstoodError, NoValueError
from assistant_skill_home.mqtt.settings import Settings
from assistant_skill_home.mqtt.template import Template, parsed

Changes = dict[str, Any]
"""New attributes; the key `state` is the state itself."""
MAX_STATE_CHARS = 255
STOPPED = "stopped"
"""What a cover tells that stands still somewhere; whether that is open follows from its position."""


@dataclass(frozen=True, slots=True)
class Reading:
    """`take` is given the text that the template makes of a message, or the whole message where there is none."""

    topic: str
    template: Template | None
    take: Callable[[str], Changes]

    def read(self, payload: str, held: Any) -> Changes:
        """What the message says. Raises: NoValueError: nothing, or nothing that we understand."""
        text = self.template.read(payload, held) if self.template is not None else payload.strip()
        if text in ("", "None", "unknown"):
            raise NoValueError("empty")
        try:
            return self.take(text)
        except (ValueError, TypeError, KeyError, ArithmeticError) as error:
            raise NoValueError(type(error).__name__) from None


def readings(one: Announced) -> list[Reading]:
    """All that is told of a thing. A template that is not understood leaves out what it would tell."""
    found: list[Reading] = []
    for topic, templates, take in _SOURCES[one.domain](one.settings):
        if not (place := one.settings.topic(topic)):
            continue
        try:
            found.append(Reading(place, one.settings.template(*templates), take))
        except NotUnderstoodError:
            continue  # told by `Settings.unread`
    return found


Source = tuple[str, tuple[str, ...], Callable[[str], Changes]]
"""The setting of the topic, those of the template, and what the text says."""


def states(words: Mapping[str, str]) -> Callable[[str], Changes]:
    """Reads a state by the device's own word for it. Raises, when it reads: KeyError: the device has another word."""
    return lambda text: {"state": words[text]}


def _on_off(settings: Settings) -> Mapping[str, str]:
    on, off = settings.text("payload_on", "ON"), settings.text("payload_off", "OFF")
    return {settings.text("state_off", off): "off", settings.text("state_on", on): "on"}


def _switch(settings: Settings) -> list[Source]:
    return [("state_topic", ("value_template",), states(_on_off(settings)))]


def _sensor(settings: Settings) -> list[Source]:
    return [("state_topic", ("value_template",), lambda text: {"state": text[:MAX_STATE_CHARS]})]


def moves(settings: Settings) -> Mapping[str, str]:
    words = {name: settings.text(f"state_{name}", name) for name in ("open", "opening", "closed", "closing")}
    return {settings.text("state_stopped", "stopped"): STOPPED, **{said: name for name, said in words.items()}}


def _cover(settings: Settings) -> list[Source]:
    low, high = settings.number("position_closed", 0), settings.number("position_open", 100)
    alone = not settings.has("state_topic")

    def position(text: str) -> Changes:
        percent = _percent(text, low, high)
        return {"current_position": percent} | ({"state": "open" if percent else "closed"} if alone else {})

    return [
        ("state_topic", ("value_template",), states(moves(settings))),
        ("position_topic", ("position_template",), position),
    ]


def _valve(settings: Settings) -> list[Source]:
    low, high = settings.number("position_closed", 0), settings.number("position_open", 100)
    words = moves(settings)

    def state(text: str) -> Changes:
        if not settings.flag("reports_position"):
            return {"state": words[text]}
        if text in ("opening", "closing"):
            return {"state": text}
        percent = _percent(text, low, high)
        return {"current_position": percent, "state": "open" if percent else "closed"}

    return [("state_topic", ("value_template",), state)]


def _lock(settings: Settings) -> list[Source]:
    names = ("locked", "unlocked", "locking", "unlocking", "jammed")
    words = {settings.text(f"state_{name}", name.upper()): name for name in names}
    return [("state_topic", ("value_template",), states(words))]


def _climate(settings: Settings) -> list[Source]:
    return [
        ("mode_state_topic", ("mode_state_template", "value_template"), lambda text: {"state": text[:40]}),
        ("temperature_state_topic", ("temperature_state_template", "value_template"), _level("temperature")),
        (
            "current_temperature_topic",
            ("current_temperature_template", "value_template"),
            _level("current_temperature"),
        ),
    ]


def _fan(settings: Settings) -> list[Source]:
    low, high = settings.number("speed_range_min", 1), settings.number("speed_range_max", 100)

    def speed(text: str) -> Changes:
        if text == settings.text("payload_reset_percentage", "None"):
            return {"percentage": None}
        return {"percentage": _percent(text, low - 1, high)}

    return [
        ("state_topic", ("state_value_template",), states(_on_off(settings))),
        ("percentage_state_topic", ("percentage_value_template",), speed),
    ]


def _vacuum(settings: Settings) -> list[Source]:
    known = ("cleaning", "docked", "paused", "idle", "returning", "error")

    def state(text: str) -> Changes:
        held = parsed(text)
        if not isinstance(held, dict):
            return states(dict(zip(known, known, strict=True)))(text)
        if held.get("state") not in known:
            raise ValueError("state")
        return {"state": held["state"]}

    return [("state_topic", ("value_template",), state)]


def _mower(settings: Settings) -> list[Source]:
    known = ("mowing", "paused", "docked", "returning", "error")
    return [("activity_state_topic", ("activity_value_template",), states(dict(zip(known, known, strict=True))))]


def _silent(settings: Settings) -> list[Source]:
    return []


def _level(attribute: str) -> Callable[[str], Changes]:
    return lambda text: {attribute: float(text)}


def _percent(text: str, low: float, high: float) -> int:
    """Where a level lies between its ends, 0 to 100. Raises: ValueError, ArithmeticError."""
    value = float(text)
    if not min(low, high) <= value <= max(low, high):
        raise ValueError("range")
    return round(100 * (value - low) / (high - low))


_SOURCES: Mapping[str, Callable[[Settings], list[Source]]] = {
    "binary_sensor": _switch, "button": _silent, "climate": _climate, "cover": _cover, "fan": _fan,
    "lawn_mower": _mower, "light": light, "lock": _lock, "scene": _silent, "sensor": _sensor, "switch": _switch,
    "vacuum": _vacuum, "valve": _valve,
}  # fmt: skip
