"""The local answer in the background of the cloud's: begun where that is late, heard only where it fails."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from assistant.errors import AssistantError, CloudError
from assistant.types import Done, ReplyPart, TextDelta

LOCAL_AFTER_S = 1.0
"""The local answer is begun when the cloud has been silent so long: most answers come sooner, and cost no work here."""
INSTEAD = "{why} So this is from the device itself. "

Local_ = Callable[[str], AsyncGenerator[ReplyPart, None]]
"""The local model's answer to this question; a text is what was said of the answer already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(TextDelta):
    """Words of our own between those of models."""


class Held:
    """The local answer while it is held back: begun once, gathered in the background."""

    def __init__(self, local: Local_ | None) -> None:
        self._local = local
        self._parts: asyncio.Queue[ReplyPart | AssistantError | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        if self._local is not None and self._task is None:
            self._task = asyncio.create_task(self._gather(self._local), name="held answer")

    async def parts(self) -> AsyncGenerator[ReplyPart, None]:
        """What was gathered, and what still comes. Raises: AssistantError."""
        self.begin()
        while self._task is not None:
            part = await self._parts.get()
            if part is None:
                return
            if isinstance(part, AssistantError):
                raise part
            yield part

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _gather(self, local: Local_) -> None:
        try:
            async with contextlib.aclosing(local("")) as parts:
                async for part in parts:
                    self._parts.put_nowait(part)
        except AssistantError as error:
            self._parts.put_nowait(error)
        finally:
            self._parts.put_nowait(None)


async def with_local_ready(cloud: AsyncGenerator[ReplyPart, None], held: Held) -> AsyncGenerator[ReplyPart, None]:
    """The cloud's answer; a local one is begun when it is silent for long, and ends at its first piece."""
    first = asyncio.ensure_future(anext(cloud))
    try:
        await asyncio.wait([first], timeout=LOCAL_AFTER_S)
        if not first.done():
            held.begin()
        try:
            part = await first
        except StopAsyncIteration:
            return
        await held.close()
        yield part
        async for part in cloud:
            yield part
    finally:
        if not first.done():
            first.cancel()
            await asyncio.wait([first])
        await cloud.aclose()


async def instead(local: Local_ | None, error: CloudError, held: Held | None = None) -> AsyncGenerator[ReplyPart, None]:
    """The local answer in place of the cloud's, with why; where there is none, only why."""
    if local is None:
        yield Notice(text=error.sentence)
        yield Done()
        return
    yield Notice(text=INSTEAD.format(why=error.sentence))
    own = held or Held(local)
    try:
        async with contextlib.aclosing(own.parts()) as parts:
            async for part in parts:
                yield part
    finally:
        await own.close()
