"""A home as it is now: floors, areas and what stands in them, with names, states and attributes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

ENTRY_CLASSES = frozenset(["garage", "gate", "door"])
"""Covers that let somebody in when they open."""
COVER_CLASSES = ("awning", "blind", "curtain", "damper", "door", "garage", "gate", "shade", "shutter", "window")
_ENTRY_WORDS = ("unlock", "disarm", "opener", "open door", "open gate", "open garage", "door open")
_BUTTON_WORDS = ("door", "gate", "garage", "lock", "open", "entrance", "buzzer")
"""A button tells even less what it does, so that a word is enough."""
_NO_ANSWER = frozenset(["unavailable", "unknown"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    id: str
    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A room, or another place; `floor` is the id of the floor that it is on, if any."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    floor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One thing that has a state. `id` is `domain.name`; `opens`: what it would open, if it runs other things."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    area: str = ""
    state: str = "unknown"
    attributes: Mapping[str, Any] = field(default_factory=dict)
    opens: bool = False

    @property
    def domain(self) -> str:
        return self.id.partition(".")[0]

    @property
    def answers(self) -> bool:
        return self.state not in _NO_ANSWER

    @property
    def reports(self) -> bool:
        """Does it tell what it does? Of some the state is only what they were last told, or none at all."""
        return not self.attributes.get("assumed_state")

    @property
    def device_class(self) -> str:
        """Its class; a cover that has none is judged by its name, so that a garage door is never taken for a blind."""
        known = str(self.attributes.get("device_class") or "")
        if known or self.domain != "cover":
            return known
        return next((kind for kind in COVER_CLASSES if kind in self.name.lower()), "")

    @property
    def lets_in(self) -> bool:
        """Does running or opening it open the way into the home, whatever it is called?"""
        if self.domain == "lock" or (self.domain == "cover" and self.device_class in ENTRY_CLASSES):
            return True
        if self.opens:
            return True
        words = " ".join([self.name, *self.aliases, self.id.partition(".")[2]]).lower().replace("_", " ")
        if self.domain == "button" and any(word in words for word in _BUTTON_WORDS):
            return True
        return self.domain not in ("light", "cover", "sensor", "binary_sensor") and any(
            word in words for word in _ENTRY_WORDS
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Everything by its id."""

    floors: Mapping[str, Floor] = field(default_factory=dict)
    areas: Mapping[str, Area] = field(default_factory=dict)
    entities: Mapping[str, Entity] = field(default_factory=dict)

    def on_floor(self, floor: str) -> Iterator[Area]:
        return (area for area in self.areas.values() if area.floor == floor)

    def area_named(self, name: str) -> Area | None:
        """The area of this name or alias, in whatever case."""
        low = name.lower()
        return next((a for a in self.areas.values() if low in (a.name.lower(), *map(str.lower, a.aliases))), None)

    def has_same_names(self, other: Home) -> bool:
        """Is there nothing new to say, only perhaps other states?"""
        return (
            self.floors == other.floors
            and self.areas == other.areas
            and self.entities.keys() == other.entities.keys()
            and all(_named(one) == _named(other.entities[key]) for key, one in self.entities.items())
        )


def _named(entity: Entity) -> tuple[object, ...]:
    return entity.name, entity.aliases, entity.area, entity.device_class, entity.opens
