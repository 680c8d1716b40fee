"""`/v1/chat/completions` and `/v1/models`: a cloud model for devices whose plan has it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import anyio
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from assistant.gateway.answers import ChatCompletion, ModelNames
from assistant.gateway.caller import Caller
from assistant.gateway.callers import caller_of
from assistant.gateway.chat_request import ChatRequest, read_request
from assistant.gateway.chat_stream import ChatStream, refusal_of
from assistant.gateway.described import api, json_body
from assistant.gateway.gateway import Gateway, gateway_of
from assistant.gateway.journal import Progress
from assistant.gateway.ledger import Amount
from assistant.gateway.refusals import NO_STORE, ApiRefusal
from assistant.gateway.settings import ModelSettings
from assistant.gateway.upstream import UpstreamError, read_usage

router = APIRouter(tags=["models"])
REFUSED = (400, 401, 403, 404, 408, 413, 429, 502, 504)
_CHAT = api(ChatCompletion, *REFUSED)
_CHAT[200]["content"] = {"text/event-stream": {"schema": {"type": "string"}}}


@router.get("/v1/models", responses=api(ModelNames, 401, 429))
async def models(request: Request) -> Response:
    """The names that requests may use."""
    gateway = gateway_of(request)
    await caller_of(request)
    names = [*gateway.settings.upstream.chat, *gateway.settings.upstream.images]
    data = [{"id": name, "object": "model", "created": 0, "owned_by": "gateway"} for name in names]
    return JSONResponse({"object": "list", "data": data}, headers=NO_STORE)


@router.post("/v1/chat/completions", responses=_CHAT, openapi_extra=json_body(ChatRequest))
async def chat_completions(request: Request) -> Response:
    """As OpenAI's: an answer, or its stream."""
    gateway, caller = gateway_of(request), await caller_of(request)
    body = await request.body()
    wish = read_request(ChatRequest, body)
    model = model_of(gateway.settings.upstream.chat, wish.model)
    check_plan(caller, "chat")
    await take_turn(gateway, caller)
    if wish.stream:
        return _InSlot(gateway, caller, ChatStream(gateway, caller, wish, model, len(body)))
    with slot(gateway, caller):
        return await _whole(gateway, caller, wish, model, len(body))


async def _whole(gateway: Gateway, caller: Caller, wish: ChatRequest, model: ModelSettings, size: int) -> Response:
    """The answer in one piece; it is waited for to the end, whoever goes away, so the upstream's count is known."""
    answer: Response | None = None
    with anyio.CancelScope(shield=True):
        answer = await _asked(gateway, caller, wish, model, size)
    assert answer is not None
    return answer


async def _asked(gateway: Gateway, caller: Caller, wish: ChatRequest, model: ModelSettings, size: int) -> Response:
    meter = gateway.meter
    most = Amount(read_tokens=size, written_tokens=wish.most_written(model))
    line = await meter.open(caller, "chat", wish.model, model, most)
    fields = wish.passed_on(model, gateway.settings.upstream.limit_field)
    try:
        answer = await meter.upstream.ask("/chat/completions", line.use_id, json=fields)
    except UpstreamError as error:
        if error.kind in ("timeout", "failed", "malformed"):
            await meter.close(line, Progress(), begun=False)
        else:
            await meter.release(line)
        raise refusal_of(error) from None
    amount = read_usage(answer.get("usage"))
    if amount is None:
        amount = Amount(read_tokens=meter.ratios.estimate(wish.model, size), written_tokens=len(str(answer)) // 4)
    else:
        meter.ratios.learn(wish.model, size, amount.read_tokens)
    await meter.close_counted(line, amount)
    return JSONResponse(answer, headers={**NO_STORE, "X-Request-Id": line.use_id})


def model_of(known: dict[str, ModelSettings], name: str) -> ModelSettings:
    """Raises: ApiRefusal: 404."""
    if name not in known:
        raise ApiRefusal(404, "model_not_found", "There is no such model here.")
    return known[name]


def check_plan(caller: Caller, feature: str) -> None:
    """Raises: ApiRefusal: 403, the plan does not have it."""
    if feature not in caller.standing.features:
        raise ApiRefusal(403, "plan_required", "The plan does not include this.")


async def take_turn(gateway: Gateway, caller: Caller) -> None:
    """Raises: ApiRefusal: 429, more requests a minute, or at once, than the plan has."""
    rate, allowed = caller.allowance.requests_per_minute, caller.allowance.at_once
    wait_s = gateway.rates.take(f"turn {caller.account_id}", rate, max(1, rate // 4), gateway.clock())
    if not wait_s and gateway.at_once.of(caller.account_id) >= allowed:
        wait_s = 1.0
    if wait_s:
        await gateway.at_once.delay(f"delay {caller.account_id}")
        raise ApiRefusal(429, "rate_limited", "Too many requests a minute, or at once.", retry_after_s=wait_s)


@contextmanager
def slot(gateway: Gateway, caller: Caller) -> Iterator[None]:
    """Raises: ApiRefusal: 429, the account has as many requests under way as its plan allows."""
    with gateway.at_once.slot(caller.account_id, caller.allowance.at_once) as room:
        if not room:
            raise ApiRefusal(429, "rate_limited", "Too many requests at once.", retry_after_s=1)
        yield


class _InSlot(Response):
    """A streamed answer that takes a slot for as long as it lasts."""

    def __init__(self, gateway: Gateway, caller: Caller, inner: ChatStream) -> None:
        super().__init__()
        self._gateway, self._caller, self._inner = gateway, caller, inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with slot(self._gateway, self._caller):
            await self._inner(scope, receive, send)
