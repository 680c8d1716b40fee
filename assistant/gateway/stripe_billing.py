"""Stripe through its official library: the only file that imports it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import stripe

from assistant.gateway.billing import Paid, Payments, in_order
from assistant.gateway.blocking import Blocking
from assistant.gateway.settings import StripeSettings, read_secret

R = TypeVar("R")
THREADS = 8
PAGE = 100
MAX_LISTED = 1000
"""A customer with more subscriptions or entitlements than this is not read to the end."""


class BillingUnavailableError(Exception):
    """Stripe cannot be reached, refuses, or is not set up; nothing was changed. `kind` is for the log."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class SignatureError(Exception):
    """Not sent by Stripe, or not JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingEvent:
    id: str
    kind: str
    customer: str


class StripeBilling:
    """Over one account at Stripe; every call but `event` is for the event loop and takes no thread of it.

    Raises:
        BillingUnavailableError: see there, by every call.
    """

    def __init__(self, settings: StripeSettings) -> None:
        self._secret = read_secret(settings.webhook_secret_file)
        self._blocking = Blocking(THREADS)
        self._client: stripe.StripeClient | None = None
        if key := read_secret(settings.key_file):
            self._client = stripe.StripeClient(
                key,
                base_addresses={"api": settings.api_base},
                http_client=stripe.RequestsClient(timeout=settings.timeout_s),
                max_network_retries=1,
            )

    @property
    def enabled(self) -> bool:
        return self._client is not None

    def event(self, payload: bytes, signature: str) -> BillingEvent:
        """Verify and parse what was sent to the webhook. Raises: SignatureError, BillingUnavailableError."""
        if self._client is None or not self._secret:
            raise BillingUnavailableError("not_set_up")
        try:
            event = self._client.construct_event(payload, signature, self._secret)
            thing = event.data.object.to_dict()
            about = thing.get("id") if thing.get("object") == "customer" else thing.get("customer")
            customer = about if isinstance(about, str) else (about or {}).get("id", "")
            found = BillingEvent(id=event.id, kind=event.type, customer=customer)
        except (stripe.SignatureVerificationError, ValueError, TypeError, AttributeError, LookupError):
            raise SignatureError from None
        if not all(isinstance(text, str) and len(text) <= 100 for text in (found.id, found.kind, found.customer)):
            raise SignatureError
        return found

    async def read(self, customer: str) -> Payments:
        """Everything that this customer has, page after page."""

        def call(client: stripe.StripeClient) -> Payments:
            try:
                listed = client.v1.subscriptions.list({"customer": customer, "status": "all", "limit": PAGE})
                subscriptions = [_paid(each.to_dict()) for each in _bounded(listed)]
                granted = client.v1.entitlements.active_entitlements.list({"customer": customer, "limit": PAGE})
                features = [each.lookup_key for each in _bounded(granted)]
            except stripe.InvalidRequestError as error:
                if error.code != "resource_missing":
                    raise
                return Payments(subscriptions=(), features=())
            return Payments(subscriptions=tuple(subscriptions), features=tuple(features))

        return await self._call(call)

    async def create_customer(self, account_id: str, email: str) -> str:
        """The id of the customer for this account; asked twice, it is the same one."""

        def call(client: stripe.StripeClient) -> str:
            made = client.v1.customers.create(
                {"email": email, "metadata": {"account": account_id}}, {"idempotency_key": f"customer-{account_id}"}
            )
            return made.id

        return await self._call(call)

    async def checkout(self, customer: str, price: str, back_to: str) -> str:
        """The address of a page of Stripe where this price is subscribed to."""

        def call(client: stripe.StripeClient) -> str:
            made = client.v1.checkout.sessions.create(
                {
                    "mode": "subscription",
                    "customer": customer,
                    "line_items": [{"price": price, "quantity": 1}],
                    "success_url": back_to,
                    "cancel_url": back_to,
                }
            )
            return made.url or back_to

        return await self._call(call)

    async def portal(self, customer: str, back_to: str) -> str:
        """The address of Stripe's page for payment methods and invoices."""
        return await self._call(
            lambda client: client.v1.billing_portal.sessions.create({"customer": customer, "return_url": back_to}).url
        )

    async def cancel(self, subscription: str) -> None:
        """It ends with what is paid."""
        await self._call(lambda client: client.v1.subscriptions.update(subscription, {"cancel_at_period_end": True}))

    async def forget(self, customer: str) -> None:
        """Cancel everything at once and delete the customer; one that is gone is no error."""

        def call(client: stripe.StripeClient) -> None:
            try:
                client.v1.customers.delete(customer)
            except stripe.InvalidRequestError as error:
                if error.code != "resource_missing":
                    raise

        await self._call(call)

    async def _call(self, call: Callable[[stripe.StripeClient], R]) -> R:
        client = self._client
        if client is None:
            raise BillingUnavailableError("not_set_up")
        try:
            return await self._blocking.run(call, client)
        except stripe.StripeError as error:
            raise BillingUnavailableError(type(error).__name__) from None


def _bounded(listed: Any) -> list[Any]:
    found = []
    for each in listed.auto_paging_iter():
        found.append(each)
        if len(found) >= MAX_LISTED:
            break
    return found


def _paid(subscription: dict[str, Any]) -> Paid:
    items = subscription["items"]["data"]
    return Paid(
        id=subscription["id"],
        status=subscription["status"],
        prices=in_order([item["price"]["id"] for item in items]),
        period_start=max((int(item["current_period_start"]) for item in items), default=0),
        period_end=max((int(item["current_period_end"]) for item in items), default=0),
        cancel_at_period_end=bool(subscription["cancel_at_period_end"]),
        cancel_at=int(subscription.get("cancel_at") or 0),
        ended_at=int(subscription.get("ended_at") or 0),
    )
