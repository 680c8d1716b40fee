"""All that is kept of a person: handed out whole, and deleted whole."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from assistant.gateway.attempts import CODE_BY_ACCOUNT, PASSWORD_BY_ACCOUNT, forgive
from assistant.gateway.gateway import Gateway
from assistant.gateway.models import (
    Account,
    Consent,
    Device,
    DeviceCode,
    SignIn,
    StripeEvent,
    Subscription,
    Use,
)

EXPORTED: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("sign_ins", SignIn, ("created_at", "expires_at")),
    ("devices", Device, ("id", "name", "jkt", "created_at", "seen_at", "entitlement", "entitlement_at")),
    ("activations", DeviceCode, ("device_id", "name", "state", "created_at", "expires_at")),
    (
        "subscription",
        Subscription,
        ("plan_id", "source", "features", "paid_until", "renews", "updated_at", "stripe_subscription"),
    ),
    ("consents", Consent, ("kind", "version", "about", "given", "at")),
    (
        "uses",
        Use,
        ("id", "device_id", "kind", "model", "state", "read_tokens", "written_tokens", "images", "at", "settled_at"),
    ),
)
"""Table by table what an export holds; hashes of secrets are left out, and what the gateway itself pays."""


def export(session: Session, account_id: str) -> dict[str, Any]:
    """Times are seconds since 1970 UTC."""
    account = session.get(Account, account_id)
    if account is None:
        return {}
    found: dict[str, Any] = {
        "account": {
            "id": account.id,
            "email": account.email,
            "created_at": account.created_at,
            "stripe_customer": account.stripe_customer,
        }
    }
    for name, table, columns in EXPORTED:
        rows = session.scalars(select(table).where(table.account_id == account_id))
        found[name] = [{column: getattr(row, column) for column in columns} for row in rows]
    events = session.scalars(select(StripeEvent).where(StripeEvent.customer == (account.stripe_customer or "-")))
    found["payment_events"] = [{"id": row.id, "kind": row.kind, "received_at": row.received_at} for row in events]
    return found


async def delete_account(gateway: Gateway, account_id: str) -> None:
    """At the payment provider first (everything ends at once there), then here, to the last row.

    Raises:
        BillingUnavailableError: the provider did not answer; nothing is deleted.
    """

    def customer_of(session: Session) -> str | None:
        account = session.get(Account, account_id)
        return account.stripe_customer if account else None

    customer = await gateway.database.run(customer_of)
    if customer:
        await gateway.billing.forget(customer)
    await gateway.database.run(lambda session: _delete(session, gateway, account_id))
    await gateway.database.scrubbed()


def _delete(session: Session, gateway: Gateway, account_id: str) -> None:
    account = session.get(Account, account_id)
    if account is None:
        return
    forgive(session, gateway.secret, PASSWORD_BY_ACCOUNT, account.email)
    forgive(session, gateway.secret, CODE_BY_ACCOUNT, account.id)
    if account.stripe_customer:
        session.execute(delete(StripeEvent).where(StripeEvent.customer == account.stripe_customer))
    session.execute(delete(Account).where(Account.id == account_id))
