"""A light client for load: many streamed chats from one process, each event timed by what the upstream wrote in it."""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

PATH = "/v1/chat/completions"
WISH = {"model": "assistant-chat", "messages": [{"role": "user", "content": "Tell me."}], "stream": True}
_STAMP = re.compile(rb'"fp_(\d+)_(\d+)"')
_DONE = b"data: [DONE]\n\n"

Headers = Callable[[], dict[str, str]]


@dataclass(slots=True, kw_only=True)
class Chat:
    """`first_ms` from the request to the first event, `event_ms` of each of `words` events from sending to coming."""

    status: int = 0
    first_ms: float = 0.0
    event_ms: list[float] = field(default_factory=list)
    words: int = 0
    whole: bool = False


class Connection(asyncio.Protocol):
    """One chat after the other over one connection, kept open."""

    def __init__(self) -> None:
        self._chat = Chat()
        self._done: asyncio.Future[None] | None = None
        self._transport: asyncio.WriteTransport | None = None
        self._rest, self._began_ns = b"", 0

    def connection_made(self, transport: asyncio.WriteTransport) -> None:  # type: ignore[override]
        self._transport = transport

    async def ask(self, request: bytes) -> Chat:
        assert self._transport is not None
        self._chat, self._rest = Chat(), b""
        self._done = asyncio.get_running_loop().create_future()
        self._began_ns = time.monotonic_ns()
        self._transport.write(request)
        await self._done
        return self._chat

    def data_received(self, data: bytes) -> None:
        now_ns, chat, data = time.monotonic_ns(), self._chat, self._rest + data
        if not chat.status:
            if b"\r\n\r\n" not in data:
                self._rest = data
                return
            chat.status = int(data[9:12])
        if chat.status != 200:
            self._refused(data)
            return
        cut = data.rfind(b"\n\n") + 2 if b"\n\n" in data else 0
        for stamp, words in _STAMP.findall(data[:cut]):
            chat.first_ms = chat.first_ms or (now_ns - self._began_ns) / 1e6
            chat.event_ms.append((now_ns - int(stamp)) / 1e6)
            chat.words = int(words)
        chat.whole = chat.whole or _DONE in data
        self._rest = data[cut:]
        if data.endswith(b"\r\n0\r\n\r\n"):
            self._finish()

    def _refused(self, data: bytes) -> None:
        head, _, body = data.partition(b"\r\n\r\n")
        size = re.search(rb"(?i)content-length: (\d+)", head)
        if size is not None and len(body) >= int(size[1]):
            self._finish()
        else:
            self._rest = data

    def _finish(self) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._finish()

    @property
    def closed(self) -> bool:
        return self._transport is None or self._transport.is_closing()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def request_of(port: int, path: str, headers: dict[str, str]) -> bytes:
    body = json.dumps(WISH).encode()
    lines = [f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Content-Type: application/json"]
    lines += [f"Content-Length: {len(body)}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def stream_on(port: int, path: str, headers: Headers, after_s: float, until_s: float) -> list[tuple[float, Chat]]:
    """Chat after chat from one moment to another (monotonic seconds): when each began, and what came."""
    await asyncio.sleep(max(0.0, after_s - time.monotonic()))
    connection, done = Connection(), []
    while time.monotonic() < until_s:
        if connection.closed:
            connection = Connection()
            await asyncio.get_running_loop().create_connection(lambda made=connection: made, "127.0.0.1", port)
        request, began_s = request_of(port, path, headers()), time.monotonic()
        done.append((began_s, await connection.ask(request)))
    connection.close()
    return done


async def together(port: int, path: str, headers: list[Headers], ramp_s: float, for_s: float) -> list[Chat]:
    """As many chats at once as there are headers, begun evenly over `ramp_s`; those that began after it."""
    now_s = time.monotonic()
    slots = [
        stream_on(port, path, each, now_s + ramp_s * number / len(headers), now_s + ramp_s + for_s)
        for number, each in enumerate(headers)
    ]
    done = await asyncio.gather(*slots)
    return [chat for slot in done for began_s, chat in slot if began_s >= now_s + ramp_s]


def summary(chats: list[Chat]) -> dict[str, Any]:
    """In milliseconds; an error is whatever did not come whole."""
    good = [chat for chat in chats if chat.status == 200 and chat.whole and len(chat.event_ms) == chat.words > 0]
    events = [ms for chat in good for ms in chat.event_ms]
    return {
        "chats": len(chats),
        "errors": len(chats) - len(good),
        "events": len(events),
        "first_ms": quantiles([chat.first_ms for chat in good]),
        "event_ms": quantiles(events),
    }


def quantiles(values: list[float]) -> dict[str, float]:
    """The median, p95 and the largest."""
    if len(values) < 2:
        return {}
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {"p50": round(cuts[49], 2), "p95": round(cuts[94], 2), "max": round(max(values), 2)}
