"""Serves the application with uvicorn; opens everything first, so that what is wrong is said before it listens."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from assistant.errors import AlreadyRunningError, ConfigError
from assistant.gateway.app import build
from assistant.gateway.database import Database, DatabaseError
from assistant.gateway.gateway import Gateway
from assistant.gateway.logs import open_logs
from assistant.gateway.secret import Secret
from assistant.gateway.settings import GatewaySettings
from assistant.paths import Paths

STOP_WITHIN_S = 10


def open_gateway(settings: GatewaySettings, paths: Paths) -> Gateway:
    """The gateway over its database and secret. Raises: ConfigError, DatabaseError."""
    paths.create()
    url = settings.database.url or f"sqlite:///{paths.state / 'gateway.sqlite3'}"
    secret = Secret.load(paths.state / "gateway.secret")
    return Gateway(settings=settings, database=Database(url), secret=secret, state=paths.state / "gateway")


def prepare(database: Database) -> None:
    """Fresh tables are made; older ones are only migrated when asked to. Raises: DatabaseError: they are older."""
    version, newest = database.version()
    if version is None:
        database.migrate()
    elif version != newest:
        raise DatabaseError(
            "The gateway's tables are of another version than this program.",
            fix="Make a backup, then: assistant gateway migrate",
        )


def serve(settings: GatewaySettings, paths: Paths) -> None:
    """Serve until a signal. Raises: ConfigError: it cannot listen there; DatabaseError."""
    open_logs(sys.stderr)
    gateway = open_gateway(settings, paths)
    with alone(paths.state / "gateway" / "lock"), contextlib.closing(gateway.database):
        prepare(gateway.database)
        listening = _listen(settings)
        config = uvicorn.Config(
            build(gateway),
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.server.trusted_proxy),
            forwarded_allow_ips=settings.server.trusted_proxy or None,
            ssl_certfile=_readable(settings.server.tls_certificate),
            ssl_keyfile=_readable(settings.server.tls_key),
            timeout_graceful_shutdown=STOP_WITHIN_S,
            limit_concurrency=settings.server.connections,
            h11_max_incomplete_event_size=32 * 1024,
        )
        logging.getLogger("assistant.gateway").info(
            "listening", extra={"fields": {"address": settings.server.base_url}}
        )
        uvicorn.Server(config).run(sockets=[listening])


@contextlib.contextmanager
def alone(file: Path) -> Iterator[None]:
    """Two gateways in one folder would settle each other's requests. Raises: AlreadyRunningError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunningError(
                "A gateway is running in this folder already.", fix="Stop it, or set another ASSISTANT_HOME."
            ) from None
        yield


def _listen(settings: GatewaySettings) -> socket.socket:
    host, port = settings.server.host, settings.server.port
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise ConfigError(
            f"The gateway cannot listen on {host}:{port}: {(error.strerror or str(error)).lower()}.",
            fix="Change [server] host or port in gateway.toml, or stop what listens there.",
        ) from None


def _readable(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        with file.open("rb"):
            return str(file)
    except OSError:
        raise ConfigError(f"The file {file} cannot be read.", fix="Check [server] in gateway.toml.") from None
