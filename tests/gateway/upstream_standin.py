"""A server of cloud models that speaks OpenAI's API, keeps count of what it wrote, and tells it as OpenRouter does.

Its tokens are words with the space after them; a prompt has one for every four bytes of its messages, rounded up.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

KEY = "sk-upstream-standin"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


class UpstreamStandIn:
    """`pace_s` between tokens; `mode`: what it does. `counts`: request id -> tokens read, written, as billed.

    It writes `words` numbered words, or `says`, and draws `picture`.
    """

    def __init__(self) -> None:
        self.mode = "answer"
        self.words = 20
        self.says = ""
        self.picture = PNG
        self.pace_s = 0.0
        self.counts: dict[str, list[int]] = {}
        self.finished: set[str] = set()
        self.bodies: list[Any] = []
        self.headers: list[dict[str, str]] = []
        self.tells = True

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/chat/completions", self._chat, methods=["POST"]),
                Route("/v1/images/generations", self._images, methods=["POST"]),
                Route("/v1/images/edits", self._images, methods=["POST"]),
                Route("/v1/generation", self._told, methods=["GET"]),
            ]
        )

    async def _chat(self, request: Request) -> Response:
        try:
            body = json.loads(await request.body())
        except ClientDisconnect:  # nobody is there to be answered, and nothing is charged
            return Response(status_code=400)
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        if (refusal := self._refusal(request)) is not None:
            return refusal
        use_id = request.headers["x-client-request-id"]
        read = -(-sum(len(str(message.get("content") or "")) for message in body["messages"]) // 4)
        words = len(self._tokens())
        words = min(words, body.get("max_completion_tokens", words))
        if body.get("stream"):
            return StreamingResponse(self._stream(use_id, read, words), media_type="text/event-stream")
        self.counts[use_id] = [read, words]
        self.finished.add(use_id)
        answer = {
            "id": f"chatcmpl-{use_id}",
            "object": "chat.completion",
            "created": 1,
            "model": body["model"],
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": "word " * words}, "finish_reason": "stop"}
            ],
            "usage": _usage(read, words),
        }
        return JSONResponse(answer if self.mode != "no_usage" else {**answer, "usage": None})

    async def _stream(self, use_id: str, read: int, words: int) -> AsyncIterator[bytes]:
        counts = self.counts[use_id] = [read, 0]
        base = {"id": f"chatcmpl-{use_id}", "object": "chat.completion.chunk", "created": 1, "model": "big-1"}
        try:
            yield _event({**base, "choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]})
            for number, token in enumerate(self._tokens()[:words]):
                if self.mode == "breaks" and number == words // 2:
                    yield _event({"error": {"message": "overloaded", "type": "server_error"}})
                    return
                if self.mode == "cut" and number == words // 2:
                    return
                if self.pace_s:
                    await asyncio.sleep(self.pace_s)
                counts[1] += 1
                yield _event({**base, "choices": [{"index": 0, "delta": {"content": token}}]})
            yield _event({**base, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
            if self.mode != "no_usage":
                yield _event({**base, "choices": [], "usage": _usage(*counts)})
            yield b"data: [DONE]\n\n"
        finally:
            self.finished.add(use_id)

    async def _images(self, request: Request) -> Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        number = 1
        if request.headers["content-type"].startswith("application/json"):
            self.bodies.append(json.loads(await request.body()))
            number = self.bodies[-1]["n"]
        else:
            async with request.form() as form:
                self.bodies.append({name: getattr(value, "size", value) for name, value in form.multi_items()})
        picture = base64.b64encode(self.picture).decode()
        return JSONResponse({"created": 1, "data": [{"b64_json": picture}] * number})

    async def _told(self, request: Request) -> Response:
        """OpenRouter's record of a generation; nothing before it is finished."""
        use_id = request.query_params["id"].removeprefix("chatcmpl-")
        if not self.tells or use_id not in self.finished:
            return JSONResponse({"error": {"code": 404, "message": "not found"}}, 404)
        read, written = self.counts[use_id]
        return JSONResponse({"data": {"id": use_id, "native_tokens_prompt": read, "native_tokens_completion": written}})

    def _tokens(self) -> list[str]:
        return re.findall(r"\S+\s*", self.says) if self.says else [f"word{number} " for number in range(self.words)]

    def _refusal(self, request: Request) -> Response | None:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return JSONResponse({"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}}, 401)
        statuses = {"busy": 429, "broken": 500, "refuses": 400, "key": 401}
        if self.mode in statuses:
            error = {"error": {"message": "no: SECRET", "type": "error"}}
            return JSONResponse(error, statuses[self.mode], {"Retry-After": "7"})
        if self.mode == "nonsense":
            return Response(b"data: {]\n\n", media_type="text/event-stream")
        return None


def _usage(read: int, written: int) -> dict[str, int]:
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def _event(values: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(values).encode() + b"\n\n"
