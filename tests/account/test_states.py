"""What a licence is worth, day by day; nothing a token says stretches it."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.account.states import DAY_S, Entitlement, State, allows, state_of

pytestmark = pytest.mark.unit

T0 = 1_800_000_000.0


def held(paid_days: float = 30, **changes: object) -> Entitlement:
    """Issued at T0 to somebody who has paid for so many days."""
    made = Entitlement(
        device_id="d-1",
        issued_s=T0,
        expires_s=T0 + 7 * DAY_S,
        state="active",
        plan="plus",
        features=frozenset({"chat"}),
        paid_until_s=T0 + paid_days * DAY_S,
        grace_until_s=T0 + min(paid_days + 14, 21) * DAY_S,
        renews=True,
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("day", "paid_long", "paid_two_days"),
    [
        (0, "active", "active"),
        (0.999, "active", "active"),
        (1, "refresh_due", "refresh_due"),
        (6, "refresh_due", "refresh_due"),
        (6.999, "refresh_due", "refresh_due"),
        (7, "grace", "grace"),
        (10, "grace", "grace"),
        (15.999, "grace", "grace"),
        (16, "grace", "expired"),
        (20, "grace", "expired"),
        (20.999, "grace", "expired"),
        (21, "expired", "expired"),
        (40, "expired", "expired"),
    ],
)
def test_without_a_network(day: float, paid_long: State, paid_two_days: State) -> None:
    """Seven days, then grace to the earlier of paid + 14 days and issued + 21 days."""
    now_s = T0 + day * DAY_S
    assert paid_long == state_of(held(), now_s)
    assert paid_two_days == state_of(held(paid_days=2), now_s)
    assert (paid_long != "expired") == allows(held(), "chat", now_s)
    assert not allows(held(), "images", now_s)
    assert not allows(held(), "chat", now_s, revoked=True)
    assert "revoked" == state_of(held(), now_s, revoked=True)


def test_nothing_held_is_none() -> None:
    """Also a token that says so, and one from the future."""
    assert "none" == state_of(None, T0)
    assert "none" == state_of(held(state="none", features=frozenset()), T0)
    assert "none" == state_of(held(), T0 - DAY_S)
    assert not allows(None, "chat", T0)
    assert not allows(held(), "chat", T0 - DAY_S)


def test_somebody_who_stopped_paying_is_in_grace_at_once() -> None:
    """The gateway says grace: everything works, from the first day on."""
    assert "grace" == state_of(held(state="grace", paid_days=-1), T0 + 60)
    assert allows(held(state="grace", paid_days=-1), "chat", T0 + 60)


times = st.integers(-400, 400).map(lambda days: T0 + days * DAY_S)


@given(times, times, times, times, st.sampled_from(["active", "grace"]))
def test_no_token_holds_longer_than_it_may(
    expires_s: float, paid_s: float, grace_s: float, now_s: float, state: str
) -> None:
    """Whatever a gateway writes: after 21 days, or 14 days past what is paid, nothing is allowed."""
    found = held(expires_s=expires_s, paid_until_s=paid_s, grace_until_s=grace_s, state=state)
    if now_s >= min(paid_s + 14 * DAY_S, T0 + 21 * DAY_S, grace_s):
        assert "expired" == state_of(found, now_s) or now_s < T0 - 300
        assert not allows(found, "chat", now_s)
