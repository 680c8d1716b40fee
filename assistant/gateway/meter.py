"""The life of a request to a cloud model: reserved, under way, settled; and what a kill of this process left open."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistant.gateway.caller import Caller
from assistant.gateway.chat_count import TokenRatios
from assistant.gateway.database import Database, DatabaseError
from assistant.gateway.journal import Entry, Journal, Progress
from assistant.gateway.ledger import Amount, Wish, cost_nano, month_of, reserve, settle
from assistant.gateway.metrics import Metrics
from assistant.gateway.models import Use
from assistant.gateway.refusals import ApiRefusal
from assistant.gateway.settings import ModelSettings, UpstreamSettings
from assistant.gateway.upstream import Upstream, UpstreamError

log = logging.getLogger("assistant.gateway")
RECOVER_AT_ONCE = 8
LOOK_UP_AFTER_S = (0.0, 0.2, 0.5, 1.0, 2.0)
"""An upstream may need a moment before it knows what a request took that was cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A reserved line of the ledger and its file."""

    use_id: str
    kind: str
    model: str
    price: ModelSettings
    entry: Entry


class Meter:
    """`instance` names this gateway: no other one settles its lines."""

    def __init__(
        self,
        database: Database,
        upstream: Upstream,
        settings: UpstreamSettings,
        journal: Journal,
        instance: str,
        metrics: Metrics,
        clock: Callable[[], float],
    ) -> None:
        self.ratios = TokenRatios()
        self.upstream = upstream
        self._database = database
        self._settings = settings
        self._journal = journal
        self._instance = instance
        self._metrics = metrics
        self._clock = clock
        self._under_way: set[str] = set()

    @property
    def under_way(self) -> int:
        return len(self._under_way)

    async def open(self, caller: Caller, kind: str, name: str, price: ModelSettings, most: Amount) -> Line:
        """Reserve the most that a request may take. Raises: ApiRefusal: the month's allowance does not reach so far."""
        now_s = self._clock()
        wish = Wish(
            account_id=caller.account_id,
            device_id=caller.device_id,
            kind=kind,
            model=name,
            most=most,
            cost_nano=cost_nano(price, most),
            instance=self._instance,
        )
        allowed = caller.allowance

        def work(session: Session) -> str | None:
            found = reserve(session, wish, now_s, chat_tokens=allowed.chat_tokens, images=allowed.images)
            if found is not None:
                self._under_way.add(found)
            return found

        use_id = await self._database.run(work)
        if use_id is None:
            wait_s = month_of(now_s)[1] - now_s
            raise ApiRefusal(
                429, "plan_limit_reached", "This month's allowance does not reach so far.", retry_after_s=wait_s
            )
        return Line(use_id=use_id, kind=kind, model=name, price=price, entry=self._journal.begin(use_id))

    async def close(self, line: Line, progress: Progress, *, begun: bool) -> None:
        """Settle at what it took: as counted, as the upstream tells, or as it came. Not begun: nothing, if so told.

        What cannot be written now is settled later from the file.
        """
        try:
            amount, state = await self._found(line.use_id, progress, begun=begun)
            await self._settle(line.use_id, line.kind, line.model, line.price, amount, state)
            line.entry.end()
        except DatabaseError:
            log.error("settle_later")
        finally:
            self._under_way.discard(line.use_id)

    async def close_counted(self, line: Line, amount: Amount) -> None:
        """Settle at a count that is known."""
        try:
            await self._settle(line.use_id, line.kind, line.model, line.price, amount, "counted")
            line.entry.end()
        except DatabaseError:
            log.error("settle_later")
        finally:
            self._under_way.discard(line.use_id)

    async def release(self, line: Line) -> None:
        """It took nothing: the upstream refused it."""
        try:
            await self._settle(line.use_id, line.kind, line.model, line.price, Amount(), "released")
            line.entry.end()
        except DatabaseError:
            log.error("settle_later")
        finally:
            self._under_way.discard(line.use_id)

    async def recover(self) -> int:
        """Settle what an earlier run of this gateway left open; how many lines."""

        def left(session: Session) -> list[tuple[str, str, str]]:
            query = select(Use.id, Use.kind, Use.model).where(Use.state == "open", Use.instance == self._instance)
            return [(row[0], row[1], row[2]) for row in session.execute(query)]

        found = [row for row in await self._database.run(left) if row[0] not in self._under_way]
        room = asyncio.Semaphore(RECOVER_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            for use_id, kind, model in found:
                group.create_task(self._recover(use_id, kind, model, room))
        still = {use_id for use_id, _, _ in await self._database.run(left)} | self._under_way
        for name in self._journal.names():
            if name not in still:
                self._journal.drop(name)
        if found:
            log.info("recovered", extra={"fields": {"lines": len(found)}})
        return len(found)

    async def _recover(self, use_id: str, kind: str, model: str, room: asyncio.Semaphore) -> None:
        known = self._settings.images if kind == "image" else self._settings.chat
        price = known.get(model, ModelSettings(upstream=model))
        progress = self._journal.read(use_id) or Progress()
        async with room:
            amount, state = await self._found(use_id, progress, begun=progress.written_tokens > 0)
            await self._settle(use_id, kind, model, price, amount, state)

    async def _found(self, use_id: str, progress: Progress, *, begun: bool) -> tuple[Amount, str]:
        came = Amount(read_tokens=progress.read_tokens, written_tokens=progress.written_tokens)
        if progress.exact:
            return came, "counted"
        if self.upstream.tells_usage:
            for wait_s in LOOK_UP_AFTER_S:
                await asyncio.sleep(wait_s)
                try:
                    looked = await self.upstream.look_up(use_id, progress.answer_id)
                except UpstreamError as error:
                    if error.kind == "refused":
                        break
                    continue
                if looked.amount is not None:
                    return looked.amount, "counted"
        return (came, "estimated") if begun else (Amount(), "released")

    async def _settle(
        self, use_id: str, kind: str, model: str, price: ModelSettings, amount: Amount, state: str
    ) -> None:
        now_s, cost = self._clock(), cost_nano(price, amount)
        if await self._database.run(lambda session: settle(session, use_id, amount, cost, now_s, state=state)):
            self._metrics.uses.labels(kind, state).inc()
            self._metrics.tokens.labels(model, "read").inc(amount.read_tokens)
            self._metrics.tokens.labels(model, "written").inc(amount.written_tokens)
            self._metrics.images.labels(model).inc(amount.images)
