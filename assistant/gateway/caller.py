"""Who calls: a device of an account, and what its plan allows."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.gateway.entitlement import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """A plan's limits for a month; None is no limit."""

    chat_tokens: int | None
    images: int | None
    requests_per_minute: int
    at_once: int


NO_ALLOWANCE = Allowance(chat_tokens=0, images=0, requests_per_minute=0, at_once=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    device_id: str
    account_id: str
    jkt: str
    standing: Standing
    allowance: Allowance
