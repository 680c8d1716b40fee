"""Rendered phrases in memory and on disk."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from assistant.speak.cache import Phrase, PhraseCache, phrase_key

pytestmark = pytest.mark.unit


def _phrase(level: int = 100, count: int = 1000) -> Phrase:
    return Phrase(samples=np.full(count, level, dtype=np.int16), rate_hz=22_050)


def _level(phrase: Phrase | None) -> int | None:
    return None if phrase is None else int(phrase.samples[0])


def test_the_key_tells_voice_speed_and_text_apart() -> None:
    """Another voice, speed or text is another rendering."""
    keys = {phrase_key(*parts) for parts in [("a", 1.0, "x"), ("b", 1.0, "x"), ("a", 1.1, "x"), ("a", 1.0, "y")]}
    assert 4 == len(keys)


def test_what_was_put_is_got(tmp_path: Path) -> None:
    """A phrase comes back as it was; an unknown key is none."""
    cache = PhraseCache(tmp_path / "phrases")
    cache.put("k", _phrase(7))
    assert 7 == _level(cache.get("k"))
    assert cache.get("other") is None


def test_memory_is_bounded_and_drops_what_was_not_used() -> None:
    """The least recently used phrase goes when the bytes are spent."""
    cache = PhraseCache(memory_bytes=5000)
    cache.put("a", _phrase())
    cache.put("b", _phrase())
    cache.get("a")
    cache.put("c", _phrase())
    assert [True, False, True] == ["a" in cache, "b" in cache, "c" in cache]


def test_a_phrase_put_twice_is_counted_once() -> None:
    """Putting a key again replaces its bytes."""
    cache = PhraseCache(memory_bytes=5000)
    for level in range(5):
        cache.put("a", _phrase(level))
    cache.put("b", _phrase())
    assert 4 == _level(cache.get("a"))


def test_only_set_phrases_reach_the_disk(tmp_path: Path) -> None:
    """Without `on_disk` nothing is written, with it the next start finds the phrase."""
    folder = tmp_path / "phrases"
    cache = PhraseCache(folder)
    cache.put("private", _phrase())
    assert not folder.exists()
    cache.put("set", _phrase(9), on_disk=True)
    fresh = PhraseCache(folder)
    assert 9 == _level(fresh.get("set"))
    assert "private" not in fresh


def test_files_are_private(tmp_path: Path) -> None:
    """The folder is 0700, a file 0600."""
    folder = tmp_path / "phrases"
    PhraseCache(folder).put("set", _phrase(), on_disk=True)
    assert 0o700 == folder.stat().st_mode & 0o777
    assert [0o600] == [file.stat().st_mode & 0o777 for file in folder.iterdir()]


def test_the_disk_is_bounded_and_drops_the_oldest_use(tmp_path: Path) -> None:
    """Over the bound the file goes that was not used for longest."""
    cache = PhraseCache(tmp_path, disk_bytes=5000)
    for age, key in enumerate("ab"):
        cache.put(key, _phrase(), on_disk=True)
        os.utime(tmp_path / f"{key}.wav", (1000 + age, 1000 + age))
    assert PhraseCache(tmp_path).get("a") is not None
    cache.put("c", _phrase(), on_disk=True)
    assert ["a.wav", "c.wav"] == sorted(file.name for file in tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"RIFF", b"nonsense " * 100])
def test_a_damaged_file_is_dropped(tmp_path: Path, content: bytes) -> None:
    """What cannot be read is no phrase, and is not met again."""
    (tmp_path / "k.wav").write_bytes(content)
    assert PhraseCache(tmp_path).get("k") is None
    assert [] == list(tmp_path.iterdir())


def test_a_file_cut_short_is_dropped(tmp_path: Path) -> None:
    """Half a phrase is never spoken."""
    PhraseCache(tmp_path).put("k", _phrase(), on_disk=True)
    file = tmp_path / "k.wav"
    file.write_bytes(file.read_bytes()[:-500])
    assert PhraseCache(tmp_path).get("k") is None


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    """The phrase stays in memory when the disk refuses it."""
    (tmp_path / "file").write_text("in the way")
    cache = PhraseCache(tmp_path / "file")
    cache.put("k", _phrase(5), on_disk=True)
    assert 5 == _level(cache.get("k"))
