"""Entitlements as a gateway signs them, and as forgers do."""

from __future__ import annotations

import base64
import json
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey

from assistant.account.device import DeviceKey
from assistant.account.kept import Held
from assistant.account.licence import KEY, TOKEN, Licence
from assistant.account.states import DAY_S, HOLDS_S, ISSUED_GRACE_S, PAID_GRACE_S

ISSUER = "https://plans.example"
ISSUED_S = 1_800_000_000


def plain(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Signer:
    """A gateway's key."""

    def __init__(self, kid: str = "k1") -> None:
        self.kid = kid
        self.key = OKPKey.generate_key("Ed25519")

    @property
    def jwk(self) -> dict[str, Any]:
        public = self.key.as_dict(private=False)
        return {**{name: public[name] for name in ("kty", "crv", "x")}, "kid": self.kid, "alg": "Ed25519", "use": "sig"}

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        told = {"alg": "Ed25519", "kid": self.kid, "typ": "entitlement+jwt", **header}
        return jwt.encode(told, claims, self.key, algorithms=["Ed25519"])

    def sign_raw(self, header: str, payload: str) -> str:
        """Any JSON text as header and payload, with a good signature."""
        signed = f"{plain(header.encode())}.{plain(payload.encode())}"
        secret = self.key.private_key
        assert secret is not None
        return f"{signed}.{plain(secret.sign(signed.encode()))}"  # type: ignore[call-arg]


def claims(device: DeviceKey, issued_s: int = ISSUED_S, paid_days: float = 30, **changes: Any) -> dict[str, Any]:
    """What a gateway tells a device whose account has paid for so many days."""
    paid = issued_s + int(paid_days * DAY_S)
    grace = int(min(paid + PAID_GRACE_S, issued_s + ISSUED_GRACE_S))
    return {
        "iss": ISSUER, "sub": "d-1", "aud": "assistant-device", "iat": issued_s, "nbf": issued_s,
        "exp": int(min(issued_s + HOLDS_S, grace)), "jti": "j" * 20, "cnf": {"jkt": device.jkt}, "state": "active",
        "plan": "plus", "features": ["chat", "images"], "paid_until": paid, "grace_until": grace, "renews": True,
        **changes,
    }  # fmt: skip


def tampered(token: str, **changes: Any) -> str:
    """The same token with other claims, under the old signature."""
    header, payload, signature = token.split(".")
    told = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return f"{header}.{plain(json.dumps({**told, **changes}).encode())}.{signature}"


def plant(licence: Licence, signer: Signer, told: dict[str, Any], device: DeviceKey) -> None:
    """What lies on the disk of a device that was activated."""
    secrets = licence._secrets()
    secrets.write(KEY, device.text)
    secrets.write(TOKEN, "t0ken")
    token = signer.sign(told)
    licence._key, licence._looked_s = None, float("-inf")
    licence.store.hold(Held(issuer=licence.issuer, device_id=told["sub"], token=token, keys=(signer.jwk,)))
