"""What is published so that a thing does what a service of Home Assistant would do with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from assistant_skill_home.colors import RGB, hs_of, xy_of
from assistant_skill_home.model import Entity
from assistant_skill_home.mqtt.lights import MAX_BRIGHTNESS, modes
from assistant_skill_home.mqtt.nodes import NotUnderstoodError, NoValueError
from assistant_skill_home.mqtt.settings import Settings, UnfitError


class CannotDoError(ValueError):
    """The thing has no topic for this, or we do not understand how it wants to be told."""


@dataclass(frozen=True, slots=True)
class Order:
    """One message to publish."""

    topic: str
    payload: str
    qos: int = 0
    retain: bool = False


Data = Mapping[str, Any]


def orders(settings: Settings, entity: Entity, service: str, data: Data) -> list[Order]:
    """The messages for `domain.service`, in their order. Raises: CannotDoError."""
    name = service.partition(".")[2]
    make = _SERVICES.get(entity.domain, {}).get(name)
    if make is None:
        raise CannotDoError("service")
    try:
        found = make(_Thing(settings, entity), data)
    except (UnfitError, NotUnderstoodError, NoValueError, ValueError, KeyError) as error:
        raise CannotDoError(type(error).__name__.lower()) from None
    if not found:
        raise CannotDoError("topic")
    return found


def obeys(settings: Settings, domain: str) -> bool:
    """Has it any topic for commands? A lock that wants a code with each is only read: we keep no codes."""
    if domain == "lock" and settings.has("code_format"):
        return False
    keys = ("command_topic", "mode_command_topic", "temperature_command_topic", "set_position_topic",
            "start_mowing_command_topic", "dock_command_topic", "pause_command_topic")  # fmt: skip
    return any(settings.has(key) for key in keys)


@dataclass(frozen=True, slots=True)
class _Thing:
    settings: Settings
    entity: Entity

    def order(self, topic: str, value: object, template: str = "", **names: object) -> Order:
        """A message with the value, or with what the device's template makes of it. Raises: CannotDoError."""
        place = self.settings.topic(topic)
        if not place:
            raise CannotDoError(topic)
        payload = str(value)
        if template and self.settings.has(template):
            found = self.settings.template(template, names=tuple(names))
            assert found is not None
            payload = found.render({"value": value, **names})
            if not payload:
                raise CannotDoError(template)
        qos = self.settings.number("qos", 0)
        return Order(place, payload, int(qos) if qos in (0, 1, 2) else 0, self.settings.flag("retain"))


Make = Callable[[_Thing, Data], list[Order]]


def _says(key: str, default: str, topic: str = "command_topic", template: str = "command_template") -> Make:
    return lambda thing, data: [thing.order(topic, thing.settings.text(key, default), template)]


def _switched(on: bool) -> Make:
    return _says("payload_on", "ON") if on else _says("payload_off", "OFF")


def _light_on(thing: _Thing, data: Data) -> list[Order]:
    if thing.settings.text("schema", "basic") == "json":
        return [thing.order("command_topic", json.dumps({"state": "ON", **_json_look(thing, data)}))]
    on = thing.order("command_topic", thing.settings.text("payload_on", "ON"))
    look = _look(thing, data)
    when = thing.settings.text("on_command_type", "last")
    if when == "brightness" and any(one.topic == thing.settings.topic("brightness_command_topic") for one in look):
        return look
    return [on, *look] if when == "first" else [*look, on]


def _light_off(thing: _Thing, data: Data) -> list[Order]:
    if thing.settings.text("schema", "basic") == "json":
        return [thing.order("command_topic", json.dumps({"state": "OFF"}))]
    return [thing.order("command_topic", thing.settings.text("payload_off", "OFF"))]


def _json_look(thing: _Thing, data: Data) -> dict[str, object]:
    known = modes(thing.settings)
    look: dict[str, object] = {}
    if (level := _level(thing, data)) is not None:
        if known == ("onoff",):
            raise CannotDoError("brightness")
        look["brightness"] = level
    if (color := data.get("color_name")) is not None:
        look["color"] = _color_for(known, str(color))
    if (kelvin := data.get("color_temp_kelvin")) is not None:
        if "color_temp" not in known:
            raise CannotDoError("color_temp")
        look["color_temp"] = _warmth(thing, kelvin)
    return look


def _color_for(known: tuple[str, ...], name: str) -> dict[str, float]:
    rgb = RGB[name]
    if "hs" in known:
        return dict(zip("hs", hs_of(rgb), strict=True))
    if "xy" in known:
        return dict(zip("xy", xy_of(rgb), strict=True))
    if set(known) & {"rgb", "rgbw", "rgbww"}:
        return dict(zip("rgb", rgb, strict=True))
    raise CannotDoError("color")


def _look(thing: _Thing, data: Data) -> list[Order]:
    """Brightness and color in the default schema, a topic for each."""
    found = []
    if (level := _level(thing, data)) is not None:
        found.append(thing.order("brightness_command_topic", level, "brightness_command_template"))
    if (color := data.get("color_name")) is not None:
        rgb = RGB[str(color)]
        red, green, blue = rgb
        hue, saturation = hs_of(rgb)
        if thing.settings.has("rgb_command_topic"):
            found.append(
                thing.order("rgb_command_topic", f"{red},{green},{blue}", "rgb_command_template",
                            red=red, green=green, blue=blue)
            )  # fmt: skip
        elif thing.settings.has("hs_command_topic"):
            found.append(
                thing.order("hs_command_topic", f"{hue},{saturation}", "hs_command_template", hue=hue, sat=saturation)
            )
        else:
            x, y = xy_of(rgb)
            found.append(thing.order("xy_command_topic", f"{x},{y}", "xy_command_template", x=x, y=y))
    if (kelvin := data.get("color_temp_kelvin")) is not None:
        found.append(thing.order("color_temp_command_topic", _warmth(thing, kelvin), "color_temp_command_template"))
    return found


def _level(thing: _Thing, data: Data) -> int | None:
    """The brightness that is asked for on the device's scale, by percent or by a step from what it reports."""
    if "brightness_pct" in data:
        level = float(data["brightness_pct"]) / 100
    elif "brightness_step_pct" in data:
        known = thing.entity.attributes.get("brightness")
        if not isinstance(known, int | float):
            if thing.entity.state != "off":
                raise CannotDoError("brightness")
            known = 0
        level = known / MAX_BRIGHTNESS + float(data["brightness_step_pct"]) / 100
    else:
        return None
    return max(1, round(min(1.0, level) * thing.settings.number("brightness_scale", MAX_BRIGHTNESS)))


def _warmth(thing: _Thing, kelvin: Any) -> int:
    return round(float(kelvin)) if thing.settings.flag("color_temp_kelvin") else round(1_000_000 / float(kelvin))


def _position(thing: _Thing, data: Data) -> list[Order]:
    low, high = thing.settings.number("position_closed", 0), thing.settings.number("position_open", 100)
    level = round(low + (high - low) * float(data["position"]) / 100)
    if thing.entity.domain == "valve":
        if not thing.settings.flag("reports_position"):
            raise CannotDoError("position")
        return [thing.order("command_topic", level, "command_template")]
    return [
        thing.order(
            "set_position_topic", level, "set_position_template", position=data["position"], position_open=high,
            position_closed=low,
        )
    ]  # fmt: skip


def _open(opens: bool) -> Make:
    """A valve or a cover that only knows positions is told one."""
    said = _says("payload_open", "OPEN") if opens else _says("payload_close", "CLOSE")

    def make(thing: _Thing, data: Data) -> list[Order]:
        by_position = thing.settings.flag("reports_position") or not thing.settings.has("command_topic")
        return _position(thing, {"position": 100 if opens else 0}) if by_position else said(thing, data)

    return make


def _fan_speed(thing: _Thing, data: Data) -> list[Order]:
    low, high = thing.settings.number("speed_range_min", 1), thing.settings.number("speed_range_max", 100)
    percent = float(data["percentage"])
    if percent <= 0:
        return _switched(False)(thing, data)
    level = max(int(low), round(low - 1 + (high - low + 1) * percent / 100))
    speed = thing.order("percentage_command_topic", level, "percentage_command_template", percentage=level)
    return [speed] if thing.entity.state == "on" else [*_switched(True)(thing, data), speed]


def _climate_mode(thing: _Thing, data: Data) -> list[Order]:
    known, mode = thing.settings.texts("modes"), str(data["hvac_mode"])
    if known and mode not in known:
        raise CannotDoError("mode")
    return [thing.order("mode_command_topic", mode, "mode_command_template")]


def _climate_power(on: bool) -> Make:
    def make(thing: _Thing, data: Data) -> list[Order]:
        if thing.settings.has("power_command_topic"):
            said = thing.settings.text("payload_on", "ON") if on else thing.settings.text("payload_off", "OFF")
            return [thing.order("power_command_topic", said, "power_command_template")]
        known = thing.settings.texts("modes") or ("auto", "off", "cool", "heat", "dry", "fan_only")
        usual = [mode for mode in ("heat_cool", "auto", "heat", "cool") if mode in known]
        return _climate_mode(thing, {"hvac_mode": usual[0] if on else "off"}) if usual or not on else []

    return make


_MOVES: Mapping[str, Make] = {
    "open_cover": _open(True), "close_cover": _open(False), "set_cover_position": _position,
    "open_valve": _open(True), "close_valve": _open(False), "set_valve_position": _position,
}  # fmt: skip
_SWITCH: Mapping[str, Make] = {"turn_on": _switched(True), "turn_off": _switched(False)}
_SERVICES: Mapping[str, Mapping[str, Make]] = {
    "button": {"press": _says("payload_press", "PRESS")},
    "climate": {
        "set_temperature": lambda thing, data: [
            thing.order("temperature_command_topic", f"{float(data['temperature']):g}", "temperature_command_template")
        ],
        "set_hvac_mode": _climate_mode,
        "turn_on": _climate_power(True),
        "turn_off": _climate_power(False),
    },
    "cover": _MOVES,
    "fan": {**_SWITCH, "set_percentage": _fan_speed},
    "lawn_mower": {
        "start_mowing": _says("", "start_mowing", "start_mowing_command_topic", "start_mowing_command_template"),
        "dock": _says("", "dock", "dock_command_topic", "dock_command_template"),
        "pause": _says("", "pause", "pause_command_topic", "pause_command_template"),
    },
    "light": {"turn_on": _light_on, "turn_off": _light_off},
    "lock": {"lock": _says("payload_lock", "LOCK"), "unlock": _says("payload_unlock", "UNLOCK")},
    "scene": {"turn_on": _says("payload_on", "ON", template="")},
    "switch": _SWITCH,
    "vacuum": {
        "start": _says("payload_start", "start", template=""),
        "pause": _says("payload_pause", "pause", template=""),
        "return_to_base": _says("payload_return_to_base", "return_to_base", template=""),
    },
    "valve": _MOVES,
}
