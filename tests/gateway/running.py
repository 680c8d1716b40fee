"""`assistant gateway run` in a process and a home of its own, with people and devices that are real to it."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2

from tests.gateway.person import PASSWORD, Device, Person
from tests.gateway.upstream_standin import KEY

START_WITHIN_S = 60.0


class Running:
    """A gateway over an upstream; it may be killed and started again on the same port."""

    def __init__(self, home: Path, upstream_url: str, usage_url: str, more: str = "") -> None:
        self.home = home
        self.env = {**os.environ, "ASSISTANT_HOME": str(home)}
        self.database = home / "state" / "gateway.sqlite3"
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        (home / "config").mkdir(parents=True)
        key = home / "config" / "upstream.key"
        key.write_text(KEY, encoding="utf-8")
        key.chmod(0o600)
        (home / "config" / "gateway.toml").write_text(
            f'[server]\nport = {self.port}\n{more}[upstream]\nbase_url = "{upstream_url}/v1"\nkey_file = "{key}"\n'
            f'usage_url = "{usage_url}"\n[upstream.chat.assistant-chat]\nupstream = "big-1"\n',
            encoding="utf-8",
        )

    def command(self, *arguments: str, stdin: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "-m", "assistant", "gateway", *arguments],
            input=stdin, capture_output=True, text=True, env=self.env, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> None:
        """Returns when it is ready."""
        with (self.home / "log").open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "assistant", "gateway", "run"], env=self.env, stdout=out, stderr=out
            )
        ends_at = time.monotonic() + START_WITHIN_S
        while time.monotonic() < ends_at and self.process.poll() is None:
            try:
                if httpx2.get(f"{self.url}/readyz", timeout=2).status_code == 200:
                    return
            except httpx2.HTTPError:
                pass
            time.sleep(0.02)
        raise AssertionError((self.home / "log").read_text(encoding="utf-8")[-2000:])

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=30)

    def activate(self, client: httpx2.Client, email: str) -> Device:
        """A device of an account that an admin made and gave the plan plus."""
        self.command("accounts", "add", email, stdin=f"{PASSWORD}\n")
        self.command("accounts", "grant", email, "plus", "--days", "30")
        person = Person(client, email)
        assert person.post("/login", email=email, password=PASSWORD).status_code == 303
        device = Device(client, time.time)
        device.begin()
        person.decide(device.user_code)
        device.finish()
        return device

    def ledger(self) -> dict[str, tuple[str, int, int]]:
        """Every line: id -> state, tokens read, tokens written."""
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=20) as connection:
            rows: list[Any] = connection.execute("SELECT id, state, read_tokens, written_tokens FROM uses").fetchall()
        return {row[0]: (row[1], row[2], row[3]) for row in rows}
