"""`/v1/usage`: what the account used this month, and what it may."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from assistant.gateway.answers import MonthUsage
from assistant.gateway.callers import caller_of
from assistant.gateway.described import api
from assistant.gateway.entitlement import standing
from assistant.gateway.gateway import gateway_of
from assistant.gateway.ledger import month_of, used
from assistant.gateway.models import Plan, Subscription
from assistant.gateway.refusals import NO_STORE

router = APIRouter(tags=["subscription"])


@router.get("/v1/usage", responses=api(MonthUsage, 401, 429))
async def usage(request: Request) -> Response:
    """Of the calendar month (UTC); what is under way counts at the most that it may take."""
    gateway, caller = gateway_of(request), await caller_of(request)
    now_s = gateway.clock()
    answer = await gateway.database.run(lambda session: usage_of(session, caller.account_id, now_s))
    return JSONResponse(answer, headers=NO_STORE)


def usage_of(session: Session, account_id: str, now_s: float) -> dict[str, Any]:
    """As docs/gateway.md shows it."""
    found, (start, end) = used(session, account_id, now_s), month_of(now_s)
    row = session.get(Subscription, account_id)
    plan = session.get(Plan, row.plan_id) if row is not None else None
    held = standing(row, plan, now_s).state != "none" and plan is not None
    return {
        "period_start": start,
        "resets_at": end,
        "chat": {
            "requests": found.chat_requests,
            "tokens": found.chat_tokens,
            "tokens_limit": plan.chat_tokens if held and plan else 0,
        },
        "images": {
            "requests": found.image_requests,
            "images": found.images,
            "images_limit": plan.images if held and plan else 0,
        },
    }
