"""How often somebody may ask: a bucket of tokens for each, refilled by time; and how many requests at once."""

from __future__ import annotations

import asyncio
import random
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

MAX_KNOWN = 100_000
MOST_DELAYED = 200
DELAY_S = (0.5, 1.5)
"""A client of a hundred connections that asks again at once is refused a hundred times a second, which costs little; by
chance, or it would ask a hundred times in one moment."""


class Rates:
    """Token buckets by name, in this process. A full table forgets whoever was seen least lately."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, name: str, per_minute: float, burst: float, now_s: float) -> float:
        """Take one; 0 if it was there, else the seconds until it will be (nothing is taken then)."""
        level, at_s = self._buckets.pop(name, (burst, now_s))
        level = min(burst, level + max(0.0, now_s - at_s) * per_minute / 60)
        wait_s = 0.0 if level >= 1 else (1 - level) * 60 / per_minute
        self._buckets[name] = (level - 1 if level >= 1 else level, now_s)
        if len(self._buckets) > MAX_KNOWN:
            self._buckets.popitem(last=False)
        return wait_s


class AtOnce:
    """Counts what each has under way."""

    def __init__(self) -> None:
        self._busy: dict[str, int] = {}

    @contextmanager
    def slot(self, name: str, most: int) -> Iterator[bool]:
        """Whether there was room; given back at the end."""
        if self._busy.get(name, 0) >= most:
            yield False
            return
        self._busy[name] = self._busy.get(name, 0) + 1
        try:
            yield True
        finally:
            self._busy[name] -= 1
            if not self._busy[name]:
                del self._busy[name]

    async def delay(self, name: str) -> None:
        """Let whoever asks too often wait for the refusal: a client that asks again at once then asks seldom.

        It holds at most `MOST_DELAYED` requests of one name.
        """
        with self.slot(name, MOST_DELAYED) as room:
            if room:
                await asyncio.sleep(random.uniform(*DELAY_S))

    def of(self, name: str) -> int:
        return self._busy.get(name, 0)
