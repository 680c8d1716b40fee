"""The broad reading: Home Assistant's own sentences (CC BY 4.0) for what our templates do not cover, to our tools."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterable, Mapping
from typing import Any

from assistant.skill import is_korean
from assistant_skill_home.core import HomeCore
from assistant_skill_home.kinds import KINDS, kind_of
from assistant_skill_home.names import Names, Target

Read = tuple[str, dict[str, Any]]
"""A function of the skill, and its arguments."""

_DOMAINS: Mapping[str, str] = {
    "HassLightSet": "light", "HassFanSetSpeed": "fan", "HassClimateSetTemperature": "climate",
    "HassClimateGetTemperature": "climate", "HassVacuumStart": "vacuum", "HassVacuumReturnToBase": "vacuum",
    "HassVacuumCleanArea": "vacuum", "HassLawnMowerStartMowing": "lawn_mower", "HassLawnMowerDock": "lawn_mower",
    "HassMediaPause": "media_player", "HassMediaUnpause": "media_player", "HassMediaNext": "media_player",
    "HassMediaPrevious": "media_player", "HassMediaPlayerMute": "media_player", "HassMediaPlayerUnmute": "media_player",
    "HassSetVolume": "media_player", "HassSetVolumeRelative": "media_player", "HassSetPosition": "cover",
    "HassListAddItem": "todo", "HassListCompleteItem": "todo", "HassListRemoveItem": "todo",
    "HassTurnOn": "", "HassTurnOff": "", "HassGetState": "",
}  # fmt: skip
"""The intents that the tools can serve -> the domain of what they are about, where it is always the same."""

_PLAYER = {
    "HassMediaPause": "pause_player", "HassMediaUnpause": "resume_player", "HassMediaNext": "next_track",
    "HassMediaPrevious": "previous_track", "HassMediaPlayerMute": "mute_player",
    "HassMediaPlayerUnmute": "unmute_player",
}  # fmt: skip
_ITEM = {"HassListAddItem": "add_item", "HassListCompleteItem": "complete_item", "HassListRemoveItem": "remove_item"}
_ASKED = {
    "any": "check_any", "all": "check_all", "which": "which_are", "how_many": "count_devices",
    "one_yesno": "check_state", "one": "get_state",
}  # fmt: skip


class HomeParser(HomeCore):
    """Adds the broad reading to a skill."""

    _recogniser: _Recogniser | None = None
    _korean: _Recogniser | None = None

    def parse(self, text: str) -> Read | None:
        if not is_korean(text):
            return self._recogniser.read(text) if self._recogniser is not None else None
        if self._korean is None and self.names is not None:
            self._korean = _Recogniser(self.names, "ko")
        return self._korean.read(text) if self._korean is not None else None

    def renamed(self, names: Names) -> None:
        self._korean = None  # made with the first Korean sentence
        self._recogniser = _Recogniser(names)
        self._recogniser.read("turn on the light")  # the first reading prepares the sentences: some 100 ms


class _Recogniser:
    """The sentences with the names of one home."""

    def __init__(self, names: Names, language: str = "en") -> None:
        self.names = names
        self._hassil: Any = importlib.import_module("hassil")
        self._intents = _intents(language)
        make = importlib.import_module("hassil.intents").TextSlotList.from_tuples
        home = names.home
        self._lists = {
            "name": make(_entity_names(names), allow_template=False, name="name"),
            "area": make(
                [(said, one.id) for one in home.areas.values() for said in (one.name, *one.aliases)],
                allow_template=False, name="area",
            ),
            "floor": make(
                [(said, one.id) for one in home.floors.values() for said in (one.name, *one.aliases)],
                allow_template=False, name="floor",
            ),
        }  # fmt: skip
        self._context = {"area": names.here} if names.here else {}

    def read(self, text: str) -> Read | None:
        """The call that the best of all readings asks for, if the home has what it is about."""
        found = self._hassil.recognize_best(
            text, self._intents, slot_lists=self._lists, intent_context=self._context, best_slot_name="name"
        )
        if found is None:
            return None
        slots = {name: entity.value for name, entity in found.entities.items()}
        texts = {name: entity.text_clean.strip() for name, entity in found.entities.items()}
        return read_intent(found.intent.name, slots, self.names, asked=found.response or "", texts=texts)


@functools.cache
def _intents(language: str) -> Any:
    """The sentences of the intents that we serve; parsed once."""
    data = importlib.import_module("home_assistant_intents").get_intents(language)
    kept = {name: intent for name, intent in data["intents"].items() if name in _DOMAINS}
    return importlib.import_module("hassil").Intents.from_dict({**data, "intents": kept})


def _entity_names(names: Names) -> Iterable[tuple[str, str, dict[str, str]]]:
    """Every name with the entity that it belongs to, and its domain, by which sentences choose."""
    return [
        (said, one.id, {"domain": one.domain})
        for one in names.home.entities.values()
        if kind_of(one)
        for said in (one.name, *one.aliases)
    ]


def read_intent(
    intent: str, slots: Mapping[str, Any], names: Names, *, asked: str = "", texts: Mapping[str, str] | None = None
) -> Read | None:
    """The call for an intent with its slots (entities, areas and floors by their ids); None where no tool fits."""
    target = _target(intent, slots, names)
    if target is None:
        return None
    what = names.value(target)
    one = names.home.entities.get(target.entities[0]) if target.entities else None
    if intent in ("HassTurnOn", "HassTurnOff"):
        return _switch(intent == "HassTurnOn", what, target, names)
    if intent == "HassLightSet":
        for slot, tool, argument in (
            ("brightness", "set_brightness", "percent"), ("color", "set_color", "color"),
            ("temperature", "set_color_temperature", "kelvin"),
        ):  # fmt: skip
            if slot in slots:
                return tool, {"what": what, argument: slots[slot]}
        return None
    if intent in _PLAYER:
        return _PLAYER[intent], {"what": what} if _said(slots) else {}
    if intent in _ITEM:
        item = (texts or {}).get("item") or slots["item"]
        return (_ITEM[intent], {"item": item, "list": what}) if one is not None else None
    if intent == "HassGetState":
        if asked not in _ASKED:
            return None
        state = {} if asked == "one" else {"state": str(slots.get("state", ""))}
        return _ASKED[asked], {"what": what, **state}
    return _others(intent, slots, what, names)


def _others(intent: str, slots: Mapping[str, Any], what: str, names: Names) -> Read | None:
    where = {"what": what} if _said(slots) else {}
    if intent == "HassSetVolumeRelative":
        step = slots["volume_step"]
        if isinstance(step, str):
            return f"volume_{step}", where
        return f"volume_{'up' if step > 0 else 'down'}", {**where, "percent": abs(step)}
    if intent in ("HassVacuumCleanArea", "HassVacuumStart") and ("area" in slots or "floor" in slots):
        home = names.home
        place = home.areas[slots["area"]].name if "area" in slots else home.floors[slots["floor"]].name
        return "clean", {"place": place, **({"what": what} if "name" in slots else {})}
    if intent == "HassClimateGetTemperature" and "area" in slots:
        return "get_temperature", {"place": names.home.areas[slots["area"]].name}
    by_intent: dict[str, Read] = {
        "HassFanSetSpeed": ("set_fan_speed", {"what": what, "percent": slots.get("percentage")}),
        "HassSetPosition": ("set_position", {"what": what, "percent": slots.get("position")}),
        "HassSetVolume": ("set_player_volume", {**where, "percent": slots.get("volume_level")}),
        "HassClimateSetTemperature": ("set_temperature", {**where, "degrees": slots.get("temperature")}),
        "HassClimateGetTemperature": ("get_temperature", where),
        "HassVacuumStart": ("start_vacuum", where),
        "HassVacuumReturnToBase": ("dock_vacuum", where),
        "HassLawnMowerStartMowing": ("start_mower", where),
        "HassLawnMowerDock": ("dock_mower", where),
    }
    return by_intent.get(intent)


def _said(slots: Mapping[str, Any]) -> bool:
    return any(slot in slots for slot in ("name", "area", "floor"))


def _target(intent: str, slots: Mapping[str, Any], names: Names) -> Target | None:
    """What the slots point at; None where the home has nothing of it, so that the next in line may try."""
    home = names.home
    if "name" in slots:
        one = home.entities[slots["name"]]
        same = [
            other.id for other in home.entities.values() if other.name == one.name and other.domain == one.domain
        ]  # fmt: skip
        here = [other for other in same if _is_placed(home.entities[other].area, slots, names)]
        return Target(entities=tuple(here or same)) if here or not _placed(slots) else None
    domain = _DOMAINS[intent] or str(slots.get("domain", "cover" if "device_class" in slots else ""))
    wanted = slots.get("device_class")
    kinds = tuple(
        name for name, kind in KINDS.items() if kind.domain == domain and (wanted is None or wanted in kind.classes)
    )
    if not kinds:
        return None
    target = Target(
        kinds=kinds, area=slots.get("area", "" if slots.get("floor") else names.here), floor=slots.get("floor", "")
    )
    everywhere = Target(kinds=kinds)
    return target if everywhere.find(home) else None


def _placed(slots: Mapping[str, Any]) -> bool:
    return "area" in slots or "floor" in slots


def _is_placed(area: str, slots: Mapping[str, Any], names: Names) -> bool:
    if "area" in slots:
        return bool(area == slots["area"])
    if "floor" in slots:
        return area in {one.id for one in names.home.on_floor(slots["floor"])}
    return True


def _switch(on: bool, what: str, target: Target, names: Names) -> Read | None:
    """On and off mean another tool for each kind of thing; what lets somebody in has tools that ask first."""
    found = [one for one in target.find(names.home) if one.domain not in ("sensor", "binary_sensor")]
    domains = {one.domain for one in found} or {KINDS[kind].domain for kind in target.kinds}
    lets_in = any(one.lets_in for one in found) and (bool(target.entities) or domains == {"cover"})
    if len(domains) != 1:
        return None
    domain = domains.pop()
    if domain == "lock":
        return ("lock" if on else "unlock"), {"what": what}
    if domain in ("cover", "valve"):
        return ("open_door" if on and lets_in else "open" if on else "close"), {"what": what}
    if domain == "vacuum":
        return ("start_vacuum" if on else "dock_vacuum"), {"what": what}
    if domain in ("scene", "script"):
        return (("activate_guarded" if lets_in else "activate"), {"what": what}) if on else None
    if lets_in:
        return ("activate_guarded", {"what": what}) if on else None
    if domain in ("light", "switch", "fan", "media_player", "climate", "input_boolean", "humidifier"):
        return ("turn_on" if on else "turn_off"), {"what": what}
    return None
