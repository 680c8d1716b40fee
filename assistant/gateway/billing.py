"""What an account has paid for, out of what the payment provider says: pure, whatever the order of news."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """A subscription at Stripe. `status` and times as in its API; `ended_at` and `cancel_at`: 0 for none."""

    id: str
    status: str
    prices: tuple[str, ...]
    period_start: int
    period_end: int
    cancel_at_period_end: bool
    cancel_at: int
    ended_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Payments:
    """All of one customer, read at one moment."""

    subscriptions: tuple[Paid, ...]
    features: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What follows for the account."""

    subscription: str
    plan: str
    features: tuple[str, ...]
    paid_until: int
    renews: bool


def due(payments: Payments, plans: Mapping[str, str]) -> Due | None:
    """The subscription that is paid for longest, of those to one of our prices (price id -> plan id); None: none is."""
    found: list[tuple[int, str, Due]] = []
    for each in payments.subscriptions:
        plan = next((plans[price] for price in each.prices if price in plans), None)
        paid_until = _paid_until(each)
        if plan is not None and paid_until > 0:
            renews = each.status in ("active", "trialing", "past_due") and not (
                each.cancel_at_period_end or each.cancel_at
            )
            item = Due(
                subscription=each.id,
                plan=plan,
                features=tuple(sorted(set(payments.features))),
                paid_until=paid_until,
                renews=renews,
            )
            found.append((paid_until, each.id, item))
    return max(found)[2] if found else None


def _paid_until(paid: Paid) -> int:
    """Seconds since 1970; 0: nothing was ever paid. An unpaid period begins where the paid one ended."""
    if paid.status in ("active", "trialing"):
        return min(paid.period_end, paid.cancel_at) if paid.cancel_at else paid.period_end
    if paid.status in ("past_due", "unpaid"):
        return paid.period_start
    if paid.status == "canceled":
        return min(paid.ended_at, paid.period_end) if paid.ended_at else 0
    return 0


def in_order(prices: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(prices))
