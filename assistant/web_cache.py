"""Answers of a service kept in a skill's own store, with their age: fresh ones spare a request, old ones serve offline.

fresh --fresh_s--> asked for again --the service fails--> told with its age --kept_s--> the failure is told
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from assistant.errors import SkillError
from assistant.korean import telling as korean
from assistant.language import speaking
from assistant.spoken import say_number

PREFIX = "cache:"
"""Keys that begin so are no change of anything: a tool that only reads may keep them."""


class _Items(Protocol):
    def get(self, key: str, default: Any = None) -> Any: ...
    def set(self, key: str, value: Any) -> None: ...
    def delete(self, key: str) -> None: ...
    def keys(self) -> list[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """JSON data of a service, and how old it is. `stale`: the service could not be asked, so say the age."""

    value: Any
    age_s: float = 0.0
    stale: bool = False


class WebCache:
    """`store` is the skill's own; `now_s` gives epoch seconds; at most `most` answers are kept."""

    def __init__(
        self, store: Callable[[], _Items], now_s: Callable[[], float], *, fresh_s: float, kept_s: float, most: int = 8
    ) -> None:
        self._store = store
        self._now_s = now_s
        self._fresh_s = fresh_s
        self._kept_s = kept_s
        self._most = most

    async def get(self, name: str, fetch: Callable[[], Awaitable[Any]]) -> Kept:
        """The answer kept under a name while it is fresh, else what `fetch` brings, else the old one.

        Raises:
            SkillError: what `fetch` raised, when nothing is kept that could be told instead.
        """
        key = PREFIX + hashlib.sha256(name.encode()).hexdigest()[:32]  # what somebody asked for is not written down
        kept = self._find(key)
        if kept is not None and kept.age_s < self._fresh_s:
            return kept
        try:
            value = await fetch()
        except SkillError as error:
            if kept is None or error.code == "cancelled":
                raise
            return Kept(value=kept.value, age_s=kept.age_s, stale=True)
        self._keep(key, value)
        return Kept(value=value)

    def _find(self, key: str) -> Kept | None:
        try:
            found = self._store().get(key)
            age_s = self._now_s() - float(found["at_s"])
            value = found["value"]
        except (SkillError, KeyError, TypeError, ValueError) as error:
            if getattr(error, "code", "") == "cancelled":
                raise
            return None  # nothing is kept, or nothing that can be used: the service is asked
        return Kept(value=value, age_s=age_s) if 0 <= age_s < self._kept_s else None

    def _keep(self, key: str, value: Any) -> None:
        """Keep it, and forget the oldest; a store that is full or not allowed costs the next request only."""
        store = self._store()
        try:
            names = store.keys()
            others = [other for other in names if other.startswith(PREFIX) and other != key]
            ages = sorted((_at_s(store.get(other)), other) for other in others)
            for _, old in ages[: max(0, len(ages) + 1 - self._most)]:
                store.delete(old)
            store.set(key, {"at_s": self._now_s(), "value": value})
        except SkillError as error:
            if error.code == "cancelled":
                raise


def _at_s(kept: Any) -> float:
    """When it was kept; what is damaged is the oldest."""
    at_s = kept.get("at_s") if isinstance(kept, dict) else None
    return float(at_s) if isinstance(at_s, int | float) else 0.0


def say_age(age_s: float) -> str:
    """An age in words, such as "ten minutes" or "two hours"."""
    if speaking() == "ko":
        return korean.say_age(age_s)
    minutes = max(1, round(age_s / 60))
    for size, unit in ((1440, "day"), (60, "hour")):
        if minutes >= size:
            count = minutes // size
            return f"{'an' if unit == 'hour' else 'a'} {unit}" if count == 1 else f"{say_number(count)} {unit}s"
    return "a minute" if minutes == 1 else f"{say_number(minutes)} minutes"
