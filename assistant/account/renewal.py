"""Keeps the plan fresh beside everything else: a question a day to the gateway, and an activation that was begun."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from assistant.account.client import Begun
from assistant.account.device import DeviceKey
from assistant.account.errors import GatewayError
from assistant.account.licence import Licence
from assistant.errors import AssistantError

LOOK_EVERY_S = 600.0
"""What time it is is kept so often: a power cut loses no more than that."""
AGAIN_S = (60.0, 300.0, 900.0, 3600.0, 6 * 3600.0)
"""After a question that failed the next one comes so much later; the last of them for ever."""
BUYING_EVERY_S, BUYING_S = 20.0, 1800.0
"""After an activation the person may still be choosing a plan: so often, for so long, is looked whether they have."""

ACTIVE = "Your plan is active now. Thank you."
NO_PLAN_YET = "This device is now part of your account. Choose a plan on the page where you typed the code."


class Renewal:
    """Runs as one task of the daemon. `say` is given what came of an activation, to be heard once."""

    def __init__(self, licence: Licence) -> None:
        self.say: Callable[[str], None] = lambda sentence: None
        self.runs = False
        self.begun: Begun | None = None
        """The code that waits for its person."""
        self._licence = licence
        self._new: tuple[Begun, DeviceKey] | None = None
        self._failed = 0
        self._ask_at_s = 0.0
        self._buying_until_s = 0.0

    async def begin(self, device_name: str) -> Begun:
        """Ask for a code; the answer of the person is waited for in the background. Raises: GatewayError."""
        begun, key = await self._licence.begin(device_name)
        self.begun, self._new = begun, (begun, key)
        self._licence.changed.set()
        return begun

    async def run(self) -> None:
        """Until it is cancelled. Nothing that goes wrong here reaches anybody but as a plan that is not renewed."""
        self.runs = True
        waiting: asyncio.Task[None] | None = None
        try:
            while True:
                self._licence.changed.clear()
                if self._new is not None:
                    if waiting is not None:  # a new code was asked for: the old one is given up
                        waiting.cancel()
                    waiting = asyncio.create_task(self._finish(*self._new), name="activation")
                    self._new = None
                await self._licence.clock.wait(self._licence.changed, 1000.0 * await self.step())
        finally:
            self.runs = False
            if waiting is not None:
                waiting.cancel()
                await asyncio.wait([waiting])

    async def step(self) -> float:
        """Ask the gateway if it is time; in how many seconds to look again."""
        try:
            self._licence.tick()
        except AssistantError:
            return LOOK_EVERY_S
        due_s = self._due_s()
        if due_s <= 0:
            await self._refresh()
            due_s = self._due_s()
        return min(max(due_s, 1.0), LOOK_EVERY_S)

    def _due_s(self) -> float:
        now_s = self._now_s()
        buying = self._buying_until_s > now_s and not self._licence.look().usable
        due_s = 0.0 if buying else self._licence.refresh_due_s
        return max(due_s, self._ask_at_s - now_s)

    async def _refresh(self) -> None:
        bought = self._buying_until_s > self._now_s()
        try:
            standing = await self._licence.refresh()
        except AssistantError as error:
            wait_s = AGAIN_S[min(self._failed, len(AGAIN_S) - 1)]
            asked_s = error.retry_after_s if isinstance(error, GatewayError) else 0.0
            self._failed += 1
            self._ask_at_s = self._now_s() + max(wait_s, asked_s)
        else:
            self._failed = 0
            self._ask_at_s = self._now_s() + BUYING_EVERY_S
            if bought and standing.usable:
                self._buying_until_s = 0.0
                self.say(ACTIVE)

    async def _finish(self, begun: Begun, key: DeviceKey) -> None:
        try:
            standing = await self._licence.finish(begun, key)
        except AssistantError as error:
            self.say(error.sentence)
            return
        finally:
            if self.begun is begun:
                self.begun = None
        self._failed, self._ask_at_s = 0, 0.0
        if standing.usable:
            self.say(ACTIVE)
            return
        self.say(NO_PLAN_YET)
        self._buying_until_s = self._now_s() + BUYING_S
        self._licence.changed.set()

    def _now_s(self) -> float:
        return self._licence.clock.boot_ms() / 1000.0
