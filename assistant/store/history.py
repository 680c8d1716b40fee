"""What the assistant did, turn by turn: what was heard, what was decided and why. Bounded, private, never audio."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from assistant.store.database import Layout, empty_wal, explained, open_database, set_aside
from assistant.types import JsonDict

KEEP_DAYS = 30
KEEP_TURNS = 2000
DAY_S = 86_400.0
MAX_TEXT_CHARS = 4000
"""Longer texts are cut: a line that is typed may be a megabyte."""

OpenedBy = Literal["", "wake", "follow_up", "interruption", "typed"]
Ended = Literal["unfinished", "spoken", "written", "stopped", "interrupted", "failed"]

_LAYOUT = Layout(
    version=1,
    schema="""
CREATE TABLE turns (
    number INTEGER PRIMARY KEY,
    at_s REAL NOT NULL,
    turn TEXT NOT NULL,
    heard TEXT NOT NULL,
    record TEXT NOT NULL,
    UNIQUE (at_s, turn)
) STRICT;
""",
    probe="SELECT number, at_s, turn, heard, record FROM turns LIMIT 1",
    synchronous="NORMAL",  # the last turns may be lost with the power: a record, no promise
)
_WHAT = "The history of turns"
_COLUMNS = "number, at_s, turn, heard, record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one tool did."""

    tool: str
    ok: bool
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRecord:
    """What was done about the words of a turn, and why.

    `reason` is the code of `RouteDecision`; `ended_by` what ended the person's words, `by` what broke off the answer;
    `resumed` why it went on after each pause; `heard_words` of `reply` were played; `timings_ms` are those of `Turn`,
    with `decode_ms`. `error` is a code, `message` its sentence. `wordless`: nothing that was said is in it.
    """

    opened_by: OpenedBy = ""
    ended_by: str = ""
    route: str = "none"
    reason: str = ""
    skill: str | None = None
    tool: str | None = None
    arguments: JsonDict = field(default_factory=dict)
    results: tuple[Outcome, ...] = ()
    reply: str = ""
    heard_words: int = 0
    ended: Ended = "unfinished"
    by: str = ""
    resumed: tuple[str, ...] = ()
    silenced: bool = False
    error: str = ""
    message: str = ""
    wordless: bool = False
    timings_ms: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A turn that is kept. `number` counts on, `at_s` is epoch seconds (UTC), `turn` is unique within one run only."""

    number: int
    at_s: float
    turn: str
    heard: str
    record: TurnRecord


_ADAPTER = TypeAdapter(TurnRecord)


class History:
    """The record of turns in SQLite (WAL). One thread; several processes may use the same file.

    Keeps at most `keep_turns` turns and none older than `keep_days`; 0 days keep nothing. `replaced` tells that a
    damaged file was set aside. `now_s` (epoch) is used for that file's name.

    Raises:
        StoreError: the file cannot be opened, read or written.
    """

    def __init__(
        self, path: Path, keep_days: int = KEEP_DAYS, *, keep_turns: int = KEEP_TURNS, now_s: float | None = None
    ) -> None:
        self.path = path
        self._keep_days = keep_days
        self._keep_turns = keep_turns
        with explained(_WHAT):
            self._db, self.replaced = open_database(path, _LAYOUT, time.time() if now_s is None else now_s)
            self._db.text_factory = lambda data: data.decode("utf-8", "replace")
            self._db.execute("PRAGMA secure_delete = ON")

    def close(self) -> None:
        self._db.close()

    def add(self, at_s: float, turn: str, heard: str, record: TurnRecord) -> None:
        """Keep a turn; told again with the same time and id, it replaces what was known of it."""
        if self._keep_days == 0:
            return
        values = (at_s, _text(turn), _text(heard), _json(record))
        with explained(_WHAT), self._db:
            self._db.execute(
                "INSERT INTO turns (at_s, turn, heard, record) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (at_s, turn) DO UPDATE SET heard = excluded.heard, record = excluded.record",
                values,
            )

    def latest(self, n: int) -> list[Entry]:
        """The `n` newest turns, the newest first."""
        return self._read("ORDER BY number DESC LIMIT ?", n)

    def find(self, turn: str) -> Entry | None:
        """The turn of this number, else the newest one of this id."""
        if turn.isascii() and turn.isdigit() and len(turn) < 19:
            return next(iter(self._read("WHERE number = ?", int(turn))), None)
        return next(iter(self._read("WHERE turn = ? ORDER BY number DESC LIMIT 1", _text(turn))), None)

    def prune(self, now_s: float) -> int:
        """Let go of what is too old (epoch seconds) or too much; returns how many turns that were."""
        oldest_s = now_s - self._keep_days * DAY_S if self._keep_days else float("inf")
        with explained(_WHAT):
            with self._db:
                gone = self._db.execute(
                    "DELETE FROM turns WHERE at_s < ? OR number <= (SELECT MAX(number) FROM turns) - ?",
                    (oldest_s, self._keep_turns),
                ).rowcount
            empty_wal(self._db)
            for file in set_aside(self.path):
                if file.stat().st_mtime < oldest_s:
                    file.unlink(missing_ok=True)
        return gone

    def forget(self) -> int:
        """Take everything back, also from the free pages of the file, its WAL and its damaged predecessors.

        Returns how many turns there were.
        """
        with explained(_WHAT):
            with self._db:
                gone = self._db.execute("DELETE FROM turns").rowcount
            self._db.execute("VACUUM")
            if not empty_wal(self._db):
                raise sqlite3.OperationalError("somebody else reads it just now")
            for file in set_aside(self.path):
                file.unlink(missing_ok=True)
        return gone

    def _read(self, where: str, *values: object) -> list[Entry]:
        with explained(_WHAT):
            rows = self._db.execute(f"SELECT {_COLUMNS} FROM turns {where}", values).fetchall()
        return [_entry(row) for row in rows]


def _text(text: str) -> str:
    """What can be stored, cut to size."""
    return text[:MAX_TEXT_CHARS].encode("utf-8", "replace").decode("utf-8")


def _json(record: TurnRecord) -> str:
    record = replace(record, reply=_text(record.reply), message=_text(record.message))
    return _ADAPTER.dump_json(record, fallback=str, exclude_defaults=True).decode("utf-8")


def _entry(row: tuple[int, float, str, str, str]) -> Entry:
    """A row; a record that is not ours is an empty one."""
    number, at_s, turn, heard, text = row
    try:
        record = _ADAPTER.validate_json(text)
    except ValidationError:
        record = TurnRecord()
    return Entry(number=number, at_s=at_s, turn=turn, heard=heard, record=record)
