"""`assistant skills serve`: any skill as an MCP server, for other programs of this user."""

from __future__ import annotations

import asyncio
import importlib
import os
import secrets
import socket
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from assistant.errors import AssistantError, UsageError
from assistant.paths import Paths, find_paths
from assistant.skillbox.loading import Added, load_one
from assistant.skillhost.strikes import Switches
from assistant.skills_host import DISABLED, LentContext, SkillHost, installed
from assistant.store.timers import TimerStore

LOOPBACK = "127.0.0.1"
TOKEN = "mcp-token"


def serve(
    skill_id: Annotated[str, typer.Argument(metavar="ID", help="As `assistant skills list` shows it.")],
    http: Annotated[
        int | None, typer.Option("--http", metavar="PORT", min=0, max=65535, help="HTTP on this machine; 0: any port.")
    ] = None,
) -> None:
    """Offer a skill as an MCP server: on the standard streams, or over HTTP with a token. Sensitive tools stay out.

    Example: assistant skills serve clock --http 8765
    """
    paths = find_paths()
    paths.create()
    with closing(TimerStore(paths.database)) as timers:
        host = _host(paths, LentContext(timers=timers, state=paths.state), skill_id)
        try:
            server = importlib.import_module("assistant.engines.mcp_server").create(host, skill_id)
            if http is None:
                asyncio.run(server.stdio())
                return
            file = paths.config / TOKEN
            token = read_token(file)
            with _listening(http) as listening:
                port = listening.getsockname()[1]
                typer.echo(f"{skill_id} is at http://{LOOPBACK}:{port}/mcp. The token is in {file}.", err=True)
                asyncio.run(server.http(listening, token))
        finally:
            host.close()


def read_token(file: Path) -> str:
    """The token of this user, made at the first time; only the user can read the file. Raises: UsageError."""
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as made:
            made.write(secrets.token_urlsafe(32))
    except FileExistsError:
        pass
    if file.stat().st_mode & 0o077:
        raise UsageError(f"Others can read {file}.", fix=f"Run: chmod 600 {file}")
    token = file.read_text(encoding="ascii").strip()
    if len(token) < 32:
        raise UsageError(f"The token in {file} is too short.", fix="Delete the file; a new one is made.")
    return token


def _host(paths: Paths, context: LentContext, skill_id: str) -> SkillHost:
    """A host with this one skill. Raises: UsageError: there is none. AssistantError: it does not run, and why."""
    if reason := Switches(paths.state / DISABLED).reason(skill_id):
        raise AssistantError(f"{skill_id} is off: {reason}", fix=f"Run: assistant skills enable {skill_id}")
    ours = installed()
    if skill_id in ours:
        host = SkillHost.load(context, sources={skill_id: ours[skill_id]})
    else:
        added = Added.at(paths)
        agreement = added.shelf.agreement(skill_id)
        if agreement is None:
            raise UsageError(f"There is no skill {skill_id}.", fix="See `assistant skills list`.")
        host = SkillHost.load(context, sources={}, others=[load_one(added, agreement, context)])
    if skill_id not in host.skills:
        raise AssistantError(f"{skill_id} does not run: {host.problems.get(skill_id, 'it has another id')}")
    return host


def _listening(port: int) -> socket.socket:
    """Raises: UsageError: the port is taken."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((LOOPBACK, port))
        made.listen()  # who reads the address may come before the server runs
    except OSError:
        made.close()
        raise UsageError(f"Port {port} cannot be used.", fix="Choose another one, or 0 for any.") from None
    return made
