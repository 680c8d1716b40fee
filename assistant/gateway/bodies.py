"""Bounds what a client may send: bytes of a body, and how slowly it may drip."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SMALL_BYTES = 64 * 1024
CHAT_BYTES = 1024 * 1024
WEBHOOK_BYTES = 512 * 1024
IMAGE_BYTES = 45 * 1024 * 1024
BODY_WITHIN_S = 60.0
_LARGER = {
    "/v1/chat/completions": CHAT_BYTES,
    "/v1/images/edits": IMAGE_BYTES,
    "/webhooks/stripe": WEBHOOK_BYTES,
}


class BodyTooLargeError(Exception):
    """Answered with 413."""


class BodyTooSlowError(Exception):
    """Answered with 408."""


class Bodies:
    """Counts the bytes of each body as they come; a body has a minute."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most, taken, whole = _LARGER.get(scope["path"], SMALL_BYTES), 0, False
        ends_at_s = asyncio.get_running_loop().time() + BODY_WITHIN_S

        async def bounded() -> Message:
            nonlocal taken, whole
            if whole:
                return await receive()
            try:
                async with asyncio.timeout_at(ends_at_s):
                    message = await receive()
            except TimeoutError:
                raise BodyTooSlowError from None
            taken += len(message.get("body", b""))
            whole = message["type"] != "http.request" or not message.get("more_body", False)
            if taken > most:
                raise BodyTooLargeError
            return message

        await self._app(scope, bounded, send)
