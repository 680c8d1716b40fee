"""Group commit for SQLite: what waits for its one writer is done in one transaction, and reaches the disk at once.

A commit waits for the disk, some milliseconds each; two hundred streams that begin and end would queue for it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

TRIES = 3


class Job:
    """A piece of work, each in a savepoint of its own: it fails alone."""

    def __init__(self, work: Callable[[Session], Any]) -> None:
        self._work = work
        self._found: Any = None
        self._error: BaseException | None = None
        self.is_done = False

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

    def fail(self, error: BaseException) -> None:
        """The transaction around it was not committed."""
        self._error = self._error or error

    def result(self) -> Any:
        """Raises: whatever the work raised."""
        if self._error is not None:
            raise self._error
        return self._found


class GroupCommit:
    """`add` is for the event loop, `finish` for one thread at a time."""

    def __init__(self) -> None:
        self._waiting: deque[Job] = deque()

    def add(self, work: Callable[[Session], Any]) -> Job:
        job = Job(work)
        self._waiting.append(job)
        return job

    def finish(self, job: Job, engine: Engine) -> Any:
        """What came of it: done with an earlier one, or now, with all that wait."""
        if not job.is_done:
            self._commit([self._waiting.popleft() for _ in range(len(self._waiting))], engine)
        return job.result()

    def _commit(self, jobs: list[Job], engine: Engine) -> None:
        try:
            with engine.connect() as connection, connection.begin():
                for job in jobs:
                    job.attempt(connection)
        except BaseException as error:
            for job in jobs:
                job.fail(error)
        finally:
            for job in jobs:
                job.is_done = True
