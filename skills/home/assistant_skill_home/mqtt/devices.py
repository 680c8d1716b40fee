"""All that was announced on a broker, and what it tells of itself: messages in, the model of the home out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from assistant_skill_home.kinds import kind_of
from assistant_skill_home.model import Area, Entity, Home
from assistant_skill_home.mqtt import discovery
from assistant_skill_home.mqtt.availability import Availability, availability
from assistant_skill_home.mqtt.commands import CannotDoError, Order, obeys, orders
from assistant_skill_home.mqtt.discovery import Announced
from assistant_skill_home.mqtt.lights import modes
from assistant_skill_home.mqtt.nodes import NotUnderstoodError, NoValueError
from assistant_skill_home.mqtt.readings import STOPPED, Reading, readings
from assistant_skill_home.mqtt.settings import Settings, UnfitError
from assistant_skill_home.mqtt.template import parsed

MAX_THINGS = 500
"""Of more things the names could not be learnt in a time that nobody notices."""
MAX_ANNOUNCEMENTS = 2_000
MAX_TOPICS = 4_000
MAX_STATE_BYTES = 64_000

Note = Callable[..., None]


@dataclass(slots=True)
class _Thing:
    announced: Announced
    readings: list[Reading]
    availability: Availability
    state: str = "unknown"
    attributes: dict[str, Any] = field(default_factory=dict)
    told_s: float = 0.0

    def topics(self) -> set[str]:
        return {one.topic for one in self.readings} | {one.topic for one in self.availability.signs}


class Devices:
    """The things by their ids. `note` is told what was refused, in codes; `clock` gives seconds, monotonic."""

    def __init__(self, prefix: str, note: Note, clock: Callable[[], float]) -> None:
        self._prefix, self._note, self._clock = prefix, note, clock
        self._things: dict[str, _Thing] = {}
        self._by_announcement: dict[str, tuple[bytes, list[str]]] = {}
        self._by_topic: dict[str, set[str]] = {}

    @property
    def topics(self) -> set[str]:
        """The topics that should be listened to."""
        return set(self._by_topic)

    def is_announcement(self, topic: str) -> bool:
        return topic.startswith(f"{self._prefix}/") and topic.endswith("/config")

    def announce(self, topic: str, payload: bytes) -> bool:
        """Take an announcement, a change of one, or its end. Is anything different now?"""
        mark = hashlib.sha256(payload).digest() if len(payload) <= discovery.MAX_PAYLOAD_BYTES else b"too large"
        known = self._by_announcement.get(topic)
        if known is not None and known[0] == mark:
            return False
        if known is None and (not payload or len(self._by_announcement) >= MAX_ANNOUNCEMENTS):
            return False
        try:
            found = discovery.read(self._prefix, topic, payload)
        except UnfitError as error:
            self._note("announcement refused", code=str(error))
            found = []
        before = [self._remove(key) for key in (known[1] if known else [])]
        kept = {one.announced.place: one for one in before}
        self._by_announcement.pop(topic, None)
        if payload:
            self._by_announcement[topic] = (mark, self._add(found, kept))
        return bool(before or self._by_announcement.get(topic, (b"", []))[1])

    def take(self, topic: str, payload: bytes) -> bool:
        """Take a message of a thing. Is any state different now?"""
        if len(payload) > MAX_STATE_BYTES or topic not in self._by_topic:
            return False
        text = payload.decode("utf-8", errors="replace")
        held = parsed(text)
        moved = False
        for key in self._by_topic[topic]:
            thing = self._things[key]
            moved |= thing.availability.take(topic, text)
            for reading in thing.readings:
                if reading.topic == topic:
                    moved |= self._read(thing, reading, text, held)
        return moved

    def home(self) -> Home:
        """The home that the things make up; their areas are those that they propose."""
        areas = {
            _slug(name): Area(id=_slug(name), name=name)
            for one in self._things.values()
            if (name := one.announced.area)
        }
        entities = {key: self._entity(key, one) for key, one in self._things.items()}
        known = sorted(key for key, one in entities.items() if kind_of(one))  # not by when each was announced
        return Home(areas=areas, entities={key: entities[key] for key in known})

    def unique_id(self, entity: str) -> str:
        """What the device calls the thing, the same wherever it is announced."""
        return self._things[entity].announced.unique_id if entity in self._things else ""

    def orders(self, entity: str, service: str, data: Mapping[str, Any]) -> list[Order]:
        """The messages that make it do this. Raises: CannotDoError: it is not there, or has no way to do so."""
        thing = self._things.get(entity)
        if thing is None or not thing.availability.is_there:
            raise CannotDoError("away")
        return orders(thing.announced.settings, self._entity(entity, thing), service, data)

    def forget_states(self) -> None:
        """The broker is lost: what was told is no longer known to hold."""
        for one in self._things.values():
            one.state, one.attributes = "unknown", {}

    def _add(self, found: list[Announced], kept: Mapping[str, _Thing]) -> list[str]:
        keys = []
        for one in found:
            if len(self._things) >= MAX_THINGS:
                self._note("too many things")
                break
            try:
                thing = _Thing(one, readings(one), availability(one.settings))
            except (UnfitError, NotUnderstoodError) as error:
                self._note("thing refused", component=one.domain, code=str(error))
                continue
            for name in one.settings.unread:
                self._note("template not understood", component=one.domain, setting=name)
            old = kept.get(one.place)
            if old is not None and old.topics() == thing.topics():
                thing.state, thing.attributes, thing.availability = old.state, old.attributes, old.availability
            key = self._key(one)
            self._things[key] = thing
            for topic in thing.topics():
                if topic in self._by_topic or len(self._by_topic) < MAX_TOPICS:
                    self._by_topic.setdefault(topic, set()).add(key)
            keys.append(key)
        return keys

    def _key(self, one: Announced) -> str:
        base = f"{one.domain}.mqtt:{_slug(one.unique_id)}"
        return next(
            key
            for number in range(MAX_THINGS + 1)
            if (key := f"{base}_{number}" if number else base) not in self._things
        )

    def _remove(self, key: str) -> _Thing:
        thing = self._things.pop(key)
        for topic in thing.topics():
            keys = self._by_topic.get(topic, set())
            keys.discard(key)
            if not keys:
                self._by_topic.pop(topic, None)
        return thing

    def _read(self, thing: _Thing, reading: Reading, text: str, held: Any) -> bool:
        try:
            changes = reading.read(text, held)
        except NoValueError:
            return False
        thing.told_s = self._clock()
        state = changes.pop("state", thing.state)
        before = (thing.state, dict(thing.attributes))
        thing.state = state
        thing.attributes |= changes
        return before != (thing.state, thing.attributes)

    def _entity(self, key: str, thing: _Thing) -> Entity:
        settings, state = thing.announced.settings, thing.state
        attributes = {**_told(settings, thing.announced.domain), **thing.attributes}
        if state == STOPPED:
            state = "closed" if attributes.get("current_position") == 0 else "open"
        expires = settings.number("expire_after", 0)
        if not thing.availability.is_there or (expires and self._clock() - thing.told_s > expires):
            state, attributes = "unavailable", {k: v for k, v in attributes.items() if k == "device_class"}
        return Entity(
            id=key, name=thing.announced.name, area=_slug(thing.announced.area), state=state, attributes=attributes
        )


def _told(settings: Settings, domain: str) -> dict[str, Any]:
    """The attributes that were announced. What has no topic for its state, or is optimistic, confirms nothing."""
    found: dict[str, Any] = {}
    for key in ("device_class", "unit_of_measurement"):
        if settings.has(key):
            found[key] = settings.text(key)
    reports = any(settings.has(key) for key in _STATE_TOPICS)
    if obeys(settings, domain) and (not reports or settings.flag("optimistic")):
        found["assumed_state"] = True
    if domain == "light":
        found["supported_color_modes"] = list(modes(settings))
    return found


_STATE_TOPICS = ("state_topic", "mode_state_topic", "temperature_state_topic", "position_topic", "activity_state_topic")


def _slug(name: str) -> str:
    return re.sub(r"\W+", "_", name.lower()).strip("_")[:100]
