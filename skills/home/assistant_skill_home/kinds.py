"""The kinds of things in a home, and the words that people have for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from assistant_skill_home.model import Entity


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`words`: (one, several) of each; the first pair is how we say it. `classes`: device classes, all if empty."""

    domain: str
    words: tuple[tuple[str, str], ...]
    classes: tuple[str, ...] = ()

    @property
    def one(self) -> str:
        return self.words[0][0]

    @property
    def several(self) -> str:
        return self.words[0][1]

    def holds(self, entity: Entity) -> bool:
        return entity.domain == self.domain and (not self.classes or entity.device_class in self.classes)


def _kind(domain: str, *words: str, classes: tuple[str, ...] = ()) -> Kind:
    """`words` are given in the singular, or as `one/several` where the plural is not made with an s."""
    pairs = [(one, several or f"{one}s") for one, _, several in (word.partition("/") for word in words)]
    return Kind(domain=domain, words=tuple(pairs), classes=classes)


KINDS: Mapping[str, Kind] = {
    "light": _kind("light", "light", "lamp", "lighting/lighting", "light bulb", "bulb"),
    "fan": _kind("fan", "fan", "ventilator"),
    "switch": _kind("switch", "switch/switches", "outlet", "plug", "socket"),
    "toggle": _kind("input_boolean", "toggle"),
    "humidifier": _kind("humidifier", "humidifier"),
    "lock": _kind("lock", "lock", "door lock", "door"),
    "curtain": _kind("cover", "curtain", "drape", classes=("curtain",)),
    "blind": _kind("cover", "blind", classes=("blind",)),
    "shade": _kind("cover", "shade", classes=("shade",)),
    "shutter": _kind("cover", "shutter", classes=("shutter",)),
    "awning": _kind("cover", "awning", classes=("awning",)),
    "window": _kind("cover", "window", classes=("window",)),
    "damper": _kind("cover", "damper", classes=("damper",)),
    "garage": _kind("cover", "garage door", "garage", classes=("garage",)),
    "gate": _kind("cover", "gate", classes=("gate",)),
    "door": _kind("cover", "door", classes=("door",)),
    "cover": _kind("cover", "cover"),
    "valve": _kind("valve", "valve", "tap", "sprinkler", "water/water"),
    "climate": _kind(
        "climate", "climate control", "thermostat",
        "heating/heating", "heater", "air conditioner", "air conditioning/air conditioning",
        "ac", "radiator", "temperature",
    ),
    "vacuum": _kind("vacuum", "vacuum", "vacuum cleaner", "robot vacuum", "hoover", "robot"),
    "mower": _kind("lawn_mower", "mower", "lawn mower", "robot mower"),
    "player": _kind(
        "media_player", "media player", "music/music", "speaker", "tv", "television", "player", "radio", "stereo",
        "song", "track", "movie", "show", "video", "audio/audio", "playback/playback", "sound/sound",
    ),
    "todo": _kind("todo", "to do list", "todo list", "list", "task", "task list", "todo", "to do"),
    "scene": _kind("scene", "scene"),
    "script": _kind("script", "script", "routine"),
    "button": _kind("button", "button"),
    "person": _kind("person", "person/people"),
    "window sensor": _kind("binary_sensor", "window", classes=("window",)),
    "door sensor": _kind("binary_sensor", "door", classes=("door", "garage_door", "opening")),
    "motion sensor": _kind("binary_sensor", "motion sensor", classes=("motion", "occupancy", "presence")),
    "sensor": _kind("sensor", "sensor"),
    "detector": _kind("binary_sensor", "sensor", "detector"),
}  # fmt: skip
"""Of kinds of one domain the special ones come first: a thing is of the first that holds it."""


_HOMELY = (
    "light",
    "fan",
    "lock",
    "curtain",
    "blind",
    "shade",
    "shutter",
    "garage",
    "gate",
    "valve",
    "climate",
    "vacuum",
)


def spoken_words() -> list[str]:
    """The words for kinds that hardly mean anything but a thing of the home."""
    pairs = [pair for name in _HOMELY for pair in KINDS[name].words]
    words = dict.fromkeys(word for pair in pairs for word in pair)
    return [f"{lead}{word}" for word in words for lead in ("", "all ")]


def kind_of(entity: Entity) -> str:
    """The name of the kind that an entity is of; empty if the skill knows none."""
    return next((name for name, kind in KINDS.items() if kind.holds(entity)), "")
