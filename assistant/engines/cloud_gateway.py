"""The big model of the plan: chat completions through the gateway, each request with a proof of this device's key."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import httpx2

from assistant.engines.cloud_client import MAX_BYTES, PlainTransport
from assistant.engines.cloud_openai import OpenAIChat
from assistant.engines.httpx_bounded import BoundedTransport
from assistant.errors import AssistantError
from assistant.think.providers import Provider

Prove = Callable[[str, str, str], Mapping[str, str]]
"""Method, address without query and the gateway's nonce -> the headers that prove who asks. Raises: LicenceError."""


class ProvenTransport(httpx2.AsyncBaseTransport):
    """Puts the proof on each request; once more with the gateway's nonce where the clocks disagree (RFC 9449)."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, prove: Prove) -> None:
        self._inner = inner
        self._prove = prove

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = await self._asked(request, "")
        nonce = answer.headers.get("dpop-nonce", "")
        if answer.status_code == 401 and nonce and "use_dpop_nonce" in answer.headers.get("www-authenticate", ""):
            await answer.aclose()
            answer = await self._asked(request, nonce)
        return answer

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _asked(self, request: httpx2.Request, nonce: str) -> httpx2.Response:
        url = str(request.url.copy_with(query=None, fragment=None))
        try:
            request.headers.update(self._prove(request.method, url, nonce))
        except AssistantError:
            return _refused(request)  # it is not activated any more
        return await self._inner.handle_async_request(request)


def _refused(request: httpx2.Request) -> httpx2.Response:
    """What the gateway would answer to a device that it does not know."""
    error = {"message": "This device is not activated.", "type": "authentication_error", "code": "invalid_token"}
    return httpx2.Response(401, json={"error": error}, request=request)


def make_proven_client(prove: Prove, connect_s: float, *, max_bytes: int = MAX_BYTES) -> httpx2.AsyncClient:
    """As `cloud_client.make_client`, with a proof on each request."""
    inner = httpx2.AsyncHTTPTransport(retries=0, http2=False)
    transport = PlainTransport(ProvenTransport(BoundedTransport(inner, max_bytes), prove))
    timeout = httpx2.Timeout(None, connect=connect_s)
    return httpx2.AsyncClient(transport=transport, timeout=timeout, follow_redirects=False, trust_env=False)


def create(provider: Provider, prove: Prove, connect_s: float) -> OpenAIChat:
    return OpenAIChat(provider, "none", make_proven_client(prove, connect_s))
