"""What the device keeps of its plan, in one SQLite file that only its owner can read; secrets lie elsewhere.

The daemon and commands use it side by side. What a person said about offers stays when the account goes.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from assistant.account.trusted_time import TrustedTime
from assistant.store.database import Layout, empty_wal, explained, open_database, transaction
from assistant.types import JsonDict

_WHAT = "The record of the plan"
_LAYOUT = Layout(
    version=1,
    schema="""
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE wishes (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT
""",
    probe="SELECT (SELECT COUNT(name) FROM facts), (SELECT COUNT(value) FROM wishes)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What was got from the gateway `issuer`. `keys` are its JWKs; `token` the entitlement as it came.

    `usage` is what was last told of it; `revoked`: the gateway does not know this device any more.
    """

    issuer: str = ""
    device_id: str = ""
    token: str = ""
    etag: str = ""
    keys: tuple[JsonDict, ...] = ()
    usage: JsonDict = field(default_factory=dict)
    revoked: bool = False


class AccountStore:
    """For the thread that uses it first, which opens the file.

    Raises:
        StoreError: the file cannot be opened, read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opened: sqlite3.Connection | None = None

    @property
    def _db(self) -> sqlite3.Connection:
        if self._opened is None:
            self._opened, _ = open_database(self.path, _LAYOUT, time.time())
            self._opened.execute("PRAGMA secure_delete = ON")
            self._opened.isolation_level = None
        return self._opened

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def held(self) -> Held:
        """Everything empty where nothing was activated, or where what is kept cannot be read."""
        try:
            found = json.loads(self._get("facts", "held") or "{}")
            found["keys"] = tuple(key for key in found.get("keys", ()) if isinstance(key, dict))
            return Held(**found)
        except (ValueError, TypeError, AttributeError):
            return Held()

    def hold(self, held: Held) -> None:
        self._put("facts", "held", json.dumps(asdict(held)))

    def trusted(self) -> TrustedTime | None:
        try:
            found = json.loads(self._get("facts", "time") or "null")
            return None if found is None else TrustedTime(**found)
        except (ValueError, TypeError):
            return None

    def trust(self, trusted: TrustedTime) -> None:
        self._put("facts", "time", json.dumps(asdict(trusted)))

    def forget(self) -> None:
        """Let go of all that came from the gateway, from the free pages too; what time it is stays."""
        with transaction(self._db, _WHAT):
            self._db.execute("DELETE FROM facts WHERE name <> 'time'")
        with explained(_WHAT):
            self._db.execute("VACUUM")
            empty_wal(self._db)

    def erase(self) -> None:
        """Delete the file itself; nothing is left of the plan."""
        self.close()
        for ending in ("", "-wal", "-shm"):
            self.path.with_name(self.path.name + ending).unlink(missing_ok=True)

    def wish(self, name: str) -> str:
        """What a person said, or was told, about offers; empty where nothing."""
        return self._get("wishes", name)

    def note_wish(self, name: str, value: str) -> None:
        self._put("wishes", name, value)

    def wishes(self) -> Mapping[str, str]:
        with explained(_WHAT):
            return dict(self._db.execute("SELECT name, value FROM wishes").fetchall())

    def _get(self, table: str, name: str) -> str:
        with explained(_WHAT):
            row = self._db.execute(f"SELECT value FROM {table} WHERE name = ?", (name,)).fetchone()
        return "" if row is None else str(row[0])

    def _put(self, table: str, name: str, value: str) -> None:
        with explained(_WHAT):
            self._db.execute(f"INSERT OR REPLACE INTO {table} VALUES (?, ?)", (name, value))
