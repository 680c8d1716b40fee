"""The account page: plan, usage, cancel, payment, and a person's data whole: handed out, and gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy
from starlette.testclient import TestClient

from assistant.gateway.gateway import Gateway
from assistant.gateway.models import Account, Base
from assistant.gateway.settings import GatewaySettings
from tests.gateway.person import PASSWORD, Clock, Device, Person, text_of
from tests.gateway.plans import add_plan, subscribe
from tests.gateway.stripe_standin import Stripe, event
from tests.gateway.test_webhooks import send, settings, stripe

pytestmark = pytest.mark.contract
__all__ = ["settings", "stripe"]
EMAIL = "planted.person@example.org"
NAME = "Planted bathroom speaker"


def test_without_a_plan_and_with_one(person: Person, gateway: Gateway) -> None:
    """What is there is shown; the price of a plan is, before it is bought."""
    assert "None. Everything that the device does by itself is free." in text_of(person.get("/account"))
    add_plan(gateway, stripe_price="price_plus", chat_tokens=1000)
    assert "Plus, 5.00 EUR a month" in text_of(person.get("/account"))
    subscribe(gateway, person.account_id)
    text = text_of(person.get("/account"))
    assert "Plus , paid until 2027-02-14" in text and "0 tokens 1000" in text
    assert 303 == person.post_form("/account", "/account/cancel").status_code
    assert "It ends then." in text_of(person.get("/account"))


def test_subscribe_and_pay_at_stripe(person: Person, gateway: Gateway, stripe: Stripe) -> None:
    """To Checkout with the account's own customer, made once; then to the portal."""
    add_plan(gateway, stripe_price="price_plus")
    for _ in range(2):
        answer = person.post_form("/account", "/account/subscribe", plan="plus")
        assert "https://checkout.stripe.com/c/pay/cs_1" == answer.headers["location"]
    ((customer, row),) = stripe.customers.items()
    assert (person.email, "price_plus") == (row["email"], stripe.sessions[0]["line_items[0][price]"])
    assert {customer} == {session["customer"] for session in stripe.sessions}
    answer = person.post_form("/account", "/account/payment")
    assert "https://billing.stripe.com/p/session/1" == answer.headers["location"]
    assert 400 == person.post_form("/account", "/account/subscribe", plan="none").status_code


def test_while_stripe_is_down(person: Person, gateway: Gateway, stripe: Stripe) -> None:
    """A sentence, and nothing changed."""
    add_plan(gateway, stripe_price="price_plus")
    stripe.down = True
    answer = person.post_form("/account", "/account/subscribe", plan="plus")
    assert (503, True) == (answer.status_code, "Nothing was changed" in text_of(answer))


def planted(client: TestClient, gateway: Gateway, stripe: Stripe, clock: Clock) -> tuple[Person, Device]:
    """A person with something in every table."""
    person = Person.sign_up(client, EMAIL)
    device = Device(client, clock)
    device.begin(device_name=NAME)
    person.decide(device.user_code)
    device.finish()
    device.call("GET", "/v1/entitlement")
    other = Device(client, clock)
    other.begin(device_name=f"{NAME} 2")
    person.decide(other.user_code)
    person.post_form("/activate", "/activate", user_code="BBBB-BBBB")
    add_plan(gateway, stripe_price="price_plus")
    person.post_form("/account", "/account/subscribe", plan="plus")
    (customer,) = stripe.customers
    made = stripe.subscribe(customer, "price_plus", int(clock()), int(clock()) + 86_400)
    assert 200 == send(client, event("customer.subscription.created", stripe.subscriptions[made])).status_code
    with gateway.database.transaction() as session:
        account = session.scalars(sqlalchemy.select(Account).where(Account.email == EMAIL)).one()
        person.account_id = account.id
        session.execute(
            sqlalchemy.text(
                "INSERT INTO uses (id, account_id, device_id, kind, model, state, read_tokens, written_tokens, images,"
                " cost_nano, instance, at, settled_at) VALUES ('req_planted', :account, :device, 'chat', 'm',"
                " 'counted', 1, 2, 0, 3, 'gw', :now, :now)"
            ),
            {"account": account.id, "device": device.device_id, "now": int(clock())},
        )
    return person, device


def rows(gateway: Gateway) -> dict[str, int]:
    with gateway.database.engine.connect() as connection:
        return {
            name: connection.execute(sqlalchemy.select(sqlalchemy.func.count()).select_from(table)).scalar_one()
            for name, table in Base.metadata.tables.items()
        }


def test_export_and_delete_leave_nothing_out_and_nothing_behind(
    client: TestClient, gateway: Gateway, stripe: Stripe, clock: Clock, tmp_path: Path
) -> None:
    """The file names everything that was planted; after the deletion no row and, in SQLite, no byte of it is left."""
    person, device = planted(client, gateway, stripe, clock)
    before = rows(gateway)
    assert [] == [name for name, count in before.items() if count == 0]
    exported = person.post_form("/account", "/account/export")
    assert 'attachment; filename="account.json"' == exported.headers["content-disposition"]
    found = json.loads(exported.text)
    assert (EMAIL, {NAME}) == (found["account"]["email"], {each["name"] for each in found["devices"]})
    assert [f"{NAME} 2"] == [each["name"] for each in found["activations"]]
    assert {"req_planted"} == {each["id"] for each in found["uses"]}
    assert 3 == len(found["consents"]) and 1 == len(found["payment_events"])
    for secret in ("scrypt$", device.token):
        assert secret not in exported.text
    wrong = person.post_form("/account", "/account/delete", password="not the password")
    assert (403, before) == (wrong.status_code, {**rows(gateway), "attempts": before["attempts"]})
    gone = person.post_form("/account", "/account/delete", password=PASSWORD)
    assert "are deleted" in text_of(gone)
    kept = {name for name, count in rows(gateway).items() if count}
    assert {"plans", "signing_keys", "attempts"} == kept
    with gateway.database.transaction() as session:
        for table in Base.metadata.tables.values():
            text = str(session.execute(sqlalchemy.select(table)).all())
            for trace in (
                EMAIL,
                NAME,
                person.account_id,
                device.device_id,
                device.jkt,
                *stripe.customers,
                "req_planted",
            ):
                assert trace not in text
    assert {} == stripe.customers
    if gateway.database.is_sqlite:
        data = b"".join(file.read_bytes() for file in tmp_path.glob("gateway.sqlite3*"))
        for trace in (EMAIL, NAME, person.account_id, device.device_id, device.jkt, "req_planted"):
            assert trace.encode() not in data, trace
    assert 401 == device.call("GET", "/v1/entitlement").status_code
    assert 303 == person.get("/account").status_code


def test_while_stripe_is_down_nothing_is_deleted(
    client: TestClient, gateway: Gateway, stripe: Stripe, clock: Clock
) -> None:
    """Else the person would go on paying."""
    person, device = planted(client, gateway, stripe, clock)
    stripe.down = True
    assert 503 == person.post_form("/account", "/account/delete", password=PASSWORD).status_code
    assert 200 == device.call("GET", "/v1/entitlement").status_code


def test_settings_are_used(settings: GatewaySettings, gateway: Gateway) -> None:
    """The tests above speak to the stand-in, not to Stripe."""
    assert gateway.billing.enabled and settings.stripe.api_base.startswith("http://127.0.0.1:")
