"""Saved states of the language model: private, whole, and only under their own key."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.engines.saved_state import KEEP_FILES, SavedStates

pytestmark = pytest.mark.unit

STATE = bytes(range(256)) * 40


@pytest.fixture
def states(tmp_path: Path) -> SavedStates:
    return SavedStates(tmp_path / "cache")


def test_saved_comes_back(states: SavedStates) -> None:
    """What was saved is loaded under its key only, from a file that only its owner reads."""
    assert states.save(b"key", STATE)
    assert states.load(b"key") == STATE
    assert states.load(b"another") is None
    assert states.file_of(b"key").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in states.file_of(b"key").parent.iterdir()] == [states.file_of(b"key").name]


@pytest.mark.parametrize("place", [0, 10, 45, 100, -1])
def test_one_wrong_byte_is_refused(states: SavedStates, place: int) -> None:
    """A damaged file is as good as none, wherever the damage is."""
    states.save(b"key", STATE)
    data = bytearray(states.file_of(b"key").read_bytes())
    data[place] ^= 1
    states.file_of(b"key").write_bytes(data)
    assert states.load(b"key") is None


def test_files_of_others_are_refused(states: SavedStates, tmp_path: Path) -> None:
    """A truncated file, another key's file under this name, and a link are not loaded."""
    states.save(b"key", STATE)
    content = states.file_of(b"key").read_bytes()
    states.file_of(b"other").write_bytes(content)
    assert states.load(b"other") is None
    states.file_of(b"key").write_bytes(content[:50])
    assert states.load(b"key") is None
    (tmp_path / "elsewhere").write_bytes(content)
    states.file_of(b"key").unlink()
    states.file_of(b"key").symlink_to(tmp_path / "elsewhere")
    assert states.load(b"key") is None


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    """Without a place to save, the prefix is simply computed again next time."""
    (tmp_path / "file").write_text("in the way")
    states = SavedStates(tmp_path / "file" / "cache")
    assert states.save(b"key", STATE) is False
    assert states.load(b"key") is None


def test_old_states_are_deleted(states: SavedStates) -> None:
    """The folder does not grow without end, and the newest state stays."""
    for number in range(KEEP_FILES + 4):
        states.save(str(number).encode(), STATE)
    assert len(list(states.file_of(b"").parent.iterdir())) == KEEP_FILES
    assert states.load(str(KEEP_FILES + 3).encode()) == STATE
