"""A clock that is moved by hand, and a store on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.store.commitments import CommitmentStore
from assistant.testing import ScriptedClock

ZONE = "Europe/Berlin"


@pytest.fixture
def clock() -> ScriptedClock:
    """Friday, 15 January 2027, 9:00 in Berlin."""
    return ScriptedClock()


@pytest.fixture
def store(tmp_path: Path, clock: ScriptedClock) -> Iterator[CommitmentStore]:
    opened = CommitmentStore(tmp_path / "state" / "commitments.sqlite3", clock, ZONE)
    yield opened
    opened.close()
