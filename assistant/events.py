"""Typed observation events: the log, the benches, a dashboard and the tests only ever observe these."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from assistant.types import JsonDict

EventKind = Literal[
    "ready",
    "wake",
    "listening",
    "speech_started",
    "speech_ended",
    "transcript",
    "route",
    "tool",
    "reply",
    "first_audio",
    "speech_done",
    "paused",
    "resumed",
    "interrupted",
    "follow_up_closed",
    "timer",
    "device",
    "health",
    "error",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something happened. `at_ms` is monotonic; `fields` are plain JSON values; `turn_id` is empty between turns."""

    kind: EventKind
    at_ms: float
    turn_id: str = ""
    fields: JsonDict = field(default_factory=dict)

    def to_json(self) -> str:
        head = {"event": self.kind, "at_ms": round(self.at_ms, 1), "turn_id": self.turn_id or None}
        return json.dumps({**head, **self.fields}, ensure_ascii=False)


Observer = Callable[[Event], None]


def now_ms() -> float:
    """Milliseconds on the monotonic clock, the one that all processes of this machine share."""
    return time.monotonic() * 1000.0


class EventBus:
    """Hands each event to every observer at once, in order; an observer must be quick and must not raise."""

    def __init__(self) -> None:
        self._observers: list[Observer] = []

    def observe(self, observer: Observer) -> None:
        self._observers.append(observer)

    def emit(self, kind: EventKind, turn_id: str = "", *, at_ms: float | None = None, **fields: Any) -> None:
        event = Event(kind=kind, at_ms=now_ms() if at_ms is None else at_ms, turn_id=turn_id, fields=fields)
        for observer in self._observers:
            observer(event)
