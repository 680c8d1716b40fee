"""A device with everything that the daemon puts together, spoken to in words, on a clock that a story moves."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from assistant.account.client import WireAnswer
from assistant.account.desk import Desk
from assistant.account_setup import make_desk
from assistant.assembly import Assembly
from assistant.config import load_config
from assistant.console import typed_turn
from assistant.engines.gateway_wire import HttpxWire
from assistant.events import EventBus
from assistant.paths import find_paths
from assistant.think.understanding import Understanding
from assistant.types import Turn
from tests.account.world import EventClock
from tests.flows.told import Teller

DAY_MS = 86_400_000.0
PATIENCE_S = 600.0
"""For the local model's next word, on machines where something is measured beside."""
LEASE = (
    "Rental agreement.\n\nThe notice period is three months to the end of a month.\n\n"
    "Pets are allowed if the owner agrees. Small animals in cages are always allowed.\n"
)


class NotedWire:
    """HTTP to the gateway for real; `asked` has method, path and status of each request."""

    def __init__(self) -> None:
        self.under_way = 0
        self.asked: list[tuple[str, str, int]] = []
        self.refusals: list[bytes] = []
        self._inner = HttpxWire()

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WireAnswer:
        self.under_way += 1
        try:
            answer = await self._inner.send(method, url, headers, body)
        finally:
            self.under_way -= 1
        self.asked.append((method, "/" + url.split("/", 3)[3], answer.status))
        if answer.status >= 400:
            self.refusals.append(answer.body)
        return answer

    async def close(self) -> None:
        await self._inner.close()


class Household:
    """`heard` are sentences that the device says by itself."""

    def __init__(self, assembly: Assembly, desk: Desk, clock: EventClock, wire: NotedWire, tell: Teller) -> None:
        self.assembly, self.desk, self.clock, self.wire, self.tell = assembly, desk, clock, wire, tell
        self._late_ms = 0.0
        self.heard: list[str] = []
        self.understanding: Understanding = assembly.understanding()
        desk.renewal.say = self._by_itself
        self._number = 0

    @property
    def state(self) -> str:
        return self.desk.look().state

    async def say(self, text: str) -> Turn:
        """One turn in words."""
        self._number += 1
        self.tell.said("You", text)
        turn = await typed_turn(self.understanding, text, f"t{self._number}")
        self.tell.said("Assistant", turn.reply)
        return turn

    def another_conversation(self) -> None:
        self.understanding.renew()

    async def days(self, number: int) -> list[str]:
        """Live through so many days, asleep but for an hour of each; how the plan stood at the end of each."""
        states = []
        for _ in range(number):
            began_ms = self.clock.elapsed
            self.clock.pass_ms(DAY_MS - 3_600_000.0 - self._late_ms)
            await self.clock.live(3600)
            while self.state == "refresh_due":  # on a slow machine the daily question comes later in its hour each day
                assert self.clock.elapsed - began_ms < 2 * DAY_MS, "the plan is not renewed"
                await self.clock.live(600)
            self._late_ms += self.clock.elapsed - began_ms - DAY_MS
            states.append(self.state)
        return states

    def _by_itself(self, sentence: str) -> None:
        self.heard.append(sentence)
        self.tell.said("Assistant, by itself", sentence)


@contextlib.asynccontextmanager
async def household(
    folder: Path, gateway: str, clock: EventClock, wire: NotedWire, tell: Teller
) -> AsyncIterator[Household]:
    """The device that lives in this folder, with its language model loaded and its plan kept fresh.

    The models are those of this machine.
    """
    paths = find_paths({"ASSISTANT_HOME": str(folder), "ASSISTANT_MODELS": str(find_paths().models)})
    paths.create()
    documents, answers = folder / "documents", folder / "answers"
    documents.mkdir()
    (documents / "RentalAgreement.txt").write_text(LEASE, encoding="utf-8")
    settings = _CONFIG.format(gateway=gateway, documents=documents, answers=answers)
    paths.config_file.write_text(settings, encoding="utf-8")
    config = load_config(paths.config_file)
    assembly = Assembly(config, paths, EventBus())
    assembly.context.clock = lambda: dt.datetime.fromtimestamp(clock.wall / 1000.0, dt.UTC)
    desk = make_desk(config, paths, clock=clock, now=assembly.context.clock, wire=lambda: wire)
    assert desk is not None
    assembly.plan = desk  # what the daemon makes of the same configuration, on this clock
    assembly.talker.settings = dataclasses.replace(assembly.talker.settings, patience_s=PATIENCE_S)
    async with assembly.running():
        await assembly.start_thinking()
        renewing = asyncio.create_task(desk.renewal.run())
        try:
            yield Household(assembly, desk, clock, wire, tell)
        finally:
            renewing.cancel()
            await asyncio.wait([renewing])


_CONFIG = """
[account]
gateway = "{gateway}"

[cloud]
provider = "plan"
personal = "prefer_device"
names = ["Anna"]

[models]
tier = "standard"
caller = false

[reply]
max_tokens = 80

[files]
documents = ["{documents}"]
answers = "{answers}"
pictures = "{answers}"
show = false
"""
