"""`/webhooks/stripe`: news of payments. Each event counts once; what it says is read again from Stripe."""

from __future__ import annotations

import logging

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from assistant.gateway.answers import Received
from assistant.gateway.described import api
from assistant.gateway.gateway import gateway_of
from assistant.gateway.models import Account, StripeEvent
from assistant.gateway.payments import synchronize
from assistant.gateway.refusals import ApiRefusal
from assistant.gateway.stripe_billing import BillingEvent, BillingUnavailableError, SignatureError

log = logging.getLogger("assistant.gateway")
router = APIRouter(tags=["payment"])
_SIGNATURE = {"name": "Stripe-Signature", "in": "header", "required": True, "schema": {"type": "string"}}
_EVENT = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}


@router.post(
    "/webhooks/stripe",
    responses=api(Received, 400, 408, 413),
    openapi_extra={"parameters": [_SIGNATURE], "requestBody": _EVENT},
)
async def stripe_webhook(request: Request) -> Response:
    """Answers 200 once the account is as Stripe says, and for what was done before or is about nobody here."""
    gateway = gateway_of(request)
    payload = await request.body()
    try:
        event = gateway.billing.event(payload, request.headers.get("stripe-signature", ""))
    except SignatureError:
        raise ApiRefusal(400, "invalid_signature", "This was not signed by Stripe.") from None
    except BillingUnavailableError:
        raise ApiRefusal(503, "billing_unavailable", "Payment is not set up here.", retry_after_s=3600) from None

    done, account_id = await gateway.database.run(lambda session: _note(session, event, gateway.now()))
    if not done:
        if account_id is not None:
            try:
                await synchronize(gateway, account_id)
            except BillingUnavailableError as error:
                log.warning("billing_unavailable", extra={"fields": {"kind": error.kind}})
                raise ApiRefusal(503, "billing_unavailable", "Send it again.", retry_after_s=60) from None
        await gateway.database.run(lambda session: _finish(session, event, gateway.now()))
    gateway.metrics.webhooks.labels("yes" if done else "no").inc()
    log.info("webhook", extra={"fields": {"kind": event.kind, "again": done, "known": account_id is not None}})
    return JSONResponse({"received": True})


def _note(session: Session, event: BillingEvent, now_s: int) -> tuple[bool, str | None]:
    """Was it done before, and whose is it?"""
    row = session.get(StripeEvent, event.id)
    query = select(Account.id).where(Account.stripe_customer == event.customer)
    account_id = session.scalars(query).one_or_none() if event.customer else None
    if row is None and account_id is not None:
        session.add(StripeEvent(id=event.id, kind=event.kind, customer=event.customer, received_at=now_s, done_at=0))
    return row is not None and row.done_at > 0, account_id


def _finish(session: Session, event: BillingEvent, now_s: int) -> None:
    if (row := session.get(StripeEvent, event.id)) is not None:
        row.done_at = now_s
