"""What a skill may reach: HTTPS to the hosts that it declared, bounded in time and size, through the daemon."""

from __future__ import annotations

import asyncio
import json as _json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit

from assistant.errors import SkillError
from assistant.skill import Response

MAX_BYTES = 1_000_000
MAX_BODY_BYTES = 256_000
MAX_TIMEOUT_S = 10.0
MAX_REDIRECTS = 3
MAX_HEADERS = 20

_REDIRECTS = (301, 302, 303, 307, 308)
_NOT_OURS = frozenset(["host", "content-length", "transfer-encoding", "connection", "proxy-authorization"])


class UnreachableError(Exception):
    """The network failed; `TooLargeError`: the answer was cut off."""


class TooLargeError(UnreachableError):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`location` is where a redirect leads, else empty."""

    status: int
    body: bytes
    charset: str = "utf-8"
    location: str = ""


class Sender(Protocol):
    """Sends one request and follows no redirect."""

    async def send(self, request: Request, max_bytes: int) -> Answer:
        """Raises: UnreachableError, TooLargeError."""
        ...


class DeclaredHttp:
    """`assistant.skill.Http` of one skill; `check` raises when its call is over, before and after each request.

    `on_answer` is told before a skill gets to see what a server answered.
    """

    def __init__(
        self,
        skill: str,
        hosts: Sequence[str],
        sender: Callable[[], Sender],
        check: Callable[[], None],
        on_answer: Callable[[], None] = lambda: None,
    ) -> None:
        self._skill = skill
        self._hosts = frozenset(hosts)
        self._sender = sender
        self._check = check
        self._on_answer = on_answer

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 4.0,
    ) -> Response:
        if params:
            url += ("&" if urlsplit(url).query else "?") + urlencode(params)
        return await self._ask(Request(method="GET", url=url, headers=_headers(headers)), timeout_s)

    async def post(
        self, url: str, *, json: Any = None, headers: Mapping[str, str] | None = None, timeout_s: float = 4.0
    ) -> Response:
        try:
            body = _json.dumps(json, allow_nan=False).encode()
        except (TypeError, ValueError):
            raise SkillError("I can't send that: it is no plain data.") from None
        if len(body) > MAX_BODY_BYTES:
            raise SkillError("I can't send that: it is too large.")
        given = {**_headers(headers), "content-type": "application/json"}
        return await self._ask(Request(method="POST", url=url, headers=given, body=body), timeout_s)

    async def _ask(self, request: Request, timeout_s: float) -> Response:
        self._check()
        self._allowed(request.url)
        try:
            async with asyncio.timeout(max(0.0, min(timeout_s, MAX_TIMEOUT_S))):
                answer = await self._follow(request)
        except TimeoutError:
            raise SkillError("The service took too long to answer.") from None
        except TooLargeError:
            raise SkillError("The service sent more than I can take.") from None
        except UnreachableError:
            raise SkillError("I can't reach the service. Maybe the network is down.") from None
        self._check()
        self._on_answer()
        return Response(status=answer.status, text=answer.body.decode(_known(answer.charset), "replace"))

    async def _follow(self, request: Request) -> Answer:
        sender = self._sender()
        for _ in range(MAX_REDIRECTS + 1):
            answer = await sender.send(request, MAX_BYTES)
            if answer.status not in _REDIRECTS or not answer.location:
                return answer
            request = self._redirected(request, answer)
        raise UnreachableError("too many redirects")

    def _redirected(self, request: Request, answer: Answer) -> Request:
        url = urljoin(request.url, answer.location)
        self._allowed(url)
        same = urlsplit(url).netloc == urlsplit(request.url).netloc
        headers = request.headers if same else {}  # they may hold a key that is meant for the first host only
        if answer.status in (307, 308) and same:
            return Request(method=request.method, url=url, headers=headers, body=request.body)
        return Request(method="GET", url=url, headers=headers)

    def _allowed(self, url: str) -> None:
        """Raises: SkillError: not HTTPS, or a host that the skill did not declare."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port or 443
        except ValueError:
            raise SkillError("That is no address that I can reach.") from None
        if parts.scheme != "https" or parts.username is not None or not host or urlunsplit(parts)[:8] != "https://":
            raise SkillError(f"The {self._skill} skill may only use secure connections.")
        if (host if port == 443 else f"{host}:{port}") not in self._hosts:
            raise SkillError(f"The {self._skill} skill has no permission to reach {host[:60]}.")


def _headers(given: Mapping[str, str] | None) -> dict[str, str]:
    """Lower-case headers without those that are the connection's own. Raises: SkillError: too many, or no headers."""
    headers = {str(name).lower(): str(value) for name, value in (given or {}).items()}
    if len(headers) > MAX_HEADERS or any("\n" in part or "\r" in part for pair in headers.items() for part in pair):
        raise SkillError("I can't send that: its headers are malformed.")
    return {name: value for name, value in headers.items() if name not in _NOT_OURS}


def _known(charset: str) -> str:
    try:
        "".encode(charset)
    except LookupError:
        return "utf-8"
    return charset
