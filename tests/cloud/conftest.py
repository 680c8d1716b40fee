"""A stand-in for the servers of cloud models on the loopback: it speaks their real wire, and does what it is told "
"to."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from assistant.think.providers import Provider

Wire = Literal["openai", "anthropic"]
Fault = Literal["", "stall", "stall_middle", "cut", "drop", "bad_sse", "bad_json", "bad_shape", "no_end", "empty"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """How one request is answered: pieces of text, a tool call, a status, a fault."""

    pieces: Sequence[str] = ("Hello ", "there.")
    call: tuple[str, dict[str, Any]] | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    fault: Fault = ""
    read_tokens: int = 21
    written_tokens: int = 7
    pace_s: float = 0.0


@dataclass(slots=True)
class StandIn:
    """Answers requests by `script`, the last act for ever. `seen` are the raw requests, `broken` those cut by us."""

    wire: Wire
    script: list[Act] = field(default_factory=lambda: [Act()])
    seen: list[bytes] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    closed_early: int = 0
    port: int = 0
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    def provider(self, **changes: Any) -> Provider:
        """A catalogue entry that leads here."""
        path = "/v1" if self.wire == "openai" else ""
        fields = {
            "name": "Example", "kind": self.wire, "base_url": f"http://127.0.0.1:{self.port}{path}", "model": "big-1",
            "read_usd": "0.40", "write_usd": "1.60", "context": 100_000, "region": "Example Land",
            "policy": "It keeps nothing and trains on nothing.", "as_of": "2026-01",
        }  # fmt: skip
        return Provider.model_validate(fields | changes)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.serving.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while await self._one(reader, writer):
                    pass
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            self.serving.discard(task)

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")), 0
        )
        body = await reader.readexactly(length)
        self.seen.append(head + body)
        self.bodies.append(json.loads(body))
        act = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if act.fault == "drop":
            return False
        if act.fault == "stall":
            await self._until_closed(reader)
            return False
        if act.status != 200:
            answer = json.dumps({"type": "error", "error": {"type": "some_error", "message": "no"}}).encode()
            self._head(writer, act.status, act.headers, len(answer))
            writer.write(answer)
            await writer.drain()
            return True
        self._head(writer, 200, {"content-type": "text/event-stream"}, None)
        if not await self._stream(act, reader, writer):
            return False
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    def _head(self, writer: asyncio.StreamWriter, status: int, headers: dict[str, str], length: int | None) -> None:
        lines = [f"HTTP/1.1 {status} Said", "content-type: application/json"] if length is not None else []
        lines = lines or [f"HTTP/1.1 {status} OK", "transfer-encoding: chunked"]
        lines += [f"content-length: {length}"] if length is not None else []
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode())

    async def _stream(self, act: Act, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        events = list(_openai(act) if self.wire == "openai" else _anthropic(act))
        middle = len(events) // 2
        for number, event in enumerate(events):
            if number == middle and act.fault == "cut":
                writer.transport.abort()
                return False
            if number == middle and act.fault == "stall_middle":
                await self._until_closed(reader)
                return False
            if number == middle and act.fault == "no_end":
                return True
            data = f"{event}\n\n".encode()
            writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            await writer.drain()
            if act.pace_s:
                done, waiting = await asyncio.wait([asyncio.ensure_future(reader.read(1))], timeout=act.pace_s)
                for task in waiting:
                    task.cancel()
                if done:
                    self.closed_early += 1
                    return False
        return True

    async def _until_closed(self, reader: asyncio.StreamReader) -> None:
        """Wait for the client to give up."""
        await reader.read(1)
        self.closed_early += 1


def _openai(act: Act) -> list[str]:
    def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        base = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "big-1", "choices": choices}
        return "data: " + json.dumps(base | more)

    if act.fault == "empty":
        return ["data: [DONE]"]
    if act.fault == "bad_sse":
        return ["data: {]", "data: [DONE]"]
    if act.fault == "bad_json":
        return ["data: 17", "data: [DONE]"]
    if act.fault == "bad_shape":
        return ['data: {"choices": [{"delta": 5}]}', "data: [DONE]"]
    events = [chunk({"role": "assistant", "content": ""}), *(chunk({"content": piece}) for piece in act.pieces)]
    if act.call is not None:
        name, arguments = act.call
        text = json.dumps(arguments)
        first = {"index": 0, "id": "k1", "type": "function", "function": {"name": name, "arguments": text[:5]}}
        events.append(chunk({"tool_calls": [first]}))
        events.append(chunk({"tool_calls": [{"index": 0, "function": {"arguments": text[5:]}}]}))
    events.append(chunk({}, "tool_calls" if act.call else "stop"))
    usage = {"prompt_tokens": act.read_tokens, "completion_tokens": act.written_tokens, "total_tokens": 0}
    return [*events, chunk({}, choices=[], usage=usage), "data: [DONE]"]


def _anthropic(act: Act) -> list[str]:
    def event(kind: str, **fields: Any) -> str:
        return f"event: {kind}\ndata: " + json.dumps({"type": kind, **fields})

    if act.fault == "empty":
        return [event("ping")]
    if act.fault == "bad_sse":
        return ["event: message_start\ndata: {]"]
    if act.fault == "bad_json":
        return ["event: message_start\ndata: 17"]
    if act.fault == "bad_shape":
        return [event("content_block_delta", index=0, delta=5)]
    usage = {"input_tokens": act.read_tokens, "output_tokens": 1}
    message = {"id": "m1", "type": "message", "role": "assistant", "model": "big-1", "content": [], "usage": usage}
    events = [event("message_start", message=message), event("ping")]
    events.append(event("content_block_start", index=0, content_block={"type": "text", "text": ""}))
    deltas = [{"type": "text_delta", "text": piece} for piece in act.pieces]
    events += [event("content_block_delta", index=0, delta=delta) for delta in deltas]
    events.append(event("content_block_stop", index=0))
    if act.call is not None:
        name, arguments = act.call
        block = {"type": "tool_use", "id": "k1", "name": name, "input": {}}
        events.append(event("content_block_start", index=1, content_block=block))
        text = json.dumps(arguments)
        parts = [{"type": "input_json_delta", "partial_json": piece} for piece in (text[:5], text[5:])]
        events += [event("content_block_delta", index=1, delta=part) for part in parts]
        events.append(event("content_block_stop", index=1))
    reason = "tool_use" if act.call else "end_turn"
    done = {"output_tokens": act.written_tokens}
    events.append(event("message_delta", delta={"stop_reason": reason, "stop_sequence": None}, usage=done))
    return [*events, event("message_stop")]


@pytest.fixture
def stand_in() -> Callable[..., contextlib.AbstractAsyncContextManager[StandIn]]:
    """`async with stand_in("openai", Act(...), ...) as server`."""

    @contextlib.asynccontextmanager
    async def serving(wire: Wire, *script: Act) -> AsyncIterator[StandIn]:
        server = StandIn(wire, list(script) or [Act()])
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        server.port = listening.sockets[0].getsockname()[1]
        try:
            yield server
        finally:
            listening.close()
            left = list(server.serving)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    return serving


@pytest.fixture
def act() -> type[Act]:
    return Act
