"""Opens a SQLite file that must be whole, private and of a version we know; a damaged one is set aside."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from assistant.errors import AssistantError

BUSY_S = 5.0
_ENDINGS = ("", "-wal", "-shm")
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class StoreError(AssistantError):
    """A file of the store cannot be opened, read or written."""

    code = "store"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What a file holds. `schema` creates it, `probe` is a query that fails where a column is missing.

    `migrations` leads from a version (its key) to the next one; there is no way back. None of their statements holds a
    semicolon. `shared`: several threads use the connection, one at a time (its owner sees to that).
    """

    version: int
    schema: str
    probe: str
    synchronous: str = "FULL"
    migrations: Mapping[int, str] = field(default_factory=dict)
    shared: bool = False


def open_database(path: Path, layout: Layout, now_s: float) -> tuple[sqlite3.Connection, bool]:
    """The open file (WAL, mode 0600), and whether a damaged one was set aside for it; `now_s` (epoch) names that one.

    Raises:
        sqlite3.Error, OSError: it cannot be opened or created, or a newer version wrote it.
    """
    db, replaced, _ = open_or_restore(path, layout, now_s)
    return db, replaced


def open_or_restore(
    path: Path, layout: Layout, now_s: float, copies: Sequence[Path] = ()
) -> tuple[sqlite3.Connection, bool, Path | None]:
    """Like `open_database`; for a damaged file the first of the copies that is whole takes its place, and is named.

    Raises:
        sqlite3.Error, OSError: it cannot be opened or created, or a newer version wrote it.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        return _connect(path, layout), False, None
    except sqlite3.DatabaseError as error:
        if not is_broken(error):
            raise
    _set_aside(path, now_s)
    for copy in copies:
        try:
            shutil.copyfile(copy, path)
            return _connect(path, layout), True, copy
        except (sqlite3.Error, OSError):
            for ending in _ENDINGS:
                path.with_name(path.name + ending).unlink(missing_ok=True)
    return _connect(path, layout), True, None


def _set_aside(path: Path, now_s: float) -> None:
    stamp = f"{dt.datetime.fromtimestamp(now_s):%Y%m%d-%H%M%S}"
    for ending in _ENDINGS:
        damaged = path.with_name(path.name + ending)
        with suppress(FileNotFoundError):
            damaged.rename(path.with_name(f"{path.name}.damaged-{stamp}{ending}"))


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Failures of the file as one sentence. Raises: StoreError."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        reason: object = error
        if isinstance(error, OSError) and error.strerror:
            reason = f"{error.strerror.lower()} ({error.filename})"
        raise StoreError(
            f"{what} cannot be used: {reason}.", fix="Check the disk and the rights of its folder."
        ) from error


@contextmanager
def transaction(db: sqlite3.Connection, what: str) -> Iterator[None]:
    """All or nothing, and nobody writes between what is read and what is written. Raises: StoreError."""
    with explained(what):
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise


def empty_wal(db: sqlite3.Connection) -> bool:
    """What was deleted still lies in the WAL until that is cut to nothing; false while somebody reads it."""
    busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


def set_aside(path: Path) -> list[Path]:
    """The damaged predecessors of a file."""
    return sorted(path.parent.glob(f"{path.name}.damaged-*"))


def is_broken(error: sqlite3.Error) -> bool:
    """The file itself is damaged; no other failure, such as a full disk, counts."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _BROKEN


def _connect(path: Path, layout: Layout) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # private from its first byte on, and so is its WAL
    path.chmod(0o600)
    db = sqlite3.connect(path, timeout=BUSY_S, check_same_thread=not layout.shared)
    try:
        _write_ahead(db)
        db.execute(f"PRAGMA synchronous = {layout.synchronous}")
        if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise _broken()
        if _version(db) > layout.version:
            raise sqlite3.OperationalError("it was written by a newer version of the assistant")
        if _version(db) < layout.version:
            _bring_up(db, layout)
        db.execute(layout.probe)
    except BaseException:
        db.close()
        raise
    return db


def _write_ahead(db: sqlite3.Connection) -> None:
    """Turn the WAL on. While another process does so with a new file SQLite refuses at once, whatever its timeout."""
    until_s = time.monotonic() + BUSY_S
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until_s:
                raise
            time.sleep(0.01)


def _version(db: sqlite3.Connection) -> int:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return int(version)


def _bring_up(db: sqlite3.Connection, layout: Layout) -> None:
    """Create or migrate the file in one transaction: power that fails in between leaves it as it was."""
    db.execute("BEGIN IMMEDIATE")
    version = _version(db)  # another process may have been quicker
    while version < layout.version:
        script, version = (layout.schema, layout.version) if version == 0 else (layout.migrations[version], version + 1)
        for statement in script.split(";"):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {version}")
    db.commit()


def _broken() -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError("the check of the file failed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error
