"""How promises lie in their file: what was promised, and each moment at which it is due; version 2, led from 1."""

from __future__ import annotations

import datetime as dt
import sqlite3
from typing import cast

from assistant.skill import Promise, PromiseKind, Repeat
from assistant.store.database import Layout
from assistant.store.recurrence import Plan

_TABLES = """
CREATE TABLE commitments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('timer', 'alarm', 'reminder')),
    label TEXT NOT NULL,
    seconds INTEGER NOT NULL CHECK (seconds >= 0),
    first TEXT NOT NULL,
    at TEXT NOT NULL,
    zone TEXT NOT NULL,
    weekdays TEXT NOT NULL,
    every_days INTEGER NOT NULL
) STRICT;
CREATE TABLE occurrences (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    commitment INTEGER NOT NULL REFERENCES commitments (id) ON DELETE CASCADE,
    due_ms INTEGER NOT NULL,
    boot_id TEXT NOT NULL DEFAULT '',
    boot_due_ms INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'ringing', 'heard', 'missed', 'snoozed', 'cancelled')),
    begun INTEGER NOT NULL DEFAULT 0,
    ended_ms INTEGER NOT NULL DEFAULT 0,
    told_ms INTEGER NOT NULL DEFAULT 0,
    UNIQUE (commitment, due_ms)
) STRICT;
CREATE INDEX occurrences_due ON occurrences (state, due_ms)
"""
_FROM_1 = f"""{_TABLES};
INSERT INTO commitments (id, kind, label, seconds, first, at, zone, weekdays, every_days)
    SELECT id, 'timer', label, seconds, '', '', '', '', 0 FROM timers;
UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'timers')
    WHERE name = 'commitments' AND EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'timers');
INSERT INTO occurrences (commitment, due_ms, state, begun)
    SELECT id, due_ms, CASE state WHEN 'pending' THEN 'waiting' WHEN 'done' THEN 'heard' ELSE state END,
        state <> 'pending' FROM timers ORDER BY id;
DROP TABLE timers
"""
LAYOUT = Layout(
    version=2,
    schema=_TABLES,
    probe=(
        "SELECT c.kind, c.label, c.seconds, c.first, c.at, c.zone, c.weekdays, c.every_days, o.due_ms, o.boot_id,"
        " o.boot_due_ms, o.state, o.begun, o.ended_ms, o.told_ms"
        " FROM occurrences o JOIN commitments c ON c.id = o.commitment LIMIT 1"
    ),
    migrations={1: _FROM_1},
)
COLUMNS = (
    "o.id AS occurrence, o.due_ms, o.boot_id, o.boot_due_ms, o.state, o.begun, c.id, c.kind, c.label, c.seconds,"
    " c.first, c.at, c.zone, c.weekdays, c.every_days FROM occurrences o JOIN commitments c ON c.id = o.commitment"
)


def plan_of(row: sqlite3.Row) -> Plan | None:
    """The plan in local time; None for what was set to elapse."""
    if not row["first"]:
        return None
    return Plan(
        first=dt.date.fromisoformat(row["first"]),
        at=dt.time.fromisoformat(row["at"]),
        zone=row["zone"],
        repeat=repeat_of(row),
    )


def repeat_of(row: sqlite3.Row) -> Repeat:
    return Repeat(weekdays=tuple(int(day) for day in row["weekdays"]), every_days=row["every_days"])


def promise_of(row: sqlite3.Row, due: dt.datetime) -> Promise:
    return Promise(
        id=row["id"],
        kind=cast(PromiseKind, row["kind"]),
        label=row["label"],
        due=due,
        repeat=repeat_of(row),
        seconds=row["seconds"],
        ringing=row["state"] == "ringing",
    )
