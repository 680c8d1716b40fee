"""A secret's file: read by its owner, refused when others can read it too."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.assembly import media_settings
from assistant.config import Config
from assistant.errors import ConfigError
from assistant.paths import find_paths, read_private

pytestmark = pytest.mark.unit


def test_private_file(home: Path) -> None:
    """Its first line; nothing where there is none."""
    paths = find_paths()
    paths.create()
    assert "" == read_private(paths.mpd_password)
    paths.mpd_password.write_text("open sesame\n", encoding="utf-8")
    paths.mpd_password.chmod(0o644)
    with pytest.raises(ConfigError, match="Others can read"):
        read_private(paths.mpd_password)
    paths.mpd_password.chmod(0o600)
    assert "open sesame" == read_private(paths.mpd_password)
    assert ("localhost", "open sesame") == tuple(media_settings(Config(), paths)[key] for key in ("mpd", "password"))
