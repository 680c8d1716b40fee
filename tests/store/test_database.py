"""The file of promises: led from version 1, copied once an hour, and brought back from a copy when it is damaged."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from pathlib import Path

import pytest

from assistant.store.backups import KEPT, copies_of
from assistant.store.commitments import CommitmentStore
from assistant.store.database import Layout, StoreError, open_database, set_aside
from assistant.store.layout import LAYOUT
from assistant.testing import ScriptedClock

pytestmark = pytest.mark.unit

VERSION_1 = Path(__file__).with_name("version-1.sqlite3")
"""Written by the last release of version 1: tea rings, egg was heard, two wait, two were cancelled (ids 4 and 6)."""
HOUR_MS = 3_600_000.0


def test_from_version_1(tmp_path: Path, clock: ScriptedClock) -> None:
    """The timers of a real file of version 1 go on: what rang rings, what waited waits, no id comes again."""
    path = tmp_path / "commitments.sqlite3"
    shutil.copyfile(VERSION_1, path)
    store = CommitmentStore(path, clock, "Europe/Berlin")
    assert "" == store.notice
    assert [(1, "tea", True), (2, "", False), (3, "pasta", False)] == [(p.id, p.label, p.ringing) for p in store.list()]
    assert [60_000, 120_000, 600_000] == [p.due.timestamp() * 1000 - clock.wall for p in store.list()]
    assert [60, 120, 600] == [p.seconds for p in store.list()]
    assert [1] == [claim.promise.id for claim in store.take_up()]
    assert 7 == store.add("alarm", 60).id
    clock.pass_ms(600_000)
    assert [7, 2, 3] == [claim.promise.id for claim in sorted(store.claim_due(), key=lambda c: c.promise.due)]
    store.close()
    again = CommitmentStore(path, clock, "Europe/Berlin")
    assert 4 == len(again.ringing())
    again.close()


def test_an_interrupted_migration_leaves_the_file(tmp_path: Path) -> None:
    """A migration that fails half-way is undone wholly, and the next start finds version 1 again."""
    path = tmp_path / "commitments.sqlite3"
    shutil.copyfile(VERSION_1, path)
    broken = Layout(version=2, schema="", probe="SELECT 1", migrations={1: f"{LAYOUT.migrations[1]}; SELECT nothing"})
    with pytest.raises(sqlite3.OperationalError):
        open_database(path, broken, 0.0)
    store = CommitmentStore(path)
    assert 3 == len(store.list())
    store.close()


def test_two_processes_migrate_one_file(tmp_path: Path) -> None:
    """Whoever comes second finds the work done."""
    path = tmp_path / "commitments.sqlite3"
    shutil.copyfile(VERSION_1, path)
    counts: list[int] = []

    def opened() -> None:
        store = CommitmentStore(path)
        counts.append(len(store.list()))
        store.close()

    threads = [threading.Thread(target=opened) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [3, 3, 3, 3] == counts


def test_newer_file_is_left_alone(tmp_path: Path) -> None:
    """A file of a newer version is neither used nor moved."""
    path = tmp_path / "commitments.sqlite3"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreError, match="newer version"):
        CommitmentStore(path)
    assert [path.name] == [file.name for file in tmp_path.iterdir() if "-" not in file.name]


@pytest.mark.parametrize("damage", [b"this is no database" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_damaged_file_without_a_copy(tmp_path: Path, damage: bytes) -> None:
    """A damaged file is moved aside and told in one sentence; the assistant goes on."""
    path = tmp_path / "commitments.sqlite3"
    path.write_bytes(damage)
    store = CommitmentStore(path)
    assert "damaged, so I started a new one" in store.notice
    assert 60 == store.add("timer", 60).seconds
    store.close()
    assert [damage] == [file.read_bytes() for file in set_aside(path)]


def _damage_pages(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[8192:20480] = b"\xa5" * 12288
    path.write_bytes(bytes(content))


def _filled(path: Path, clock: ScriptedClock, count: int) -> CommitmentStore:
    store = CommitmentStore(path, clock, "Europe/Berlin")
    for _ in range(count):
        store.add("timer", 36_000, label="a long name to fill some pages of the file")
    return store


def test_the_newest_copy_comes_back(store: CommitmentStore, clock: ScriptedClock) -> None:
    """Damage inside the file brings the newest copy back, with what it held, and says from when it is."""
    path = store.path
    _filled(path, clock, 200).close()
    assert store.back_up() is not None
    clock.pass_ms(2 * HOUR_MS)
    store.add("alarm", 3600, label="in the newest copy")
    assert store.back_up() is not None
    store.add("alarm", 3600, label="in no copy")
    store.close()
    _damage_pages(path)
    mended = CommitmentStore(path, clock, "Europe/Berlin")
    assert "damaged, so I went back to a copy from Friday at " in mended.notice
    assert 201 == len(mended.list())
    assert ["in the newest copy"] == [alarm.label for alarm in mended.list("alarm")]
    assert 1 == len(set_aside(path))
    mended.close()
    calm = CommitmentStore(path, clock, "Europe/Berlin")
    assert "" == calm.notice
    calm.close()


def test_a_damaged_copy_is_passed_over(store: CommitmentStore, clock: ScriptedClock) -> None:
    """The newest copy that is whole is taken, not the newest one."""
    path = store.path
    _filled(path, clock, 200).close()
    store.back_up()
    clock.pass_ms(2 * HOUR_MS)
    store.add("timer", 3600)
    damaged = store.back_up()
    assert damaged is not None
    store.close()
    _damage_pages(damaged)
    path.write_bytes(b"nothing")
    mended = CommitmentStore(path, clock, "Europe/Berlin")
    assert 200 == len(mended.list())
    mended.close()


def test_copies_once_an_hour(store: CommitmentStore, clock: ScriptedClock) -> None:
    """The first change is copied at once, later ones an hour after the last copy; three are kept, private and whole."""
    made = []
    for _ in range(12):
        store.add("timer", 86_400)
        made.append(store.back_up() is not None)
        assert store.back_up() is None
        clock.pass_ms(HOUR_MS / 2)
    assert [True, False] * 6 == made
    copies = copies_of(store.path)
    assert KEPT == len(copies)
    for copy in copies:
        assert 0o600 == copy.stat().st_mode & 0o777
        db, replaced = open_database(copy, LAYOUT, 0.0)
        assert not replaced
        db.close()


def test_nothing_changed_nothing_copied(store: CommitmentStore, clock: ScriptedClock) -> None:
    """While nothing changes no copy pushes a good one out."""
    store.add("timer", 86_400)
    store.back_up()
    clock.pass_ms(10 * HOUR_MS)
    assert None is store.back_up()


def test_a_clock_that_was_set_back_does_not_stop_copies(store: CommitmentStore, clock: ScriptedClock) -> None:
    """A copy from the future does not count as the last hour's, nor as newer than the one that follows it."""
    store.add("timer", 86_400)
    first = store.back_up()
    clock.set_wall(-5 * HOUR_MS)
    store.add("timer", 86_400)
    second = store.back_up()
    assert [second, first] == copies_of(store.path)
