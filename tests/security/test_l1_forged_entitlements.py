"""L1: whatever is forged, tampered with, over, or for another device gives nothing; and nothing else is touched."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from assistant.account.device import DeviceKey
from assistant.account.states import DAY_S
from assistant.account.token import Expected, TokenError, read_token
from tests.account.tokens import ISSUED_S, ISSUER, Signer, claims, plain, tampered

pytestmark = pytest.mark.contract

DEVICE, GATEWAY = DeviceKey.make(), Signer()
EXPECTED = Expected(issuer=ISSUER, jkt=DEVICE.jkt)
GOOD_HEADER = json.dumps({"alg": "Ed25519", "kid": "k1", "typ": "entitlement+jwt"})


def told(**changes: Any) -> dict[str, Any]:
    return claims(DEVICE, **changes)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in told().items() if key != name}


def public_bytes(encoding: Encoding, form: PublicFormat) -> bytes:
    return GATEWAY.key.public_key.public_bytes(encoding, form)


def hs256(secret: bytes) -> str:
    """By hand: no careful library signs with a public key."""
    header = json.dumps({"alg": "HS256", "kid": "k1", "typ": "entitlement+jwt"})
    signed = f"{plain(header.encode())}.{plain(json.dumps(told()).encode())}"
    return f"{signed}.{plain(hmac.digest(secret, signed.encode(), 'sha256'))}"


def unsigned(alg: str) -> str:
    header = {"alg": alg, "kid": "k1", "typ": "entitlement+jwt"}
    return f"{plain(json.dumps(header).encode())}.{plain(json.dumps(told()).encode())}."


def twice(name: str, first: str, second: str) -> str:
    """A good signature over claims in which a name stands twice."""
    text = json.dumps({key: value for key, value in told().items() if key != name})
    return GATEWAY.sign_raw(GOOD_HEADER, f'{text[:-1]}, "{name}": {first}, "{name}": {second}}}')


def bent(token: str) -> str:
    """One bit of the signature is another."""
    raw = bytearray(base64.urlsafe_b64decode(token.rpartition(".")[2] + "=="))
    raw[10] ^= 1
    return f"{token.rpartition('.')[0]}.{plain(bytes(raw))}"


FORGED: dict[str, tuple[str, Callable[[], str]]] = {
    "alg none": ("header", lambda: unsigned("none")),
    "alg None in another case": ("header", lambda: unsigned("nOnE")),
    "HS256 with the public key, raw": ("header", lambda: hs256(public_bytes(Encoding.Raw, PublicFormat.Raw))),
    "HS256 with the public key in PEM": (
        "header", lambda: hs256(public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)),
    ),
    "alg EdDSA": ("header", lambda: GATEWAY.sign_raw(GOOD_HEADER.replace('"Ed25519"', '"EdDSA"'), json.dumps(told()))),
    "a kid that is a path": ("unknown_key", lambda: GATEWAY.sign(told(), kid="../../../../dev/null")),
    "a kid that is an address": ("unknown_key", lambda: GATEWAY.sign(told(), kid="https://evil.example/k1")),
    "a kid that is SQL": ("unknown_key", lambda: GATEWAY.sign(told(), kid="x' OR '1'='1")),
    "no kid": ("header", lambda: GATEWAY.sign_raw('{"alg":"Ed25519","typ":"entitlement+jwt"}', json.dumps(told()))),
    "another typ": ("header", lambda: GATEWAY.sign(told(), typ="JWT")),
    "its own key in the header": ("header", lambda: _with_its_own_key()),
    "crit": ("header", lambda: GATEWAY.sign_raw(GOOD_HEADER[:-1] + ', "crit": ["exp"]}', json.dumps(told()))),
    "jku": ("header", lambda: GATEWAY.sign_raw(GOOD_HEADER[:-1] + ', "jku": "https://evil.example"}', "{}")),
    "alg twice in the header": (
        "malformed", lambda: GATEWAY.sign_raw(GOOD_HEADER[:-1] + ', "alg": "Ed25519"}', json.dumps(told())),
    ),
    "another key under the same name": ("signature", lambda: Signer("k1").sign(told())),
    "one bit of the signature": ("signature", lambda: bent(GATEWAY.sign(told()))),
    "no signature": ("signature", lambda: GATEWAY.sign(told()).rpartition(".")[0] + "."),
    "more features": ("signature", lambda: tampered(GATEWAY.sign(told()), features=["chat", "everything"])),
    "a later end": ("signature", lambda: tampered(GATEWAY.sign(told()), exp=ISSUED_S + 10**9)),
    "features twice": ("malformed", lambda: twice("features", "[]", '["everything"]')),
    "exp twice": ("malformed", lambda: twice("exp", str(ISSUED_S + 1), str(ISSUED_S + 10**6))),
    "cnf twice": ("malformed", lambda: twice("cnf", '{"jkt": "x"}', json.dumps({"jkt": DEVICE.jkt}))),
    "jkt twice": ("malformed", lambda: twice("aud", '"x"', '"assistant-device"')),
    "over, grace included": ("expired", lambda: GATEWAY.sign(told(issued_s=ISSUED_S - int(22 * DAY_S)))),
    "over, exp and grace in the past": (
        "expired", lambda: GATEWAY.sign(told(exp=ISSUED_S - 400, grace_until=ISSUED_S - 400)),
    ),
    "exp NaN": ("malformed", lambda: GATEWAY.sign_raw(GOOD_HEADER, json.dumps(told(exp=float("nan"))))),
    "exp infinite": ("malformed", lambda: GATEWAY.sign_raw(GOOD_HEADER, json.dumps(told(exp=float("inf"))))),
    "exp as text": ("claims", lambda: GATEWAY.sign(told(exp="4102444800"))),
    "exp true": ("claims", lambda: GATEWAY.sign(told(exp=True))),
    "nbf in the future": ("claims", lambda: GATEWAY.sign(told(nbf=ISSUED_S + 3600))),
    "all of it in the future": ("claims", lambda: GATEWAY.sign(told(issued_s=ISSUED_S + int(DAY_S)))),
    "another device": ("claims", lambda: GATEWAY.sign(claims(DeviceKey.make()))),
    "no device": ("claims", lambda: GATEWAY.sign(without("cnf"))),
    "a device and something else": ("claims", lambda: GATEWAY.sign(told(cnf={"jkt": DEVICE.jkt, "kid": "x"}))),
    "another gateway": ("claims", lambda: GATEWAY.sign(told(iss="https://other.example"))),
    "another audience": ("claims", lambda: GATEWAY.sign(told(aud="somebody-else"))),
    "several audiences": ("claims", lambda: GATEWAY.sign(told(aud=["assistant-device", "somebody-else"]))),
    "an unknown state": ("claims", lambda: GATEWAY.sign(told(state="forever"))),
    "a state that is a list": ("claims", lambda: GATEWAY.sign(told(state=["active"]))),
    "features that are no list": ("claims", lambda: GATEWAY.sign(told(features="chat"))),
    "features that are no texts": ("claims", lambda: GATEWAY.sign(told(features=[{"chat": True}]))),
    "a thousand features": ("claims", lambda: GATEWAY.sign(told(features=[f"f{n}" for n in range(200)]))),
    "a plan that is a number": ("claims", lambda: GATEWAY.sign(told(plan=1))),
    "paid until text": ("claims", lambda: GATEWAY.sign(told(paid_until="x"))),
    "grace until true": ("claims", lambda: GATEWAY.sign(told(grace_until=True))),
    "renews as a number": ("claims", lambda: GATEWAY.sign(told(renews=1))),
    **{f"no {name}": ("claims", lambda name=name: GATEWAY.sign(without(name))) for name in told()},
    "claims that are a list": ("malformed", lambda: GATEWAY.sign_raw(GOOD_HEADER, "[]")),
    "claims that are no JSON": ("malformed", lambda: GATEWAY.sign_raw(GOOD_HEADER, "{]")),
    "deep claims": ("malformed", lambda: GATEWAY.sign_raw(GOOD_HEADER, "[" * 5000)),
    "a deep header": ("malformed", lambda: GATEWAY.sign_raw("[" * 3000, json.dumps(told()))),
    "far too long": ("malformed", lambda: GATEWAY.sign(told(plan="x" * 9000))),
    "empty": ("malformed", lambda: ""),
    "two parts": ("malformed", lambda: "a.b"),
    "five parts, as when encrypted": ("malformed", lambda: "a.b.c.d.e"),
    "no letters of base64": ("malformed", lambda: "!!.??.//"),
    "letters of another script": ("malformed", lambda: "é.é.é"),
}  # fmt: skip


def _with_its_own_key() -> str:
    forger = Signer("k1")
    header = json.loads(GOOD_HEADER) | {"jwk": {name: forger.jwk[name] for name in ("kty", "crv", "x")}}
    return forger.sign_raw(json.dumps(header), json.dumps(told()))


@pytest.mark.parametrize("name", FORGED)
def test_l1_a_forged_token_gives_nothing(name: str) -> None:
    """Each is refused for its own reason, when it comes and when it lies on the disk already."""
    fault, forge = FORGED[name]
    token = forge()
    with pytest.raises(TokenError) as refused:
        read_token(token, [GATEWAY.jwk], EXPECTED, ISSUED_S + 60)
    assert fault == refused.value.fault
    if fault not in ("expired",) and name != "all of it in the future":
        with pytest.raises(TokenError):
            read_token(token, [GATEWAY.jwk], EXPECTED)


def test_l1_the_real_one_passes() -> None:
    """Else the table above would prove nothing."""
    found = read_token(GATEWAY.sign(told()), [GATEWAY.jwk], EXPECTED, ISSUED_S + 60)
    assert ("plus", {"chat", "images"}, "d-1", True) == (found.plan, found.features, found.device_id, found.renews)
    assert ISSUED_S + 7 * DAY_S == found.valid_until_s
    nothing = told(state="none", features=[], plan="none", paid_until=0, grace_until=0, renews=False)
    assert "none" == read_token(GATEWAY.sign(nothing), [GATEWAY.jwk], EXPECTED, ISSUED_S + 60).state


@pytest.mark.parametrize(
    "keys",
    [
        [],
        [{"kid": "k1"}],
        [{"kid": "k1", "kty": "oct", "k": "AAAA"}],
        [{"kid": "k1", "kty": "OKP", "crv": "Ed25519", "x": "AAAA"}],
        [{"kid": "k1", "kty": "OKP", "crv": "X25519", "x": "A" * 43}],
        [{"kid": "k1", "kty": "OKP", "crv": "Ed25519", "x": 5}],
    ],
)
def test_l1_keys_that_are_none_open_nothing(keys: list[dict[str, Any]]) -> None:
    """Whatever stands in the set of keys."""
    with pytest.raises(TokenError):
        read_token(GATEWAY.sign(told()), keys, EXPECTED, ISSUED_S + 60)
