"""`/v1/subscription`: what the plan costs and how long it is paid, and its end."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from assistant.gateway.answers import PlanStanding
from assistant.gateway.caller import Caller
from assistant.gateway.callers import caller_of
from assistant.gateway.described import api
from assistant.gateway.entitlement import standing
from assistant.gateway.gateway import Gateway, gateway_of
from assistant.gateway.models import Plan, Subscription
from assistant.gateway.payments import synchronize
from assistant.gateway.refusals import NO_STORE, ApiRefusal
from assistant.gateway.stripe_billing import BillingUnavailableError

router = APIRouter(tags=["subscription"])


@router.get("/v1/subscription", responses=api(PlanStanding, 401, 429))
async def subscription(request: Request) -> Response:
    """The plan, its price, and how long it is paid."""
    gateway, caller = gateway_of(request), await caller_of(request)
    return JSONResponse(await _told(gateway, caller), headers=NO_STORE)


@router.post("/v1/subscription/cancel", responses=api(PlanStanding, 401, 409, 429))
async def cancel(request: Request) -> Response:
    """End the plan with what is paid."""
    gateway, caller = gateway_of(request), await caller_of(request)
    try:
        if not await cancel_plan(gateway, caller.account_id):
            raise ApiRefusal(409, "no_subscription", "There is no plan that could be cancelled.")
    except BillingUnavailableError:
        raise ApiRefusal(
            503, "billing_unavailable", "The payment provider cannot be reached.", retry_after_s=60
        ) from None
    return JSONResponse(await _told(gateway, caller), headers=NO_STORE)


async def cancel_plan(gateway: Gateway, account_id: str) -> bool:
    """False if there is nothing to cancel. Cancelled before is fine.

    Raises:
        BillingUnavailableError: nothing was changed.
    """

    def look(session: Session) -> Subscription | None:
        row = session.get(Subscription, account_id)
        if row is not None and row.source == "manual":
            row.renews = False
        return row

    row = await gateway.database.run(look)
    if row is None or gateway.clock() >= row.paid_until:
        return False
    if row.source == "stripe" and row.renews:
        await gateway.billing.cancel(row.stripe_subscription)
        await synchronize(gateway, account_id)
    return True


async def _told(gateway: Gateway, caller: Caller) -> dict[str, Any]:
    return await gateway.database.run(lambda session: plan_of(session, gateway, caller.account_id))


def plan_of(session: Session, gateway: Gateway, account_id: str) -> dict[str, Any]:
    """As docs/gateway.md shows it."""
    row = session.get(Subscription, account_id)
    plan = session.get(Plan, row.plan_id) if row else None
    stand = standing(row, plan, gateway.clock())
    price = None
    if plan is not None and plan.amount_minor is not None and stand.state != "none":
        price = {"amount_minor": plan.amount_minor, "currency": plan.currency, "interval": plan.interval}
    return {
        "plan": stand.plan,
        "name": plan.name if plan is not None and stand.state != "none" else "",
        "state": stand.state,
        "paid_until": stand.paid_until,
        "renews": stand.renews,
        "price": price,
        "account_url": f"{gateway.base_url}/account",
    }
