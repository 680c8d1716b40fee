"""A kill in the middle of paid requests costs nobody anything: the ledger equals the upstream's count."""

from __future__ import annotations

import pytest

from tests.gateway.killing import kill_often

pytestmark = pytest.mark.slow


def test_kill_between_charge_and_settle() -> None:
    """The short form of scripts/gateway-kill."""
    found = kill_often(4)
    assert (4, 0, 0) == (found["between_charge_and_settle"], found["open"], found["wrong_lines"])
    assert found["ledger_tokens"] == found["upstream_tokens"] > 0
