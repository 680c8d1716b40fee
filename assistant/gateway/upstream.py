"""The server of cloud models: OpenAI's API over HTTP, a stream of events at a time."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx2

from assistant.gateway.ledger import Amount
from assistant.gateway.settings import UpstreamSettings, read_secret
from assistant.gateway.upstream_http import Body, UpstreamTransport

MAX_EVENT_BYTES = 1_000_000
MAX_ANSWER_BYTES = 80_000_000
LOOKUP_S = 5.0
END_WITHIN_S = 0.05
"""After `[DONE]` an answer ends at once, or its connection is closed."""
REQUEST_ID = "X-Client-Request-Id"
"""OpenAI's header for an id of the client's own."""


class UpstreamError(Exception):
    """`kind`: unreachable, busy, timeout, refused (this request), key, server (it says so), failed (it
    broke off) or malformed; `retry_after_s` where told."""

    def __init__(self, kind: str, retry_after_s: float = 0.0) -> None:
        super().__init__(kind)
        self.kind = kind
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What the upstream knows of a request: `amount` None means that it never got it."""

    amount: Amount | None


class Upstream:
    """One client for all requests; it follows no redirect and no proxy of the environment."""

    def __init__(self, settings: UpstreamSettings) -> None:
        self._settings = settings
        self._key = read_secret(settings.key_file)
        self._client = httpx2.AsyncClient(
            timeout=httpx2.Timeout(settings.silence_s, connect=settings.connect_s, pool=settings.connect_s),
            transport=UpstreamTransport(settings.connections),
            follow_redirects=False,
            trust_env=False,
        )

    @property
    def tells_usage(self) -> bool:
        return bool(self._settings.usage_url)

    async def close(self) -> None:
        await self._client.aclose()

    @asynccontextmanager
    async def stream(
        self, path: str, fields: dict[str, Any], use_id: str
    ) -> AsyncIterator[AsyncGenerator[bytes, None]]:
        """The data of each event as it comes. Raises: UpstreamError, here and while it comes."""
        async with self._sent(path, use_id, json=fields) as response:
            events = _events(response)
            async with contextlib.aclosing(events):
                yield events
            if isinstance(response.stream, Body):
                await response.stream.finish(END_WITHIN_S)

    async def ask(self, path: str, use_id: str, **content: Any) -> dict[str, Any]:
        """The whole answer, an object. `content` is `json`, or `data` and `files`. Raises: UpstreamError."""
        async with self._sent(path, use_id, **content) as response:
            taken = bytearray()
            with _explained():
                async for part in response.aiter_bytes():
                    taken += part
                    if len(taken) > MAX_ANSWER_BYTES:
                        raise UpstreamError("malformed")
            try:
                answer = json.loads(taken)
            except (ValueError, RecursionError):
                raise UpstreamError("malformed") from None
        if not isinstance(answer, dict):
            raise UpstreamError("malformed")
        return answer

    async def look_up(self, use_id: str, answer_id: str) -> Looked:
        """What a request took, where the upstream tells (`usage_url`). Raises: UpstreamError: it does not say."""
        url = self._settings.usage_url
        if not url or ("{id}" in url and not answer_id):
            raise UpstreamError("refused")
        url = url.replace("{id}", quote(answer_id, safe="")).replace("{request}", quote(use_id, safe=""))
        with _explained():
            answer = await self._client.get(url, headers=self._headers(use_id), timeout=LOOKUP_S)
        if answer.status_code == 404:
            return Looked(amount=None)
        if answer.status_code != 200:
            raise UpstreamError("failed")
        try:
            values = answer.json()
            amount = read_usage(values["data"] if "data" in values else values["usage"])
        except (ValueError, TypeError, LookupError):
            raise UpstreamError("malformed") from None
        if amount is None:
            raise UpstreamError("malformed")
        return Looked(amount=amount)

    @asynccontextmanager
    async def _sent(self, path: str, use_id: str, **content: Any) -> AsyncIterator[httpx2.Response]:
        url = f"{self._settings.base_url.rstrip('/')}{path}"
        request = self._client.build_request("POST", url, headers=self._headers(use_id), **content)
        with _explained():
            response = await self._client.send(request, stream=True)
        try:
            if response.status_code != 200:
                raise UpstreamError(_kind(response.status_code), _retry_after_s(response))
            yield response
        finally:
            await response.aclose()

    def _headers(self, use_id: str) -> dict[str, str]:
        headers = {REQUEST_ID: use_id, "User-Agent": "assistant-gateway", "Accept-Encoding": "identity"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        return headers


async def _events(response: httpx2.Response) -> AsyncGenerator[bytes, None]:
    """The data of server-sent events; comments and other fields are left out."""
    rest = b""
    with _explained():
        async for part in response.aiter_raw():
            lines = (rest + part).split(b"\n")
            rest = lines.pop()
            if len(rest) > MAX_EVENT_BYTES:
                raise UpstreamError("malformed")
            for line in lines:
                if line.startswith(b"data:"):
                    yield line[5:].strip()


def read_usage(values: Any) -> Amount | None:
    """`usage` of OpenAI's API, or the counts of OpenRouter's record of a generation; None if there are none."""
    if not isinstance(values, dict):
        return None
    for read, written in (
        ("prompt_tokens", "completion_tokens"),
        ("native_tokens_prompt", "native_tokens_completion"),
        ("tokens_prompt", "tokens_completion"),
    ):
        first, second = values.get(read), values.get(written)
        if isinstance(first, int) and isinstance(second, int) and 0 <= first < 2**40 and 0 <= second < 2**40:
            return Amount(read_tokens=first, written_tokens=second)
    return None


@contextlib.contextmanager
def _explained() -> Any:
    try:
        yield
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout):
        raise UpstreamError("unreachable") from None
    except httpx2.TimeoutException:
        raise UpstreamError("timeout") from None
    except (httpx2.HTTPError, httpx2.StreamError, OSError):
        raise UpstreamError("failed") from None


def _kind(status: int) -> str:
    if status in (400, 404, 413, 422):
        return "refused"
    if status in (401, 403):
        return "key"
    return "busy" if status in (429, 503) else "server"


def _retry_after_s(response: httpx2.Response) -> float:
    try:
        return min(max(float(response.headers.get("retry-after", "0")), 0.0), 3600.0)
    except ValueError:
        return 0.0
