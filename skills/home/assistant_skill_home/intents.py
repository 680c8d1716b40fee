"""Our calls in the words of Home Assistant's intents, so that a reading can be compared with its test sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assistant_skill_home.kinds import KINDS
from assistant_skill_home.names import Names

_INTENTS: Mapping[str, str] = {
    "turn_on": "HassTurnOn", "turn_off": "HassTurnOff", "open": "HassTurnOn", "open_door": "HassTurnOn",
    "close": "HassTurnOff", "lock": "HassTurnOn", "unlock": "HassTurnOff", "activate": "HassTurnOn",
    "activate_guarded": "HassTurnOn", "set_brightness": "HassLightSet", "set_color": "HassLightSet",
    "set_color_temperature": "HassLightSet", "set_fan_speed": "HassFanSetSpeed", "set_position": "HassSetPosition",
    "set_temperature": "HassClimateSetTemperature", "get_temperature": "HassClimateGetTemperature",
    "start_vacuum": "HassVacuumStart", "dock_vacuum": "HassVacuumReturnToBase",
    "start_mower": "HassLawnMowerStartMowing",
    "dock_mower": "HassLawnMowerDock", "pause_player": "HassMediaPause", "resume_player": "HassMediaUnpause",
    "next_track": "HassMediaNext", "previous_track": "HassMediaPrevious", "mute_player": "HassMediaPlayerMute",
    "unmute_player": "HassMediaPlayerUnmute", "set_player_volume": "HassSetVolume",
    "volume_up": "HassSetVolumeRelative",
    "volume_down": "HassSetVolumeRelative", "add_item": "HassListAddItem", "complete_item": "HassListCompleteItem",
    "remove_item": "HassListRemoveItem", "check_state": "HassGetState", "check_any": "HassGetState",
    "check_all": "HassGetState", "which_are": "HassGetState", "count_devices": "HassGetState",
    "get_state": "HassGetState",
}  # fmt: skip
_MEANT: Mapping[str, str] = {
    "lock": "lock", "unlock": "lock", "open": "cover", "open_door": "cover", "close": "cover", "set_position": "cover",
}  # fmt: skip
"""The domain that a tool is about, where a word may mean several."""
SHIPPED = frozenset({*_INTENTS.values(), "HassVacuumCleanArea"})
"""The intents that the skill has tools for."""
_SLOTS: Mapping[str, Mapping[str, str]] = {
    "set_brightness": {"percent": "brightness"}, "set_color": {"color": "color"},
    "set_color_temperature": {"kelvin": "temperature"}, "set_fan_speed": {"percent": "percentage"},
    "set_position": {"percent": "position"}, "set_temperature": {"degrees": "temperature"},
    "set_player_volume": {"percent": "volume_level"}, "add_item": {"item": "item"}, "complete_item": {"item": "item"},
    "remove_item": {"item": "item"},
}  # fmt: skip


def as_intent(tool: str, arguments: Mapping[str, Any], names: Names) -> tuple[str, dict[str, Any]]:
    """Intent and slots; no intent for a tool that has none.

    Areas, floors and entities are named as the home has them; `domain` and `device_class` are there where a kind is
    meant. Area and floor of an entity come along, whether they were said or not; our own room does not.
    """
    slots: dict[str, Any] = {slot: arguments[name] for name, slot in _SLOTS.get(tool, {}).items() if name in arguments}
    if tool.startswith("volume_"):
        up = tool == "volume_up"
        percent = arguments.get("percent")
        slots["volume_step"] = ("up" if up else "down") if not percent else percent if up else -percent
    if tool == "clean":
        return _clean(tool, arguments, names)
    value = arguments.get("what", arguments.get("list"))
    slots |= _target(str(value), names, tool) if value is not None else {}
    if place := arguments.get("place"):
        slots |= _place(str(place), names)
    if "state" in arguments:
        slots["state"] = _state(str(arguments["state"]), slots.pop("_domain", ""))
    slots.pop("_domain", None)
    return _INTENTS.get(tool, ""), slots


def _clean(tool: str, arguments: Mapping[str, Any], names: Names) -> tuple[str, dict[str, Any]]:
    place = _place(str(arguments["place"]), names)
    intent = "HassVacuumCleanArea" if "area" in place else "HassVacuumStart"
    what = arguments.get("what")
    return intent, {**({"name": _target(str(what), names, tool)["name"]} if what else {}), **place}


def _place(place: str, names: Names) -> dict[str, Any]:
    target = names.place(place)
    if target is None:
        return {}
    if target.area:
        return {"area": place} if target.area != names.here else {}
    return {"floor": place}


def _target(value: str, names: Names, tool: str) -> dict[str, Any]:
    target, home = names.targets.get(value), names.home
    if target is None:
        return {}
    if target.entities:
        one = home.entities[target.entities[0]]
        area = home.areas.get(one.area)
        floor = home.floors.get(area.floor) if area else None
        places = {**({"area": area.name} if area else {}), **({"floor": floor.name} if floor else {})}
        return {"name": one.name, "_domain": one.domain, **places}
    slots: dict[str, Any] = {}
    if target.area and target.area != names.here:
        slots["area"] = home.areas[target.area].name
    if target.floor:
        slots["floor"] = home.floors[target.floor].name
    kinds = [KINDS[kind] for kind in target.kinds]
    meant = [kind for kind in kinds if kind.domain == _MEANT.get(tool)] or kinds
    slots["domain"] = meant[0].domain
    if meant[0].classes:
        slots["device_class"] = meant[0].classes[0]
    return slots


def _state(state: str, domain: str) -> str:
    """A door sensor that is open has the state on."""
    if domain == "binary_sensor":
        return {"open": "on", "closed": "off"}.get(state, state)
    return state
