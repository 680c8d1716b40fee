"""Tells the skills when the assistant listens or speaks, and when that is over: music gets softer meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from assistant.events import Event, EventKind

LOOK_S = 0.3
"""While busy it is looked so often whether that is over: a turn that turns out to be a noise ends without an event."""

_MOVES: frozenset[EventKind] = frozenset(
    ["wake", "listening", "speech_started", "speech_done", "follow_up_closed", "timer", "interrupted"]
)


class Attention:
    """`busy()` is how things are; `tell` is given each change, the first time that nothing goes on, and never twice."""

    def __init__(self, busy: Callable[[], bool], tell: Callable[[bool], Awaitable[None]]) -> None:
        self._busy = busy
        self._tell = tell
        self._moved = asyncio.Event()

    def observe(self, event: Event) -> None:
        """Something happened: look at once."""
        if event.kind in _MOVES:
            self._moved.set()

    async def run(self) -> None:
        """Until cancelled; then what was told to be busy is told that it is over."""
        told = False
        await self._tell(False)
        try:
            while True:
                self._moved.clear()
                if (busy := self._busy()) != told:
                    told = busy
                    await self._tell(busy)
                    continue
                try:
                    async with asyncio.timeout(LOOK_S if busy else None):
                        await self._moved.wait()
                except TimeoutError:
                    continue
        finally:
            if told:
                await self._tell(False)
