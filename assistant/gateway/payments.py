"""Brings an account to what the payment provider says about it now; the news of a webhook is only a reason to ask."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistant.gateway.billing import Due, Payments, due
from assistant.gateway.gateway import Gateway
from assistant.gateway.models import Account, Plan, Subscription

log = logging.getLogger("assistant.gateway")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question under way; a later one has a higher number."""

    account_id: str
    customer: str
    number: int


async def synchronize(gateway: Gateway, account_id: str) -> None:
    """Ask what the account has paid for and apply it, unless a later question was answered and applied meanwhile.

    Questions are numbered before they are asked. Whatever changes at the provider brings news of its own, whose
    question is asked after the change: so the newest answer is right, in whatever order news and answers come.

    Raises:
        BillingUnavailableError: the provider did not answer; nothing changed.
    """
    asked = await gateway.database.run(lambda session: ask(session, account_id))
    if asked is None:
        return
    payments = await gateway.billing.read(asked.customer)
    await gateway.database.run(lambda session: apply(session, gateway.now(), asked, payments))


def apply(session: Session, now_s: int, asked: Asked, payments: Payments) -> None:
    """Take this answer, unless that to a later question stands."""
    account = session.get(Account, asked.account_id, with_for_update=True)
    if account is None or account.applied >= asked.number or account.stripe_customer != asked.customer:
        return
    account.applied = asked.number
    plans = {plan.stripe_price: plan.id for plan in session.scalars(select(Plan)) if plan.stripe_price}
    unknown = [each.id for each in payments.subscriptions if not any(price in plans for price in each.prices)]
    if unknown:
        log.warning("price_without_plan", extra={"fields": {"subscriptions": len(unknown)}})
    _settle(session, asked.account_id, due(payments, plans), now_s)


def ask(session: Session, account_id: str) -> Asked | None:
    """Number a question; None where the account is no customer."""
    account = session.get(Account, account_id, with_for_update=True)
    if account is None or not account.stripe_customer:
        return None
    account.asked += 1
    return Asked(account_id=account_id, customer=account.stripe_customer, number=account.asked)


def _settle(session: Session, account_id: str, found: Due | None, now_s: int) -> None:
    """What an admin granted stays where it lasts longer."""
    row = session.get(Subscription, account_id)
    granted = row is not None and row.source == "manual"
    if found is None:
        if row is not None and not granted:
            session.delete(row)
        return
    if row is None:
        row = Subscription(account_id=account_id)
        session.add(row)
    elif granted and row.paid_until > found.paid_until:
        return
    row.plan_id, row.source, row.features = found.plan, "stripe", list(found.features)
    row.paid_until, row.renews, row.updated_at = found.paid_until, found.renews, now_s
    row.stripe_subscription = found.subscription
