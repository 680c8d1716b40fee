"""The record of turns: bounded, private, survives damage, and what is forgotten is gone from the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.store.database import StoreError
from assistant.store.history import DAY_S, MAX_TEXT_CHARS, History, Outcome, TurnRecord

pytestmark = pytest.mark.unit

NOW_S = 1_800_000_000.0
CANARY = "xylophonic quagmire"
RECORD = TurnRecord(
    opened_by="wake",
    ended_by="complete",
    route="grammar",
    reason="grammar",
    skill="timer",
    tool="timer.set",
    arguments={"minutes": 10, "label": None},
    results=(Outcome(tool="timer.set", ok=True), Outcome(tool="timer.cancel", ok=False, error="skill")),
    reply="Ten minutes.",
    heard_words=2,
    ended="spoken",
    resumed=("noise",),
    timings_ms={"end_decided": 300.0, "first_audio": 320.5},
)


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    opened = History(tmp_path / "state" / "history.sqlite3")
    yield opened
    opened.close()


def texts(history: History, n: int = 10_000) -> list[str]:
    return [entry.heard for entry in history.latest(n)]


def on_disk(folder: Path) -> bytes:
    """Every byte that lies beside the file: its WAL and what was set aside too."""
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_a_turn_comes_back_as_it_was(history: History) -> None:
    """All of a record survives the file, and the newest is first."""
    history.add(NOW_S, "t1", "set a timer", RECORD)
    history.add(NOW_S + 1, "t2", "stop", TurnRecord(reason="stop_word", ended="stopped"))
    second, first = history.latest(5)
    assert (1, NOW_S, "t1", "set a timer", RECORD) == (first.number, first.at_s, first.turn, first.heard, first.record)
    assert (2, "stopped") == (second.number, second.record.ended)
    assert ["stop"] == texts(history, 1)


def test_told_again_is_the_same_turn(history: History) -> None:
    """What becomes known later replaces what was known."""
    history.add(NOW_S, "t1", "why is the sky blue", TurnRecord(ended="interrupted"))
    history.add(NOW_S, "t1", "why is the sky blue", TurnRecord(ended="interrupted", heard_words=4))
    (entry,) = history.latest(5)
    assert 4 == entry.record.heard_words


def test_find(history: History) -> None:
    """By number, or by id: the newest one, because ids begin anew with every start."""
    for at_s, turn, heard in ((NOW_S, "t1", "before"), (NOW_S + 9, "t1", "after"), (NOW_S + 10, "t2", "other")):
        history.add(at_s, turn, heard, RECORD)
    found = [history.find(name) for name in ("t1", "1", "3", "t9", "9", "", "9" * 30, "²", "' OR 1=1 --")]
    assert ["after", "before", "other", *[None] * 6] == [entry.heard if entry else None for entry in found]


def test_bounded_in_number(tmp_path: Path) -> None:
    """Only the newest turns are kept."""
    history = History(tmp_path / "h.sqlite3", keep_turns=3)
    for number in range(7):
        history.add(NOW_S + number, f"t{number}", str(number), RECORD)
        history.prune(NOW_S + number)
    assert ["6", "5", "4"] == texts(history)
    history.close()


def test_bounded_in_time(history: History) -> None:
    """A turn is let go of after thirty days, and its words are gone from the disk."""
    history.add(NOW_S, "t1", CANARY, RECORD)
    history.add(NOW_S + DAY_S, "t2", "new", RECORD)
    assert 0 == history.prune(NOW_S + 30 * DAY_S)
    assert 1 == history.prune(NOW_S + 30 * DAY_S + 1)
    assert ["new"] == texts(history)
    assert CANARY.encode() not in on_disk(history.path.parent)


def test_long_texts_are_cut(history: History) -> None:
    """A line that was typed may be a megabyte; the row is not."""
    history.add(NOW_S, "c1", "x" * 1_000_000, TurnRecord(reply="y" * 1_000_000))
    (entry,) = history.latest(1)
    assert (MAX_TEXT_CHARS, MAX_TEXT_CHARS) == (len(entry.heard), len(entry.record.reply))


def test_zero_days_keep_nothing(tmp_path: Path) -> None:
    """Nothing is written, and what there was goes."""
    path = tmp_path / "h.sqlite3"
    before = History(path)
    before.add(NOW_S, "t1", CANARY, RECORD)
    before.close()
    history = History(path, keep_days=0)
    history.add(NOW_S, "t2", CANARY, RECORD)
    assert 1 == history.prune(NOW_S)
    assert [] == texts(history)
    assert CANARY.encode() not in on_disk(tmp_path)
    history.close()


def test_forgotten_is_gone_from_the_disk(history: History) -> None:
    """Not in the free pages, not in the WAL, not in a damaged predecessor; also while a daemon has the file open."""
    (history.path.parent / "history.sqlite3.damaged-20260101-000000").write_text(CANARY)
    for number in range(200):
        history.add(NOW_S + number, f"t{number}", f"{CANARY} {number}", RECORD)
    assert CANARY.encode() in on_disk(history.path.parent)
    other = History(history.path)
    assert 200 == other.forget()
    other.close()
    assert CANARY.encode() not in on_disk(history.path.parent)
    history.add(NOW_S, "t1", "life goes on", RECORD)
    assert ["life goes on"] == texts(history)


def test_a_reader_in_the_way_is_told(history: History, tmp_path: Path) -> None:
    """When the WAL cannot be emptied, nobody claims that it was."""
    history.add(NOW_S, "t1", CANARY, RECORD)
    reader = sqlite3.connect(history.path)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM turns").fetchall()
    history._db.execute("PRAGMA busy_timeout = 1")
    with pytest.raises(StoreError, match="cannot be used"):
        history.forget()
    reader.close()
    history.forget()
    assert CANARY.encode() not in on_disk(history.path.parent)


def test_private(history: History) -> None:
    """Nobody else can read the file, its WAL or the folder."""
    history.add(NOW_S, "t1", "words", RECORD)
    files = list(history.path.parent.iterdir())
    assert {0o600} == {file.stat().st_mode & 0o777 for file in files}
    assert 3 == len(files)
    assert 0o700 == history.path.parent.stat().st_mode & 0o777


@pytest.mark.parametrize("damage", [b"this is no database" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_file_is_set_aside(tmp_path: Path, damage: bytes) -> None:
    """A new one is begun; the old one goes when it is too old itself."""
    path = tmp_path / "h.sqlite3"
    path.write_bytes(damage)
    history = History(path, now_s=NOW_S)
    assert history.replaced
    history.add(NOW_S, "t1", "words", RECORD)
    assert ["words"] == texts(history)
    (aside,) = tmp_path.glob("*.damaged-*")
    assert damage == aside.read_bytes()
    history.prune(aside.stat().st_mtime + 31 * DAY_S)
    assert not aside.exists()
    history.close()


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    """A file of a newer version is neither used nor moved."""
    path = tmp_path / "h.sqlite3"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreError, match="newer version"):
        History(path)
    assert [] == list(tmp_path.glob("*.damaged-*"))


def test_an_unusable_place_is_a_sentence(tmp_path: Path) -> None:
    """Where no file can be made, that is said, with what to do."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError) as caught:
        History(tmp_path / "file" / "h.sqlite3")
    assert caught.value.fix


@pytest.mark.parametrize("record", ["", "no json", "[]", '{"results": 3}', '{"timings_ms": {"a": "b"}}', '{"new": 1}'])
def test_foreign_rows(history: History, record: str) -> None:
    """A record that we did not write is an empty one, and bytes that are no text do no harm."""
    with history._db:
        history._db.execute(
            "INSERT INTO turns (at_s, turn, heard, record) VALUES (?, 't1', CAST(x'ff41' AS TEXT), ?)", (NOW_S, record)
        )
    (entry,) = history.latest(1)
    assert ("�A", TurnRecord()) == (entry.heard, entry.record)


def test_text_that_cannot_be_encoded(history: History) -> None:
    """Half a character from a shell is stored as a replacement."""
    history.add(NOW_S, "c1", "a\udcffb", TurnRecord(reply="\udcff"))
    (entry,) = history.latest(1)
    assert ("a?b", "?") == (entry.heard, entry.record.reply)
