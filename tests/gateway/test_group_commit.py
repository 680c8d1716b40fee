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


async def all_of(group: GroupCommit, database: Database, *works: Callable[[Session], str]) -> list[object]:
    return await asyncio.gather(*(group.run(work, database.engine) for work in works), return_exceptions=True)


def test_all_that_wait_reach_the_disk_at_once(database: Database) -> None:
    """One commit for five, in their order."""
    seen, wanted = commits(database), [f"k{number}" for number in range(5)]
    assert wanted == asyncio.run(all_of(GroupCommit(), database, *(put(kid) for kid in wanted)))
    assert (1, wanted) == (len(seen), kids(database))


def test_each_fails_alone(database: Database) -> None:
    """An error, and a row that is there already, are told to whom they belong; nothing of them stays."""
    works = put("a"), put("b", ValueError("no")), put("a"), put("c")
    good, broken, double, last = asyncio.run(all_of(GroupCommit(), database, *works))
    assert ("a", "c", "no") == (good, last, str(broken))
    assert (ValueError, IntegrityError) == (type(broken), type(double))
    assert ["a", "c"] == kids(database)


def test_what_is_not_committed_is_told_to_all(database: Database) -> None:
    """The disk said no at the end; the next group is another matter."""

    def refuse(_connection: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("disk full"))

    group = GroupCommit()
    event.listen(database.engine, "commit", refuse)
    found = asyncio.run(all_of(group, database, put("a"), put("b")))
    event.remove(database.engine, "commit", refuse)
    assert [OperationalError] * 2 == [type(error) for error in found]
    assert [] == kids(database)
    assert ["a"] == asyncio.run(all_of(group, database, put("a")))


def test_a_cancelled_caller_waits_for_its_work(database: Database) -> None:
    """What was begun is there when the caller goes on: the database may be closed then."""

    async def given_up() -> list[str]:
        caller = asyncio.create_task(database.run(put("a")))
        await asyncio.sleep(0)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        return kids(database)

    assert ["a"] == asyncio.run(given_up())


def test_the_end_of_the_event_loop_leaves_nobody_waiting(database: Database) -> None:
    """What runs is finished, and a later event loop is served."""

    async def abandoned() -> None:
        asyncio.get_running_loop().call_soon(asyncio.create_task, database.run(put("a")))
        await asyncio.sleep(0.001)

    asyncio.run(abandoned())
    assert "b" == asyncio.run(database.run(put("b")))
    assert "b" in kids(database)


def test_work_that_has_no_thread_is_not_done(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told that it was, and the next one is served."""

    async def refuse(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("can't start new thread")

    group = GroupCommit()
    with monkeypatch.context() as patched:
        patched.setattr("assistant.gateway.blocking.Blocking.run", refuse)
        (found,) = asyncio.run(all_of(group, database, put("a")))
    assert isinstance(found, RuntimeError)
    assert [] == kids(database)
    assert ["b"] == asyncio.run(all_of(group, database, put("b")))


def test_reading_waits_for_no_writer(database: Database) -> None:
    """What was committed last is read while a transaction is open."""

    async def count() -> int:
        return await database.read(lambda reader: len(reader.scalars(sqlalchemy.select(SigningKey.kid)).all()))

    asyncio.run(database.run(put("a")))
    with database.transaction() as session:
        put("b")(session)
        assert 1 == asyncio.run(count())
    assert ["a", "b"] == kids(database)


def test_many_at_once_from_the_event_loop(database: Database) -> None:
    """A hundred at once need far fewer commits, and every one is answered."""
    seen = commits(database)

    async def hundred() -> list[str]:
        return await asyncio.gather(*(database.run(put(f"k{number:02}")) for number in range(100)))

    expected = [f"k{number:02}" for number in range(100)]
    assert (expected, expected) == (asyncio.run(hundred()), kids(database))
    assert len(seen) <= 10
