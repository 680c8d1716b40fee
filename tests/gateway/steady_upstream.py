"""An upstream for load: each answer at a steady rate, each event with the time of its sending; light, for a process of
its own.

`uvicorn tests.gateway.steady_upstream:upstream`. The path says how it answers: `/FIRST-PACE-WORDS/v1/...`, in seconds
before the first event and between events. Answers are between half and one and a half times as long, by chance: of one
length, chats that were late together would end and begin together ever after. Each event also tells how many there will
be. `GET /counts` tells what it served to a gateway, which names each request.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from typing import Any

READ_TOKENS = 3
COUNTS = {"requests": 0, "tokens": 0, "at_once": 0, "most_at_once": 0}
_HEAD = b'data: {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "big-1", "choices": ['
_WORD = b'{"index": 0, "delta": {"content": "word "}, "finish_reason": null}], "system_fingerprint": "fp_%d_%d"}\n\n'
_LAST = b'{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\n'
_USAGE = b'], "usage": {"prompt_tokens": %d, "completion_tokens": %d}}\n\ndata: [DONE]\n\n'


async def upstream(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """An ASGI application."""
    while (await receive()).get("more_body"):
        pass
    kind = b"application/json" if scope["path"] == "/counts" else b"text/event-stream"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
    if scope["path"] == "/counts":
        await send({"type": "http.response.body", "body": json.dumps(COUNTS).encode()})
        return
    first_s, pace_s, words = (float(part) for part in scope["path"].split("/")[1].split("-"))
    metered = any(name == b"x-client-request-id" for name, _ in scope["headers"])
    at_s, one = time.monotonic() + first_s, int(metered)
    COUNTS["requests"] += one
    COUNTS["tokens"] += one * READ_TOKENS
    COUNTS["at_once"] += one
    COUNTS["most_at_once"] = max(COUNTS["most_at_once"], COUNTS["at_once"])
    events = random.randint(-(-int(words) // 2), int(words) + int(words) // 2)
    for _ in range(events):
        if (wait_s := at_s - time.monotonic()) > 0:
            await asyncio.sleep(wait_s)
        at_s += pace_s
        COUNTS["tokens"] += one
        event = _HEAD + _WORD % (time.monotonic_ns(), events)
        await send({"type": "http.response.body", "body": event, "more_body": True})
    COUNTS["at_once"] -= one
    end = _HEAD + _LAST + _HEAD + _USAGE % (READ_TOKENS, events)
    await send({"type": "http.response.body", "body": end})
