"""A skill's secret: read by its owner, refused when others can read it too."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import SkillError
from assistant.skillhost.secret import read_secret

pytestmark = pytest.mark.unit


def test_private_file(tmp_path: Path) -> None:
    """Its first line; nothing where there is none."""
    file = tmp_path / "password"
    assert "" == read_secret(file)
    file.write_text("open sesame\nand no more\n", encoding="utf-8")
    file.chmod(0o644)
    with pytest.raises(SkillError, match="Others can read"):
        read_secret(file)
    file.chmod(0o600)
    assert "open sesame" == read_secret(file)
