"""Scripted time: nobody waits, and deadlines come in their order."""

from __future__ import annotations

import asyncio
import time

import pytest

from assistant.devkit.virtual import VirtualLoop

pytestmark = pytest.mark.unit


def test_a_day_takes_no_time() -> None:
    """A sleep of a day moves the clock by a day at once; a time-out inside comes first."""
    loop = VirtualLoop()

    async def wait() -> list[str]:
        order: list[str] = []
        loop.call_later(7200, order.append, "two hours")
        try:
            async with asyncio.timeout(3600):
                await asyncio.Event().wait()
        except TimeoutError:
            order.append("one hour")
        await asyncio.sleep(86_400)
        return order

    started, began_s = time.monotonic(), loop.time()
    assert ["one hour", "two hours"] == loop.run_until_complete(wait())
    assert 90_000 == round(loop.time() - began_s)
    assert time.monotonic() - started < 5.0
    loop.end()


def test_a_thread_has_its_real_time() -> None:
    """While a thread works the clock stands, so its time-out does not come early."""
    loop = VirtualLoop()

    async def work() -> int:
        async with asyncio.timeout(1.0):
            return await asyncio.to_thread(sum, range(100_000))

    assert 4_999_950_000 == loop.run_until_complete(work())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.end()
