"""What is done every hour: keys rotated, and what has run out let go."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import delete
from sqlalchemy.orm import Session

from assistant.gateway import attempts, signing
from assistant.gateway.activation import KEEP_S
from assistant.gateway.database import DatabaseError
from assistant.gateway.gateway import Gateway
from assistant.gateway.models import DeviceCode, SignIn, StripeEvent

EVERY_S = 3600.0
EVENTS_FOR_S = 60 * 86_400
"""Stripe sends an event again for three days at most, and lets it be sent again by hand for thirty."""
log = logging.getLogger("assistant.gateway")


def tidy(session: Session, gateway: Gateway) -> None:
    """One round."""
    now_s = gateway.now()
    signing.tend(session, gateway.secret, now_s)
    attempts.prune(session, now_s)
    session.execute(delete(SignIn).where(SignIn.expires_at < now_s))
    session.execute(delete(DeviceCode).where(DeviceCode.expires_at < now_s - KEEP_S))
    session.execute(delete(StripeEvent).where(StripeEvent.received_at < now_s - EVENTS_FOR_S))


@asynccontextmanager
async def keep_tidy(gateway: Gateway) -> AsyncIterator[None]:
    """A round at once, which must succeed, and one each hour while the body runs; so are open requests settled."""
    await gateway.database.run(lambda session: tidy(session, gateway))
    async with asyncio.TaskGroup() as group:
        rounds = group.create_task(_rounds(gateway))
        try:
            yield
        finally:
            rounds.cancel()
            await gateway.meter.upstream.close()


async def _rounds(gateway: Gateway) -> None:
    while True:
        try:
            await gateway.meter.recover()
            await asyncio.sleep(EVERY_S)
            await gateway.database.run(lambda session: tidy(session, gateway))
        except* DatabaseError:
            log.error("tidy")
            await asyncio.sleep(EVERY_S / 60)
