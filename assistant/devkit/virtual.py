"""An event loop whose time is scripted: nobody waits, because the clock jumps to what comes next."""

from __future__ import annotations

import asyncio
import selectors
from typing import Any


class VirtualLoop(asyncio.SelectorEventLoop):
    """`time()` begins at 1000 s and moves only when everything waits; then at once to the next moment that is due.

    While a thread works for the loop its real time passes and the clock stands, since nobody knows how long it takes.
    """

    def __init__(self) -> None:
        self._now_s = 1000.0
        self._threads = 0
        super().__init__(_Jumping(self))

    def time(self) -> float:
        return self._now_s

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:  # type: ignore[override]
        self._threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(lambda done: self._thread_ended())
        return future

    def _thread_ended(self) -> None:
        self._threads -= 1

    def jump(self, by_s: float) -> None:
        """Let time go by."""
        self._now_s += by_s

    @property
    def waits_for_threads(self) -> bool:
        return self._threads > 0

    def end(self) -> None:
        """Cancel what still runs, and close."""
        tasks = asyncio.all_tasks(self)
        for task in tasks:
            task.cancel()
        if tasks:
            self.run_until_complete(asyncio.wait(tasks, timeout=5.0))
        self.run_until_complete(self.shutdown_asyncgens())
        self.close()


class _Jumping(selectors.DefaultSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0 or self._loop.waits_for_threads:
            return super().select(0.01 if timeout else timeout)
        found = super().select(0)
        if not found:
            self._loop.jump(timeout)
        return found
