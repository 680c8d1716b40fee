"""Timers on disk: promised means written, claimed means claimed once, and damage is survived."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.skill import Timer
from assistant.store.database import StoreError
from assistant.store.timers import KEPT_DONE, TimerStore

pytestmark = pytest.mark.unit

START_MS = 1_800_000_000_000.0


class Wall:
    def __init__(self) -> None:
        self.ms = START_MS

    def __call__(self) -> float:
        return self.ms


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def store(tmp_path: Path, wall: Wall) -> Iterator[TimerStore]:
    opened = TimerStore(tmp_path / "state" / "timers.sqlite3", wall)
    yield opened
    opened.close()


def _ids(timers: list[Timer]) -> list[int]:
    return [timer.id for timer in timers]


def test_a_timer_has_its_due_time(store: TimerStore) -> None:
    """The due time is now plus the length, aware and exact."""
    timer = store.add(90, "pasta")
    assert (90, "pasta") == (timer.seconds, timer.label)
    assert START_MS + 90_000 == timer.due.timestamp() * 1000
    assert timer.due.tzinfo is not None
    assert [timer] == store.list()


def test_next_first(store: TimerStore) -> None:
    """The list begins with the timer that rings next, and the store knows that moment."""
    late, soon = store.add(600), store.add(60)
    assert [soon.id, late.id] == _ids(store.list())
    assert START_MS + 60_000 == store.next_due_ms()


def test_survives_a_new_process(tmp_path: Path, wall: Wall) -> None:
    """What was promised is there when the file is opened again, without a clean close before."""
    path = tmp_path / "timers.sqlite3"
    first = TimerStore(path, wall)
    timer = first.add(60, "tea")
    second = TimerStore(path, wall)
    assert [timer] == second.list()
    first.close()
    second.close()


def test_claimed_exactly_once(tmp_path: Path, wall: Wall) -> None:
    """Of two processes that see the same due timer one gets it."""
    stores = [TimerStore(tmp_path / "timers.sqlite3", wall) for _ in range(2)]
    timer = stores[0].add(60)
    claims = [_ids(store.claim_due(START_MS + 60_000)) for store in (*stores, *stores)]
    assert [[timer.id], [], [], []] == claims
    for store in stores:
        store.close()


def test_not_due_not_claimed(store: TimerStore) -> None:
    """A millisecond before its time a timer stays."""
    store.add(60)
    assert [] == store.claim_due(START_MS + 59_999)


def test_ringing_until_heard(store: TimerStore) -> None:
    """A claimed timer rings, is in the list, and is done when the user stops it."""
    timer = store.add(60)
    store.add(600)
    store.claim_due(START_MS + 60_000)
    assert [timer.id] == _ids(store.ringing())
    assert 2 == len(store.list())
    assert [timer.id] == _ids(store.stop_ringing())
    assert ([], 1) == (store.ringing(), len(store.list()))
    assert [] == store.stop_ringing()


def test_cancel_once(store: TimerStore) -> None:
    """A timer is cancelled once, also while it rings; what is over cannot be cancelled."""
    first, second = store.add(60), store.add(60)
    store.claim_due(START_MS + 60_000)
    assert [True, False] == [store.cancel(first.id), store.cancel(first.id)]
    assert [second.id] == _ids(store.ringing())
    assert not store.cancel(12345)


def test_changes_are_told(store: TimerStore) -> None:
    """A listener hears of each change, and of nothing when nothing changed."""
    told: list[int] = []
    store.on_change(lambda: told.append(1))
    timer = store.add(60)
    store.cancel(timer.id)
    store.cancel(timer.id)
    store.claim_due(START_MS)
    store.stop_ringing()
    assert 2 == len(told)


def test_the_record_is_bounded(store: TimerStore) -> None:
    """Timers that are over do not pile up for ever; the ids never come again."""
    for _ in range(KEPT_DONE + 20):
        store.cancel(store.add(60).id)
    store.add(1)
    store.claim_due(START_MS + 1000)
    store.stop_ringing()
    with sqlite3.connect(store.path) as db:
        (count,) = db.execute("SELECT COUNT(*) FROM timers").fetchone()
    db.close()
    assert KEPT_DONE == count
    assert KEPT_DONE + 22 == store.add(60).id


def test_power_loss_settings(store: TimerStore) -> None:
    """A commit is on the disk when it returns, and the file is private."""
    assert "wal" == store._db.execute("PRAGMA journal_mode").fetchone()[0]
    assert 2 == store._db.execute("PRAGMA synchronous").fetchone()[0]
    assert 0o600 == store.path.stat().st_mode & 0o777


@pytest.mark.parametrize("damage", [b"this is no database" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_damaged_file_is_replaced(tmp_path: Path, wall: Wall, damage: bytes) -> None:
    """A damaged file is moved aside and told in one sentence; the assistant goes on."""
    path = tmp_path / "timers.sqlite3"
    path.write_bytes(damage)
    store = TimerStore(path, wall)
    assert "damaged" in store.notice
    assert 60 == store.add(60).seconds
    store.close()
    assert [damage] == [file.read_bytes() for file in tmp_path.glob("*.damaged-*")]


def test_damaged_pages_are_found(tmp_path: Path, wall: Wall) -> None:
    """Damage inside an otherwise good file is found when it is opened."""
    path = tmp_path / "timers.sqlite3"
    store = TimerStore(path, wall)
    for _ in range(500):
        store.add(60, "a long name to fill some pages of the file")
    store.close()
    content = bytearray(path.read_bytes())
    content[8192:20480] = b"\xa5" * 12288
    path.write_bytes(bytes(content))
    mended = TimerStore(path, wall)
    assert "damaged" in mended.notice
    assert [] == mended.list()
    mended.close()


def test_newer_file_is_left_alone(tmp_path: Path, wall: Wall) -> None:
    """A file of a newer version is neither used nor moved."""
    path = tmp_path / "timers.sqlite3"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreError, match="newer version"):
        TimerStore(path, wall)
    assert [path.name] == [file.name for file in tmp_path.iterdir() if "-" not in file.name]


def test_unusable_place_is_a_sentence(tmp_path: Path, wall: Wall) -> None:
    """Where no file can be made, that is said, with what to do."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError) as caught:
        TimerStore(tmp_path / "file" / "timers.sqlite3", wall)
    assert caught.value.fix
