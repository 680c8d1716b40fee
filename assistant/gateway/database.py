"""The gateway's database: SQLite or PostgreSQL behind SQLAlchemy, every piece of work one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError
from sqlalchemy.orm import Session

from assistant.errors import AssistantError, ConfigError
from assistant.gateway.blocking import Blocking
from assistant.gateway.group_commit import TRIES, GroupCommit

R = TypeVar("R")
POSTGRES_THREADS = 16
BUSY_S = 20.0
_ONLY_READS = "only_reads"


class DatabaseError(AssistantError):
    """The database cannot be reached, or its tables are not of this version."""

    code = "database"


class Database:
    """One per process. `run` is for the event loop, `transaction` for those who may block.

    SQLite gets one thread for `run`, since it has one writer, and `BEGIN IMMEDIATE`, so that what was read still holds
    when it is written; in PostgreSQL, whoever counts first locks the account's row. `read` waits for no writer.
    """

    def __init__(self, url: str) -> None:
        try:
            made = sqlalchemy.make_url(url)
        except ArgumentError:
            raise ConfigError("The database URL of the gateway cannot be read.") from None
        self.is_sqlite = made.get_backend_name() == "sqlite"
        self._group = GroupCommit()
        self._blocking = Blocking(1 if self.is_sqlite else POSTGRES_THREADS)
        try:
            self.engine = self._engine(made)
        except (NoSuchModuleError, ImportError):
            raise ConfigError("The database URL of the gateway names neither sqlite nor postgresql+psycopg.") from None

    def _engine(self, url: sqlalchemy.URL) -> Engine:
        if not self.is_sqlite:
            return sqlalchemy.create_engine(
                url, pool_size=POSTGRES_THREADS, max_overflow=2, pool_pre_ping=True, connect_args={"connect_timeout": 5}
            )
        if url.database:
            Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            Path(url.database).touch(mode=0o600)
        engine = sqlalchemy.create_engine(url, connect_args={"timeout": BUSY_S})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    async def run(self, work: Callable[[Session], R]) -> R:
        """Do this work in one transaction, off the event loop; it is committed when it returns.

        In SQLite what waits shares a transaction, each piece in a savepoint (`GroupCommit`).
        """
        if not self.is_sqlite:
            return await self._blocking.run(self.work, work)
        with self._reached():
            found: R = await self._group.run(work, self.engine)
        return found

    async def read(self, work: Callable[[Session], R]) -> R:
        """Do this short work, which changes nothing, on what was committed last.

        In SQLite it waits for no writer and takes less time than the way to a thread and back: on the event loop.
        """
        return self._look(work) if self.is_sqlite else await self._blocking.run(self._look, work)

    def _look(self, work: Callable[[Session], R]) -> R:
        with self._reached(), self.engine.connect() as connection:
            reader = connection.execution_options(**{_ONLY_READS: True})
            with Session(reader, expire_on_commit=False) as session:
                return work(session)

    def work(self, work: Callable[[Session], R]) -> R:
        """In one transaction; begun anew where another one made the same row at the same moment."""
        for _ in range(TRIES - 1):
            try:
                with self.transaction() as session:
                    return work(session)
            except IntegrityError:
                continue
        with self.transaction() as session:
            return work(session)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Raises: DatabaseError: it cannot be reached."""
        with self._reached(), Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            if isinstance(error, sqlalchemy.exc.OperationalError):
                raise DatabaseError("The gateway's database cannot be reached.") from error
            raise

    def migrate(self, revision: str = "head") -> str:
        """Bring the tables to this version; the version that they now have.

        SQLite changes a table by making it anew and dropping the old one: with foreign keys on, every row that belongs
        to it would go with it. They are off meanwhile, and checked at the end.
        """
        with self._explained(), self.engine.connect() as connection:
            raw: Any = connection.connection.driver_connection
            if self.is_sqlite:
                raw.execute("PRAGMA foreign_keys = OFF")
            command.upgrade(_config(connection), revision)
            if self.is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise DatabaseError("The tables could not be migrated: rows would lose what they belong to.")
            connection.commit()
            if self.is_sqlite:
                raw.execute("PRAGMA foreign_keys = ON")
            return MigrationContext.configure(connection).get_current_revision() or ""

    def version(self) -> tuple[str | None, str]:
        """The version of the tables (None: there are none yet), and the newest that this program knows."""
        with self._explained(), self.engine.connect() as connection:
            newest = ScriptDirectory.from_config(_config(connection)).get_current_head() or ""
            return MigrationContext.configure(connection).get_current_revision(), newest

    def scrub(self) -> None:
        """Leave nothing of deleted rows in SQLite's log file (its free pages are overwritten at once)."""
        if self.is_sqlite:
            with self.engine.connect() as connection:
                raw: Any = connection.connection.driver_connection
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    async def scrubbed(self) -> None:
        """`scrub`, for the event loop."""
        await self._blocking.run(self.scrub)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlalchemy.exc.OperationalError as error:
            raise DatabaseError(
                "The gateway's database cannot be reached.", fix="Check [database] url in gateway.toml."
            ) from error


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for line in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {line}")


def _begin_sqlite(connection: Connection) -> None:
    only_reads = connection.get_execution_options().get(_ONLY_READS, False)
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")
