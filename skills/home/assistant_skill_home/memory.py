"""A home in memory that does exactly what Home Assistant's services do: for tests, measurements and a first try."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from assistant_skill_home.colors import RGB, hs_of
from assistant_skill_home.link import HomeError
from assistant_skill_home.model import Entity, Home

Changes = dict[str, Any]
"""New attributes; the key `state` is the state itself."""


class MemoryHome:
    """`assistant_skill_home.link.HomeLink`. `deaf` entities take no notice of calls, `refusing` ones are refused."""

    def __init__(self, home: Home) -> None:
        self.home: Home | None = home
        self.deaf: set[str] = set()
        self.refusing: set[str] = set()
        self.calls: list[tuple[str, tuple[str, ...], dict[str, Any]]] = []

    async def run(self, changed: Callable[[], None]) -> None:
        changed()

    def snapshot(self) -> Home | None:
        return self.home

    async def call(self, service: str, entities: Sequence[str], data: Mapping[str, Any]) -> None:
        home = self._here()
        self.calls.append((service, tuple(entities), dict(data)))
        if self.refusing & set(entities):
            raise HomeError("The home refused that.")
        changed = dict(home.entities)
        for one in entities:
            if one in changed and one not in self.deaf:
                changed[one] = after(changed[one], service, data)
                for lit in _scene_states(changed[one], service):
                    if lit[0] in changed:
                        changed[lit[0]] = replace(changed[lit[0]], state=lit[1])
        self.home = replace(home, entities=changed)

    async def settle(self, done: Callable[[Home], bool], patience_s: float) -> Home:
        return self._here()  # everything has happened when `call` returns

    def _here(self) -> Home:
        if self.home is None:
            raise HomeError("I can't reach your home right now.")
        return self.home


def after(one: Entity, service: str, data: Mapping[str, Any]) -> Entity:
    """The entity after a service. Raises: HomeError: its domain has no such service."""
    known = {**_ANY, **_SERVICES.get(one.domain, {})}
    name = service.partition(".")[2]
    if name not in known:
        raise HomeError(f"There is no service {service}.")
    changes = known[name](one, data)
    state = str(changes.pop("state", one.state))
    return replace(one, state=state, attributes={**one.attributes, **changes})


def _scene_states(one: Entity, service: str) -> list[tuple[str, str]]:
    """What a scene sets, by its attribute `states`."""
    if one.domain != "scene" or service != "scene.turn_on":
        return []
    return [(str(entity), str(state)) for entity, state in dict(one.attributes.get("states", {})).items()]


def _to(state: str, **attributes: Any) -> Callable[[Entity, Mapping[str, Any]], Changes]:
    return lambda one, data: {"state": state, **attributes}


def _light_on(one: Entity, data: Mapping[str, Any]) -> Changes:
    modes = one.attributes.get("supported_color_modes") or ()
    changes: Changes = {"state": "on", "color_mode": modes[0] if modes else one.attributes.get("color_mode")}
    if "onoff" not in modes or len(modes) > 1:
        if "brightness_pct" in data:
            changes["brightness"] = round(255 * float(data["brightness_pct"]) / 100)
        elif "brightness_step_pct" in data:
            level = (one.attributes.get("brightness") or 0) + 255 * float(data["brightness_step_pct"]) / 100
            changes["brightness"] = max(0, min(255, round(level)))
    if "color_name" in data:
        name = data["color_name"]
        changes |= {"color_name": name, "color_mode": "rgb", "color_temp_kelvin": None}
        if name in RGB:
            changes["hs_color"] = hs_of(RGB[name])
    if "color_temp_kelvin" in data:
        changes |= {"color_temp_kelvin": data["color_temp_kelvin"], "color_mode": "color_temp"}
    return changes


def _fan_on(one: Entity, data: Mapping[str, Any]) -> Changes:
    return {"state": "on", "percentage": data.get("percentage", 100)}


def _fan_speed(one: Entity, data: Mapping[str, Any]) -> Changes:
    percent = data["percentage"]
    return {"state": "on" if percent else "off", "percentage": percent}


def _position(one: Entity, data: Mapping[str, Any]) -> Changes:
    return {"state": "open" if data["position"] else "closed", "current_position": data["position"]}


def _moved(state: str, position: int) -> Callable[[Entity, Mapping[str, Any]], Changes]:
    def move(one: Entity, data: Mapping[str, Any]) -> Changes:
        has_position = one.attributes.get("current_position") is not None
        return {"state": state, **({"current_position": position} if has_position else {})}

    return move


def _next(step: int) -> Callable[[Entity, Mapping[str, Any]], Changes]:
    return lambda one, data: {"media_track": int(one.attributes.get("media_track") or 0) + step}


def _mute(one: Entity, data: Mapping[str, Any]) -> Changes:
    """A muted player tells a level of nothing, and its own again afterwards."""
    level = one.attributes.get("volume_level")
    if data["is_volume_muted"]:
        return {"is_volume_muted": True, "volume_level": 0.0, "level_before": level}
    return {"is_volume_muted": False, "volume_level": one.attributes.get("level_before", level)}


def _louder(step: float) -> Callable[[Entity, Mapping[str, Any]], Changes]:
    def change(one: Entity, data: Mapping[str, Any]) -> Changes:
        return {"volume_level": round(min(1.0, max(0.0, float(one.attributes.get("volume_level") or 0) + step)), 2)}

    return change


def _items(one: Entity) -> list[dict[str, str]]:
    return [dict(item) for item in one.attributes.get("todo_items") or ()]


def _with_items(items: list[dict[str, str]]) -> Changes:
    return {"todo_items": items, "state": str(sum(item["status"] == "needs_action" for item in items))}


def _add_item(one: Entity, data: Mapping[str, Any]) -> Changes:
    return _with_items([*_items(one), {"summary": str(data["item"]), "status": "needs_action"}])


def _find_item(one: Entity, wanted: object) -> dict[str, str]:
    found = [item for item in _items(one) if item["summary"].lower() == str(wanted).lower()]
    if not found:
        raise HomeError(f"There is no {wanted} on that list.")
    return found[0]


def _update_item(one: Entity, data: Mapping[str, Any]) -> Changes:
    chosen = _find_item(one, data["item"])
    return _with_items([{**item, "status": str(data["status"])} if item == chosen else item for item in _items(one)])


def _remove_item(one: Entity, data: Mapping[str, Any]) -> Changes:
    chosen = _find_item(one, data["item"])
    return _with_items([item for item in _items(one) if item != chosen])


_Service = Callable[[Entity, Mapping[str, Any]], Changes]
_ANY: Mapping[str, _Service] = {"turn_on": _to("on"), "turn_off": _to("off")}
_OPENING: Mapping[str, _Service] = {
    "open_cover": _moved("open", 100), "close_cover": _moved("closed", 0), "set_cover_position": _position,
    "open_valve": _moved("open", 100), "close_valve": _moved("closed", 0), "set_valve_position": _position,
    "stop_cover": lambda one, data: {}, "stop_valve": lambda one, data: {},
}  # fmt: skip
_SERVICES: Mapping[str, Mapping[str, _Service]] = {
    "light": {"turn_on": _light_on, "turn_off": _to("off", brightness=None, color_mode=None)},
    "fan": {"turn_on": _fan_on, "turn_off": _to("off", percentage=0), "set_percentage": _fan_speed},
    "cover": _OPENING,
    "valve": _OPENING,
    "lock": {"lock": _to("locked"), "unlock": _to("unlocked")},
    "climate": {
        "set_temperature": lambda one, data: {"temperature": data["temperature"]},
        "set_hvac_mode": lambda one, data: {"state": data["hvac_mode"]},
        "turn_on": _to("heat"),
    },
    "vacuum": {
        "start": _to("cleaning"), "return_to_base": _to("returning"), "pause": _to("paused"), "stop": _to("idle"),
        "clean_area": _to("cleaning"),
    },
    "lawn_mower": {"start_mowing": _to("mowing"), "dock": _to("returning"), "pause": _to("paused")},
    "media_player": {
        "media_play": _to("playing"), "media_pause": _to("paused"), "media_stop": _to("idle"),
        "media_next_track": _next(1), "media_previous_track": _next(-1), "volume_mute": _mute,
        "volume_set": lambda one, data: {"volume_level": data["volume_level"]},
        "volume_up": _louder(0.1), "volume_down": _louder(-0.1),
    },
    "scene": {"turn_on": _to("on")},
    "button": {"press": _to("on")},
    "todo": {"add_item": _add_item, "update_item": _update_item, "remove_item": _remove_item},
}  # fmt: skip
