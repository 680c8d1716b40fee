"""Promises on disk: written before they are confirmed, and kept although the process died in between.

waiting --due: claimed once--> ringing --the user stops it--> heard
   |                             |  |  `--nobody answers---> missed <--too late to ring-- (claimed)
   |                             |  `-----snooze-----------> snoozed (a new one waits)
   `-----------cancel------------'-------------------------> cancelled
"""

from __future__ import annotations

import datetime as dt
import json
import math
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from assistant.skill import ONCE, Promise, PromiseKind, Repeat
from assistant.store.backups import back_up, copies_of, spoken_time_of
from assistant.store.clocks import Clock, SystemClock, local_zone, plausible
from assistant.store.database import explained, open_or_restore, transaction
from assistant.store.layout import COLUMNS, LAYOUT, plan_of, promise_of
from assistant.store.recurrence import Plan

ALARM_LATE_MS = 30 * 60_000.0
"""An alarm that is later than this does not ring any more; it is told as missed."""
CATCH_UP = dt.timedelta(days=7)
"""Of a plan that was due again and again while the assistant was off, older occurrences than this count as one."""
HEARD_LATELY_MS = 120_000.0
"""So long after it was stopped an alarm can still be snoozed."""
MISSED_FOR_MS = 7 * 86_400_000.0
"""So long what was missed can be asked for."""
KEPT_DONE = 200
"""Occurrences that are over and kept for the record."""

_WHAT = "The list of timers, alarms and reminders"
_DUE = (
    "o.state = 'waiting' AND CASE WHEN o.boot_id = :boot_id THEN o.boot_due_ms <= :boot"
    " ELSE :plausible AND o.due_ms <= :wall END"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One due moment of a promise, taken by this process. `missed`: too late to ring, so it is only told."""

    occurrence: int
    promise: Promise
    late_s: float
    missed: bool = False


Promises = list[Promise]
Claims = list[Claim]


class CommitmentStore:
    """`assistant.skill.Commitments` in SQLite (WAL, synchronous=FULL: a commit is on the disk when it returns).

    What was set to elapse goes by the boot clock while this life of the machine lasts, after that by the wall clock;
    what was set for a time of day goes by the wall clock, once that is plausible. Not for use from several threads;
    several processes may use the same file. `zone` is the IANA zone of new promises. `notice` is a sentence to tell
    the user when a damaged file had to be replaced, else empty.

    Raises:
        StoreError: the file cannot be opened or written (place, rights, space).
    """

    def __init__(self, path: Path, clock: Clock | None = None, zone: str | None = None) -> None:
        self.path = path
        self.clock = clock or SystemClock()
        self.zone = zone or local_zone()
        self.notice = ""
        self._listeners: list[Callable[[], None]] = []
        self._changed_since_copy = True
        self._taken: set[int] = set()
        with explained(_WHAT):
            self._db, replaced, copy = open_or_restore(path, LAYOUT, self.clock.wall_ms() / 1000.0, copies_of(path))
            self._db.isolation_level = None  # transactions are ours: see _transaction
            self._db.row_factory = sqlite3.Row
            self._db.execute("PRAGMA foreign_keys = ON")
        if replaced:
            self.notice = _notice(copy)

    def close(self) -> None:
        self._db.close()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each change that this process makes."""
        self._listeners.append(listener)

    def add(self, kind: PromiseKind, when: dt.datetime | int, *, label: str = "", repeat: Repeat = ONCE) -> Promise:
        """Promise for a local date and time (of an aware one the zone is not looked at), or in so many seconds.

        Raises:
            StoreError, ValueError: a plan without any date.
        """
        if isinstance(when, int):
            with self._transaction():
                return self._elapse(self._commitment(kind, label, when, None), when)
        local = when.replace(tzinfo=None)
        plan = Plan(first=local.date(), at=local.time(), zone=self.zone, repeat=repeat)
        due = plan.begin()
        if due is None:
            raise ValueError("This plan has no date.")
        with self._transaction():
            number = self._commitment(kind, label, 0, plan)
            return self._wait(number, math.ceil(due.timestamp() * 1000.0))

    def list(self, kind: PromiseKind | None = None) -> Promises:
        """What waits or rings, the next one first; of a promise that repeats, or was snoozed, its next time."""
        found: dict[int, Promise] = {}
        for claim in self._read("o.state IN ('waiting', 'ringing')", {}):
            if kind in (None, claim.promise.kind):
                found.setdefault(claim.promise.id, claim.promise)
        return [*found.values()]

    def cancel(self, promise_id: int) -> bool:
        """End a promise with all its repetitions, or, while it rings, this ringing of it; false if it is over."""
        of_it = "commitment = :id AND state = "
        with self._transaction():
            ended = self._change("cancelled", f"{of_it}'ringing'", {"id": promise_id}) or self._change(
                "cancelled", f"{of_it}'waiting'", {"id": promise_id}
            )
        return bool(ended)

    def snooze(self, seconds: int) -> Promises:
        """Let what rings, or else what was stopped a moment ago, ring again in so many seconds."""
        now = self.clock.wall_ms()
        lately = "state = 'heard' AND ended_ms > :from AND ended_ms <= :now"
        with self._transaction():
            ids = self._change("snoozed", "state = 'ringing'", {}) or self._change(
                "snoozed", lately, {"from": now - HEARD_LATELY_MS, "now": now}
            )
            return [self._elapse(number, seconds) for number in dict.fromkeys(ids)]

    def missed(self) -> Promises:
        """What was missed in the last days and not asked for yet; it counts as asked for an hour later."""
        now = self.clock.wall_ms()
        values = {"from": now - MISSED_FOR_MS, "asked": now - 3_600_000.0, "now": math.floor(now)}
        where = "o.state = 'missed' AND o.ended_ms > :from AND (o.told_ms = 0 OR o.told_ms > :asked)"
        found = [claim.promise for claim in self._read(where, values)]
        with self._transaction():
            self._db.execute("UPDATE occurrences SET told_ms = :now WHERE state = 'missed' AND told_ms = 0", values)
        return found

    def claim_due(self) -> Claims:
        """Take what is due, so that no other process rings it too, and let what repeats wait for its next time; in the
        order of the due times. What is too late, or due again already, is taken as missed.
        """
        now = self._now()
        if self._db.execute(f"SELECT 1 FROM occurrences o WHERE {_DUE} LIMIT 1", now).fetchone() is None:
            return []
        claims: Claims = []
        with self._transaction():
            while rows := self._rows(_DUE, now):
                claims += [claim for row in rows if (claim := self._claim(row)) is not None]
        self._taken |= {claim.occurrence for claim in claims}
        return sorted(claims, key=lambda claim: (claim.promise.due, claim.occurrence))

    def ringing(self) -> Claims:
        """What was claimed and nobody has stopped yet; also that of a process that died."""
        return self._read("o.state = 'ringing'", {})

    def take_up(self) -> Claims:
        """What another life of this process claimed and nobody heard: to ring again, or to tell when it is too late."""
        with self._transaction():
            rows = self._rows("o.state = 'ringing' OR (o.state = 'missed' AND o.begun = 0 AND o.told_ms = 0)", {})
            claims = [claim for row in rows if (claim := self._claim(row, again=True)) is not None]
        self._taken |= {claim.occurrence for claim in claims}
        return claims

    def begin(self, occurrence: int) -> bool:
        """True once in the life of an occurrence: what follows from it beside the sound is done then, or never."""
        begun = "UPDATE occurrences SET begun = 1 WHERE id = ? AND begun = 0 RETURNING id"
        with explained(_WHAT):
            return bool(self._db.execute(begun, (occurrence,)).fetchall())

    def stop_ringing(self) -> Promises:
        """The user has heard them: everything that rings here is done. Returns it.

        What a process took that died before it made a sound was not heard: it is taken up again at the next start.
        """
        heard = [claim.promise for claim in self.ringing() if claim.occurrence in self._taken]
        if heard:
            self._end_ringing("heard")
            with self._transaction():
                self._prune()
        return heard

    def give_up(self) -> None:
        """Nobody answered: what rings here is missed, and can be asked for."""
        self._end_ringing("missed")

    def _end_ringing(self, state: str) -> None:
        taken = json.dumps(sorted(self._taken))
        self._change(state, "state = 'ringing' AND id IN (SELECT value FROM json_each(:taken))", {"taken": taken})
        self._taken.clear()

    def wait_ms(self) -> float | None:
        """Ms until the next promise is due; None when nothing waits for a clock that goes."""
        now = self._now()
        left = "MIN(CASE WHEN o.boot_id = :boot_id THEN o.boot_due_ms - :boot ELSE o.due_ms - :wall END)"
        open_only = "o.state = 'waiting' AND (o.boot_id = :boot_id OR :plausible)"
        with explained(_WHAT):
            (found,) = self._db.execute(f"SELECT {left} FROM occurrences o WHERE {open_only}", now).fetchone()
        return None if found is None else float(found)

    def waits_for_clock(self) -> bool:
        """Something is promised for a time of day, and the wall clock was never set."""
        now = self._now()
        where = "state = 'waiting' AND boot_id <> :boot_id AND NOT :plausible"
        with explained(_WHAT):
            return self._db.execute(f"SELECT 1 FROM occurrences WHERE {where} LIMIT 1", now).fetchone() is not None

    def clock_was_set(self) -> None:
        """Write down anew what the wall clock will show when the things that elapse are due."""
        with self._transaction():
            self._db.execute(
                "UPDATE OR IGNORE occurrences SET due_ms = CAST(:wall + boot_due_ms - :boot AS INTEGER)"
                " WHERE state = 'waiting' AND boot_id = :boot_id",
                self._now(),
            )

    def back_up(self) -> Path | None:
        """Copy the file aside when something changed and the last copy is an hour old; says where to."""
        if not self._changed_since_copy:
            return None
        with explained(_WHAT):
            copy = back_up(self._db, self.path, self.clock.wall_ms() / 1000.0)
        self._changed_since_copy = copy is None
        return copy

    def _claim(self, row: sqlite3.Row, *, again: bool = False) -> Claim | None:
        """Take one occurrence inside a transaction; none if a later one of the same plan is due as well."""
        plan, wall = plan_of(row), self.clock.wall_ms()
        superseded = False
        if plan is not None and plan.repeat.recurs and not again and not row["boot_id"]:
            due = dt.datetime.fromtimestamp(row["due_ms"] / 1000.0, dt.UTC)
            following = plan.next_after(max(due, dt.datetime.fromtimestamp(wall / 1000.0, dt.UTC) - CATCH_UP))
            if following is not None:
                self._wait(row["id"], math.ceil(following.timestamp() * 1000.0))
                superseded = following.timestamp() * 1000.0 <= wall
        late_ms = self._late_ms(row)
        missed = superseded or row["state"] == "missed" or (row["kind"] == "alarm" and late_ms > ALARM_LATE_MS)
        # What rang in another life and is too late now has begun to ring, but was never told as missed.
        begun = superseded if missed and row["state"] != "missed" else row["begun"]
        self._db.execute(
            "UPDATE occurrences SET state = ?, ended_ms = ?, begun = ? WHERE id = ?",
            ("missed" if missed else "ringing", math.floor(wall) if missed else 0, begun, row["occurrence"]),
        )
        return None if superseded else self._as_claim(row, missed=missed)

    def _as_claim(self, row: sqlite3.Row, *, missed: bool = False) -> Claim:
        late_s = max(0.0, self._late_ms(row) / 1000.0)
        return Claim(occurrence=row["occurrence"], promise=self._promise(row), late_s=late_s, missed=missed)

    def _late_ms(self, row: sqlite3.Row) -> float:
        """How long ago it was due, by the clock that decides about it."""
        if row["boot_id"] == self.clock.boot_id():
            return self.clock.boot_ms() - float(row["boot_due_ms"])
        return self.clock.wall_ms() - float(row["due_ms"])

    def _commitment(self, kind: str, label: str, seconds: int, plan: Plan | None) -> int:
        local = (plan.first.isoformat(), plan.at.isoformat(), plan.zone) if plan else ("", "", "")
        repeat = plan.repeat if plan else ONCE
        values = (kind, label, seconds, *local, "".join(map(str, sorted(repeat.weekdays))), repeat.every_days)
        columns = "kind, label, seconds, first, at, zone, weekdays, every_days"
        cursor = self._db.execute(f"INSERT INTO commitments ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _elapse(self, commitment: int, seconds: int) -> Promise:
        wall, boot = self.clock.wall_ms(), self.clock.boot_ms()
        length_ms = 1000.0 * seconds
        return self._wait(commitment, math.ceil(wall + length_ms), self.clock.boot_id(), math.ceil(boot + length_ms))

    def _wait(self, commitment: int, due_ms: int, boot_id: str = "", boot_due_ms: int = 0) -> Promise:
        """Let a promise wait for a moment; it is there already if the moment was planned before."""
        self._db.execute(
            "INSERT OR IGNORE INTO occurrences (commitment, due_ms, boot_id, boot_due_ms) VALUES (?, ?, ?, ?)",
            (commitment, due_ms, boot_id, boot_due_ms),
        )
        (row,) = self._rows("o.commitment = :id AND o.due_ms = :due", {"id": commitment, "due": due_ms})
        return self._promise(row)

    def _change(self, state: str, where: str, values: Mapping[str, object]) -> Sequence[int]:
        """Move occurrences to a state that ends them; the ids of their promises."""
        statement = f"UPDATE occurrences SET state = :state, ended_ms = :ended WHERE {where} RETURNING commitment"
        with self._transaction():
            ended = {"state": state, "ended": math.floor(self.clock.wall_ms())}
            return [row[0] for row in self._db.execute(statement, {**values, **ended}).fetchall()]

    def _read(self, where: str, values: Mapping[str, object]) -> Claims:
        with explained(_WHAT):
            rows = self._rows(where, values)
        return [self._as_claim(row) for row in rows]

    def _rows(self, where: str, values: Mapping[str, object]) -> Sequence[sqlite3.Row]:
        rows: Sequence[sqlite3.Row] = self._db.execute(
            f"SELECT {COLUMNS} WHERE {where} ORDER BY o.due_ms, o.id", values
        ).fetchall()
        return rows

    def _promise(self, row: sqlite3.Row) -> Promise:
        due_ms = self.clock.wall_ms() - self._late_ms(row)
        zone = ZoneInfo(row["zone"] or self.zone)
        return promise_of(row, dt.datetime.fromtimestamp(round(due_ms) / 1000.0, zone))

    def _now(self) -> dict[str, object]:
        wall = self.clock.wall_ms()
        return {
            "wall": wall,
            "boot": self.clock.boot_ms(),
            "boot_id": self.clock.boot_id(),
            "plausible": plausible(wall),
        }

    def _prune(self) -> None:
        over = "state NOT IN ('waiting', 'ringing') AND id <= (SELECT MAX(id) FROM occurrences) - ?"
        self._db.execute(f"DELETE FROM occurrences WHERE {over}", (KEPT_DONE,))
        self._db.execute("DELETE FROM commitments WHERE id NOT IN (SELECT commitment FROM occurrences)")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing, told to the listeners when something changed; one inside another belongs to it.

        IMMEDIATE, because a claim reads before it writes, and nobody may write in between.
        """
        if self._db.in_transaction:
            yield
            return
        before = self._db.total_changes
        with transaction(self._db, _WHAT):
            yield
        if self._db.total_changes > before:
            self._changed_since_copy = True
            for listener in self._listeners:
                listener()


def _notice(copy: Path | None) -> str:
    kept = "My list of timers, alarms and reminders was damaged"
    if copy is None:
        return f"{kept}, so I started a new one. Please set them again."
    return f"{kept}, so I went back to a copy from {spoken_time_of(copy)}. Please check it."
