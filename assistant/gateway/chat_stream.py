"""A streamed answer: from the upstream to the device, counted on the way, stopped when the device goes away."""

from __future__ import annotations

import json

import anyio
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from assistant.gateway.caller import Caller
from assistant.gateway.chat_count import ChatCount
from assistant.gateway.chat_request import ChatRequest
from assistant.gateway.gateway import Gateway
from assistant.gateway.ledger import Amount
from assistant.gateway.meter import Line
from assistant.gateway.refusals import ApiRefusal
from assistant.gateway.settings import ModelSettings
from assistant.gateway.upstream import UpstreamError

_SAID = {
    "unreachable": (503, "upstream_unavailable", "The cloud model cannot be reached."),
    "busy": (503, "upstream_unavailable", "The cloud model is too busy just now."),
    "timeout": (504, "upstream_timeout", "The cloud model did not answer in time."),
    "refused": (400, "invalid_request", "The cloud model does not take this request."),
    "key": (502, "upstream_error", "The cloud model does not take the gateway's key."),
    "server": (502, "upstream_error", "The cloud model failed."),
    "failed": (502, "upstream_error", "The cloud model failed."),
    "malformed": (502, "upstream_error", "The cloud model sent something that cannot be read."),
}


def refusal_of(error: UpstreamError) -> ApiRefusal:
    status, code, sentence = _SAID[error.kind]
    wait_s = max(error.retry_after_s, 5.0) if status == 503 else 0.0
    return ApiRefusal(status, code, sentence, retry_after_s=wait_s)


class ChatStream(Response):
    """Raises: ApiRefusal: before the first byte; after it, a failure is the last event."""

    media_type = "text/event-stream"

    def __init__(self, gateway: Gateway, caller: Caller, request: ChatRequest, model: ModelSettings, size: int) -> None:
        super().__init__()
        self._gateway = gateway
        self._caller = caller
        self._request = request
        self._model = model
        self._prompt_bytes = size
        estimate = gateway.meter.ratios.estimate(request.model, size)
        self._count = ChatCount(estimate)
        self._sent = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gateway, model = self._gateway, self._model
        most = Amount(read_tokens=self._prompt_bytes, written_tokens=self._request.most_written(model))
        line = await gateway.meter.open(self._caller, "chat", self._request.model, model, most)
        failed: UpstreamError | None = None
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(_until_gone, receive, group.cancel_scope)
                try:
                    await self._pump(line, send)
                except UpstreamError as error:
                    failed = error
                group.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await self._close(line, failed)
        if failed is not None:
            await self._tell(failed, send)

    async def _pump(self, line: Line, send: Send) -> None:
        fields = self._request.passed_on(self._model, self._gateway.settings.upstream.limit_field)
        async with self._gateway.meter.upstream.stream("/chat/completions", fields, line.use_id) as events:
            headers = [
                (b"content-type", b"text/event-stream; charset=utf-8"),
                (b"cache-control", b"no-store"),
                (b"x-accel-buffering", b"no"),
                (b"x-request-id", line.use_id.encode()),
            ]
            async for data in events:
                if data == b"[DONE]":
                    break
                only_count = self._count.take(data)
                line.entry.note(self._count.progress())
                if not self._sent:
                    self._sent = True
                    await send({"type": "http.response.start", "status": 200, "headers": headers})
                if not only_count or self._request.wants_usage:
                    await send({"type": "http.response.body", "body": b"data: " + data + b"\n\n", "more_body": True})
            if not self._count.ended:
                raise UpstreamError("failed")
        await send({"type": "http.response.body", "body": b"data: [DONE]\n\n", "more_body": False})

    async def _close(self, line: Line, failed: UpstreamError | None) -> None:
        meter, count = self._gateway.meter, self._count
        if failed is not None and not count.started and failed.kind not in ("timeout", "failed"):
            await meter.release(line)
            return
        if count.exact is not None:
            meter.ratios.learn(self._request.model, self._prompt_bytes, count.exact.read_tokens)
        await meter.close(line, count.progress(), begun=count.started)

    async def _tell(self, failed: UpstreamError, send: Send) -> None:
        refusal = refusal_of(failed)
        if not self._sent:
            raise refusal
        last = b"data: " + json.dumps(refusal.body()).encode() + b"\n\n"
        await send({"type": "http.response.body", "body": last, "more_body": False})


async def _until_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    """Waits until the device has closed the connection, then stops everything."""
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
