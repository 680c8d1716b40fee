"""One MCP server while it is used: started by the first call, asked what it offers, ended when idle or broken.

none --call--> starting --> running --5 min idle, it ended, its answer broke a rule--> none
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from assistant.errors import SkillError, SkillLoadError
from assistant.skill import Reply
from assistant.skillbox.mcp_jail import JailPolicy
from assistant.skillbox.mcp_offer import Offer, offer_of, same
from assistant.skillbox.mcp_table import McpTable
from assistant.skillbox.mcp_text import plain, reply_of_answer
from assistant.skillhost.strikes import SkillCrashed

START_PATIENCE_S = 20.0
IDLE_S = 300.0
MAX_ANSWER_BYTES = 4 << 20
"""The longest message of a server; what is kept of it is far shorter."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A server on stdio: the command (first part an absolute path), all of its environment, what it may have."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    policy: JailPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A server over streamable HTTP. `token` is sent as a bearer token, if any."""

    url: str
    token: str = field(default="", repr=False)


Target = Program | Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a tool of a server answered: its texts, its structured content (JSON) or none."""

    text: str
    structured: object = None
    is_error: bool = False


class ServerGone(Exception):  # noqa: N818
    """The server did not start, ended, cannot be reached, or broke the protocol."""


class ServerRefused(Exception):  # noqa: N818
    """The server answered a request with an error; it goes on."""


class Connection(Protocol):
    """A connection to a server that was greeted. Raises: ServerGone, ServerRefused."""

    @property
    def dead(self) -> bool: ...
    async def listing(self) -> list[object]:
        """All tools as the protocol's JSON."""
        ...

    async def call(self, tool: str, arguments: Mapping[str, object], timeout_s: float) -> Answer: ...
    def close(self) -> None:
        """End it now, with the program and its children. Safe to call twice."""
        ...


async def connect(target: Target, patience_s: float) -> Connection:
    """Start or reach the server and greet it. Raises: ServerGone."""
    # In a thread: the protocol's library takes 0.8 s to import, in which nobody would listen.
    engine = await asyncio.to_thread(importlib.import_module, "assistant.engines.mcp_client")
    made: Connection = await engine.connect(target, patience_s)
    return made


class McpServer:
    """The server of one skill. `offer` is what was agreed to; `target` is asked for at each start."""

    def __init__(
        self,
        skill: str,
        offer: Offer,
        table: McpTable,
        target: Callable[[], Target],
        *,
        patience_s: float = START_PATIENCE_S,
        idle_s: float = IDLE_S,
    ) -> None:
        self._skill = skill
        self._offer = offer
        self._table = table
        self._target = target
        self._patience_s = patience_s
        self._idle_s = idle_s
        self._starting = asyncio.Lock()
        self._connection: Connection | None = None
        self._changed: frozenset[str] = frozenset()
        self._busy = 0
        self._idle: asyncio.TimerHandle | None = None

    @property
    def running(self) -> bool:
        return self._connection is not None and not self._connection.dead

    async def call(self, ours: str, arguments: Mapping[str, object]) -> Reply:
        """Call a tool by its name here.

        Raises:
            SkillError: the server says no, or the tool is not what was agreed to. SkillCrashed: the server broke.
        """
        offered = self._offer.tools[ours]
        self._busy += 1
        try:
            connection = await self._ready()
            if ours in self._changed:
                raise SkillError(
                    f"The server of {self._skill} has changed this tool since you added it, so I leave it."
                )
            sent = {offered.arguments[name]: value for name, value in arguments.items() if value is not None}
            sent.update(offered.tool.fixed)
            answer = await connection.call(offered.name, sent, offered.tool.deadline_s)
        except ServerGone as error:
            self.close()
            _log.warning("MCP server gone", extra={"skill": self._skill, "reason": str(error)[:80]})
            raise SkillCrashed(f"The {self._skill} skill's server does not answer.") from None
        except ServerRefused:
            raise SkillError(f"The {self._skill} skill's server could not do that.") from None
        except asyncio.CancelledError:
            if offered.tool.effect != "read":  # a server may go on with what was called off; this one cannot
                self.close()
            raise
        finally:
            self._busy -= 1
            self._rest()
        if answer.is_error:
            raise SkillError(f"The {self._skill} skill says: {plain(answer.text) or 'that did not work.'}")
        return reply_of_answer(answer.text, answer.structured, arguments, offered.tool.spoken, self._skill)

    def close(self) -> None:
        """End the server now; the next call starts it again."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    async def _ready(self) -> Connection:
        async with self._starting:
            if self._connection is not None and self._connection.dead:
                self.close()
            if self._connection is None:
                try:
                    target = self._target()
                except SkillLoadError as error:
                    raise SkillCrashed(error.sentence) from None
                connection = await connect(target, self._patience_s)
                try:
                    self._changed = self._differences(await connection.listing())
                except BaseException:
                    connection.close()
                    raise
                self._connection = connection
            return self._connection

    def _differences(self, listing: Sequence[object]) -> frozenset[str]:
        """The tools that are not what they were when the user agreed to them."""
        try:
            now = offer_of(self._table, listing)
        except SkillLoadError:
            return frozenset(self._offer.tools)
        return frozenset(ours for ours in self._offer.tools if not same(self._offer, now, ours))

    def _rest(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if self._connection is not None and not self._busy:
            with contextlib.suppress(RuntimeError):
                self._idle = asyncio.get_running_loop().call_later(self._idle_s, self.close)
