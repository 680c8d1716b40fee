"""The settings of one thing that a device announced, each checked when it is read: nothing in them can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assistant_skill_home.mqtt.nodes import NotUnderstoodError
from assistant_skill_home.mqtt.template import Template, understand

MAX_TOPIC_CHARS = 500
MAX_TEXT_CHARS = 200


class UnfitError(ValueError):
    """A setting that is not as it must be; its message is the name of the setting."""


class Settings:
    """Typed reading. `unread` holds the names of templates that were not understood."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self.unread: list[str] = []

    def has(self, key: str) -> bool:
        return self._values.get(key) is not None

    def raw(self, key: str) -> Any:
        """The value as it was sent, for a caller that checks it itself."""
        return self._values.get(key)

    def text(self, key: str, default: str = "") -> str:
        """A short text; a number or a truth value is taken as the text that JSON has for it. Raises: UnfitError."""
        value = self._values.get(key)
        if value is None:
            return default
        if isinstance(value, bool):
            return str(value)
        if not isinstance(value, str | int | float) or len(text := str(value)) > MAX_TEXT_CHARS:
            raise UnfitError(key)
        return text

    def topic(self, key: str) -> str:
        """A topic, or nothing where none is given; no wildcards, so that a device cannot listen to all others."""
        value = self._values.get(key)
        if value is None or value == "":
            return ""
        if not isinstance(value, str) or len(value) > MAX_TOPIC_CHARS or any(sign in value for sign in "#+\0\n"):
            raise UnfitError(key)
        return value

    def number(self, key: str, default: float) -> float:
        value = self._values.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= 1e9:
            raise UnfitError(key)
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        value = self._values.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise UnfitError(key)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._values.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or len(value) > 64 or not all(isinstance(one, str) for one in value):
            raise UnfitError(key)
        return tuple(one[:MAX_TEXT_CHARS] for one in value)

    def template(self, *keys: str, names: tuple[str, ...] = ()) -> Template | None:
        """The first of these templates that is given. Raises: UnfitError, NotUnderstoodError."""
        for key in keys:
            value = self._values.get(key)
            if value is None or value == "":
                continue
            if not isinstance(value, str):
                raise UnfitError(key)
            try:
                return understand(value, *names)
            except NotUnderstoodError:
                self.unread.append(key)
                raise
        return None
