"""Discovery messages: which things a device has, from the topic and the JSON of an announcement.

PREFIX/light/[NODE/]NAME/config   {...}                              one thing
PREFIX/device/[NODE/]NAME/config  {"dev": ..., "cmps": {KEY: ...}}   all things of a device
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from assistant_skill_home.mqtt.abbreviations import DEVICE, spelled_out
from assistant_skill_home.mqtt.settings import Settings, UnfitError

MAX_PAYLOAD_BYTES = 256_000
"""An announcement of a whole device with some dozens of things stays far below."""
MAX_PARTS = 100
"""Things of one device."""
MAX_NAME_CHARS = 100
DOMAINS = (
    "binary_sensor", "button", "climate", "cover", "fan", "lawn_mower", "light", "lock", "scene", "sensor", "switch",
    "vacuum", "valve",
)  # fmt: skip
_USUAL_NAMES = {"binary_sensor": "sensor", "lawn_mower": "lawn mower"}
_SHARED = (
    "availability", "availability_mode", "availability_topic", "availability_template", "payload_available",
    "payload_not_available", "state_topic", "command_topic", "qos", "encoding", "~",
)  # fmt: skip
"""What the things of one device have in common, unless they say otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """One thing as announced. `place` is the topic, with the thing's key behind it where it is one of a device's."""

    domain: str
    place: str
    name: str
    area: str
    unique_id: str
    settings: Settings


def topics(prefix: str) -> tuple[str, str]:
    """What to subscribe to for all announcements."""
    return f"{prefix}/+/+/config", f"{prefix}/+/+/+/config"


def read(prefix: str, topic: str, payload: bytes) -> list[Announced]:
    """The things of an announcement that we know, that are enabled, and that are no settings of the device itself.

    An empty payload takes an announcement back.

    Raises:
        UnfitError: the message is too large, no JSON object, or something in it is of the wrong kind.
    """
    component = topic.removeprefix(f"{prefix}/").partition("/")[0]
    if not payload:
        return []
    values = spelled_out(_object(payload))
    device = spelled_out(_mapping(values, "device"), DEVICE)
    if component == "device":
        return [
            one for key, part in _parts(values) if (one := _thing(part.pop("platform", ""), key, part, device, topic))
        ]
    one = _thing(component, "", values, device, topic)
    return [one] if one is not None else []


def _object(payload: bytes) -> dict[str, Any]:
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise UnfitError("size")
    try:
        values = json.loads(payload)
    except (ValueError, RecursionError):
        raise UnfitError("json") from None
    if not isinstance(values, dict):
        raise UnfitError("object")
    return values


def _mapping(values: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = values.get(key)
    if found is not None and not isinstance(found, dict):
        raise UnfitError(key)
    return found or {}


def _parts(values: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    parts = _mapping(values, "components")
    if len(parts) > MAX_PARTS:
        raise UnfitError("components")
    shared = {key: values[key] for key in _SHARED if key in values}
    for key, part in parts.items():
        if not isinstance(part, dict):
            raise UnfitError("components")
        if set(part) - {"p", "platform"}:  # a thing with a platform alone has been taken away
            yield key, {**shared, **spelled_out(part)}


def _thing(domain: object, key: str, values: dict[str, Any], device: Mapping[str, Any], topic: str) -> Announced | None:
    if domain not in DOMAINS or values.get("entity_category") is not None or values.get("enabled_by_default") is False:
        return None
    values = _with_base(values)
    settings = Settings(values)
    object_id = topic.rsplit("/", 2)[1]
    place = f"{topic}#{key}" if key else topic
    return Announced(
        domain=str(domain),
        place=place,
        name=_name(values, device, str(domain)),
        area=_clean(device.get("suggested_area")),
        unique_id=settings.text("unique_id", f"{object_id}_{key}" if key else object_id),
        settings=settings,
    )


def _with_base(values: dict[str, Any]) -> dict[str, Any]:
    """Every topic with the base in place of a `~` at its beginning or end, also those of the availability."""
    base = values.get("~")
    if base is None:
        return values
    if not isinstance(base, str):
        raise UnfitError("base")

    def based(key: str, value: Any) -> Any:
        if isinstance(value, str) and (key == "topic" or key.endswith("_topic")):
            value = f"{base}{value[1:]}" if value.startswith("~") else value
            return f"{value[:-1]}{base}" if value.endswith("~") else value
        if key == "availability" and isinstance(value, list):
            return [
                {name: based(name, held) for name, held in spelled_out(one).items()} if isinstance(one, dict) else one
                for one in value
            ]
        return value

    return {key: based(key, value) for key, value in values.items()}


def _name(values: Mapping[str, Any], device: Mapping[str, Any], domain: str) -> str:
    """The device's name and the thing's own behind it; a thing without a name is what its device is called."""
    own, of_device = _clean(values.get("name")), _clean(device.get("name"))
    if not own:
        kind = _clean(values.get("device_class")) or _USUAL_NAMES.get(domain, domain)
        named = "name" in values or not of_device or domain not in ("sensor", "binary_sensor")
        own = "" if named and of_device else kind.replace("_", " ")
    if of_device and not own.lower().startswith(of_device.lower()):
        return f"{of_device} {own}".strip()[:MAX_NAME_CHARS]
    return own[:MAX_NAME_CHARS]


def _clean(value: object) -> str:
    """A name without control signs and doubled spaces."""
    return re.sub(r"[\s\x00-\x1f\x7f]+", " ", value).strip()[:MAX_NAME_CHARS] if isinstance(value, str) else ""
