"""What Home Assistant tells of a home (registries, states) made into the model of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from assistant_skill_home.kinds import kind_of
from assistant_skill_home.model import Area, Entity, Floor, Home

_OPENING_CALLS = (
    "unlock", "lock.open", "open_cover", "set_cover_position", "cover.toggle", "alarm_disarm", "script.", "scene.",
)  # fmt: skip
"""What a script may call to open something; what other scripts and scenes would do is not followed up."""
MAX_NAME_CHARS = 100


@dataclass(slots=True)
class Registry:
    """Lists and states as they came over the wire; nothing in them is trusted to be of the right type.

    `exposed` are the entities that the user lets assistants use (None: this home does not tell, so all). `scripts`
    holds what a script does, or None where that may not be seen.
    """

    floors: Sequence[Any] = ()
    areas: Sequence[Any] = ()
    devices: Sequence[Any] = ()
    entries: Mapping[str, Any] = field(default_factory=dict)
    exposed: Any = None
    states: dict[str, Any] = field(default_factory=dict)
    scripts: dict[str, Any] = field(default_factory=dict)

    def take_states(self, states: Sequence[Any]) -> None:
        self.states = {str(one["entity_id"]): one for one in states if isinstance(one, dict) and "entity_id" in one}

    def wanted(self) -> list[str]:
        """The entities of kinds that the skill knows, which the user lets assistants use."""
        return [key for key in self.states if self._is_exposed(key) and kind_of(self._plain(key))]

    def knows(self, entity: str) -> bool:
        return entity in self.states

    def home(self) -> Home:
        floors = [
            Floor(id=_text(one, "floor_id"), name=_text(one, "name"), aliases=_texts(one, "aliases"))
            for one in _dicts(self.floors)
        ]
        areas = [
            Area(
                id=_text(one, "area_id"), name=_text(one, "name"), aliases=_texts(one, "aliases"),
                floor=_text(one, "floor_id"),
            )
            for one in _dicts(self.areas)
        ]  # fmt: skip
        devices = {_text(one, "id"): _text(one, "area_id") for one in _dicts(self.devices)}
        return Home(
            floors={one.id: one for one in floors if one.name},
            areas={one.id: one for one in areas if one.name},
            entities={key: self._entity(key, devices) for key in self.wanted() if self._is_shown(key)},
        )

    def home_with(self, home: Home, entity: str) -> Home:
        """The home after the state of one entity has changed."""
        known = home.entities.get(entity)
        if known is None:
            return home
        now = self._plain(entity)
        changed = replace(known, state=now.state, attributes=now.attributes)
        return replace(home, entities={**home.entities, entity: changed})

    def _plain(self, key: str) -> Entity:
        state = self.states[key]
        attributes = state.get("attributes")
        attributes = attributes if isinstance(attributes, dict) else {}
        name = str(attributes.get("friendly_name") or key.partition(".")[2].replace("_", " "))
        return Entity(id=key, name=name[:MAX_NAME_CHARS], state=str(state.get("state")), attributes=attributes)

    def _entity(self, key: str, devices: Mapping[str, str]) -> Entity:
        entry = self._entry(key)
        area = _text(entry, "area_id") or devices.get(_text(entry, "device_id"), "")
        return replace(self._plain(key), aliases=_texts(entry, "aliases"), area=area, opens=self._opens(key))

    def _entry(self, key: str) -> dict[str, Any]:
        entry = self.entries.get(key)
        return entry if isinstance(entry, dict) else {}

    def _is_shown(self, key: str) -> bool:
        entry = self._entry(key)
        return entry.get("hidden_by") is None and entry.get("disabled_by") is None

    def _is_exposed(self, key: str) -> bool:
        if not isinstance(self.exposed, dict):
            return True
        listed = self.exposed.get("exposed_entities")
        settings = listed.get(key) if isinstance(listed, dict) else None
        return isinstance(settings, dict) and bool(settings.get("conversation"))

    def _opens(self, key: str) -> bool:
        """Does running it open the way in? A scene tells what it holds; a script that cannot be seen might do it."""
        if key.startswith("script."):
            config = self.scripts.get(key)
            return config is None or any(call in json.dumps(config) for call in _OPENING_CALLS)
        if key.startswith("scene."):
            held = self.states[key].get("attributes", {}).get("entity_id") or ()
            return any(
                str(one).startswith(("lock.", "alarm_control_panel.")) or self._is_entry(str(one)) for one in held
            )
        return False

    def _is_entry(self, key: str) -> bool:
        return key.startswith("cover.") and key in self.states and self._plain(key).lets_in


def claimed(entries: Any) -> frozenset[tuple[str, str]]:
    """Of all entities of a home those that it has by way of MQTT, also those that assistants may not use."""
    found = [one for one in _dicts(entries) if one.get("platform") == "mqtt"]
    return frozenset((_text(one, "entity_id").partition(".")[0], str(one.get("unique_id"))) for one in found)


def _dicts(values: Any) -> list[dict[str, Any]]:
    return [one for one in values if isinstance(one, dict)] if isinstance(values, Sequence) else []


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    return value[:MAX_NAME_CHARS] if isinstance(value, str) else ""


def _texts(values: Mapping[str, Any], key: str) -> tuple[str, ...]:
    found = values.get(key)
    return tuple(one[:MAX_NAME_CHARS] for one in found if isinstance(one, str)) if isinstance(found, list) else ()
