"""The one bridge from the event loop to code that blocks: a bounded number of threads for each kind of work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_thread

P = ParamSpec("P")
R = TypeVar("R")


class Blocking:
    """At most `threads` calls at once; a cancelled caller, however it is cancelled, waits for its call to end: whoever
    closes the database after it closes every connection."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._limiter: anyio.CapacityLimiter | None = None

    async def run(self, call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(self._threads)
        working = anyio.to_thread.run_sync(lambda: call(*args, **kwargs), limiter=self._limiter)
        return await to_its_end(asyncio.ensure_future(working))


async def to_its_end(working: asyncio.Future[R]) -> R:
    """What comes of it; a cancelled caller, however it is cancelled, goes on only when it has ended."""
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        with anyio.CancelScope(shield=True):  # anyio would cancel this wait as well, again and again
            await asyncio.wait([working])
        if not working.cancelled():
            working.exception()  # it was seen
        raise
