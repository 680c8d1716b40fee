"""Group commit for SQLite: what waits for its one writer is done in one transaction, and reaches the disk at once.

A commit waits for the disk, some milliseconds each; two hundred streams that begin and end would queue for it. So they
would for the thread that commits: it is entered once for all that wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistant.gateway.blocking import Blocking, to_its_end

TRIES = 3


class Job:
    """A piece of work, each in a savepoint of its own: it fails alone."""

    def __init__(self, work: Callable[[Session], Any], done: asyncio.Future[None]) -> None:
        self.done = done
        self._work = work
        self._found: Any = None
        self._error: BaseException | None = None
        self._is_over = False

    def attempt(self, connection: Connection) -> None:
        """Begun anew where a row was there already, as `Database.work` does."""
        for left in reversed(range(TRIES)):
            try:
                with (
                    Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session,
                    session.begin(),
                ):
                    self._found = self._work(session)
                return
            except IntegrityError as error:
                if not left:
                    self._error = error
            except BaseException as error:  # whoever waits for it is told
                self._error = error
                return

    def end(self, error: BaseException | None = None) -> None:
        """Its transaction was committed, or why it was not, or was never begun; the first end counts."""
        if not self._is_over:
            self._is_over, self._error = True, self._error or error

    def result(self) -> Any:
        """Raises: whatever the work raised."""
        if self._error is not None:
            raise self._error
        return self._found


class GroupCommit:
    """For the event loop. While a group is committed in the thread, the next one gathers."""

    def __init__(self) -> None:
        self._thread = Blocking(1)
        self._waiting: list[Job] = []
        self._committing: asyncio.Task[None] | None = None

    async def run(self, work: Callable[[Session], Any], engine: Engine) -> Any:
        """What came of it, committed; a cancelled caller waits for its work all the same. Raises: what it raised."""
        job = Job(work, asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit_all(engine))
        await to_its_end(job.done)
        return job.result()

    async def _commit_all(self, engine: Engine) -> None:
        group: list[Job] = []
        try:
            while self._waiting:
                group, self._waiting = self._waiting, []
                await self._thread.run(_commit, group, engine)
                _tell(group)
        except BaseException as error:  # the event loop ends, or has no thread: nothing more is begun
            left, self._waiting = [*group, *self._waiting], []
            for job in left:
                job.end(error)
            _tell(left)
            raise


def _commit(jobs: list[Job], engine: Engine) -> None:
    try:
        with engine.connect() as connection, connection.begin():
            for job in jobs:
                job.attempt(connection)
    except BaseException as error:
        failure: BaseException | None = error
    else:
        failure = None
    for job in jobs:
        job.end(failure)


def _tell(jobs: list[Job]) -> None:
    for job in jobs:
        if not job.done.done():
            job.done.set_result(None)
