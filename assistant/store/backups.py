"""Copies of a database beside it: at most one an hour, the newest three are kept, each whole before it has its name."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
from pathlib import Path

EVERY_S = 3600.0
KEPT = 3
_STAMP = "%Y%m%d-%H%M%S"


def copies_of(path: Path) -> list[Path]:
    """The copies of a file, the newest first: they are numbered, as a clock may be set back between two."""
    return sorted(path.parent.glob(f"{path.name}.copy-[0-9]*-[0-9]*"), reverse=True)


def back_up(db: sqlite3.Connection, path: Path, now_s: float) -> Path | None:
    """Copy an open database unless its newest copy is less than an hour old (`now_s`: epoch); says where to.

    Raises:
        sqlite3.Error, OSError: no room or no right; the old copies are still there.
    """
    copies = copies_of(path)
    if copies and 0 <= now_s - _taken_s(copies[0]) < EVERY_S:
        return None
    number = int(_parts(copies[0])[0]) + 1 if copies else 1
    stamp = f"{dt.datetime.fromtimestamp(now_s, dt.UTC):{_STAMP}}"
    made = path.with_name(f"{path.name}.copy-{number:08d}-{stamp}")
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_RDWR | os.O_CREAT, 0o600))
    db.execute("VACUUM INTO ?", (str(part),))
    _sync(part)
    part.replace(made)
    _sync(path.parent)
    for old in copies[KEPT - 1 :]:
        old.unlink(missing_ok=True)
    return made


def spoken_time_of(copy: Path) -> str:
    """When a copy was taken, in local time, for a sentence."""
    taken = dt.datetime.fromtimestamp(_taken_s(copy)).astimezone()
    return f"{taken:%A} at {taken.hour % 12 or 12}:{taken:%M %p}"


def _parts(copy: Path) -> tuple[str, str]:
    """Number and time stamp in the name of a copy."""
    number, _, stamp = copy.name.rpartition(".copy-")[2].partition("-")
    return number, stamp


def _taken_s(copy: Path) -> float:
    try:
        return dt.datetime.strptime(_parts(copy)[1], _STAMP).replace(tzinfo=dt.UTC).timestamp()
    except ValueError:
        return 0.0


def _sync(path: Path) -> None:
    """On the disk, not only in the cache."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
