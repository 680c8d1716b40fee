"""Configuration: defaults, the file, the environment, and mistakes told in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.config import Config, load_config, origins
from assistant.errors import ConfigError

pytestmark = pytest.mark.unit


def write(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_all_is_default(tmp_path: Path) -> None:
    """No file is no error."""
    assert Config() == load_config(tmp_path / "config.toml", {})


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    """Each value knows where it came from."""
    file = write(tmp_path, '[wake]\nword = "alexa"\n[turn]\nsilence_ms = 700\n')
    found = {name: (value, origin) for name, value, origin in origins(file, {"ASSISTANT_SET_WAKE__WORD": "hey_jarvis"})}
    assert ("hey_jarvis", "ASSISTANT_SET_WAKE__WORD") == found["wake.word"]
    assert (700, str(file)) == found["turn.silence_ms"]
    assert (True, "default") == found["models.caller"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[wake]\nwrod = 1\n", ["wake.wrod", "wake.word"]),
        ("[wakes]\n", ["wakes", "wake"]),
        ("[turn]\nsilence_ms = 'long'\n", ["turn.silence_ms"]),
        ("[turn]\nsilence_ms = 1\n", ["turn.silence_ms"]),
        ("[turn\n", ["not valid TOML"]),
        ("turn = 3\n", ["turn"]),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, words: list[str]) -> None:
    """An unknown key names the nearest known one; a wrong value names its key."""
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, text), {})
    assert [] == [word for word in words if word not in str(caught.value)]


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    """`--config` with a wrong path is told."""
    with pytest.raises(ConfigError, match="does not exist"):
        load_config(tmp_path / "none.toml", {}, required=True)


def test_a_file_of_bytes_is_told(tmp_path: Path) -> None:
    """A file that is no text is told, not raised as a decoding error."""
    file = tmp_path / "config.toml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not text in UTF-8"):
        load_config(file, {})
