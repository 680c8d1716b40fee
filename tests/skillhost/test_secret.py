"""Secrets of skills: a private file, its first line, and nothing where others can read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import SkillError
from assistant.skillhost.secret import read_secret

pytestmark = pytest.mark.unit


def test_the_first_line(tmp_path: Path) -> None:
    """Of a file that is the owner's alone; where there is none the secret is empty."""
    file = tmp_path / "token"
    assert "" == read_secret(file)
    file.write_text("abc def\nmore\n")
    file.chmod(0o600)
    assert "abc def" == read_secret(file)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_others_may_not_read_it(tmp_path: Path, mode: int) -> None:
    """A file that others can read is refused, and its content stands in no sentence."""
    file = tmp_path / "token"
    file.write_text("abcdef")
    file.chmod(mode)
    with pytest.raises(SkillError) as caught:
        read_secret(file)
    assert "abcdef" not in str(caught.value)
