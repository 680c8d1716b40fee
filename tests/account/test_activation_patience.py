"""RFC 8628, section 3.5: what each answer of the token endpoint means for the next question."""

from __future__ import annotations

import pytest

from assistant.account.activation import MAX_INTERVAL_S, ActivationError, Patience
from assistant.account.errors import GatewayError

pytestmark = pytest.mark.unit

FIVE = Patience(interval_s=5.0)


def after(kind: str, before: Patience = FIVE, retry_after_s: float = 0.0) -> Patience:
    return before.after(GatewayError(kind, "no", retry_after_s=retry_after_s))


def test_pending_changes_nothing() -> None:
    """The same interval again, also after a longer pause that was once asked for."""
    assert FIVE == after("authorization_pending")
    assert FIVE == after("authorization_pending", Patience(interval_s=5.0, once_s=30.0))


def test_slow_down_is_for_good() -> None:
    """Five seconds longer for this and all later questions."""
    slower = after("slow_down", after("slow_down"))
    assert 15.0 == slower.wait_s == after("authorization_pending", slower).wait_s


@pytest.mark.parametrize("kind", ["unreachable", "server", "busy", "malformed"])
def test_no_answer_doubles_the_interval(kind: str) -> None:
    """Up to a minute."""
    patience, waits = FIVE, []
    for _ in range(6):
        patience = after(kind, patience)
        waits.append(patience.wait_s)
    assert [10.0, 20.0, 40.0, MAX_INTERVAL_S, MAX_INTERVAL_S, MAX_INTERVAL_S] == waits


def test_retry_after_is_waited_for_once() -> None:
    """What a busy service asks for, and then the interval as before."""
    patience = after("busy", retry_after_s=42.0)
    assert (42.0, 5.0) == (patience.wait_s, after("authorization_pending", patience).wait_s)


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("access_denied", "denied"),
        ("expired_token", "expired"),
        ("invalid_grant", "failed"),
        ("invalid_dpop_proof", "failed"),
        ("invalid_request", "failed"),
        ("invalid_client", "failed"),
        ("unsupported_grant_type", "failed"),
        ("a_code_of_tomorrow", "failed"),
    ],
)
def test_what_ends_it(kind: str, outcome: str) -> None:
    """A no, the end of time, and whatever else is refused for good."""
    with pytest.raises(ActivationError) as ended:
        after(kind)
    assert outcome == ended.value.outcome
