"""The plan as a person speaks of it: how it stands, what it costs, the code to activate it, and offers no more."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.account.client import Begun
from assistant.account.licence import Licence
from assistant.account.offering import OfferBook
from assistant.account.renewal import Renewal
from assistant.account.states import Standing
from assistant.skill import NotAvailable
from assistant.types import JsonDict

DEVICE_NAME = "Assistant"
"""What the account page shows; nothing of this machine."""
NOT_RUNNING = "A code is only good while I keep running. On the terminal it is: assistant account activate"


@dataclass(slots=True, kw_only=True)
class Desk:
    """`assistant.skill.PlanDesk`, over the plan of this device."""

    licence: Licence
    renewal: Renewal
    book: OfferBook

    @property
    def code(self) -> Begun | None:
        return self.renewal.begun

    def look(self) -> Standing:
        return self.licence.look()

    async def subscription(self) -> JsonDict:
        return await self.licence.subscription()

    async def usage(self) -> JsonDict:
        return await self.licence.usage()

    async def cancel(self) -> JsonDict:
        return await self.licence.cancel()

    async def activate(self) -> Begun:
        if not self.renewal.runs:
            raise NotAvailable(NOT_RUNNING)
        return await self.renewal.begin(DEVICE_NAME)

    def offers(self, wanted: bool) -> None:
        if wanted:
            self.book.again()
        else:
            self.book.never()

    async def close(self) -> None:
        await self.licence.close()
