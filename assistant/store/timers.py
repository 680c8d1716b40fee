"""Timers on disk: a promise is written before it is confirmed, and rings although the process died in between.

pending --due: claimed by exactly one process--> ringing --the user hears it--> done
   |                                                |
   `----------------- cancel ----------------------'--> cancelled
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from assistant.errors import AssistantError
from assistant.skill import Timer

SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE timers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    label TEXT NOT NULL,
    seconds INTEGER NOT NULL CHECK (seconds > 0),
    due_ms INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'ringing', 'done', 'cancelled'))
) STRICT;
CREATE INDEX timers_due ON timers (state, due_ms);
"""
Timers = list[Timer]
Listeners = list[Callable[[], None]]  # named here, because the store has a method called `list`

_COLUMNS = "id, label, seconds, due_ms"
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
KEPT_DONE = 200
"""Timers that are over and kept for the record."""


class StoreError(AssistantError):
    """The file of timers cannot be opened or written."""

    code = "store"


class TimerStore:
    """`assistant.skill.TimerBook` in SQLite (WAL, synchronous=FULL: a commit is on the disk when it returns).

    Not for use from several threads; several processes may use the same file. `wall_ms` gives epoch ms, UTC.
    `notice` is a sentence to tell the user when a damaged file had to be replaced, else empty.

    Raises:
        StoreError: the file cannot be opened or written (place, rights, space).
    """

    def __init__(self, path: Path, wall_ms: Callable[[], float] = lambda: time.time() * 1000.0) -> None:
        self.path = path
        self.notice = ""
        self._wall_ms = wall_ms
        self._listeners: Listeners = []
        self._db = self._open()

    def close(self) -> None:
        self._db.close()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each change that this process makes."""
        self._listeners.append(listener)

    def add(self, seconds: int, label: str = "") -> Timer:
        """Promise a timer of `seconds` from now; on disk when this returns."""
        due_ms = round(self._wall_ms() + 1000 * seconds)
        rows = self._write(
            f"INSERT INTO timers (label, seconds, due_ms) VALUES (?, ?, ?) RETURNING {_COLUMNS}",
            (label, seconds, due_ms),
        )
        return rows[0]

    def list(self) -> Timers:
        """The timers that run or ring, the next one first."""
        return self._read("WHERE state IN ('pending', 'ringing') ORDER BY due_ms, id")

    def ringing(self) -> Timers:
        """The timers that were claimed and that nobody has stopped yet; also those of a process that died."""
        return self._read("WHERE state = 'ringing' ORDER BY due_ms, id")

    def cancel(self, timer_id: int) -> bool:
        """End a timer that runs or rings; false if it is over already."""
        changed = self._write(
            "UPDATE timers SET state = 'cancelled' WHERE id = ? AND state IN ('pending', 'ringing') "
            f"RETURNING {_COLUMNS}",
            (timer_id,),
        )
        return bool(changed)

    def claim_due(self, now_ms: float) -> Timers:
        """Take the timers that are due, so that no other process rings them too; in the order of their due times."""
        if not self._read("WHERE state = 'pending' AND due_ms <= ? LIMIT 1", (now_ms,)):
            return []
        claimed = self._write(
            f"UPDATE timers SET state = 'ringing' WHERE state = 'pending' AND due_ms <= ? RETURNING {_COLUMNS}",
            (now_ms,),
        )
        return sorted(claimed, key=lambda timer: (timer.due, timer.id))

    def stop_ringing(self) -> Timers:
        """The user has heard them: every ringing timer is done. Returns them."""
        heard = self._write(f"UPDATE timers SET state = 'done' WHERE state = 'ringing' RETURNING {_COLUMNS}")
        if heard:
            self._write(
                "DELETE FROM timers WHERE state IN ('done', 'cancelled') AND id <= "
                f"(SELECT MAX(id) - {KEPT_DONE} FROM timers) RETURNING {_COLUMNS}"
            )
        return heard

    def next_due_ms(self) -> float | None:
        """Epoch ms of the next timer that will ring."""
        found = self._read("WHERE state = 'pending' ORDER BY due_ms LIMIT 1")
        return found[0].due.timestamp() * 1000.0 if found else None

    def last_id(self) -> int:
        """The id of the newest timer, 0 when there never was one."""
        return next((timer.id for timer in self._read("ORDER BY id DESC LIMIT 1")), 0)

    def shift(self, by_ms: float, up_to_id: int) -> None:
        """Move the due times of the timers up to an id, because the wall clock was set while they ran."""
        self._write(
            f"UPDATE timers SET due_ms = due_ms + ? WHERE state = 'pending' AND id <= ? RETURNING {_COLUMNS}",
            (round(by_ms), up_to_id),
        )

    def _read(self, where: str, values: tuple[object, ...] = ()) -> Timers:
        try:
            rows = self._db.execute(f"SELECT {_COLUMNS} FROM timers {where}", values).fetchall()
        except sqlite3.Error as error:
            raise _explained(error) from error
        return [_timer(row) for row in rows]

    def _write(self, statement: str, values: tuple[object, ...] = ()) -> Timers:
        """Run a statement that returns the rows it changed; one transaction, told to the listeners."""
        try:
            with self._db:
                rows = self._db.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise _explained(error) from error
        if rows:
            for listener in self._listeners:
                listener()
        return [_timer(row) for row in rows]

    def _open(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                return _connect(self.path)
            except sqlite3.DatabaseError as error:
                if not _is_broken(error):
                    raise
            self._move_aside()
            return _connect(self.path)
        except (sqlite3.Error, OSError) as error:
            raise _explained(error) from error

    def _move_aside(self) -> None:
        stamp = f"{dt.datetime.fromtimestamp(self._wall_ms() / 1000.0):%Y%m%d-%H%M%S}"
        for ending in ("", "-wal", "-shm"):
            damaged = self.path.with_name(self.path.name + ending)
            with suppress(FileNotFoundError):
                damaged.rename(self.path.with_name(f"{self.path.name}.damaged-{stamp}{ending}"))
        self.notice = "My list of timers was damaged, so I started a new one. Please set your timers again."


def _connect(path: Path) -> sqlite3.Connection:
    """Open, check and if need be create the file."""
    db = sqlite3.connect(path, timeout=5.0)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
            raise _broken()
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise sqlite3.OperationalError("it was written by a newer version of the assistant")
        if version == 0:
            db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
        db.execute(f"SELECT {_COLUMNS}, state FROM timers LIMIT 1")
    except BaseException:
        db.close()
        raise
    path.chmod(0o600)
    return db


def _broken() -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError("the check of the file failed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def _is_broken(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _BROKEN


def _explained(error: Exception) -> StoreError:
    reason: object = error
    if isinstance(error, OSError) and error.strerror:
        reason = f"{error.strerror.lower()} ({error.filename})"
    return StoreError(
        f"The list of timers cannot be used: {reason}.", fix="Check the disk and the rights of its folder."
    )


def _timer(row: tuple[int, str, int, int]) -> Timer:
    number, label, seconds, due_ms = row
    due = dt.datetime.fromtimestamp(due_ms / 1000.0).astimezone()
    return Timer(id=number, label=label, seconds=seconds, due=due)
