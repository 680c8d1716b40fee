"""RFC 8628 from both sides: a device asks, a person decides, and every error of the RFC's table."""

from __future__ import annotations

from typing import Any

import pytest
from joserfc.jwk import OKPKey
from sqlalchemy import select
from starlette.testclient import TestClient

from assistant.gateway.gateway import Gateway
from assistant.gateway.models import Consent
from assistant.gateway.user_code import ALPHABET
from tests.gateway.person import BASE, GRANT_TYPE, Clock, Device, Person, proof_of, text_of

pytestmark = pytest.mark.contract


def error(answer: Any) -> tuple[int, str]:
    assert "no-store" == answer.headers["cache-control"]
    return answer.status_code, answer.json()["error"]


@pytest.fixture
def asking(client: TestClient, clock: Clock) -> Device:
    made = Device(client, clock)
    assert 200 == made.begin().status_code
    return made


def test_from_code_to_token(client: TestClient, clock: Clock, person: Person) -> None:
    """The whole way; the answers have the fields of the RFC."""
    device = Device(client, clock)
    begun = device.begin().json()
    assert {"expires_in": 900, "interval": 5} == {name: begun[name] for name in ("expires_in", "interval")}
    assert (f"{BASE}/activate", f"{BASE}/activate?user_code={begun['user_code']}") == (
        begun["verification_uri"],
        begun["verification_uri_complete"],
    )
    assert 9 == len(begun["user_code"]) and set(begun["user_code"]) <= {*ALPHABET, "-"}
    assert (400, "authorization_pending") == error(device.poll())
    assert "Kitchen is activated" in text_of(person.decide(begun["user_code"].lower().replace("-", " ")))
    clock.advance(5)
    answer = device.poll().json()
    assert ("DPoP", "assistant") == (answer["token_type"], answer["scope"])
    assert answer["device_id"].startswith("dev_")
    assert "Kitchen" in text_of(person.get("/account"))


def test_a_poll_too_soon_slows_down_for_good(asking: Device, clock: Clock) -> None:
    """Each hasty poll adds five seconds to the interval."""
    assert (400, "authorization_pending") == error(asking.poll())
    clock.advance(4.9)
    assert (400, "slow_down") == error(asking.poll())
    clock.advance(9.9)
    assert (400, "slow_down") == error(asking.poll())
    clock.advance(15)
    assert (400, "authorization_pending") == error(asking.poll())


def test_a_no_and_the_end_of_time(asking: Device, clock: Clock, person: Person) -> None:
    """access_denied after a no, expired_token after fifteen minutes, invalid_grant for a code that never was."""
    assert "turned away" in text_of(person.decide(asking.user_code, "deny"))
    assert (400, "access_denied") == error(asking.poll())
    other = Device(asking.client, clock)
    other.begin()
    clock.advance(899)
    assert (400, "authorization_pending") == error(other.poll())
    clock.advance(1)
    assert (400, "expired_token") == error(other.poll())
    page = person.post_form("/activate", "/activate", user_code=other.user_code)
    assert (400, True) == (page.status_code, "No device waits" in text_of(page))
    assert (400, "invalid_grant") == error(other.poll(device_code="nothing"))


def test_a_device_code_is_used_once(asking: Device, person: Person) -> None:
    """The second token of one code is refused."""
    person.decide(asking.user_code)
    asking.finish()
    assert (400, "invalid_grant") == error(asking.poll())
    page = person.post_form("/activate", "/activate", user_code=asking.user_code)
    assert 400 == page.status_code


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"grant_type": "password"}, (400, "unsupported_grant_type")),
        ({"grant_type": ""}, (400, "unsupported_grant_type")),
        ({"client_id": "another"}, (401, "invalid_client")),
        ({"device_code": ""}, (400, "invalid_request")),
    ],
)
def test_errors_of_the_token_request(asking: Device, fields: dict[str, str], expected: tuple[int, str]) -> None:
    """The codes of RFC 6749, section 5.2."""
    assert expected == error(asking.poll(**fields))


def test_missing_doubled_and_malformed_fields(client: TestClient, asking: Device) -> None:
    """invalid_request, whichever way a form is off."""
    form = "application/x-www-form-urlencoded"
    for body, kind in (
        ("grant_type=" + GRANT_TYPE, form),
        ("client_id=assistant-device&client_id=assistant-device", form),
        ("client_id=assistant-device&device_code=%00", form),
        ("client_id=%ff", form),
        ('{"client_id": "assistant-device"}', "application/json"),
        ("&".join(f"f{number}=1" for number in range(40)), form),
    ):
        answer = client.post("/oauth/token", content=body, headers={"content-type": kind})
        assert (400, "invalid_request") == error(answer), body


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"dpop_jkt": "short"}, (400, "invalid_request")),
        ({"device_name": "x" * 61}, (400, "invalid_request")),
        ({"scope": "everything"}, (400, "invalid_scope")),
        ({"client_id": "another"}, (401, "invalid_client")),
    ],
)
def test_errors_of_the_first_request(
    client: TestClient, clock: Clock, fields: dict[str, str], expected: tuple[int, str]
) -> None:
    assert expected == error(Device(client, clock).begin(**fields))


def test_proofs_that_prove_nothing(asking: Device, clock: Clock, person: Person) -> None:
    """None, of another key, of another request, old, used before, or not signed: no token."""
    person.decide(asking.user_code)
    thief = Device(asking.client, clock)
    good = {"jti": "0123456789abcdef", "htm": "POST", "htu": f"{BASE}/oauth/token", "iat": int(clock())}
    header = {"typ": "dpop+jwt", "alg": "Ed25519", "jwk": asking.key.as_dict(private=False)}
    bad = [
        "",
        "a.b.c",
        thief.proof("POST", "/oauth/token", with_token=False),
        asking.proof("GET", "/oauth/token", with_token=False),
        asking.proof("POST", "/oauth/revoke", with_token=False),
        asking.proof("POST", "/oauth/token", with_token=False, jti="short"),
        asking.proof("POST", "/oauth/token", with_token=False, jti=None),
        proof_of(header, good, thief.key),
        proof_of({**header, "typ": "JWT"}, good, asking.key),
        proof_of({**header, "jwk": asking.key.as_dict(private=True)}, good, asking.key),
        proof_of(header, good, asking.key)[:-4] + "AAAA",
        proof_of({"typ": "dpop+jwt", "alg": "Ed25519"}, good, asking.key),
        "x" * 3000,
    ]
    for proof in bad:
        assert (400, "invalid_dpop_proof") == error(asking.poll(proof=proof)), proof
    stale = asking.proof("POST", "/oauth/token", with_token=False, iat=int(clock()) - 301)
    assert (400, "use_dpop_nonce") == error(asking.poll(proof=stale))
    used = proof_of(header, good, asking.key)
    assert 200 == asking.poll(proof=used).status_code
    assert (400, "invalid_dpop_proof") == error(asking.poll(proof=used))


def test_alg_none_and_a_mac_with_the_public_key_are_no_proof(asking: Device, person: Person, clock: Clock) -> None:
    """The classic forgeries."""
    import base64
    import hmac
    import json

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    person.decide(asking.user_code)
    jwk = asking.key.as_dict(private=False)
    claims = {"jti": "0123456789abcdef", "htm": "POST", "htu": f"{BASE}/oauth/token", "iat": int(clock())}
    unsigned = f"{part({'typ': 'dpop+jwt', 'alg': 'none', 'jwk': jwk})}.{part(claims)}"
    assert (400, "invalid_dpop_proof") == error(asking.poll(proof=f"{unsigned}."))
    keyed = f"{part({'typ': 'dpop+jwt', 'alg': 'HS256', 'jwk': jwk})}.{part(claims)}"
    mac = hmac.digest(str(jwk["x"]).encode(), keyed.encode(), "sha256")
    signature = base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
    assert (400, "invalid_dpop_proof") == error(asking.poll(proof=f"{keyed}.{signature}"))


def test_a_board_without_a_clock_gets_a_nonce(asking: Device, person: Person) -> None:
    """A proof of 1970 is answered with a nonce, and taken with it."""
    person.decide(asking.user_code)
    first = asking.poll(proof=asking.proof("POST", "/oauth/token", with_token=False, iat=60))
    assert (400, "use_dpop_nonce") == error(first)
    nonce = first.headers["dpop-nonce"]
    again = asking.proof("POST", "/oauth/token", with_token=False, iat=61, nonce=nonce)
    assert 200 == asking.poll(proof=again).status_code


def test_an_old_or_made_up_nonce_is_not_taken(asking: Device, clock: Clock) -> None:
    """A nonce is good for ten minutes at most, and only the gateway makes one."""
    nonce = asking.poll(proof=asking.proof("POST", "/oauth/token", with_token=False, iat=60)).headers["dpop-nonce"]
    clock.advance(601)
    for bad in (nonce, nonce[:-1] + "x", "5.0", 7):
        proof = asking.proof("POST", "/oauth/token", with_token=False, nonce=bad)
        assert (400, "use_dpop_nonce") == error(asking.poll(proof=proof))


def test_the_person_sees_the_name_and_only_a_person_decides(asking: Device, person: Person) -> None:
    """Nobody who is signed out can confirm, and no other site can send the form."""
    shown = person.post_form("/activate", "/activate", user_code=asking.user_code)
    assert "calls itself Kitchen" in text_of(shown)
    stranger = Person(person.client, "nobody@example.org")
    assert 401 == stranger.post("/activate/decide", user_code=asking.user_code, decision="allow").status_code
    fields = {"user_code": asking.user_code, "decision": "allow"}
    assert 403 == person.post("/activate/decide", **fields).status_code
    assert 403 == person.post("/activate/decide", form_token="0" * 64, **fields).status_code
    assert 400 == person.post_form("/activate", "/activate/decide", user_code=asking.user_code).status_code
    assert (400, "authorization_pending") == error(asking.poll())


def test_a_name_is_shown_as_text(client: TestClient, clock: Clock, person: Person) -> None:
    """A device cannot write into the page."""
    device = Device(client, clock)
    device.begin(device_name="<script>alert(1)</script>")
    page = person.post_form("/activate", "/activate", user_code=device.user_code)
    assert "<script>" not in page.text
    assert "calls itself <script>alert(1)</script>" in text_of(page)


def test_a_yes_is_in_the_consent_log(device: Device, gateway: Gateway) -> None:
    """Who agreed to what, in which version, when; and that it was taken back."""
    assert (
        {} == device.client.post("/oauth/revoke", data={"client_id": "assistant-device", "token": device.token}).json()
    )
    with gateway.database.transaction() as session:
        rows = list(session.scalars(select(Consent).order_by(Consent.at, Consent.given.desc())))
    logged = sorted((row.kind, row.about, row.given) for row in rows)
    assert [("device", device.device_id, False), ("device", device.device_id, True), ("terms", "", True)] == logged


def test_revoking_an_unknown_token_is_no_error(client: TestClient) -> None:
    """RFC 7009, section 2.2."""
    answer = client.post("/oauth/revoke", data={"client_id": "assistant-device", "token": "nothing"})
    assert 200 == answer.status_code


def test_begin_is_limited_by_address(client: TestClient, clock: Clock) -> None:
    """Twenty a minute from one address, then wait."""
    device = Device(client, clock)
    answers = [device.begin() for _ in range(21)]
    assert [200] * 20 + [429] == [answer.status_code for answer in answers]
    assert ("temporarily_unavailable", "3") == (answers[-1].json()["error"], answers[-1].headers["retry-after"])
    clock.advance(3)
    assert 200 == device.begin().status_code


def test_guessing_codes_is_locked_out(client: TestClient, clock: Clock, person: Person, asking: Device) -> None:
    """After five wrong codes even the right one is refused, from this account; the lock doubles, restarts or not."""
    for _ in range(5):
        assert 400 == person.post_form("/activate", "/activate", user_code="BBBB-BBBB").status_code
    locked = person.post_form("/activate", "/activate", user_code=asking.user_code)
    assert (429, "900") == (locked.status_code, locked.headers["retry-after"])
    fresh = Device(client, clock)
    clock.advance(900)
    fresh.begin()
    assert 200 == person.post_form("/activate", "/activate", user_code=fresh.user_code).status_code
    for _ in range(5):
        person.post_form("/activate", "/activate", user_code="BBBB-BBBB")
    assert "1800" == person.post_form("/activate", "/activate", user_code=fresh.user_code).headers["retry-after"]


def test_guessing_from_one_address_with_many_accounts_is_locked_out(client: TestClient, gateway: Gateway) -> None:
    """A lock by address catches who makes a new account for every few guesses."""
    statuses = []
    for number in range(6):
        guesser = Person.known(client, gateway, f"g{number}@example.org")
        statuses += [guesser.post_form("/activate", "/activate", user_code="BBBB-BBBB").status_code for _ in range(4)]
    assert [400] * 20 + [429] * 4 == statuses


def test_metadata_names_the_endpoints(client: TestClient) -> None:
    """RFC 8414: what it names is there."""
    found = client.get("/.well-known/oauth-authorization-server").json()
    assert (BASE, [GRANT_TYPE]) == (found["issuer"], found["grant_types_supported"])
    for name in ("device_authorization_endpoint", "token_endpoint", "revocation_endpoint"):
        assert 405 == client.get(found[name].removeprefix(BASE)).status_code
    assert 200 == client.get(found["jwks_uri"].removeprefix(BASE)).status_code


def test_a_key_of_another_kind_is_no_device_key(asking: Device, clock: Clock) -> None:
    """Only Ed25519."""
    other = Device(asking.client, clock, OKPKey.generate_key("X25519"))
    header = {"typ": "dpop+jwt", "alg": "Ed25519", "jwk": other.key.as_dict(private=False)}
    proof = proof_of(header, {"jti": "0123456789abcdef"}, asking.key)
    assert (400, "invalid_dpop_proof") == error(asking.poll(proof=proof))
