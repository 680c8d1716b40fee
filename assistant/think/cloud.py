"""A cloud model: what it is asked, in which time it must answer, and what is said when it does not."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Protocol

from assistant.errors import AssistantError, CloudError
from assistant.think.breaker import Breaker
from assistant.types import JsonDict, Message, ReplyPart, ToolSpec

MAX_WAIT_S = 1.0
"""A provider that says "come again" is asked once more if that is so soon."""
LEAST_S = 1.0
"""So much of the time for a first word must be left for another provider to be worth asking."""
_AGAIN = frozenset({"unreachable", "server", "busy"})
"""Kinds of failure after which one more try, before anything was heard, may help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A call that the model made, by an id of ours, and what it is told came of it."""

    id: str
    tool: str
    arguments: JsonDict
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What the model said and called in one answer of this turn."""

    said: str
    calls: tuple[Called, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudRequest:
    """What leaves the device, whole. `messages` are redacted, the last one is the question; `session` is random.

    `rounds` are the calls of this turn so far; with `may_call` unset the answer must be in words.
    """

    system: str
    messages: tuple[Message, ...]
    max_tokens: int
    session: str
    tools: tuple[ToolSpec, ...] = ()
    rounds: tuple[Round, ...] = ()
    may_call: bool = True


class CloudProvider(Protocol):
    """One cloud model, behind the library that speaks to it."""

    def reply(self, request: CloudRequest) -> AsyncGenerator[ReplyPart, None]:
        """Answer; closing the iterator closes the connection.

        Yields: TextDelta pieces, ToolCalls, and Done with the tokens that are paid for. Raises: CloudError.
        """
        ...

    async def close(self) -> None:
        """Close what is open."""
        ...


class LazyProvider:
    """A provider whose library is loaded when it is first needed, or ahead of that, in a thread: about a second."""

    def __init__(self, make: Callable[[], CloudProvider]) -> None:
        self._make = make
        self._made: asyncio.Future[CloudProvider] | None = None

    async def warm(self) -> CloudProvider:
        """The provider, made once. Raises: CloudError: it cannot be made now."""
        if self._made is None:
            self._made = asyncio.ensure_future(asyncio.to_thread(self._make))
        try:
            return await asyncio.shield(self._made)
        except AssistantError as error:  # a key that others may read, a library that is not there
            self._made = None
            raise CloudError("key", error.sentence, fix=error.fix) from None

    async def reply(self, request: CloudRequest) -> AsyncGenerator[ReplyPart, None]:
        provider = await self.warm()
        async with contextlib.aclosing(provider.reply(request)) as parts:
            async for part in parts:
                yield part

    async def close(self) -> None:
        if self._made is not None:
            await (await self._made).close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long is waited, in seconds: to connect, for the first piece (a second try included), between two, in all."""

    connect_s: float = 2.0
    first_s: float = 4.0
    between_s: float = 5.0
    total_s: float = 30.0


@dataclass(slots=True, kw_only=True)
class Guarded:
    """A provider within its limits, behind its breaker. `clock` gives seconds that only grow."""

    name: str
    provider: CloudProvider
    limits: Limits = field(default_factory=Limits)
    breaker: Breaker = field(default_factory=Breaker)
    clock: Callable[[], float] = time.monotonic

    @property
    def broken(self) -> bool:
        """It failed lately and is not asked."""
        return self.breaker.is_open(self.clock())

    def may_follow(self, started: float) -> bool:
        """Is there time to ask this one too, after others failed since `started` of the clock?"""
        return started + self.limits.first_s - self.clock() >= LEAST_S

    async def reply(self, request: CloudRequest, started: float | None = None) -> AsyncGenerator[ReplyPart, None]:
        """As the provider's, but in time, counted from `started` of the clock where others were asked before; tried
        twice at most, and never again once anything came. Raises: CloudError."""
        started = self.clock() if started is None else started
        for last in (False, True):
            heard = False
            try:
                async with contextlib.aclosing(self._once(request, started)) as parts:
                    async for part in parts:
                        heard = True
                        yield part
            except CloudError as error:
                wait_s = max(error.retry_after_s, 0.1)
                left_s = started + self.limits.first_s - self.clock()
                if last or heard or error.kind not in _AGAIN or wait_s > min(MAX_WAIT_S, left_s / 2):
                    self.breaker.failed(error.kind, self.clock(), error.retry_after_s)
                    raise
                await asyncio.sleep(wait_s)
            else:
                self.breaker.succeeded()
                return

    async def _once(self, request: CloudRequest, started: float) -> AsyncGenerator[ReplyPart, None]:
        first = True
        async with contextlib.aclosing(self.provider.reply(request)) as parts:
            while True:
                limit_s = started + self.limits.first_s - self.clock() if first else self.limits.between_s
                left_s = started + self.limits.total_s - self.clock()
                try:
                    async with asyncio.timeout(max(0.0, min(limit_s, left_s))):
                        part = await anext(parts)
                except StopAsyncIteration:
                    return
                except TimeoutError:
                    what = f"{self.name} did not answer in time." if first else f"{self.name} stopped in the middle."
                    raise CloudError("stalled" if first else "cut", what) from None
                first = False
                yield part
