"""A skill's own small memory: JSON values by key in one SQLite file, never larger than its manifest says."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assistant.errors import SkillError
from assistant.store.database import Layout, empty_wal, open_database, set_aside

MAX_KEY_CHARS = 200
STORE = "store.sqlite3"
"""The file's name in the folder of a skill's data."""

_LAYOUT = Layout(
    version=1,
    schema="CREATE TABLE items (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    probe="SELECT key, value FROM items LIMIT 1",
    shared=True,
)
_USED = "SELECT COALESCE(SUM(LENGTH(CAST(key AS BLOB)) + LENGTH(CAST(value AS BLOB))), 0) FROM items WHERE key <> ?"


class KeyValue:
    """`assistant.skill.Store`, opened at its first use. Without a folder it is kept in memory only.

    A damaged file is set aside and a new one begun. One thread waits for the other: live lists are read while a grammar
    is built beside the event loop.
    """

    def __init__(self, folder: Path | None, storage_kb: int) -> None:
        self._folder = folder
        self._max_bytes = 1024 * storage_kb
        self._opened: sqlite3.Connection | None = None
        self._lock = threading.RLock()

    def get(self, key: str, default: Any = None) -> Any:
        with self._file() as db:
            row = db.execute("SELECT value FROM items WHERE key = ?", (key,)).fetchone()
        return default if row is None else json.loads(row[0])

    def set(self, key: str, value: Any) -> None:
        try:
            text = json.dumps(value, ensure_ascii=False, allow_nan=False)
            size = len(key.encode()) + len(text.encode())
        except (TypeError, ValueError, RecursionError):
            raise SkillError("I can't keep that: it is no plain data.") from None
        if not key or len(key) > MAX_KEY_CHARS:
            raise SkillError("I can't keep that under this name.")
        with self._file() as db:
            (used,) = db.execute(_USED, (key,)).fetchone()
            if used + size > self._max_bytes:
                raise SkillError("I can't keep any more: the storage of this skill is full.")
            db.execute("INSERT OR REPLACE INTO items (key, value) VALUES (?, ?)", (key, text))
            empty_wal(db)

    def delete(self, key: str) -> None:
        with self._file() as db:
            db.execute("DELETE FROM items WHERE key = ?", (key,))
            empty_wal(db)

    def keys(self) -> list[str]:
        with self._file() as db:
            return [row[0] for row in db.execute("SELECT key FROM items ORDER BY key")]

    def forget(self) -> int:
        """Take everything back, also from the free pages of the file, its WAL and its damaged predecessors.

        Returns how many keys there were.
        """
        with self._file() as db:
            gone = db.execute("DELETE FROM items").rowcount
            db.execute("VACUUM")
            if not empty_wal(db):
                raise sqlite3.OperationalError("somebody else reads it just now")
        for file in set_aside(self._folder / STORE) if self._folder is not None else ():
            file.unlink(missing_ok=True)
        return gone

    def close(self) -> None:
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    @contextmanager
    def _file(self) -> Iterator[sqlite3.Connection]:
        """The open file. Raises: SkillError: nothing was declared, or the disk refuses."""
        if not self._max_bytes:
            raise SkillError("This skill may not keep anything: its skill.toml declares no storage.")
        try:
            with self._lock:
                if self._opened is None:
                    self._opened = self._open()
                yield self._opened
        except (sqlite3.Error, OSError):
            raise SkillError("I can't keep that: the disk refuses.") from None

    def _open(self) -> sqlite3.Connection:
        if self._folder is None:
            db = sqlite3.connect(":memory:", check_same_thread=False)
            db.execute(_LAYOUT.schema)
        else:
            db, _ = open_database(self._folder / STORE, _LAYOUT, time.time())
        db.execute("PRAGMA secure_delete = ON")  # what a skill forgets must not lie on in free space
        db.isolation_level = None  # every statement is its own transaction, on the disk when it returns
        return db
