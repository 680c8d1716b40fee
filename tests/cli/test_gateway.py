"""`assistant gateway`: from nothing to a served plan by commands alone, and what they refuse."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.contract


def gateway(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "assistant", "gateway", *arguments],
        input=stdin, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_plans_accounts_and_keys(home: Path) -> None:
    """Made, listed, granted, refused where they are in use, deleted."""
    made = gateway(
        "plans", "set", "plus", "--name", "Plus", "--feature", "chat", "--feature", "images", "--chat-tokens", "1000",
        "--price", "500", "--currency", "EUR",
    )  # fmt: skip
    assert (0, "The plan plus is set.\n", "") == made
    listed = json.loads(gateway("plans", "list", "--json")[1])
    assert ("plus", ["chat", "images"], 1000, 500, "eur", "month") == tuple(
        listed[name] for name in ("id", "features", "chat_tokens", "amount_minor", "currency", "interval")
    )
    assert 0 == gateway("accounts", "add", "Ada@example.org", stdin="correct horse\n")[0]
    assert 2 == gateway("accounts", "add", "ada@example.org", stdin="correct horse\n")[0]
    assert 0 == gateway("accounts", "grant", "ada@example.org", "plus", "--days", "10")[0]
    account = json.loads(gateway("accounts", "list", "--json")[1])
    assert ("ada@example.org", "plus", "active") == tuple(account[name] for name in ("email", "plan", "state"))
    assert (2, "", "1 accounts have it. Move them to another plan first.\n") == gateway("plans", "remove", "plus")
    assert 0 == gateway("accounts", "password", "ada@example.org", stdin="another horse\n")[0]
    assert 0 == gateway("accounts", "delete", "ada@example.org", "--yes")[0]
    assert "" == gateway("accounts", "list")[1]
    assert 0 == gateway("plans", "remove", "plus")[0]


def test_keys(home: Path) -> None:
    """The only one that signs cannot be revoked."""
    assert 0 == gateway("migrate")[0]
    assert 0 == gateway("keys", "rotate", "--now")[0]
    (first,) = (json.loads(line) for line in gateway("keys", "list", "--json")[1].splitlines())
    assert (2, "No other key would sign then.") == (code_of(first["kid"])[0], code_of(first["kid"])[1][:29])
    assert 0 == gateway("keys", "rotate", "--now")[0]
    states = [json.loads(line)["state"] for line in gateway("keys", "list", "--json")[1].splitlines()]
    assert ["old", "signs"] == sorted(states)
    assert 0 == code_of(first["kid"])[0]
    assert 2 == code_of("nothing")[0]
    secret = (home / "state" / "gateway.secret").stat()
    assert 0o600 == secret.st_mode & 0o777


def code_of(kid: str) -> tuple[int, str]:
    code, _, error = gateway("keys", "revoke", "--", kid)
    return code, error


@pytest.mark.parametrize(
    "arguments",
    [
        ("plans", "set", "none", "--name", "x", "--feature", "chat"),
        ("plans", "set", "Plus!", "--name", "x", "--feature", "chat"),
        ("plans", "set", "plus", "--name", "", "--feature", "chat"),
        ("plans", "set", "plus", "--name", "x", "--feature", "two words"),
        ("plans", "set", "plus", "--name", "x", "--feature", "chat", "--price", "5"),
        ("plans", "remove", "nothing"),
        ("accounts", "add", "nobody"),
        ("accounts", "grant", "nobody@example.org", "plus"),
        ("accounts", "delete", "nobody@example.org", "--yes"),
    ],
)
def test_what_does_not_fit_is_told_in_a_sentence(home: Path, arguments: tuple[str, ...]) -> None:
    code, out, error = gateway(*arguments)
    assert (2, "", 1) == (code, out, error.count("\n"))


def test_run_refuses_what_is_unsafe(home: Path) -> None:
    """Wider than loopback without TLS; a file that is not there; tables of another version."""
    (home / "config").mkdir(parents=True)
    file = home / "config" / "gateway.toml"
    file.write_text('[server]\nhost = "0.0.0.0"\npublic_url = "https://a.example"\n', encoding="utf-8")
    code, _, error = gateway("run")
    assert (1, True) == (code, "wider than loopback needs TLS" in error)
    assert 1 == gateway("run", "--config", str(home / "none.toml"))[0]
    file.write_text("[database]\nurl = 'sqlite:///" + str(home / "old.sqlite3") + "'\n", encoding="utf-8")
    assert 0 == gateway("migrate")[0]
    with sqlite3.connect(home / "old.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    code, _, error = gateway("run")
    assert (1, True) == (code, "assistant gateway migrate" in error)
