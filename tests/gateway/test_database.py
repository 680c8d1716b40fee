"""Migrations from nothing and from older, populated tables; what happens when the database is not there."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from assistant.errors import ConfigError
from assistant.gateway.database import Database, DatabaseError
from assistant.gateway.models import Base
from assistant.gateway.server import prepare

pytestmark = pytest.mark.contract


def differences(database: Database) -> list[object]:
    """What the tables lack or have too much, compared with the models."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def test_from_nothing_to_the_models(empty_url: str) -> None:
    """All migrations together give exactly the tables of the models; once more changes nothing."""
    database = Database(empty_url)
    prepare(database)
    assert [] == differences(database)
    version, newest = database.version()
    assert newest == version
    assert newest == database.migrate()
    database.close()


def test_from_every_older_version_with_rows_in_it(empty_url: str) -> None:
    """Each step keeps what is there."""
    database = Database(empty_url)
    database.migrate("0001")
    add = "INSERT INTO accounts (id, email, password, created_at) VALUES ('acc_1', 'ada@example.org', 'x', 7)"
    more = (
        "INSERT INTO devices (id, account_id, name, jkt, token_hash, created_at, seen_at, entitlement, entitlement_of,"
        " entitlement_at) VALUES ('dev_1', 'acc_1', 'Kitchen', 'j', 't', 8, 9, '', '', 0)"
    )
    plan = (
        'INSERT INTO plans (id, name, features, requests_per_minute, at_once, currency, "interval")'
        " VALUES ('plus', 'Plus', '[\"chat\"]', 60, 4, 'eur', 'month')"
    )
    subscription = (
        "INSERT INTO subscriptions (account_id, plan_id, source, features, paid_until, renews, updated_at)"
        " VALUES ('acc_1', 'plus', 'manual', '[]', 99, true, 1)"
    )
    with database.engine.begin() as connection:
        for statement in (add, more, plan, subscription):
            connection.execute(sqlalchemy.text(statement))
    newest = database.version()[1]
    if newest != "0001":
        with pytest.raises(DatabaseError, match="assistant gateway migrate"):
            prepare(database)
    assert newest == database.migrate()
    assert [] == differences(database)
    with database.engine.connect() as connection:
        assert ("Kitchen", 8) == tuple(
            connection.execute(sqlalchemy.text("SELECT name, created_at FROM devices")).one()
        )
        assert (99,) == tuple(connection.execute(sqlalchemy.text("SELECT paid_until FROM subscriptions")).one())
    database.close()


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    """A sentence, not a traceback."""
    database = Database(f"postgresql+psycopg://nobody@/none?host={tmp_path}")
    with pytest.raises(DatabaseError, match="cannot be reached"):
        database.version()
    with pytest.raises(DatabaseError, match="cannot be reached"), database.transaction() as session:
        session.execute(sqlalchemy.select(1))
    database.close()


@pytest.mark.parametrize("url", ["nonsense", "mysql://x@y/z", "oracle+nothing://x"])
def test_a_url_that_names_no_database_of_ours(url: str) -> None:
    with pytest.raises(ConfigError):
        Database(url)
