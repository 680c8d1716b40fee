"""What a plan allows at a moment, and the claims that tell a device so."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal

from joserfc import jwt
from joserfc.jwk import OKPKey

from assistant.gateway.models import Plan, Subscription

DAY_S = 86_400
HOLDS_S = 7 * DAY_S
REFRESH_AFTER_S = DAY_S
SAME_FOR_S = 20 * 3600
"""A token is handed out again for so long while nothing changed."""
PAID_GRACE_S = 14 * DAY_S
ISSUED_GRACE_S = 21 * DAY_S
AUDIENCE = "assistant-device"
TYPE = "entitlement+jwt"
NO_PLAN = "none"

State = Literal["none", "active", "grace"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an account stands at a moment. Without a plan all is empty."""

    state: State
    plan: str
    features: tuple[str, ...]
    paid_until: int
    renews: bool


NOTHING = Standing(state="none", plan=NO_PLAN, features=(), paid_until=0, renews=False)


def standing(subscription: Subscription | None, plan: Plan | None, now_s: float) -> Standing:
    """Active while paid, in grace for 14 days more, then nothing."""
    if subscription is None or plan is None or now_s >= subscription.paid_until + PAID_GRACE_S:
        return NOTHING
    return Standing(
        state="active" if now_s < subscription.paid_until else "grace",
        plan=plan.id,
        features=tuple(sorted({*plan.features, *subscription.features})),
        paid_until=subscription.paid_until,
        renews=subscription.renews,
    )


def claims(stand: Standing, device_id: str, jkt: str, issuer: str, now_s: int, jti: str) -> dict[str, Any]:
    """The claims of an entitlement, as docs/gateway.md lists them."""
    grace_until = 0 if stand.state == "none" else min(stand.paid_until + PAID_GRACE_S, now_s + ISSUED_GRACE_S)
    return {
        "iss": issuer,
        "sub": device_id,
        "aud": AUDIENCE,
        "iat": now_s,
        "nbf": now_s,
        "exp": min(now_s + HOLDS_S, grace_until) if grace_until else now_s + HOLDS_S,
        "jti": jti,
        "cnf": {"jkt": jkt},
        "state": stand.state,
        "plan": stand.plan,
        "features": list(stand.features),
        "paid_until": stand.paid_until,
        "grace_until": grace_until,
        "renews": stand.renews,
    }


def sign(values: dict[str, Any], kid: str, key: OKPKey) -> str:
    """A compact JWS of alg Ed25519 (RFC 9864)."""
    return jwt.encode({"alg": "Ed25519", "kid": kid, "typ": TYPE}, values, key, algorithms=["Ed25519"])


def fingerprint(stand: Standing, kid: str) -> str:
    """Changes when what a token says, but for its times, changes."""
    text = json.dumps([stand.state, stand.plan, stand.features, stand.paid_until, stand.renews, kid])
    return hashlib.sha256(text.encode()).hexdigest()
