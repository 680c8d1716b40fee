"""Timers on disk: a promise is written before it is confirmed, and rings although the process died in between.

pending --due: claimed by exactly one process--> ringing --the user hears it--> done
   |                                                |
   `----------------- cancel ----------------------'--> cancelled
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path

from assistant.skill import Timer
from assistant.store.database import Layout, explained, open_database

_LAYOUT = Layout(
    version=1,
    schema="""
CREATE TABLE timers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    label TEXT NOT NULL,
    seconds INTEGER NOT NULL CHECK (seconds > 0),
    due_ms INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'ringing', 'done', 'cancelled'))
) STRICT;
CREATE INDEX timers_due ON timers (state, due_ms);
""",
    probe="SELECT id, label, seconds, due_ms, state FROM timers LIMIT 1",
)
_WHAT = "The list of timers"
Timers = list[Timer]
Listeners = list[Callable[[], None]]  # named here, because the store has a method called `list`

_COLUMNS = "id, label, seconds, due_ms"
KEPT_DONE = 200
"""Timers that are over and kept for the record."""


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
        with explained(_WHAT):
            self._db, replaced = open_database(path, _LAYOUT, wall_ms() / 1000.0)
        if replaced:
            self.notice = "My list of timers was damaged, so I started a new one. Please set your timers again."

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
        with explained(_WHAT):
            rows = self._db.execute(f"SELECT {_COLUMNS} FROM timers {where}", values).fetchall()
        return [_timer(row) for row in rows]

    def _write(self, statement: str, values: tuple[object, ...] = ()) -> Timers:
        """Run a statement that returns the rows it changed; one transaction, told to the listeners."""
        with explained(_WHAT), self._db:
            rows = self._db.execute(statement, values).fetchall()
        if rows:
            for listener in self._listeners:
                listener()
        return [_timer(row) for row in rows]


def _timer(row: tuple[int, str, int, int]) -> Timer:
    number, label, seconds, due_ms = row
    due = dt.datetime.fromtimestamp(due_ms / 1000.0).astimezone()
    return Timer(id=number, label=label, seconds=seconds, due=due)
