"""A model that draws: what it is asked, what comes back, and in which time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from assistant.errors import AssistantError, CloudError
from assistant.think.breaker import Breaker

DRAW_S = 120.0
"""How long a picture may take, in seconds: such models need ten to sixty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawRequest:
    """What leaves the device, whole. `prompt` is redacted; `image` (PNG bytes) is what is to be changed, empty for a
    new picture; `session` is random."""

    prompt: str
    image: bytes = b""
    session: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A picture as PNG bytes, by which `model`, and the tokens that the provider counted: of text and of pictures that
    were read, and of the picture that was written; all zero where it counts none."""

    png: bytes
    model: str
    text_tokens: int = 0
    image_tokens: int = 0
    tokens: int = 0


class Painter(Protocol):
    """One model that draws, behind the library that speaks to it."""

    async def draw(self, request: DrawRequest) -> Drawn:
        """Raises: CloudError."""
        ...

    async def close(self) -> None: ...


@dataclass(slots=True, kw_only=True)
class GuardedPainter:
    """A painter within its time, made by `make` when it is first needed, behind the breaker of its provider."""

    name: str
    make: Callable[[], Painter]
    breaker: Breaker
    limit_s: float = DRAW_S
    clock: Callable[[], float] = time.monotonic
    _made: asyncio.Future[Painter] | None = field(default=None, init=False)

    async def draw(self, request: DrawRequest) -> Drawn:
        """One try: a picture that came too late is paid for, and a second one would be too. Raises: CloudError."""
        try:
            async with asyncio.timeout(self.limit_s):
                drawn = await (await self._painter()).draw(request)
        except TimeoutError:
            self.breaker.failed("stalled", self.clock())
            raise CloudError("stalled", f"{self.name} did not draw it in time.") from None
        except CloudError as error:
            if error.kind != "refused":  # it does not draw such a thing, and works all the same
                self.breaker.failed(error.kind, self.clock(), error.retry_after_s)
            raise
        self.breaker.succeeded()
        return drawn

    async def close(self) -> None:
        if self._made is not None and self._made.done() and self._made.exception() is None:
            await self._made.result().close()

    async def _painter(self) -> Painter:
        if self._made is None:
            self._made = asyncio.ensure_future(asyncio.to_thread(self.make))
        try:
            return await asyncio.shield(self._made)
        except AssistantError as error:
            self._made = None
            raise CloudError("key", error.sentence, fix=error.fix) from None
