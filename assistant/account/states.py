"""What a licence is worth at a moment; pure.

none --activation--> active --1 d--> refresh due --7 d--> grace --min(paid + 14 d, issued + 21 d)--> expired
                       ^--------- a new entitlement ---------'
any of them --the gateway does not know the device any more--> revoked
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from assistant.types import JsonDict

State = Literal["none", "active", "refresh_due", "grace", "expired", "revoked"]

DAY_S = 86_400.0
REFRESH_AFTER_S = DAY_S
HOLDS_S = 7 * DAY_S
PAID_GRACE_S = 14 * DAY_S
ISSUED_GRACE_S = 21 * DAY_S
LEEWAY_S = 300.0
"""How far a device's clock may be behind the gateway's."""
USABLE: frozenset[State] = frozenset({"active", "refresh_due", "grace"})
"""States in which what the plan names may be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """What a checked token says; times in seconds since 1970. `state` is the gateway's word as of `issued_s`."""

    device_id: str
    issued_s: float
    expires_s: float
    state: Literal["none", "active", "grace"]
    plan: str
    features: frozenset[str]
    paid_until_s: float
    grace_until_s: float
    renews: bool

    @property
    def valid_until_s(self) -> float:
        """Until when it holds without a word from the gateway; never longer than seven days, whatever it says."""
        return min(self.expires_s, self.issued_s + HOLDS_S)

    @property
    def usable_until_s(self) -> float:
        """The end of grace; the token cannot stretch it. 0 without a plan."""
        if self.state == "none":
            return 0.0
        return min(self.grace_until_s, self.paid_until_s + PAID_GRACE_S, self.issued_s + ISSUED_GRACE_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the plan stands at the effective time `now_s`; times in seconds since 1970, 0 where there is none.

    `known`: the device was activated and not removed; a state of none then means an account without a plan.
    """

    state: State
    now_s: float
    known: bool = False
    plan: str = ""
    features: frozenset[str] = frozenset()
    valid_until_s: float = 0.0
    grace_until_s: float = 0.0
    paid_until_s: float = 0.0
    renews: bool = False
    usage: JsonDict = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        return self.state in USABLE


def state_of(held: Entitlement | None, now_s: float, *, revoked: bool = False) -> State:
    """The state at the effective time `now_s`, as docs/gateway.md lists them."""
    if revoked:
        return "revoked"
    if held is None or held.state == "none" or now_s < held.issued_s - LEEWAY_S:
        return "none"
    if now_s >= held.usable_until_s:
        return "expired"
    if now_s >= held.valid_until_s or held.state == "grace":
        return "grace"
    return "refresh_due" if now_s >= held.issued_s + REFRESH_AFTER_S else "active"


def allows(held: Entitlement | None, feature: str, now_s: float, *, revoked: bool = False) -> bool:
    """May this feature be used now?"""
    usable = state_of(held, now_s, revoked=revoked) in USABLE
    return usable and held is not None and feature in held.features
