"""HTTP to the gateway of the subscription with httpx2: no redirect, no proxy of the environment, a bounded answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx2

from assistant.account.client import WireAnswer, WireError
from assistant.engines.httpx_bounded import BoundedTransport

MAX_BYTES = 1_000_000
CONNECT_S = 3.0
TOTAL_S = 10.0


class HttpxWire:
    """`assistant.account.client.Wire`. `transport` stands in for the network."""

    def __init__(self, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._transport = transport
        self._client: httpx2.AsyncClient | None = None

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WireAnswer:
        told = {**headers, "accept": "application/json", "accept-encoding": "identity", "user-agent": "assistant"}
        try:
            async with asyncio.timeout(TOTAL_S):
                answer = await self._ready().request(method, url, headers=told, content=body)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, TimeoutError):
            raise WireError(method) from None
        names = {name.lower(): value for name, value in answer.headers.items()}
        return WireAnswer(status=answer.status_code, headers=names, body=answer.content)

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _ready(self) -> httpx2.AsyncClient:
        if self._client is None:
            inner = self._transport or httpx2.AsyncHTTPTransport(retries=0, http2=False)
            self._client = httpx2.AsyncClient(
                transport=BoundedTransport(inner, MAX_BYTES),
                timeout=httpx2.Timeout(TOTAL_S, connect=CONNECT_S),
                follow_redirects=False,
                trust_env=False,
            )
        return self._client


def create() -> HttpxWire:
    return HttpxWire()
