"""A kill in the middle of paid requests, or a device that hangs up: the ledger equals the upstream's count."""

from __future__ import annotations

import pytest

from tests.gateway.killing import TELLS, close_often, kill_often

pytestmark = pytest.mark.slow


def test_kill_between_charge_and_settle() -> None:
    """The short form of scripts/gateway-kill: nothing lost, double or left open."""
    found = kill_often(5)
    assert (5, 0, 0, 0) == tuple(found[name] for name in ("between_charge_and_settle", "open", "wrong", "asked_twice"))
    assert found["ledger_tokens"] == found["upstream_tokens"] > 0
    assert found["ledger_requests"] == found["upstream_requests"] >= 5


@pytest.mark.parametrize("usage_url", [TELLS, ""])
def test_hang_up_at_random_moments(usage_url: str) -> None:
    """Exact where the upstream tells what a request took; within 5 % in all where it does not."""
    found = close_often(8, usage_url)
    assert (0, 0) == (found["open"], found["asked_twice"])
    assert found["stopped_early"] > 0
    assert found["off_percent"] <= (0 if usage_url else 5)
