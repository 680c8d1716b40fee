"""The connection to one skill's process: who is called, what was called off, when it stands still, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from assistant.errors import SkillError
from assistant.skillbox.launch import Running
from assistant.skillbox.protocol import Done, Op, ProtocolError, later, read_message
from assistant.skillbox.sandbox import Policy
from assistant.skillhost.strikes import SkillCrashed
from assistant.types import JsonDict
from assistant.wire import pack

OVERRUN_S = 1.0
SETTLE_S = 0.3
REST_AFTER_S = 0.2
MAX_OPS_AT_ONCE = 16
MAX_LATE_OPS = 50
HANGS = "it did not stop when told to"
QUIETLY = ("closed", "used up")

_log = logging.getLogger(__name__)

Inbox = asyncio.Queue[Op | Done | None]
"""What a process says about one call; None when it ended."""


class Link:
    """`kill` may be called at any time; everything else only until then."""

    def __init__(self, name: str, running: Running, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.running = running
        self.reader = reader
        self.dead = False
        self._name = name
        self._writer = writer
        self._calls: dict[int, Inbox] = {}
        self._over: dict[int, asyncio.TimerHandle] = {}
        self._settled = asyncio.Event()
        self._settled.set()
        self._last = 0
        self._late = 0
        self._pump: asyncio.Task[None] | None = None
        self._resting: asyncio.TimerHandle | None = None

    def listen(self) -> None:
        self._pump = asyncio.get_running_loop().create_task(self._listen(), name=f"skill {self._name}")
        self._doze()

    def wake(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None
        self.running.rest(False)

    def begin(self, number: int) -> Inbox:
        self._last = number
        self._calls[number] = asyncio.Queue(maxsize=2 * MAX_OPS_AT_ONCE)
        return self._calls[number]

    def end(self, number: int, *, ended: bool) -> None:
        """Nobody waits for this call any more. One that has not ended is called off, and must then end soon."""
        del self._calls[number]
        if not ended and not self.dead:
            loop = asyncio.get_running_loop()
            self._over[number] = loop.call_later(OVERRUN_S, self.kill, HANGS)
            self._settled.clear()
            with contextlib.suppress(OSError):
                self._writer.write(pack({"cancel": number}))
        self._doze()

    async def send(self, header: JsonDict, payload: bytes = b"") -> None:
        """Raises: SkillCrashed: the process is gone. SkillError: the message is too large."""
        try:
            message = pack(header, payload)
        except (OSError, ValueError):
            raise SkillError("That is more than a skill can take.") from None
        try:
            self._writer.write(message)
            await self._writer.drain()
        except OSError:
            raise SkillCrashed(f"The {self._name} skill ended unexpectedly.") from None

    async def settle(self) -> None:
        """The next call waits but a moment for one that was called off; then the process ends."""
        try:
            async with asyncio.timeout(SETTLE_S):
                await self._settled.wait()
        except TimeoutError:
            self.kill(HANGS)

    def kill(self, why: str) -> None:
        """The process ends now, and with it every call. Safe to call twice."""
        if self.dead:
            return
        self.dead = True
        if why not in QUIETLY:
            _log.warning("skill process killed", extra={"skill": self._name, "reason": why})
        if self._resting is not None:
            self._resting.cancel()
        for handle in self._over.values():
            handle.cancel()
        self._over.clear()
        self._settled.set()
        self._writer.transport.abort()
        if self._pump is not None:
            self._pump.cancel()
        self.running.kill()
        for inbox in self._calls.values():
            while inbox.full():
                inbox.get_nowait()
            inbox.put_nowait(None)

    async def _listen(self) -> None:
        why = "it ended"
        try:
            while True:
                self._take(later(await read_message(self.reader)))
        except (ProtocolError, asyncio.QueueFull) as error:
            why = str(error) or "too many messages"
        except (OSError, EOFError):
            pass
        self.kill(why)

    def _take(self, message: Op | Done) -> None:
        """Hand a message to its call. What is said about a call of another time is dropped, or is an attack (S8)."""
        number = message.done if isinstance(message, Done) else message.call
        if (inbox := self._calls.get(number)) is not None:
            inbox.put_nowait(message)
            return
        if number > self._last:
            raise ProtocolError("it speaks of a call that was never made")
        if isinstance(message, Done):
            if (handle := self._over.pop(number, None)) is None:
                raise ProtocolError("it ends a call that is over")
            handle.cancel()
            if not self._over:
                self._settled.set()
            self._doze()
            return
        self._late += 1
        if self._late > MAX_LATE_OPS:
            raise ProtocolError("it wishes for calls that are over")
        error = {"code": "cancelled", "sentence": "This call is over."}
        self._writer.write(pack({"answer": message.op, "error": error}))

    def _doze(self) -> None:
        if not self._calls and not self._over and not self.dead and self._resting is None:
            self._resting = asyncio.get_running_loop().call_later(REST_AFTER_S, self._rest)

    def _rest(self) -> None:
        self._resting = None
        if self._calls or self._over or self.dead:
            return
        if self.running.cpu_s() > Policy(home="").cpu_s / 2:  # before the limit ends it in the middle of a call
            self.kill("used up")
            return
        self.running.rest(True)
