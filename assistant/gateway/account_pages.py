"""`/account`: what a person has here, and what they may do about it."""

from __future__ import annotations

import json
import time
from typing import Any

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from assistant.gateway.activation import remove_device
from assistant.gateway.attempts import PASSWORD_BY_ACCOUNT, count_wrong, locked_for
from assistant.gateway.described import GOES, PAGES
from assistant.gateway.forms import Told, form_body
from assistant.gateway.gateway import Gateway, gateway_of
from assistant.gateway.models import Account, Device, Plan
from assistant.gateway.page import (
    HEADERS,
    Visitor,
    cookie_name,
    go,
    need_visitor,
    read_page_form,
    render,
    visitor_of,
)
from assistant.gateway.passwords import MAX_CHARS, verify_password
from assistant.gateway.personal_data import delete_account, export
from assistant.gateway.refusals import PageRefusal
from assistant.gateway.stripe_billing import BillingUnavailableError
from assistant.gateway.subscription_api import cancel_plan, plan_of
from assistant.gateway.usage_api import usage_of

router = APIRouter(tags=["pages"], default_response_class=HTMLResponse, responses=PAGES)
_OWN: dict[str, Told] = {"form_token": "of the page"}


@router.get("/account")
async def account_page(request: Request) -> Response:
    """Plan, usage, devices, data."""
    gateway, visitor = gateway_of(request), await visitor_of(request)
    if visitor is None:
        return go("/login?next=%2Faccount")
    shown = await gateway.database.run(lambda session: _shown(session, gateway, visitor.account))
    return render(request, "account.html", visitor=visitor, can_pay=gateway.billing.enabled, **shown)


@router.post("/account/devices/remove", **GOES, openapi_extra=form_body({"device_id": "of the page", **_OWN}))
async def remove_device_page(request: Request) -> Response:
    """The device loses its token at once, and what the plan allows when its entitlement runs out."""
    gateway, visitor = gateway_of(request), await need_visitor(request)
    fields = await read_page_form(request, visitor)

    def remove(session: Session) -> None:
        device = session.get(Device, fields.get("device_id", ""))
        if device is not None and device.account_id == visitor.account.id:
            remove_device(session, device, gateway.settings.accounts.terms, gateway.now())

    await gateway.database.run(remove)
    return go("/account")


@router.post("/account/subscribe", **GOES, openapi_extra=form_body({"plan": "id of a plan", **_OWN}))
async def subscribe(request: Request) -> Response:
    """To Stripe's page where the plan is paid (Checkout)."""
    gateway, visitor = gateway_of(request), await need_visitor(request)
    fields = await read_page_form(request, visitor)

    def price_of(session: Session) -> str | None:
        plan = session.get(Plan, fields.get("plan", ""))
        return plan.stripe_price if plan else None

    price = await gateway.database.run(price_of)
    if price is None:
        raise PageRefusal(400, "invalid_request", "There is no such plan.")
    try:
        customer = await _customer(gateway, visitor.account)
        return go(await gateway.billing.checkout(customer, price, f"{gateway.base_url}/account"))
    except BillingUnavailableError:
        raise _no_billing() from None


@router.post("/account/payment", **GOES, openapi_extra=form_body(_OWN))
async def payment(request: Request) -> Response:
    """To Stripe's page for payment methods and invoices (the customer portal)."""
    gateway, visitor = gateway_of(request), await need_visitor(request)
    await read_page_form(request, visitor)
    if not visitor.account.stripe_customer:
        return go("/account")
    try:
        return go(await gateway.billing.portal(visitor.account.stripe_customer, f"{gateway.base_url}/account"))
    except BillingUnavailableError:
        raise _no_billing() from None


@router.post("/account/cancel", **GOES, openapi_extra=form_body(_OWN))
async def cancel(request: Request) -> Response:
    """The plan ends with what is paid."""
    gateway, visitor = gateway_of(request), await need_visitor(request)
    await read_page_form(request, visitor)
    try:
        await cancel_plan(gateway, visitor.account.id)
    except BillingUnavailableError:
        raise _no_billing() from None
    return go("/account")


@router.post("/account/export", response_class=JSONResponse, openapi_extra=form_body(_OWN))
async def export_page(request: Request) -> Response:
    """All that is kept of the person, as one JSON file."""
    gateway, visitor = gateway_of(request), await need_visitor(request)
    await read_page_form(request, visitor)
    found = await gateway.database.run(lambda session: export(session, visitor.account.id))
    headers = {**HEADERS, "Content-Disposition": 'attachment; filename="account.json"'}
    return Response(json.dumps(found, indent=1), media_type="application/json", headers=headers)


@router.post("/account/delete", openapi_extra=form_body({"password": "the account's", **_OWN}))
async def delete_page(request: Request) -> Response:
    """Everything goes, at once; the password is asked for once more."""
    gateway, visitor = gateway_of(request), await need_visitor(request)
    fields = await read_page_form(request, visitor)
    await _check_password(gateway, visitor, fields.get("password", ""))
    try:
        await delete_account(gateway, visitor.account.id)
    except BillingUnavailableError:
        raise _no_billing() from None
    response = render(request, "deleted.html")
    response.delete_cookie(cookie_name(gateway))
    return response


async def _check_password(gateway: Gateway, visitor: Visitor, password: str) -> None:
    """Raises: PageRefusal: it is wrong, or was too often."""
    email = visitor.account.email

    def locked(session: Session) -> int:
        return locked_for(session, gateway.secret, PASSWORD_BY_ACCOUNT, email, gateway.clock())

    if wait_s := await gateway.database.run(locked):
        raise PageRefusal(429, "locked", "Too many wrong passwords. Wait a while.", retry_after_s=wait_s)
    fits = len(password) <= MAX_CHARS
    if not fits or not await gateway.passwords.run(verify_password, password, visitor.account.password):
        await gateway.database.run(
            lambda session: count_wrong(session, gateway.secret, PASSWORD_BY_ACCOUNT, email, gateway.clock())
        )
        raise PageRefusal(403, "wrong_password", "The password is wrong. Nothing was deleted.")


async def _customer(gateway: Gateway, account: Account) -> str:
    """The account's customer at Stripe, made when first needed. Raises: BillingUnavailableError."""
    if account.stripe_customer:
        return account.stripe_customer
    made = await gateway.billing.create_customer(account.id, account.email)

    def keep(session: Session) -> str:
        row = session.get(Account, account.id, with_for_update=True)
        if row is None:
            raise PageRefusal(401, "signed_out", "The account is gone.")
        row.stripe_customer = row.stripe_customer or made
        return row.stripe_customer

    return await gateway.database.run(keep)


def _no_billing() -> PageRefusal:
    return PageRefusal(503, "billing_unavailable", "The payment provider cannot be reached. Nothing was changed.")


def _shown(session: Session, gateway: Gateway, account: Account) -> dict[str, Any]:
    query = select(Device).where(Device.account_id == account.id).order_by(Device.created_at, Device.id)
    devices = [
        {"id": device.id, "name": device.name, "since": day(device.created_at), "seen": day(device.seen_at)}
        for device in session.scalars(query)
    ]
    plan, usage = plan_of(session, gateway, account.id), usage_of(session, account.id, gateway.clock())
    for_sale = [
        {"id": each.id, "name": each.name, "price": price_text(each)}
        for each in session.scalars(select(Plan).order_by(Plan.amount_minor, Plan.id))
        if each.stripe_price
    ]
    return {
        "devices": devices,
        "plan": {**plan, "until": day(plan["paid_until"])},
        "usage": {**usage, "resets": day(usage["resets_at"])},
        "for_sale": for_sale,
        "is_customer": bool(account.stripe_customer),
    }


def price_text(plan: Plan) -> str:
    """`5.00 EUR a month`."""
    if plan.amount_minor is None:
        return ""
    return f"{plan.amount_minor / 100:.2f} {plan.currency.upper()} a {plan.interval}"


def day(at_s: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(at_s))
