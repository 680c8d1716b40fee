"""What waits for SQLite's writer shares one commit, and fails alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from assistant.gateway.database import Database
from assistant.gateway.group_commit import GroupCommit
from assistant.gateway.models import SigningKey

pytestmark = pytest.mark.contract


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'gateway.sqlite3'}")
    made.migrate()
    yield made
    made.close()


def put(kid: str, then: Exception | None = None) -> Callable[[Session], str]:
    """A row of this key; perhaps an error after it."""

    def work(session: Session) -> str:
        session.add(SigningKey(kid=kid, public_x="x", private="p", created_at=1, signs_from=1))
        session.flush()
        if then is not None:
            raise then
        return kid

    return work


def kids(database: Database) -> list[str]:
    with database.transaction() as session:
        return list(session.scalars(sqlalchemy.select(SigningKey.kid).order_by(SigningKey.kid)))


def commits(database: Database) -> list[object]:
    found: list[object] = []
    event.listen(database.engine, "commit", found.append)
    return found


def test_all_that_wait_reach_the_disk_at_once(database: Database) -> None:
    """One commit for five, in their order; nobody is done twice."""
    group, seen = GroupCommit(), commits(database)
    jobs = [group.add(put(f"k{number}")) for number in range(5)]
    assert ["k3", "k0", "k1", "k2", "k4"] == [group.finish(jobs[at], database.engine) for at in (3, 0, 1, 2, 4)]
    assert 1 == len(seen)
    assert ["k0", "k1", "k2", "k3", "k4"] == kids(database)


def test_each_fails_alone(database: Database) -> None:
    """An error, and a row that is there already, are told to whom they belong; nothing of them stays."""
    group = GroupCommit()
    good, broken = group.add(put("a")), group.add(put("b", ValueError("no")))
    double, last = group.add(put("a")), group.add(put("c"))
    assert "a" == group.finish(good, database.engine)
    with pytest.raises(ValueError, match="no"):
        group.finish(broken, database.engine)
    with pytest.raises(IntegrityError):
        group.finish(double, database.engine)
    assert "c" == group.finish(last, database.engine)
    assert ["a", "c"] == kids(database)


def test_what_is_not_committed_is_told_to_all(tmp_path: Path) -> None:
    """The disk said no at the end."""
    made = Database(f"sqlite:///{tmp_path / 'gateway.sqlite3'}")
    made.migrate()

    def refuse(_connection: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("disk full"))

    event.listen(made.engine, "commit", refuse)
    group = GroupCommit()
    jobs = [group.add(put("a")), group.add(put("b"))]
    for job in jobs:
        with pytest.raises(OperationalError):
            group.finish(job, made.engine)
    event.remove(made.engine, "commit", refuse)
    assert [] == kids(made)
    made.close()


def test_many_at_once_from_the_event_loop(database: Database) -> None:
    """A hundred at once need far fewer commits, and every one is answered."""
    seen = commits(database)

    async def all_of() -> list[str]:
        return await asyncio.gather(*(database.run(put(f"k{number:02}")) for number in range(100)))

    expected = [f"k{number:02}" for number in range(100)]
    assert (expected, expected) == (asyncio.run(all_of()), kids(database))
    assert len(seen) <= 10
