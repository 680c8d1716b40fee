"""Entitlements: what a token says, when it changes, who signed it, and who gets none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import KeySet

from assistant.gateway import signing
from assistant.gateway.entitlement import DAY_S, NOTHING, claims, standing
from assistant.gateway.gateway import Gateway
from assistant.gateway.models import Device as DeviceRow
from assistant.gateway.models import Plan, Subscription
from assistant.gateway.tidy import tidy
from tests.gateway.person import BASE, Clock, Device, Person

pytestmark = pytest.mark.contract


def subscribe(gateway: Gateway, device: Device, paid_until: int, *, renews: bool = True) -> None:
    with gateway.database.transaction() as session:
        if session.get(Plan, "plus") is None:
            session.add(
                Plan(
                    id="plus", name="Plus", features=["images", "chat"], chat_tokens=None, images=None,
                    requests_per_minute=60, at_once=4, amount_minor=500, currency="eur", interval="month",
                    stripe_price=None,
                )
            )  # fmt: skip
            session.flush()
        row = session.get(DeviceRow, device.device_id)
        assert row is not None
        session.merge(
            Subscription(
                account_id=row.account_id, plan_id="plus", source="manual", features=["recipes"],
                paid_until=paid_until, renews=renews, updated_at=0,
            )
        )  # fmt: skip


def read(device: Device) -> tuple[dict[str, object], dict[str, object]]:
    """Header and claims of the newest entitlement, checked with the published keys."""
    answer = device.call("GET", "/v1/entitlement")
    assert 200 == answer.status_code, answer.text
    keys = KeySet.import_key_set(device.client.get("/.well-known/jwks.json").json())
    token = jwt.decode(answer.json()["entitlement"], keys, algorithms=["Ed25519"])
    return token.header, token.claims


def test_without_a_plan(device: Device, clock: Clock) -> None:
    """Signed all the same: state none, nothing allowed, a week."""
    header, found = read(device)
    now_s = int(clock())
    assert ("Ed25519", "entitlement+jwt") == (header["alg"], header["typ"])
    assert {
        "iss": BASE, "sub": device.device_id, "aud": "assistant-device", "iat": now_s, "nbf": now_s,
        "exp": now_s + 7 * DAY_S, "cnf": {"jkt": device.jkt}, "state": "none", "plan": "none", "features": [],
        "paid_until": 0, "grace_until": 0, "renews": False,
    } == {name: value for name, value in found.items() if name != "jti"}  # fmt: skip


def test_with_a_plan(device: Device, clock: Clock, gateway: Gateway) -> None:
    """Plan, the features of plan and subscription in order, and how long all that holds."""
    now_s = int(clock())
    subscribe(gateway, device, now_s + 30 * DAY_S)
    _, found = read(device)
    assert ("active", "plus", ["chat", "images", "recipes"], True) == (
        found["state"], found["plan"], found["features"], found["renews"],
    )  # fmt: skip
    assert (now_s + 30 * DAY_S, now_s + 21 * DAY_S, now_s + 7 * DAY_S) == (
        found["paid_until"], found["grace_until"], found["exp"],
    )  # fmt: skip


def test_grace_then_nothing(device: Device, clock: Clock, gateway: Gateway) -> None:
    """Fourteen days after what is paid, and never longer."""
    paid_until = int(clock()) + 3 * DAY_S
    subscribe(gateway, device, paid_until, renews=False)
    clock.now_s = paid_until
    assert ("grace", paid_until + 14 * DAY_S) == (read(device)[1]["state"], read(device)[1]["grace_until"])
    clock.now_s = paid_until + 10 * DAY_S
    assert paid_until + 14 * DAY_S == read(device)[1]["exp"]
    clock.now_s = paid_until + 14 * DAY_S
    assert ("none", "none", []) == tuple(read(device)[1][name] for name in ("state", "plan", "features"))


@given(paid=st.integers(-60, 60), later_s=st.integers(0, 60 * DAY_S), issued=st.integers(1_000_000_000, 2_000_000_000))
def test_no_token_outlives_its_grace(paid: int, later_s: int, issued: int) -> None:
    """Over all times: exp <= grace_until <= min(paid + 14 d, issued + 21 d), and nothing after the grace."""
    paid_until = issued + paid * DAY_S
    subscription = Subscription(plan_id="p", features=[], paid_until=paid_until, renews=True)
    plan = Plan(id="p", features=["chat"])
    stand = standing(subscription, plan, issued + later_s)
    found = claims(stand, "dev", "jkt", BASE, issued + later_s, "jti")
    if issued + later_s >= paid_until + 14 * DAY_S:
        assert stand == NOTHING
        return
    assert found["exp"] <= found["grace_until"]
    assert found["grace_until"] == min(paid_until + 14 * DAY_S, found["iat"] + 21 * DAY_S)
    assert found["iat"] < found["exp"] <= found["iat"] + 7 * DAY_S


def test_the_same_token_until_something_changes(device: Device, clock: Clock, gateway: Gateway) -> None:
    """304 for twenty hours, then a new one; at once when the plan changes."""
    first = device.call("GET", "/v1/entitlement")
    etag = first.headers["etag"]
    clock.advance(19 * 3600)
    again = device.call("GET", "/v1/entitlement", headers={"If-None-Match": etag})
    assert (304, b"") == (again.status_code, again.content)
    assert first.content == device.call("GET", "/v1/entitlement").content
    subscribe(gateway, device, int(clock()) + DAY_S)
    changed = device.call("GET", "/v1/entitlement", headers={"If-None-Match": f'"other", W/{etag}'})
    assert (200, "active") == (changed.status_code, changed.json()["state"])
    clock.advance(20 * 3600)
    assert 200 == device.call("GET", "/v1/entitlement", headers={"If-None-Match": changed.headers["etag"]}).status_code


def test_calls_that_prove_nothing(device: Device, clock: Clock) -> None:
    """No token, a bearer token, a thief's key, another request's proof, a proof again: 401 and no entitlement."""
    thief = Device(device.client, clock)
    thief.token = device.token
    proof = device.headers("GET", "/v1/entitlement")
    assert 200 == device.client.get("/v1/entitlement", headers=proof).status_code
    cases = {
        "invalid_token": [
            {},
            {"Authorization": f"Bearer {device.token}"},
            {**device.headers("GET", "/v1/entitlement"), "Authorization": "DPoP unknown"},
            {"Authorization": f"DPoP {'x' * 300}"},
        ],
        "invalid_dpop_proof": [
            {"Authorization": f"DPoP {device.token}"},
            thief.headers("GET", "/v1/entitlement"),
            device.headers("GET", "/v1/usage"),
            device.headers("POST", "/v1/entitlement"),
            device.headers("GET", "/v1/entitlement", ath="x"),
            device.headers("GET", "/v1/entitlement", ath=None),
            proof,
        ],
        "use_dpop_nonce": [device.headers("GET", "/v1/entitlement", iat=int(clock()) + 301)],
    }
    for code, all_headers in cases.items():
        for headers in all_headers:
            answer = device.client.get("/v1/entitlement", headers=headers)
            assert (401, code) == (answer.status_code, answer.json()["error"]["code"])
            assert f'DPoP error="{code}"' in answer.headers["www-authenticate"]
    nonce = answer.headers["dpop-nonce"]
    late = device.headers("GET", "/v1/entitlement", iat=0, nonce=nonce)
    assert 200 == device.client.get("/v1/entitlement", headers=late).status_code


def test_a_removed_device_is_told_so(device: Device, person: Person) -> None:
    """Taken away on the account page: 401 invalid_token from then on."""
    person.post_form("/account", "/account/devices/remove", device_id=device.device_id)
    answer = device.call("GET", "/v1/entitlement")
    assert (401, "invalid_token") == (answer.status_code, answer.json()["error"]["code"])


def test_nobody_removes_the_device_of_another(device: Device, gateway: Gateway) -> None:
    other = Person.known(device.client, gateway, "eve@example.org")
    other.post_form("/activate", "/account/devices/remove", device_id=device.device_id)
    assert 200 == device.call("GET", "/v1/entitlement").status_code


def kids(device: Device) -> list[str]:
    return [key["kid"] for key in device.client.get("/.well-known/jwks.json").json()["keys"]]


def test_rotation_never_leaves_a_token_without_its_key(device: Device, clock: Clock, gateway: Gateway) -> None:
    """The new key is published a day before it signs; the old one goes when its last grace is over."""
    old = read(device)[0]["kid"]
    with gateway.database.transaction() as session:
        new = signing.rotate(session, gateway.secret, gateway.now())
    clock.advance(60)
    assert ([old, new], old) == (kids(device), read(device)[0]["kid"])
    clock.advance(DAY_S)
    assert new == read(device)[0]["kid"]
    clock.advance(20 * DAY_S)
    gateway.database.work(lambda session: tidy(session, gateway))
    assert [old, new] == kids(device)
    clock.advance(3 * DAY_S)
    gateway.database.work(lambda session: tidy(session, gateway))
    assert [new] == kids(device)


def test_a_key_is_rotated_by_itself_after_ninety_days(device: Device, clock: Clock, gateway: Gateway) -> None:
    first = kids(device)
    clock.advance(90 * DAY_S)
    gateway.database.work(lambda session: tidy(session, gateway))
    assert (2, first[0]) == (len(kids(device)), read(device)[0]["kid"])
    clock.advance(DAY_S)
    assert first[0] != read(device)[0]["kid"]


def test_a_revoked_key_is_gone_at_once(device: Device, clock: Clock, gateway: Gateway) -> None:
    """The device's token is signed anew by the next key."""
    old = read(device)[0]["kid"]
    with gateway.database.transaction() as session:
        new = signing.rotate(session, gateway.secret, gateway.now(), at_once=True)
        assert signing.revoke(session, str(old))
    clock.advance(31)
    assert ([new], new) == (kids(device), read(device)[0]["kid"])


def test_the_key_set_has_an_etag_and_no_private_part(device: Device) -> None:
    answer = device.client.get("/.well-known/jwks.json")
    (key,) = answer.json()["keys"]
    assert {"kty", "crv", "x", "kid", "alg", "use"} == set(key)
    assert "public, max-age=3600" == answer.headers["cache-control"]
    etag = answer.headers["etag"]
    assert 304 == device.client.get("/.well-known/jwks.json", headers={"If-None-Match": etag}).status_code
