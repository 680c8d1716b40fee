"""Whether a device can be reached, by the topics on which it tells so itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from assistant_skill_home.mqtt.abbreviations import spelled_out
from assistant_skill_home.mqtt.nodes import NoValueError
from assistant_skill_home.mqtt.settings import Settings, UnfitError
from assistant_skill_home.mqtt.template import Template, parsed

MAX_TOPICS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One topic that tells of it, and by which words."""

    topic: str
    template: Template | None
    online: str
    offline: str


@dataclass(slots=True)
class Availability:
    """`mode`: all of the topics must say so, any of them, or the one that spoke last (the default)."""

    signs: tuple[Sign, ...]
    mode: str
    _told: dict[int, bool] = field(default_factory=dict)
    _last: bool = False

    @property
    def is_there(self) -> bool:
        """Can it be reached? Where topics are named but silent so far, it cannot."""
        if not self.signs:
            return True
        told = [self._told.get(place, False) for place in range(len(self.signs))]
        return self._last if self.mode == "latest" else all(told) if self.mode == "all" else any(told)

    def take(self, topic: str, payload: str) -> bool:
        """Take notice of a message; did anything change? What is neither word is no news."""
        before = self.is_there
        for place, sign in enumerate(self.signs):
            if sign.topic != topic:
                continue
            try:
                said = sign.template.read(payload, parsed(payload)) if sign.template else payload.strip()
            except NoValueError:
                continue
            if said in (sign.online, sign.offline):
                self._told[place] = self._last = said == sign.online
        return before != self.is_there


def availability(settings: Settings) -> Availability:
    """What was announced of it. Raises: UnfitError, NotUnderstoodError."""
    listed = settings.raw("availability")
    if listed is None:
        one = _sign(settings, "availability_topic", "availability_template")
        return Availability((one,) if one else (), "latest")
    if isinstance(listed, dict):
        listed = [listed]
    if not isinstance(listed, list) or len(listed) > MAX_TOPICS or not all(isinstance(one, dict) for one in listed):
        raise UnfitError("availability")
    signs = [_sign(Settings(spelled_out(one)), "topic", "value_template") for one in listed]
    mode = settings.text("availability_mode", "latest")
    if mode not in ("all", "any", "latest"):
        raise UnfitError("availability_mode")
    return Availability(tuple(one for one in signs if one), mode)


def _sign(settings: Settings, topic: str, template: str) -> Sign | None:
    if not (place := settings.topic(topic)):
        return None
    return Sign(
        topic=place,
        template=settings.template(template),
        online=settings.text("payload_available", "online"),
        offline=settings.text("payload_not_available", "offline"),
    )
