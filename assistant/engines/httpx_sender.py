"""Sends one HTTPS request with httpx2: no redirects, no cookies from one request to the next, a bounded answer."""

from __future__ import annotations

import ssl

import httpx2

from assistant.skillhost.web import Answer, Request, TooLargeError, UnreachableError


class HttpxSender:
    """`assistant.skillhost.web.Sender`. Each request has its own client, so that skills share nothing but the
    certificates of the machine; `transport` stands in for the network.
    """

    def __init__(self, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self._transport = transport
        self._tls: ssl.SSLContext | None = None

    async def send(self, request: Request, max_bytes: int) -> Answer:
        if self._tls is None:
            self._tls = ssl.create_default_context()
        # Plain bytes only: a small answer that unpacks to gigabytes would be ours to hold.
        headers = {**request.headers, "accept-encoding": "identity"}
        try:
            async with (
                httpx2.AsyncClient(verify=self._tls, transport=self._transport, timeout=None) as client,
                client.stream(request.method, request.url, headers=headers, content=request.body) as answer,
            ):
                body = await _read(answer, max_bytes)
                return Answer(
                    status=answer.status_code,
                    body=body,
                    charset=answer.charset_encoding or "utf-8",
                    location=answer.headers.get("location", ""),
                )
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError):
            raise UnreachableError(request.method) from None


async def _read(answer: httpx2.Response, max_bytes: int) -> bytes:
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise UnreachableError("packed")
    body = b""
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > max_bytes:
            raise TooLargeError(answer.request.method)
    return body


def create() -> HttpxSender:
    return HttpxSender()
