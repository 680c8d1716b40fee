"""A new skill from the template, to be checked or broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.devkit.new import create_skill


@pytest.fixture
def shopping(tmp_path: Path, home: Path) -> Path:
    """The folder of a skill `shopping`."""
    return create_skill("shopping", tmp_path)
