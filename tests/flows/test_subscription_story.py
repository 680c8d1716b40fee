"""The whole story of a plan, as `scripts/demo_subscription` prints it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.flows.story import play
from tests.flows.told import Teller

pytestmark = pytest.mark.contract


@pytest.mark.slow
@pytest.mark.usefixtures("home")
def test_from_free_to_paid_and_back(tmp_path: Path) -> None:
    """Free, one offer, a code, a payment, the big model, the bill, the end, grace, and free again."""
    lines: list[str] = []
    tell = Teller(lines.append)
    asyncio.run(play(tmp_path, tell))
    assert 8 == len(tell.steps)
    assert lines[-1].strip().startswith("[holds]")
