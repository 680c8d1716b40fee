"""A new skill from the template, to be checked or broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.devkit.new import create_skill


@pytest.fixture
def packing(tmp_path: Path, home: Path) -> Path:
    """The folder of a skill `packing`."""
    return create_skill("packing", tmp_path)
