"""Work in threads is never left alone."""

from __future__ import annotations

import asyncio
import threading

import anyio
import pytest

from assistant.gateway.blocking import Blocking

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("how", ["task", "scope"])
def test_a_cancelled_caller_waits_for_what_it_began(how: str) -> None:
    """Cancelled by asyncio or by anyio: it ends as cancelled, and not before its call has ended."""
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        may_end.wait(10)
        ended.set()

    async def by_task(blocking: Blocking) -> None:
        caller = asyncio.create_task(blocking.run(work))
        await asyncio.to_thread(begun.wait, 10)
        caller.cancel()
        for _ in range(5):
            await asyncio.sleep(0)
        assert not caller.done()
        may_end.set()
        await asyncio.wait([caller])
        assert caller.cancelled()

    async def by_scope(blocking: Blocking) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(blocking.run, work)
            await asyncio.to_thread(begun.wait, 10)
            group.cancel_scope.cancel()
            asyncio.get_running_loop().call_soon(may_end.set)

    asyncio.run((by_task if how == "task" else by_scope)(Blocking(2)))
    assert ended.is_set()
