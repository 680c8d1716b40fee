"""`assistant forget skills`: what they keep is gone from the disk, of one or of all, while the assistant runs (P2)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from assistant.cli.forget import app
from assistant.errors import UsageError
from assistant.paths import find_paths
from assistant.skillhost.keyvalue import KeyValue

pytestmark = pytest.mark.unit


def run(*words: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})


@pytest.fixture
def stores(home: Path) -> Iterator[dict[str, KeyValue]]:
    """The open stores of two skills."""
    opened = {name: KeyValue(find_paths().state / "skills-data" / name, 64) for name in ("lists", "memory")}
    for name, store in opened.items():
        store.set("kept", f"xylophonic quagmire of {name}")
    yield opened
    for store in opened.values():
        store.close()


def on_disk(words: bytes) -> list[str]:
    return [str(file) for file in find_paths().state.rglob("*") if file.is_file() and words in file.read_bytes()]


def test_all_skills_forget(stores: dict[str, KeyValue]) -> None:
    """Nothing is left in the files, their WAL or damaged predecessors, and the skills go on with empty stores."""
    (find_paths().state / "skills-data" / "lists" / "store.sqlite3.damaged-20261101-120000").write_text("xylophonic")
    assert on_disk(b"xylophonic")
    assert "Forgotten: what lists, memory kept.\n" == run("skills").output
    assert [] == on_disk(b"xylophonic")
    assert [[], []] == [store.keys() for store in stores.values()]
    stores["lists"].set("kept", "new")
    assert "new" == stores["lists"].get("kept")


def test_one_skill_forgets(stores: dict[str, KeyValue]) -> None:
    """The others keep what they have."""
    assert "Forgotten: what memory kept.\n" == run("skills", "memory").output
    assert [] == on_disk(b"of memory")
    assert "xylophonic quagmire of lists" == stores["lists"].get("kept")


def test_what_a_skill_forgets_by_itself(stores: dict[str, KeyValue]) -> None:
    """A value that is replaced or deleted is gone from the disk at once."""
    stores["lists"].set("kept", "short")
    stores["memory"].delete("kept")
    assert [] == on_disk(b"xylophonic")


def test_nothing_to_forget(home: Path) -> None:
    """An empty home stays empty; a skill that keeps nothing is told."""
    assert "Forgotten: nothing, no skill keeps anything.\n" == run("skills").output
    assert isinstance(run("skills", "memory").exception, UsageError)
    assert not find_paths().state.exists()
