"""The HTTP client under the libraries of cloud models: one host, few headers, nothing of this machine in them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx2

from assistant.engines.httpx_bounded import BoundedTransport
from assistant.errors import CloudError

MAX_BYTES = 4_000_000
"""An answer of 30 s has some ten thousand bytes of text; each token comes with about 300 bytes around it."""
_NEEDED = frozenset(
    [
        "host",
        "content-type",
        "content-length",
        "authorization",
        "x-api-key",
        "anthropic-version",
        "accept",
        "connection",
    ]
)
_SAID = {
    "unreachable": "I can't reach {name}.",
    "lost": "{name} hung up before it answered.",
    "key": "{name} does not take my key.",
    "busy": "{name} is too busy just now.",
    "server": "{name} has trouble of its own.",
    "refused": "{name} refused the question.",
    "malformed": "{name} sent something that I can't read.",
    "cut": "The answer of {name} broke off.",
}


Sign = Callable[[httpx2.Request], Awaitable[None]]
"""Puts a signature on a request that is otherwise just as it leaves."""


class PlainTransport(httpx2.AsyncBaseTransport):
    """Lets through the headers that a request needs: libraries tell of the system, the runtime and their version."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, sign: Sign | None = None) -> None:
        self._inner = inner
        self._sign = sign

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        for name in list(request.headers):
            if name.lower() not in _NEEDED:
                del request.headers[name]
        request.headers["accept-encoding"] = "identity"
        if self._sign is not None:
            await self._sign(request)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


def make_client(connect_s: float, sign: Sign | None = None, max_bytes: int = MAX_BYTES) -> httpx2.AsyncClient:
    """A client that follows no redirect and no proxy of the environment, keeps no cookies, and bounds what comes back.

    `connect_s` is for the connection, names included; how long an answer may take is the caller's to say.
    """
    inner = httpx2.AsyncHTTPTransport(retries=0, http2=False)
    timeout = httpx2.Timeout(None, connect=connect_s)
    transport = PlainTransport(BoundedTransport(inner, max_bytes), sign)
    return httpx2.AsyncClient(transport=transport, timeout=timeout, follow_redirects=False, trust_env=False)


def failure(kind: str, name: str, retry_after_s: float = 0.0) -> CloudError:
    """The error of this kind, in a sentence about the provider of this name."""
    fix = f"Give me another one: assistant cloud key {name.lower()}" if kind == "key" else ""
    return CloudError(kind, _SAID[kind].format(name=name), fix=fix, retry_after_s=retry_after_s)


def lost_as(error: Exception) -> str:
    """Whether nobody was reached, which costs nothing, or the connection was lost after the question had left."""
    cause = error.__cause__ or error
    never = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)
    return "unreachable" if isinstance(cause, never) else "lost"


def kind_of(status: int) -> str:
    """What an HTTP status says about a failure."""
    if status in (401, 403):
        return "key"
    if status == 429:
        return "busy"
    return "server" if status >= 500 else "refused"


def retry_after_s(headers: httpx2.Headers) -> float:
    """When to come again, in seconds; 0 where it is not said or no number."""
    try:
        return min(max(float(headers.get("retry-after", "0")), 0.0), 3600.0)
    except ValueError:
        return 0.0
