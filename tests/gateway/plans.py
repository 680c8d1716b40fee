"""A plan for an account, as an admin or Stripe would have it in the database."""

from __future__ import annotations

from typing import Any

from assistant.gateway.gateway import Gateway
from assistant.gateway.models import Plan, Subscription

DAY_S = 86_400


def add_plan(gateway: Gateway, plan_id: str = "plus", **changes: Any) -> None:
    values: dict[str, Any] = {
        "name": plan_id.title(),
        "features": ["images", "chat"],
        "chat_tokens": None,
        "images": None,
        "requests_per_minute": 600,
        "at_once": 4,
        "amount_minor": 500,
        "currency": "eur",
        "interval": "month",
        "stripe_price": None,
        **changes,
    }
    with gateway.database.transaction() as session:
        session.merge(Plan(id=plan_id, **values))


def subscribe(gateway: Gateway, account_id: str, paid_until: int | None = None, **changes: Any) -> None:
    """To the plan plus, by hand, for thirty days."""
    values: dict[str, Any] = {
        "plan_id": "plus",
        "source": "manual",
        "features": [],
        "paid_until": gateway.now() + 30 * DAY_S if paid_until is None else paid_until,
        "renews": True,
        "updated_at": 0,
        **changes,
    }
    with gateway.database.transaction() as session:
        session.merge(Subscription(account_id=account_id, **values))
