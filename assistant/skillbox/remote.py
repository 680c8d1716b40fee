"""The daemon's side of a skill in a process of its own: calls go out, wishes are answered, what overruns is killed.

         call                 idle for 0.2 s
none -----------> running -------------------> stopped (SIGSTOP: between calls it can do nothing)
  ^                  |  ^-------- call ----------'
  `-- killed: it ended, broke the protocol, or did not end a cancelled call within a second
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Mapping, Sequence

from assistant.errors import AssistantError, SkillError, SkillLoadError
from assistant.skill import Cancelled, NotAvailable, Reply
from assistant.skillbox.launch import START_PATIENCE_S, Launch, greeted, start
from assistant.skillbox.link import MAX_OPS_AT_ONCE, Inbox, Link
from assistant.skillbox.protocol import Done, Failure, Op, ProtocolError, read_message
from assistant.skillbox.sandbox import Enforced
from assistant.skillbox.wishes import Wishes
from assistant.skillhost.loaded import reply_of
from assistant.skillhost.strikes import SkillCrashed
from assistant.types import JsonDict

MAX_OPS = 400

_log = logging.getLogger(__name__)

Told = Callable[[], tuple[str, Mapping[str, Sequence[str]], bool]]
"""The time of day (ISO 8601 with offset), the examples of all skills and whether the talk is tainted, for each call."""


class SkillProcess:
    """One skill's process, started by the first call, and again by the next one after it ended."""

    def __init__(self, launch: Launch, wishes: Wishes, told: Told) -> None:
        self.enforced = Enforced()
        self._launch = launch
        self._wishes = wishes
        self._told = told
        self._numbers = itertools.count(1)
        self._starting = asyncio.Lock()
        self._link: Link | None = None

    @property
    def memory_kb(self) -> int:
        """Resident memory of the process, 0 while there is none."""
        return self._link.running.memory_kb() if self._link is not None else 0

    @property
    def pid(self) -> int:
        """0 while there is no process."""
        return self._link.running.process.pid if self._link is not None else 0

    async def call(self, tool: str, arguments: JsonDict) -> Reply:
        """Run one tool (its name without the skill's).

        Raises:
            SkillError, Cancelled, NotAvailable: the skill says so. SkillCrashed: it broke, ended or cannot be started.
        """
        link = await self._ready()
        number = next(self._numbers)
        now, examples, tainted = self._told()
        told = {"now": now, "examples": examples, "tainted": tainted}
        inbox = link.begin(number)
        ended = False
        try:
            await link.send({"call": number, "tool": tool, "arguments": arguments, **told})
            done = await self._serve(link, number, inbox)
            ended = True
            return _outcome(done)
        except ProtocolError as error:
            link.kill(str(error))
            raise SkillCrashed(f"The {self._launch.id} skill misbehaved, so I stopped it.") from None
        finally:
            link.end(number, ended=ended)

    def close(self) -> None:
        """End the process now; the next call starts it again."""
        if self._link is not None:
            self._link.kill("closed")
            self._link = None

    async def _ready(self) -> Link:
        async with self._starting:
            if self._link is not None:
                await self._link.settle()
            if self._link is None or self._link.dead:
                self._link = await self._start()
            self._link.wake()
            return self._link

    async def _start(self) -> Link:
        try:
            running = start(self._launch)
        except SkillLoadError as error:
            raise SkillCrashed(error.sentence) from None
        link: Link | None = None
        try:
            async with asyncio.timeout(START_PATIENCE_S):
                running.socket.setblocking(False)
                link = Link(self._launch.id, running, *await asyncio.open_connection(sock=running.socket))
                _, self.enforced = greeted(await read_message(link.reader))
                if self._launch.must and not self.enforced.contained:
                    raise SkillLoadError("It cannot be confined on this machine.")
        except BaseException as error:
            running.kill() if link is None else link.kill("not started")
            if isinstance(error, SkillLoadError):
                raise SkillCrashed(f"The {self._launch.id} skill cannot start. {error.sentence}") from None
            if isinstance(error, ProtocolError | OSError | EOFError | TimeoutError):
                raise SkillCrashed(f"The {self._launch.id} skill did not start.") from None
            raise
        link.listen()
        return link

    async def _serve(self, link: Link, number: int, inbox: Inbox) -> Done:
        """Answer the wishes of a call until it is done; each in a task that belongs to the call."""
        wishes: set[asyncio.Task[None]] = set()
        count = 0
        try:
            while True:
                getting = asyncio.ensure_future(inbox.get())
                try:
                    await asyncio.wait({getting, *wishes}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    if not getting.done():
                        getting.cancel()
                for finished in [task for task in wishes if task.done()]:
                    wishes.discard(finished)
                    finished.result()
                if not getting.done() or getting.cancelled():
                    continue
                message = getting.result()
                if message is None:
                    raise SkillCrashed(f"The {self._launch.id} skill ended unexpectedly.")
                if isinstance(message, Done):
                    return message
                count += 1
                if count > MAX_OPS or len(wishes) >= MAX_OPS_AT_ONCE:
                    raise ProtocolError("too many wishes")
                wishes.add(asyncio.ensure_future(self._grant(link, message)))
        finally:
            for task in wishes:
                task.cancel()

    async def _grant(self, link: Link, wish: Op) -> None:
        payload = b""
        try:
            fields, payload = await self._wishes.serve(wish.name, wish.args)
            answer: JsonDict = {"answer": wish.op, **fields}
        except Cancelled as error:
            answer = {"answer": wish.op, "error": {"code": "cancelled", "sentence": error.sentence}}
        except NotAvailable as error:
            answer = {"answer": wish.op, "error": {"code": "not_available", "sentence": error.sentence}}
        except AssistantError as error:
            answer = {"answer": wish.op, "error": {"code": "skill", "sentence": error.sentence}}
        await link.send(answer, payload)


def _outcome(done: Done) -> Reply:
    """Raises: SkillCrashed, SkillError, Cancelled, NotAvailable."""
    if done.error is None:
        return reply_of(done.reply)
    raise _error(done.error)


def _error(failure: Failure) -> SkillError:
    sentence = failure.sentence or "Sorry, that did not work."
    if failure.code == "crashed":
        _log.warning("skill crashed", extra={"error": failure.sentence[:60]})
        return SkillCrashed("Sorry, that did not work.")
    kinds: dict[str, type[SkillError]] = {"cancelled": Cancelled, "not_available": NotAvailable}
    return kinds.get(failure.code, SkillError)(sentence)
