"""What the cloud was asked and what it cost, whom a person agreed to, and what a person chose; in one SQLite file.

A question reserves the most that it may cost before it leaves; what it really cost takes the place of that. So a
budget holds to the cent, also when several processes ask at once or one dies in the middle.
"""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from assistant.store.database import Layout, empty_wal, explained, open_database, set_aside, transaction

DAY_S = 86_400.0
MAX_SENT_CHARS = 8_000
NANO_PER_USD = 1_000_000_000
_WHAT = "The ledger of the cloud"
_LAYOUT = Layout(
    version=1,
    schema="""
CREATE TABLE uses (
    number INTEGER PRIMARY KEY,
    at_s REAL NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    reason TEXT NOT NULL,
    read_tokens INTEGER NOT NULL,
    written_tokens INTEGER NOT NULL,
    cost_nano INTEGER NOT NULL,
    state TEXT NOT NULL,
    sent TEXT NOT NULL
) STRICT;
CREATE TABLE consents (provider TEXT PRIMARY KEY, terms TEXT NOT NULL, at_s REAL NOT NULL) STRICT;
CREATE TABLE choices (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
""",
    probe="SELECT number, at_s, provider, model, reason, read_tokens, written_tokens, cost_nano, state, sent FROM uses"
    " LIMIT 1",
)
_COLUMNS = "number, at_s, provider, model, reason, read_tokens, written_tokens, cost_nano, state, sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """The most that may be spent, in nano-dollars and in tokens; days and months of UTC."""

    day_nano: int
    month_nano: int
    day_tokens: int
    month_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One question. `state`: open (reserved), counted (the provider's own count), or estimated (it broke off).

    `sent` is what left, as it left: redacted.
    """

    number: int
    at_s: float
    provider: str
    model: str
    reason: str
    read_tokens: int
    written_tokens: int
    cost_nano: int
    state: str
    sent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Of a day or a month."""

    uses: int
    tokens: int
    cost_nano: int


class Ledger:
    """For the thread that uses it first, which opens the file; several processes may use the same file.

    `now_s` (epoch) names a damaged file that is set aside.

    Raises:
        StoreError: the file cannot be opened, read or written.
    """

    def __init__(self, path: Path, now_s: float | None = None) -> None:
        self.path = path
        self._now_s = now_s
        self._opened: sqlite3.Connection | None = None

    @property
    def _db(self) -> sqlite3.Connection:
        if self._opened is None:
            now_s = time.time() if self._now_s is None else self._now_s
            self._opened, _ = open_database(self.path, _LAYOUT, now_s)
            self._opened.execute("PRAGMA secure_delete = ON")
            self._opened.isolation_level = None
        return self._opened

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def reserve(self, use: Use, caps: Caps) -> int | None:
        """Note a question at the most that it may cost; its number, or None where that would break a cap."""
        with transaction(self._db, _WHAT):
            day, month = self.spent(use.at_s), self.spent(use.at_s, month=True)
            tokens = use.read_tokens + use.written_tokens
            if (
                day.cost_nano + use.cost_nano > caps.day_nano
                or month.cost_nano + use.cost_nano > caps.month_nano
                or day.tokens + tokens > caps.day_tokens
                or month.tokens + tokens > caps.month_tokens
            ):
                return None
            row = self._db.execute(
                "INSERT INTO uses (at_s, provider, model, reason, read_tokens, written_tokens, cost_nano, state, sent)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, 'open', ?) RETURNING number",
                (use.at_s, use.provider, use.model, use.reason, use.read_tokens, use.written_tokens, use.cost_nano,
                 use.sent[:MAX_SENT_CHARS].encode("utf-8", "replace").decode()),
            ).fetchone()  # fmt: skip
        return int(row[0])

    def settle(self, number: int, read_tokens: int, written_tokens: int, cost_nano: int, *, counted: bool) -> None:
        """What the question of this number really took."""
        with explained(_WHAT):
            self._db.execute(
                "UPDATE uses SET read_tokens = ?, written_tokens = ?, cost_nano = ?, state = ? WHERE number = ?",
                (read_tokens, written_tokens, cost_nano, "counted" if counted else "estimated", number),
            )

    def spent(self, now_s: float, *, month: bool = False) -> Spent:
        """What was spent on the day (or in the month) of `now_s`, reservations included."""
        form = "%Y-%m" if month else "%Y-%m-%d"
        with explained(_WHAT):
            row = self._db.execute(
                "SELECT COUNT(*), COALESCE(SUM(read_tokens + written_tokens), 0), COALESCE(SUM(cost_nano), 0) FROM uses"
                " WHERE strftime(?, at_s, 'unixepoch') = strftime(?, ?, 'unixepoch')",
                (form, form, now_s),
            ).fetchone()
        return Spent(uses=row[0], tokens=row[1], cost_nano=row[2])

    def latest(self, n: int) -> list[Use]:
        """The newest questions, the newest first."""
        with explained(_WHAT):
            rows = self._db.execute(f"SELECT {_COLUMNS} FROM uses ORDER BY number DESC LIMIT ?", (n,)).fetchall()
        return [Use(**dict(zip(_COLUMNS.split(", "), row, strict=True))) for row in rows]

    def prune(self, now_s: float, keep_days: int) -> None:
        """Let go of what was sent longer ago; counts and costs stay for the budget."""
        with explained(_WHAT):
            self._db.execute("UPDATE uses SET sent = '' WHERE sent <> '' AND at_s < ?", (now_s - keep_days * DAY_S,))
            empty_wal(self._db)

    def forget(self) -> int:
        """Take back what was sent, from the free pages and the WAL too; how many questions. What was spent stays."""
        with explained(_WHAT):
            gone = self._db.execute("UPDATE uses SET sent = '' WHERE sent <> ''").rowcount
            self._db.execute("VACUUM")
            if not empty_wal(self._db):
                raise sqlite3.OperationalError("somebody else reads it just now")
            for file in set_aside(self.path):
                file.unlink(missing_ok=True)
        return gone

    def agree(self, provider: str, terms: str, now_s: float) -> None:
        """A person agreed to these terms of a provider."""
        with explained(_WHAT):
            self._db.execute("INSERT OR REPLACE INTO consents VALUES (?, ?, ?)", (provider, terms, now_s))

    def revoke(self, provider: str) -> bool:
        """No longer; false if nobody had."""
        with explained(_WHAT):
            return self._db.execute("DELETE FROM consents WHERE provider = ?", (provider,)).rowcount > 0

    def agreed(self, provider: str, terms: str) -> bool:
        """Did a person agree to just these terms?"""
        with explained(_WHAT):
            found = self._db.execute("SELECT terms FROM consents WHERE provider = ?", (provider,)).fetchone()
        return found is not None and found[0] == terms

    def choose(self, name: str, value: str) -> None:
        """Keep what a person chose."""
        with explained(_WHAT):
            self._db.execute("INSERT OR REPLACE INTO choices VALUES (?, ?)", (name, value))

    def choice(self, name: str) -> str:
        """What a person chose; empty where nothing."""
        with explained(_WHAT):
            found = self._db.execute("SELECT value FROM choices WHERE name = ?", (name,)).fetchone()
        return "" if found is None else str(found[0])
