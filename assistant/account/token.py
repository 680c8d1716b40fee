"""Checks an entitlement token: a compact JWS of alg Ed25519 by a key of the gateway, for this device's key alone."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from joserfc import jwt
from joserfc.errors import BadSignatureError, ExpiredTokenError, JoseError
from joserfc.jwk import OKPKey

from assistant.account.states import LEEWAY_S, Entitlement
from assistant.errors import AssistantError
from assistant.types import JsonDict

AUDIENCE = "assistant-device"
TYPE = "entitlement+jwt"
ALGORITHM = "Ed25519"
MAX_TOKEN_CHARS = 8_000
MAX_FEATURES = 64
MAX_NAME_CHARS = 60

TokenFault = Literal["malformed", "header", "unknown_key", "signature", "expired", "claims"]


class TokenError(AssistantError):
    """A token that gives nothing. `fault` says why; `unknown_key` alone may be mended by asking for the keys."""

    code = "entitlement"

    def __init__(self, fault: TokenFault) -> None:
        super().__init__("The proof of your plan is not valid.", fix="Try: assistant account refresh")
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Whose token it must be: of this gateway (`issuer`), for the device that holds the key of thumbprint `jkt`."""

    issuer: str
    jkt: str


def read_token(text: str, keys: Sequence[JsonDict], expected: Expected, now_s: float | None = None) -> Entitlement:
    """What the token says, all of it checked at the effective time `now_s`; one in grace passes.

    `keys` are the JWKs of the gateway. Without a time it is one that was accepted before and kept: its own times must
    fit together, and what they are worth now is for `states.py` to say.

    Raises:
        TokenError: it is forged, damaged, not for this device, not yet good, or over, grace included.
    """
    key = _key(_header(text), keys)
    try:
        claims = jwt.decode(text, key, algorithms=[ALGORITHM], decoder_cls=_StrictDecoder).claims
    except BadSignatureError:
        raise TokenError("signature") from None
    except (JoseError, ValueError, TypeError, RecursionError):
        raise TokenError("malformed") from None
    try:
        _Claims(expected, now_s, claims).validate(claims)
    except ExpiredTokenError:
        raise TokenError("expired") from None
    except (JoseError, KeyError, ValueError, TypeError, AttributeError, OverflowError):
        raise TokenError("claims") from None
    return Entitlement(
        device_id=claims["sub"],
        issued_s=claims["iat"],
        expires_s=claims["exp"],
        state=claims["state"],
        plan=claims["plan"],
        features=frozenset(claims["features"]),
        paid_until_s=claims["paid_until"],
        grace_until_s=claims["grace_until"],
        renews=claims["renews"],
    )


def thumbprint(public: JsonDict) -> str:
    """The RFC 7638 thumbprint of an Ed25519 JWK."""
    return OKPKey.import_key({name: public[name] for name in ("kty", "crv", "x")}).thumbprint()


class _Claims(jwt.JWTClaimsRegistry):
    """joserfc's registry with the claims of docs/gateway.md; every one of them must be there and fit."""

    def __init__(self, expected: Expected, now_s: float | None, claims: JsonDict) -> None:
        super().__init__(
            now=int(claims["iat"] if now_s is None else now_s),
            leeway=int(LEEWAY_S),
            iss={"essential": True, "value": expected.issuer},
            sub={"essential": True},
            aud={"essential": True, "value": AUDIENCE},
            iat={"essential": True},
            nbf={"essential": True},
            exp={"essential": True},
            jti={"essential": True},
            cnf={"essential": True},
            state={"essential": True, "values": ["none", "active", "grace"]},
            plan={"essential": True},
            features={"essential": True},
            paid_until={"essential": True},
            grace_until={"essential": True},
            renews={"essential": True},
        )
        self._jkt = expected.jkt
        self._all = claims

    def validate(self, claims: dict[str, Any]) -> None:
        super().validate(claims)
        self.check_value("state", claims["state"])
        if not isinstance(claims["state"], str) or claims["nbf"] != claims["iat"]:
            raise ValueError("state or nbf")

    def validate_exp(self, value: object) -> None:
        """Past `exp` it is in grace as long as `grace_until` lasts: `states.py` tells what that is worth."""
        grace = self._all["grace_until"]
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError("exp")
        super().validate_exp(max(value, grace) if isinstance(grace, int) else value)

    def validate_aud(self, value: object) -> None:
        if value != AUDIENCE:
            raise ValueError("aud")

    def validate_cnf(self, value: object) -> None:
        if not isinstance(value, dict) or value != {"jkt": self._jkt}:
            raise ValueError("cnf")

    def validate_plan(self, value: object) -> None:
        if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME_CHARS:
            raise ValueError("plan")

    def validate_features(self, value: object) -> None:
        fits = isinstance(value, list) and len(value) <= MAX_FEATURES
        if not fits or not all(isinstance(one, str) and 0 < len(one) <= MAX_NAME_CHARS for one in value):  # type: ignore[attr-defined]
            raise ValueError("features")

    def validate_paid_until(self, value: object) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise ValueError("paid_until or grace_until")

    validate_grace_until = validate_paid_until

    def validate_renews(self, value: object) -> None:
        if not isinstance(value, bool):
            raise ValueError("renews")


class _StrictDecoder(json.JSONDecoder):
    """Refuses what two readers may read differently: a name given twice, and numbers that are none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(object_pairs_hook=_once, parse_constant=_no_number)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _no_number(text: str) -> float:
    raise ValueError("no number")


def _header(text: str) -> JsonDict:
    """The header of exactly our form. Raises: TokenError."""
    parts = text.split(".")
    if len(text) > MAX_TOKEN_CHARS or len(parts) != 3 or not text.isascii():
        raise TokenError("malformed")
    try:
        raw = base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4))
        header = json.loads(raw, cls=_StrictDecoder)
    except (binascii.Error, ValueError, RecursionError):
        raise TokenError("malformed") from None
    if not isinstance(header, dict) or set(header) != {"alg", "kid", "typ"}:
        raise TokenError("header")
    if header["alg"] != ALGORITHM or header["typ"] != TYPE or not isinstance(header["kid"], str):
        raise TokenError("header")
    return header


def _key(header: JsonDict, keys: Sequence[JsonDict]) -> OKPKey:
    """The gateway's key of this name; it is compared, never looked up anywhere. Raises: TokenError."""
    for jwk in keys:
        if jwk.get("kid") == header["kid"] and jwk.get("kty") == "OKP" and jwk.get("crv") == ALGORITHM:
            try:
                return OKPKey.import_key({name: jwk[name] for name in ("kty", "crv", "x")})
            except (JoseError, KeyError, ValueError, TypeError):
                break
    raise TokenError("unknown_key")
