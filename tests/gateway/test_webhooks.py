"""Stripe's news: verified by its own library, counted once, and right whatever their order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from assistant.gateway.billing import Paid, Payments, due
from assistant.gateway.gateway import Gateway
from assistant.gateway.models import Account, Plan, Subscription
from assistant.gateway.payments import apply, ask, synchronize
from assistant.gateway.settings import GatewaySettings
from tests.gateway.person import Clock, Device, Person
from tests.gateway.serving import served
from tests.gateway.stripe_standin import KEY, WEBHOOK_SECRET, Stripe, event, signature

pytestmark = pytest.mark.contract
DAY_S = 86_400


@pytest.fixture
def stripe() -> Stripe:
    return Stripe()


@pytest.fixture
def settings(stripe: Stripe, tmp_path: Path) -> Iterator[GatewaySettings]:
    files = {"key_file": (tmp_path / "key", KEY), "webhook_secret_file": (tmp_path / "whsec", WEBHOOK_SECRET)}
    for file, text in files.values():
        file.write_text(text, encoding="utf-8")
        file.chmod(0o600)
    with served(stripe.app()) as url:
        values = {name: file for name, (file, _) in files.items()}
        yield GatewaySettings.model_validate({"stripe": {**values, "api_base": url}})


@pytest.fixture
def customer(gateway: Gateway, stripe: Stripe, person: Person) -> str:
    """The person's customer at Stripe; two plans are for sale."""
    made = stripe._create_customer({"email": person.email})["id"]
    with gateway.database.transaction() as session:
        for plan, price in (("plus", "price_plus"), ("pro", "price_pro")):
            session.add(
                Plan(
                    id=plan, name=plan.title(), features=["chat"], chat_tokens=None, images=None,
                    requests_per_minute=60, at_once=4, amount_minor=500, currency="eur", interval="month",
                    stripe_price=price,
                )
            )  # fmt: skip
        account = session.get(Account, person.account_id)
        assert account is not None
        account.stripe_customer = made
    return str(made)


def send(client: TestClient, payload: bytes, **changes: Any) -> Any:
    headers = {"Stripe-Signature": signature(payload, **changes), "Content-Type": "application/json"}
    return client.post("/webhooks/stripe", content=payload, headers=headers)


def state(gateway: Gateway, person: Person) -> tuple[Any, ...] | None:
    with gateway.database.transaction() as session:
        row = session.get(Subscription, person.account_id)
        if row is None:
            return None
        return row.plan_id, row.paid_until, row.renews, row.stripe_subscription, tuple(row.features)


def test_from_checkout_to_entitlement(
    client: TestClient, gateway: Gateway, stripe: Stripe, device: Device, person: Person, customer: str, clock: Clock
) -> None:
    """A paid subscription reaches the device's token, with all features, more than ten of them."""
    end = int(clock()) + 30 * DAY_S
    stripe.features[customer] = [f"feature{number:02d}" for number in range(25)]
    made = stripe.subscribe(customer, "price_plus", int(clock()), end)
    assert 200 == send(client, event("customer.subscription.created", stripe.subscriptions[made])).status_code
    features = tuple(stripe.features[customer])
    assert ("plus", end, True, made, features) == state(gateway, person)
    answer = device.call("GET", "/v1/subscription").json()
    assert ("plus", "active", end, True) == tuple(answer[name] for name in ("plan", "state", "paid_until", "renews"))
    assert {"amount_minor": 500, "currency": "eur", "interval": "month"} == answer["price"]
    assert 3 == sum("active_entitlements" in path for path in stripe.requests)


def test_only_stripe_is_believed(client: TestClient, stripe: Stripe, customer: str) -> None:
    """Another secret, an old signature, a changed body, none, or no JSON: 400 and nothing asked."""
    payload = event("customer.created", stripe.customers[customer])
    assert 400 == send(client, payload, secret="whsec_other").status_code
    assert 400 == send(client, payload, at_s=1_000_000_000).status_code
    headers = {"Stripe-Signature": signature(payload)}
    assert 400 == client.post("/webhooks/stripe", content=payload + b" ", headers=headers).status_code
    assert 400 == client.post("/webhooks/stripe", content=payload).status_code
    for broken in (b"{", b"[]", b"{}", b'{"object": "event"}', b"\xff"):
        assert 400 == send(client, broken).status_code, broken
    assert [] == stripe.requests


def test_an_event_counts_once(client: TestClient, stripe: Stripe, customer: str, clock: Clock) -> None:
    """Sent again it is answered with 200, and Stripe is not asked again."""
    made = stripe.subscribe(customer, "price_plus", int(clock()), int(clock()) + DAY_S)
    payload = event("customer.subscription.created", stripe.subscriptions[made])
    for _ in range(3):
        assert 200 == send(client, payload).status_code
    assert 1 == stripe.requests.count("GET /v1/subscriptions")


def test_while_stripe_is_down_nothing_counts(
    client: TestClient, gateway: Gateway, stripe: Stripe, person: Person, customer: str, clock: Clock
) -> None:
    """503, so that it is sent again; then it is done."""
    made = stripe.subscribe(customer, "price_plus", int(clock()), int(clock()) + DAY_S)
    payload = event("customer.subscription.created", stripe.subscriptions[made])
    stripe.down = True
    answer = send(client, payload)
    assert (503, "60", None) == (answer.status_code, answer.headers["retry-after"], state(gateway, person))
    stripe.down = False
    assert 200 == send(client, payload).status_code
    assert ("plus", made) == (state(gateway, person) or ())[::3]


def test_events_about_nobody_here(client: TestClient, stripe: Stripe, person: Person) -> None:
    """Other customers and kinds without one: 200, since sending them again would not help."""
    for kind, thing in (
        ("customer.subscription.updated", {"id": "sub_x", "object": "subscription", "customer": "cus_unknown"}),
        ("product.created", {"id": "prod_1", "object": "product"}),
        ("invoice.paid", {"id": "in_1", "object": "invoice", "customer": {"id": "cus_expanded", "object": "customer"}}),
        ("customer.deleted", {"id": "cus_gone", "object": "customer"}),
    ):
        assert 200 == send(client, event(kind, thing)).status_code
    assert [] == stripe.requests


def test_any_order_and_any_number_of_times_gives_the_same(
    client: TestClient, gateway: Gateway, stripe: Stripe, person: Person, customer: str, clock: Clock
) -> None:
    """A life of a subscription, its events shuffled, doubled, late and one lost: always what Stripe says last."""
    now = int(clock())
    steps: list[bytes] = []
    made = stripe.subscribe(customer, "price_plus", now, now + 30 * DAY_S, status="incomplete")
    row = stripe.subscriptions[made]
    for kind, change in (
        ("customer.subscription.created", {}),
        ("customer.subscription.updated", {"status": "active"}),
        ("customer.subscription.updated", {"cancel_at_period_end": True}),
        ("customer.subscription.updated", {"cancel_at_period_end": False}),
        ("customer.subscription.deleted", {"status": "canceled", "ended_at": now + 3 * DAY_S}),
    ):
        row.update(change)
        steps.append(event(kind, dict(row)))
    expected = ("plus", now + 3 * DAY_S, False, made, ())
    draw = random.Random(7)
    for _ in range(12):
        order = [*steps, *draw.sample(steps, 2)]
        draw.shuffle(order)
        del order[draw.randrange(len(order))]
        for payload in order:
            fresh = payload.replace(b'"evt_', b'"evt_' + str(draw.random())[2:8].encode(), 1)
            assert 200 == send(client, draw.choice((payload, fresh))).status_code
        assert expected == state(gateway, person)


def test_an_answer_that_came_late_does_not_win(
    gateway: Gateway, stripe: Stripe, person: Person, customer: str, clock: Clock
) -> None:
    """While the answer to one question is under way, a later one is asked, answered and applied: that one stands."""
    now = int(clock())
    made = stripe.subscribe(customer, "price_plus", now, now + 30 * DAY_S)

    async def overtaken() -> None:
        first = gateway.database.work(lambda session: ask(session, person.account_id))
        assert first is not None
        old = await gateway.billing.read(customer)
        stripe.subscriptions[made].update(status="canceled", ended_at=now + DAY_S)
        await synchronize(gateway, person.account_id)
        gateway.database.work(lambda session: apply(session, now, first, old))

    asyncio.run(overtaken())
    assert ("plus", now + DAY_S, False) == (state(gateway, person) or ())[:3]


def test_what_an_admin_granted_stays_where_it_lasts_longer(
    client: TestClient, gateway: Gateway, stripe: Stripe, person: Person, customer: str, clock: Clock
) -> None:
    now = int(clock())
    with gateway.database.transaction() as session:
        session.add(
            Subscription(
                account_id=person.account_id, plan_id="pro", source="manual", features=[], paid_until=now + 20 * DAY_S,
                renews=False, updated_at=now,
            )
        )  # fmt: skip
    made = stripe.subscribe(customer, "price_plus", now, now + 10 * DAY_S)
    send(client, event("customer.subscription.created", stripe.subscriptions[made]))
    assert "pro" == (state(gateway, person) or ("",))[0]
    stripe.subscriptions[made]["items"]["data"][0]["current_period_end"] = now + 40 * DAY_S
    send(client, event("customer.subscription.updated", stripe.subscriptions[made]))
    assert ("plus", now + 40 * DAY_S) == (state(gateway, person) or ())[:2]


def test_cancel_by_the_device(
    client: TestClient, gateway: Gateway, stripe: Stripe, device: Device, person: Person, customer: str, clock: Clock
) -> None:
    """It ends with what is paid; without a plan there is nothing to cancel; while Stripe is down nothing changes."""
    assert 409 == device.call("POST", "/v1/subscription/cancel").status_code
    made = stripe.subscribe(customer, "price_plus", int(clock()), int(clock()) + 5 * DAY_S)
    send(client, event("customer.subscription.created", stripe.subscriptions[made]))
    stripe.down = True
    answer = device.call("POST", "/v1/subscription/cancel")
    assert (503, "billing_unavailable") == (answer.status_code, answer.json()["error"]["code"])
    stripe.down = False
    answer = device.call("POST", "/v1/subscription/cancel").json()
    assert ("active", False) == (answer["state"], answer["renews"])
    assert stripe.subscriptions[made]["cancel_at_period_end"] is True
    assert 200 == device.call("POST", "/v1/subscription/cancel").status_code
    clock.advance(5 * DAY_S)
    assert "grace" == device.call("GET", "/v1/subscription").json()["state"]


def paid(number: int, status: str, start: int, end: int, **changes: Any) -> Paid:
    values = {"cancel_at_period_end": False, "cancel_at": 0, "ended_at": 0, **changes}
    return Paid(id=f"sub_{number}", status=status, prices=("price",), period_start=start, period_end=end, **values)


@pytest.mark.parametrize(
    ("subscription", "expected"),
    [
        (paid(1, "active", 10, 20), (20, True)),
        (paid(1, "trialing", 10, 20), (20, True)),
        (paid(1, "active", 10, 20, cancel_at_period_end=True), (20, False)),
        (paid(1, "active", 10, 20, cancel_at=15), (15, False)),
        (paid(1, "past_due", 10, 20), (10, True)),
        (paid(1, "unpaid", 10, 20), (10, False)),
        (paid(1, "canceled", 10, 20, ended_at=13), (13, False)),
        (paid(1, "canceled", 10, 20, ended_at=25), (20, False)),
        (paid(1, "incomplete", 10, 20), None),
        (paid(1, "incomplete_expired", 10, 20), None),
        (paid(1, "paused", 10, 20), None),
        (paid(1, "a_status_of_the_future", 10, 20), None),
    ],
)
def test_every_status_of_stripe(subscription: Paid, expected: tuple[int, bool] | None) -> None:
    """Until when it is paid, and whether it renews."""
    found = due(Payments(subscriptions=(subscription,), features=()), {"price": "plus"})
    assert expected == (found and (found.paid_until, found.renews))


@hypothesis_settings(max_examples=200)
@given(st.permutations([paid(number, "active", 0, 10 * number) for number in range(1, 6)]))
def test_the_order_of_a_list_does_not_matter(listed: list[Paid]) -> None:
    """Of several the one that is paid for longest."""
    found = due(Payments(subscriptions=tuple(listed), features=("b", "a", "a")), {"price": "plus"})
    assert found is not None
    assert ("sub_5", 50, ("a", "b")) == (found.subscription, found.paid_until, found.features)


def test_a_price_of_nobodys_plan_gives_nothing() -> None:
    assert None is due(Payments(subscriptions=(paid(1, "active", 0, 9),), features=("chat",)), {"other": "plus"})
