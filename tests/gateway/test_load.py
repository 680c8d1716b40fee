"""The short form of scripts/gateway-load: every answer comes whole and is counted once, also beside a flood."""

from __future__ import annotations

import pytest

from tests.gateway.load import Pace, flooded, many_at_once

pytestmark = pytest.mark.slow
PACE = Pace(first_s=0.0, pace_s=0.05, words=20)


def test_many_at_once() -> None:
    """Twenty streams; how long they take is for the script to tell."""
    found = many_at_once(20, PACE, for_s=1.0, rounds=1)
    assert (20, 0, 0) == (found["at_once"], found["direct"]["errors"], found["gateway"]["errors"])
    assert found["upstream"] == found["ledger"]
    assert found["ledger"]["requests"] >= found["gateway"]["chats"] > 0


def test_one_floods_beside_another() -> None:
    """The one that floods is refused, the other one is not."""
    found = flooded(PACE, for_s=1.0, rounds=1, connections=20)
    assert (0, 0) == (found["alone"]["errors"], found["beside_a_flood"]["errors"])
    assert found["flood"]["statuses"][429] > 0
    assert {200, 429} >= found["flood"]["statuses"].keys()
