"""A gateway in this process, over SQLite and over a real PostgreSQL, with a clock that stands still."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy
from starlette.testclient import TestClient

from assistant.gateway.app import build
from assistant.gateway.database import Database
from assistant.gateway.gateway import Gateway
from assistant.gateway.secret import Secret
from assistant.gateway.settings import GatewaySettings
from tests.gateway.person import BASE, Clock, Device, Person


def _postgres_folder() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).parent if initdb else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A server of its own on a socket in a temporary folder, as user postgres where we are root; its URL less the name.

    Where it is not installed, the tests on it are skipped and say so; `scripts/test` installs it.
    """
    binaries = _postgres_folder()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    become: list[str] = []
    user = "postgres"
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        become = ["runuser", "-u", "postgres", "--"]
    data = folder / "data"

    def call(*arguments: str) -> None:
        subprocess.run([*become, *arguments], check=True, capture_output=True, cwd=folder)

    call(str(binaries / "initdb"), "-D", str(data), "-A", "trust", "-U", user, "-E", "UTF8", "--no-sync")
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    log = str(folder / "log")
    call(str(binaries / "pg_ctl"), "-D", str(data), "-l", log, "-w", "-o", options, "start")
    try:
        yield f"postgresql+psycopg://{user}@/{{name}}?host={quote(str(folder), safe='')}"
    finally:
        call(str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_template(postgres: str) -> str:
    """The name of a database with all tables, to be copied."""
    _admin(postgres, "CREATE DATABASE migrated")
    database = Database(postgres.format(name="migrated"))
    database.migrate()
    database.close()
    return "migrated"


def _admin(postgres: str, statement: str) -> None:
    engine = sqlalchemy.create_engine(postgres.format(name="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(statement))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables."""
    yield from _fresh(request, tmp_path, template="template1")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with all tables."""
    yield from _fresh(request, tmp_path, template="migrated")


def _fresh(request: pytest.FixtureRequest, tmp_path: Path, template: str) -> Iterator[str]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'gateway.sqlite3'}"
        if template == "migrated":
            database = Database(url)
            database.migrate()
            database.close()
        yield url
        return
    postgres = request.getfixturevalue("postgres")
    if template == "migrated":
        request.getfixturevalue("migrated_template")
    name = f"t{abs(hash(tmp_path))}"
    _admin(postgres, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield postgres.format(name=name)
    _admin(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings() -> GatewaySettings:
    """What a test module may override."""
    return GatewaySettings()


@pytest.fixture
def gateway(database_url: str, tmp_path: Path, clock: Clock, settings: GatewaySettings) -> Iterator[Gateway]:
    made = Gateway(
        settings=settings,
        database=Database(database_url),
        secret=Secret.load(tmp_path / "secret"),
        state=tmp_path / "gateway",
        clock=clock,
    )
    yield made
    made.database.close()


@pytest.fixture
def client(gateway: Gateway) -> Iterator[TestClient]:
    """A browser, or a device, or both."""
    with TestClient(build(gateway), base_url=BASE, follow_redirects=False) as made:
        yield made


@pytest.fixture
def person(client: TestClient, gateway: Gateway) -> Person:
    """Somebody with an account, signed in."""
    return Person.known(client, gateway, "ada@example.org")


@pytest.fixture
def device(client: TestClient, clock: Clock, person: Person) -> Device:
    """An activated device of that person."""
    made = Device(client, clock)
    made.begin()
    person.decide(made.user_code)
    made.finish()
    return made
