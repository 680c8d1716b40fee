"""What a request to the cloud may cost: reserved at its bound before it leaves, settled by the provider's own count."""

from __future__ import annotations

import contextlib
import json

from assistant.store.database import StoreError
from assistant.store.ledger import Use
from assistant.think.cloud import CloudRequest
from assistant.think.cloud_side import CloudSide
from assistant.types import Done

LEAST_TOKENS = 32
"""A budget that leaves less than this for an answer is spent."""
BYTES_PER_TOKEN = 1
"""No tokeniser makes more tokens than bytes: the bound for what is reserved."""
AROUND_TOKENS = 64
"""What a provider adds around the messages, at most."""
UNPAID = frozenset({"unreachable", "key", "busy", "server", "refused", "budget"})
"""Failures of which a provider counts nothing."""


def room_beside(side: CloudSide, read_tokens: int, most: int | None = None) -> int:
    """How many tokens an answer may have beside so many read, so that no cap can break; `most` in place of the
    configured number. Raises: StoreError."""
    now_s, most = side.wall_s(), side.choices.max_tokens if most is None else most
    day, month = side.ledger.spent(now_s), side.ledger.spent(now_s, month=True)
    left_nano = min(side.caps.day_nano - day.cost_nano, side.caps.month_nano - month.cost_nano)
    left_nano -= side.provider.cost_nano(read_tokens, 0)
    left_tokens = min(side.caps.day_tokens - day.tokens, side.caps.month_tokens - month.tokens) - read_tokens
    per_token = side.provider.cost_nano(0, 1)
    affordable = left_nano // per_token if per_token else (most if left_nano >= 0 else 0)
    return max(0, min(most, affordable, left_tokens))


def reserve(side: CloudSide, request: CloudRequest, reason: str) -> int | None:
    """Note a request in the ledger at its bound; its number, or None where a cap forbids it. Raises: StoreError."""
    read = weight(request)
    sent = [f"{message.role}: {message.text}" for message in request.messages]
    sent += [f"tool: {called.result}" for each in request.rounds for called in each.calls]
    cost = side.provider.cost_nano(read, request.max_tokens)
    return reserve_use(side, side.provider.model, reason, (read, request.max_tokens, cost), "\n".join(sent))


def reserve_use(side: CloudSide, model: str, reason: str, most: tuple[int, int, int], sent: str) -> int | None:
    """The same for any use; `most`: tokens read, tokens written, nano-dollars. Raises: StoreError."""
    side.ledger.prune(side.wall_s(), side.choices.keep_days)
    read, written, cost = most
    use = Use(
        number=0,
        at_s=side.wall_s(),
        provider=side.id,
        model=model,
        reason=reason,
        read_tokens=read,
        written_tokens=written,
        cost_nano=cost,
        state="open",
        sent=sent if side.choices.keep_days else "",
    )
    return side.ledger.reserve(use, side.caps)


def settle(side: CloudSide, number: int, request: CloudRequest, said: str, done: Done | None, failed: str) -> None:
    """The provider's own count; where the answer broke off, what was read at its bound and what was written (`said`).

    `failed` is the kind of the failure, empty for none.
    """
    if done is not None and done.read_tokens:
        read, written = done.read_tokens, done.tokens
    elif failed in UNPAID:
        read = written = 0
    else:
        read, written = weight(request), min(len(said.encode()), request.max_tokens)
    cost = side.provider.cost_nano(read, written)
    counted = done is not None and bool(done.read_tokens)
    with contextlib.suppress(StoreError):  # what was reserved stands: more than it can have cost
        side.ledger.settle(number, read, written, cost, counted=counted)


def weight(request: CloudRequest) -> int:
    """More tokens than a request can have."""
    tools = [f"{tool.name}{tool.description}{json.dumps(tool.parameters)}" for tool in request.tools]
    texts = [request.system, *(message.text for message in request.messages), *tools]
    for each in request.rounds:
        texts.append(each.said)
        texts += [f"{one.id * 2}{one.tool}{json.dumps(one.arguments)}{one.result}" for one in each.calls]
    parts = len(tools) + len(request.messages) + sum(1 + 2 * len(each.calls) for each in request.rounds)
    return AROUND_TOKENS * parts + bound("".join(texts))


def bound(text: str) -> int:
    """More tokens than a text can have."""
    return len(text.encode()) // BYTES_PER_TOKEN + AROUND_TOKENS
