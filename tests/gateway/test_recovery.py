"""What a kill left open is settled by the next start: from the file of the request, or as the upstream tells."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from assistant.gateway.caller import Allowance, Caller
from assistant.gateway.entitlement import NOTHING
from assistant.gateway.gateway import Gateway
from assistant.gateway.journal import Progress
from assistant.gateway.ledger import Amount
from tests.gateway.person import Device, Person
from tests.gateway.test_chat import lines, settings, upstream
from tests.gateway.upstream_standin import UpstreamStandIn

pytestmark = pytest.mark.contract
__all__ = ["settings", "upstream"]


@pytest.fixture
def usage_url() -> str:
    return "{url}/v1/generation?id={request}"


async def recover(gateway: Gateway) -> int:
    found = await gateway.meter.recover()
    await gateway.meter.upstream.close()
    return found


def test_open_lines_are_settled_once(
    gateway: Gateway, upstream: UpstreamStandIn, person: Person, device: Device
) -> None:
    """By the file, by the upstream, by an estimate, or given back; a line of another gateway stays."""
    allowed = Allowance(chat_tokens=None, images=None, requests_per_minute=9, at_once=9)
    caller = Caller(
        device_id=device.device_id, account_id=person.account_id, jkt=device.jkt, standing=NOTHING, allowance=allowed
    )
    model = gateway.settings.upstream.chat["assistant-chat"]

    async def leave_open() -> list[str]:
        made = [
            await gateway.meter.open(caller, "chat", "assistant-chat", model, Amount(read_tokens=50, written_tokens=99))
            for _ in range(4)
        ]
        made[0].entry.note(Progress(read_tokens=5, written_tokens=7, exact=True))
        made[1].entry.note(Progress(read_tokens=5, written_tokens=3))
        made[2].entry.note(Progress(read_tokens=6, written_tokens=2))
        return [line.use_id for line in made]

    ids = asyncio.run(leave_open())
    upstream.counts[ids[1]] = [5, 4]
    upstream.finished.add(ids[1])
    assert [("open", 50, 99)] * 4 == lines(gateway)
    after = Gateway(
        settings=gateway.settings, database=gateway.database, secret=gateway.secret, state=gateway.state,
        clock=gateway.clock,
    )  # fmt: skip
    other = Gateway(
        settings=gateway.settings, database=gateway.database, secret=gateway.secret, state=Path(f"{gateway.state}-2"),
        clock=gateway.clock,
    )  # fmt: skip
    assert [0, 4] == [asyncio.run(recover(other)), asyncio.run(recover(after))]
    expected = [("counted", 5, 4), ("counted", 5, 7), ("estimated", 6, 2), ("released", 0, 0)]
    assert expected == sorted(lines(gateway))
    assert set() == set((gateway.state / "requests").iterdir())
    assert 0 == asyncio.run(recover(after))
