"""What a light tells of itself, in the default schema (a topic for each property) and in the JSON schema."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from assistant_skill_home.colors import hs_of, hs_of_xy
from assistant_skill_home.mqtt.settings import Settings, UnfitError
from assistant_skill_home.mqtt.template import parsed

Changes = dict[str, Any]
Source = tuple[str, tuple[str, ...], Callable[[str], Changes]]
MAX_BRIGHTNESS = 255
"""The scale of the attribute `brightness`; devices may have another one."""


def light(settings: Settings) -> list[Source]:
    """Raises: UnfitError: a schema that we do not read."""
    schema = settings.text("schema", "basic")
    if schema == "json":
        return [("state_topic", (), _json(settings))]
    if schema not in ("basic", "default"):
        raise UnfitError("schema")
    on, off = settings.text("payload_on", "ON"), settings.text("payload_off", "OFF")
    return [
        (
            "state_topic",
            ("state_value_template", "value_template"),
            lambda text: {"state": {off: "off", on: "on"}[text]},
        ),
        (
            "brightness_state_topic",
            ("brightness_value_template",),
            lambda text: {"brightness": _bright(settings, text)},
        ),
        ("color_mode_state_topic", ("color_mode_value_template",), lambda text: {"color_mode": text[:20]}),
        ("color_temp_state_topic", ("color_temp_value_template",), lambda text: _warmth(settings, text)),
        ("rgb_state_topic", ("rgb_value_template",), lambda text: _color("rgb", hs_of(_three(text)))),
        ("hs_state_topic", ("hs_value_template",), lambda text: _color("hs", _two(text))),
        ("xy_state_topic", ("xy_value_template",), lambda text: _color("xy", hs_of_xy(*_two(text)))),
    ]


def modes(settings: Settings) -> tuple[str, ...]:
    """The color modes that a light has, by what it announced."""
    told = settings.texts("supported_color_modes")
    if told:
        return told
    if settings.text("schema", "basic") == "json":
        return ("brightness",) if settings.flag("brightness") else ("onoff",)
    found = [
        mode
        for mode, topic in (
            ("color_temp", "color_temp_command_topic"), ("rgb", "rgb_command_topic"), ("hs", "hs_command_topic"),
            ("xy", "xy_command_topic"),
        )
        if settings.has(topic)
    ]  # fmt: skip
    return tuple(found) or (("brightness",) if settings.has("brightness_command_topic") else ("onoff",))


def _json(settings: Settings) -> Callable[[str], Changes]:
    def state(text: str) -> Changes:
        held = parsed(text)
        if not isinstance(held, dict):
            raise ValueError("object")
        changes: Changes = {}
        if held.get("state") is not None:
            changes["state"] = {"ON": "on", "OFF": "off"}[str(held["state"]).upper()]
        if held.get("brightness") is not None:
            changes["brightness"] = _bright(settings, held["brightness"])
        if held.get("color_mode") is not None:
            changes["color_mode"] = str(held["color_mode"])[:20]
        if held.get("color_temp") is not None and held.get("color_mode", "color_temp") == "color_temp":
            changes |= _warmth(settings, held["color_temp"])
        if isinstance(held.get("color"), dict) and held.get("color_mode") != "color_temp":
            changes |= _color_of(held["color"], str(held.get("color_mode") or ""))
        if not changes:
            raise ValueError("nothing")
        return changes

    return state


def _color_of(told: dict[str, Any], mode: str) -> Changes:
    """The color in the form that the mode names, else in the first that is there."""
    forms = {
        "hs": lambda: (float(told["h"]), float(told["s"])),
        "rgb": lambda: hs_of((float(told["r"]), float(told["g"]), float(told["b"]))),
        "xy": lambda: hs_of_xy(float(told["x"]), float(told["y"])),
    }
    for form in (mode, *forms):
        if form in forms and all(told.get(key) is not None for key in form):
            return _color(form, forms[form]())
    return {}


def _color(mode: str, hs: tuple[float, float]) -> Changes:
    if not (0 <= hs[0] <= 360 and 0 <= hs[1] <= 100):
        raise ValueError("hs")
    return {"hs_color": hs, "color_mode": mode}


def _bright(settings: Settings, value: Any) -> int:
    scale = settings.number("brightness_scale", MAX_BRIGHTNESS)
    level = float(value)
    if not 0 <= level <= scale:
        raise ValueError("brightness")
    return round(MAX_BRIGHTNESS * level / scale)


def _warmth(settings: Settings, value: Any) -> Changes:
    """In kelvin; devices tell mireds unless they say otherwise."""
    level = float(value)
    kelvin = level if settings.flag("color_temp_kelvin") else 1_000_000 / level
    if not 500 <= kelvin <= 50_000:
        raise ValueError("kelvin")
    return {"color_temp_kelvin": round(kelvin), "color_mode": "color_temp"}


def _two(text: str) -> tuple[float, float]:
    first, second = text.split(",")
    return float(first), float(second)


def _three(text: str) -> tuple[float, float, float]:
    first, second, third = text.split(",")[:3]
    return float(first), float(second), float(third)
