"""The network of a test: services that answer from a script, or fail in the ways that networks do."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, Literal

from assistant.skillhost.web import Answer, Request, UnreachableError

Mode = Literal["scripted", "offline", "hangs", "error", "garbage", "empty"]
"""How every service behaves: as scripted; not reached; no answer ever; status 500; 200 with no JSON; 200 with `{}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Canned:
    """What a service answers to an address that begins with `url`, after `takes_s` of scripted time."""

    url: str
    status: int = 200
    text: str = ""
    json: Any = None
    takes_s: float = 0.0


@dataclass(slots=True)
class Service:
    """`assistant.skillhost.web.Sender`; keeps what it was asked. What is not scripted is answered with 404."""

    canned: tuple[Canned, ...] = ()
    mode: Mode = "scripted"
    requests: list[Request] = field(default_factory=list)

    async def send(self, request: Request, max_bytes: int) -> Answer:
        self.requests.append(request)
        if self.mode == "offline":
            raise UnreachableError("offline")
        if self.mode == "hangs":
            await asyncio.Event().wait()
        if self.mode != "scripted":
            body = {"error": b"<h1>Internal error</h1>", "garbage": b"<html>sorry</html>", "empty": b"{}"}[self.mode]
            return Answer(status=500 if self.mode == "error" else 200, body=body)
        for canned in self.canned:
            if request.url.startswith(canned.url):
                await asyncio.sleep(canned.takes_s)
                text = canned.text if canned.json is None else json.dumps(canned.json)
                return Answer(status=canned.status, body=text.encode()[:max_bytes])
        return Answer(status=404, body=b"not found")

    @property
    def sent(self) -> int:
        """Requests that change something at the other end."""
        return sum(request.method != "GET" for request in self.requests)
