"""`assistant gateway run` in a process and a home of its own, with accounts and devices that are real to it."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from assistant.gateway.gateway import Gateway
from assistant.gateway.models import Device as DeviceRow
from assistant.gateway.secret import hashed, new_id
from assistant.gateway.server import open_gateway, prepare
from assistant.gateway.settings import load_settings
from assistant.gateway.sign_in import create_account
from assistant.paths import find_paths
from tests.gateway.person import Device, hash_of_password
from tests.gateway.plans import add_plan, subscribe
from tests.gateway.upstream_standin import KEY

START_WITHIN_S = SETTLED_WITHIN_S = 900.0
STOP_WITHIN_S = 60.0
"""Far more than it takes: only a gateway that hangs is to fail."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Running:
    """A gateway over an upstream; it may be killed and started again on the same port."""

    def __init__(self, home: Path, upstream_url: str, usage_url: str = "") -> None:
        self.home = home
        self.env = {**os.environ, "ASSISTANT_HOME": str(home)}
        self.database = home / "state" / "gateway.sqlite3"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: psutil.Popen | None = None
        (home / "config").mkdir(parents=True)
        key = home / "config" / "upstream.key"
        key.write_text(KEY, encoding="utf-8")
        key.chmod(0o600)
        (home / "config" / "gateway.toml").write_text(
            f'[server]\nport = {self.port}\n[upstream]\nbase_url = "{upstream_url}/v1"\nkey_file = "{key}"\n'
            f'usage_url = "{usage_url}"\n[upstream.chat.assistant-chat]\nupstream = "big-1"\n',
            encoding="utf-8",
        )

    def start(self) -> None:
        """Returns when it is ready."""
        with (self.home / "log").open("ab") as out:
            self.process = psutil.Popen(
                [sys.executable, "-m", "assistant", "gateway", "run"], env=self.env, stdout=out, stderr=out
            )
        ends_at_s = time.monotonic() + START_WITHIN_S
        while time.monotonic() < ends_at_s and self.process.poll() is None:
            if self._ready():
                return
            time.sleep(0.05)
        raise AssertionError(self._last_words())

    def _ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _last_words(self) -> str:
        return (self.home / "log").read_text(encoding="utf-8")[-4000:]

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=STOP_WITHIN_S)

    def seed(self, number: int, client: Any, **plan: Any) -> list[Device]:
        """So many accounts with this plan and a device each, before it starts: activation is limited by address."""
        settings = load_settings(self.home / "config" / "gateway.toml")
        gateway = open_gateway(settings, find_paths(self.env))
        prepare(gateway.database)
        add_plan(gateway, **plan)
        made = [self._device(gateway, f"{index}@example.org", client) for index in range(number)]
        gateway.database.close()
        return made

    def _device(self, gateway: Gateway, email: str, client: Any) -> Device:
        device, now_s = Device(client, time.time), gateway.now()
        device.token, device.device_id = new_id("tok"), new_id("dev")
        with gateway.database.transaction() as session:
            account = create_account(session, email, hash_of_password(), "1", now_s)
            assert account is not None
            session.flush()
            row = DeviceRow(
                id=device.device_id, account_id=account.id, name="Kitchen", jkt=device.jkt,
                token_hash=hashed(device.token), created_at=now_s, seen_at=now_s,
            )  # fmt: skip
            session.add(row)
        subscribe(gateway, account.id)
        return device

    def ledger(self) -> dict[str, tuple[str, int, int]]:
        """Every line: id -> state, tokens read, tokens written."""
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=20) as connection:
            rows: list[Any] = connection.execute("SELECT id, state, read_tokens, written_tokens FROM uses").fetchall()
        return {row[0]: (row[1], row[2], row[3]) for row in rows}

    def wait_settled(self) -> None:
        """Until no line is open."""
        ends_at_s = time.monotonic() + SETTLED_WITHIN_S
        while any(line[0] == "open" for line in self.ledger().values()):
            assert time.monotonic() < ends_at_s, f"lines stay open\n{self._last_words()}"
            time.sleep(0.02)
