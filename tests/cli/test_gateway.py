"""`assistant gateway`: from nothing to a served plan by commands alone, and what they refuse."""

from __future__ import annotations

import io
import json
import re
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.cli import main

pytestmark = pytest.mark.contract
Gateway = Callable[..., tuple[int, str, str]]
INSIDE = re.compile(r"Traceback|File \"|\bassistant\.\w+\.|\.py\b|Errno|Exception|Error\b|went wrong inside")
"""What a person must never read."""
ADA = "ada@example.org"


@pytest.fixture
def gateway(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Gateway:
    """The command in this process: exit code, stdout, stderr."""

    def call(*words: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["assistant", "gateway", *words])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, told.out, told.err

    return call


def records(told: tuple[int, str, str]) -> list[dict[str, Any]]:
    """Every line of stdout, which must be JSON."""
    assert (0, "") == (told[0], told[2])
    return [json.loads(line) for line in told[1].splitlines()]


def test_plans(gateway: Gateway) -> None:
    """Made, told, set anew as a whole, removed."""
    nothing = "There is no plan yet. Add one: assistant gateway plans set\n"
    assert ((0, nothing, ""), []) == (gateway("plans", "list"), records(gateway("plans", "list", "--json")))
    made = gateway(
        "plans", "set", "plus", "--name", "Plus", "--feature", "images", "--feature", "chat", "--chat-tokens", "1000",
        "--images", "5", "--per-minute", "7", "--at-once", "2", "--price", "500", "--currency", "EUR",
        "--stripe-price", "price_1",
    )  # fmt: skip
    assert (0, "The plan plus is set.\n", "") == made
    expected = {
        "id": "plus", "name": "Plus", "features": ["chat", "images"], "chat_tokens": 1000, "images": 5,
        "requests_per_minute": 7, "at_once": 2, "amount_minor": 500, "currency": "eur", "interval": "month",
        "stripe_price": "price_1",
    }  # fmt: skip
    assert [expected] == records(gateway("plans", "list", "--json"))
    assert (0, "plus: Plus, chat, images\n", "") == gateway("plans", "list")
    assert 0 == gateway("plans", "set", "plus", "--name", "Plus", "--feature", "chat")[0]
    (anew,) = records(gateway("plans", "list", "--json"))
    assert (["chat"], None, None, "") == (anew["features"], anew["chat_tokens"], anew["amount_minor"], anew["interval"])
    assert (0, "It is gone.\n", "") == gateway("plans", "remove", "plus")
    assert (2, "", "There is no such plan. See: assistant gateway plans list\n") == gateway("plans", "remove", "plus")


def test_accounts(gateway: Gateway) -> None:
    """Made once, granted, told, given a new password, deleted; a plan that somebody has stays."""
    assert (0, "There is no account yet.\n", "") == gateway("accounts", "list")
    gateway("plans", "set", "plus", "--name", "Plus", "--feature", "chat")
    assert (0, "The account is made.\n", "") == gateway("accounts", "add", "Ada@Example.org", stdin="correct horse\n")
    again = gateway("accounts", "add", ADA, stdin="correct horse\n")
    assert (2, "", "That address has an account. See: assistant gateway accounts list\n") == again
    assert (0, "It has plus for 10 days.\n", "") == gateway("accounts", "grant", ADA, "plus", "--days", "10")
    (account,) = records(gateway("accounts", "list", "--json"))
    assert (ADA, "plus", "active") == tuple(account[name] for name in ("email", "plan", "state"))
    assert re.fullmatch(rf"{ADA}  plus  active  \d{{4}}-\d\d-\d\d\n", gateway("accounts", "list")[1])
    held = (2, "", "1 accounts have it. Move them to another plan first.\n")
    assert held == gateway("plans", "remove", "plus")
    ended = gateway("accounts", "grant", ADA, "plus", "--days", "0")
    assert (0, "It ends now; two weeks of grace are left.\n", "") == ended
    assert "grace" == records(gateway("accounts", "list", "--json"))[0]["state"]
    assert (0, "The password is set.\n", "") == gateway("accounts", "password", ADA, stdin="another horse\n")
    assert (0, "0 accounts are as Stripe says.\n", "") == gateway("accounts", "sync")
    code, out, _ = gateway("accounts", "delete", ADA, stdin="n\n")
    assert (0, True) == (code, out.endswith("Nothing was deleted.\n"))
    assert 1 == len(records(gateway("accounts", "list", "--json")))
    assert (0, "It is deleted.\n", "") == gateway("accounts", "delete", ADA, "--yes")
    assert [] == records(gateway("accounts", "list", "--json"))
    assert 0 == gateway("plans", "remove", "plus")[0]


def test_a_new_password_ends_every_sign_in(gateway: Gateway, home: Path) -> None:
    """Only its hash is kept."""
    gateway("accounts", "add", ADA, stdin="correct horse\n")
    file = home / "state" / "gateway.sqlite3"
    with sqlite3.connect(file) as connection:
        before = connection.execute("SELECT id, password FROM accounts").fetchone()
        connection.execute("INSERT INTO sign_ins VALUES ('h', ?, 1, 9999999999)", before[:1])
    connection.close()
    gateway("accounts", "password", ADA, stdin="another horse\n")
    with sqlite3.connect(file) as connection:
        assert before[1] != connection.execute("SELECT password FROM accounts").fetchone()[0]
        assert [] == connection.execute("SELECT * FROM sign_ins").fetchall()
    connection.close()
    kept = b"".join(each.read_bytes() for each in home.rglob("*") if each.is_file())
    assert b"horse" not in kept


def test_keys(gateway: Gateway, home: Path) -> None:
    """Made, told, rotated; the only one that signs cannot be revoked."""
    assert (0, "There is no key yet: the gateway makes one when it starts.\n", "") == gateway("keys", "list")
    assert [] == records(gateway("keys", "list", "--json"))
    assert gateway("keys", "rotate", "--now")[1].endswith(" is published and signs now.\n")
    (first,) = records(gateway("keys", "list", "--json"))
    assert ("signs", f"{first['kid']}  signs\n") == (first["state"], gateway("keys", "list")[1])
    only = (2, "", "No other key would sign then. Make one first: assistant gateway keys rotate --now\n")
    assert only == gateway("keys", "revoke", "--", first["kid"])
    assert gateway("keys", "rotate")[1].endswith(" is published and signs in a day.\n")
    assert only == gateway("keys", "revoke", "--", first["kid"])
    assert 0 == gateway("keys", "rotate", "--now")[0]
    states = sorted(each["state"] for each in records(gateway("keys", "list", "--json")))
    assert (3, 1) == (len(states), states.count("signs"))
    assert (0, "It is no longer published.\n", "") == gateway("keys", "revoke", "--", first["kid"])
    unknown = (2, "", "There is no such key. See: assistant gateway keys list\n")
    assert unknown == gateway("keys", "revoke", "--", first["kid"])
    assert 0o600 == (home / "state" / "gateway.secret").stat().st_mode & 0o777


def test_migrate(gateway: Gateway) -> None:
    """From nothing, and once more."""
    code, out, err = gateway("migrate")
    assert (0, "") == (code, err)
    version = re.fullmatch(r"The tables are of version (\w+); they were of none\.\n", out)
    assert version is not None
    told = f"The tables are of version {version[1]}; they were of {version[1]}.\n"
    assert (0, told, "") == gateway("migrate")


SET = ("plans", "set", "plus", "--name", "Plus", "--feature", "chat")
MISUSED = [
    ("plans", "set", "none", "--name", "x", "--feature", "chat"),
    ("plans", "set", "Plus!", "--name", "x", "--feature", "chat"),
    ("plans", "set", "plus", "--name", "", "--feature", "chat"),
    ("plans", "set", "plus", "--name", "x\x07", "--feature", "chat"),
    ("plans", "set", "plus", "--name", "x", "--feature", "two words"),
    ("plans", "set", "plus", "--feature", "chat"),
    ("plans", "set", "plus", "--name", "x"),
    ("plans", "set"),
    (*SET, "--price", "5"),
    (*SET, "--price", "5", "--currency", "euro"),
    (*SET, "--price", "5", "--currency", "eur", "--interval", "week"),
    (*SET, "--price", "-1", "--currency", "eur"),
    (*SET, "--chat-tokens", "many"),
    (*SET, "--images", "-1"),
    (*SET, "--per-minute", "0"),
    (*SET, "--at-once", "1001"),
    ("plans", "remove", "nothing"),
    ("plans", "sell"),
    ("accounts", "add", "nobody"),
    ("accounts", "add"),
    ("accounts", "add", "new@example.org"),
    ("accounts", "grant", "nobody@example.org", "plus"),
    ("accounts", "grant", ADA, "nothing"),
    ("accounts", "grant", ADA, "plus", "--days", "3661"),
    ("accounts", "grant", ADA, "plus", "--days", "-1"),
    ("accounts", "password", "nobody@example.org"),
    ("accounts", "password", ADA),
    ("accounts", "delete", "nobody@example.org", "--yes"),
    ("keys", "revoke", "nothing"),
    ("keys", "revoke"),
    ("keys", "rotate", "--later"),
    ("nothing",),
]


def test_what_does_not_fit_is_told_in_a_sentence(gateway: Gateway, home: Path) -> None:
    """Exit code 2, one line, nothing of the inside, nothing changed; the passwords typed here are too short."""
    gateway("accounts", "add", ADA, stdin="correct horse\n")
    file = home / "state" / "gateway.sqlite3"
    before = rows(file)
    for words in MISUSED:
        code, out, err = gateway(*words, stdin="short\n")
        assert (words, 2, "", 1) == (words, code, out, err.count("\n")), err
        assert err[0].isupper() and None is INSIDE.search(err), err
    assert before == rows(file)


def rows(file: Path) -> list[str]:
    """All that is in a database, as SQL."""
    connection = sqlite3.connect(file)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


UNFIT = [
    ('[server]\nhost = "0.0.0.0"\npublic_url = "https://a.example"\n', "wider than loopback needs TLS"),
    ('[server]\nhost = "0.0.0.0"\ntrusted_proxy = "10.0.0.2"\n', "wider than loopback needs a public_url"),
    ('[server]\nhost = "::"\ntls_key = "k.pem"\n', "tls_certificate and tls_key belong together"),
    (
        '[server]\nhost = "0.0.0.0"\ntrusted_proxy = "all"\npublic_url = "https://a.example"\n',
        "'all' does not appear to be an IPv4 or IPv6 network",
    ),
    ("[server]\nhots = 1\n", "hots"),
    ("[server\n", "gateway.toml"),
    ('[database]\nurl = "mysql://x@y/z"\n', "neither sqlite nor postgresql"),
    ('[database]\nurl = "postgresql+psycopg://x@/x?host=/nowhere"\n', "cannot be reached"),
]


def test_settings_that_do_not_fit(gateway: Gateway, tmp_path: Path) -> None:
    """Exit code 1 and what is wrong, from whatever needs them; `run` does not bind wider without TLS or a proxy."""
    file = tmp_path / "gateway.toml"
    for text, part in UNFIT:
        file.write_text(text, encoding="utf-8")
        for words in (("plans", "list"), ("migrate",) if "[database]" in text else ("run",)):
            code, out, err = gateway(*words, "--config", str(file))
            assert (text, 1, "", 1, True) == (text, code, out, err.count("\n"), part in err), err
            assert None is INSIDE.search(err), err
    absent = gateway("plans", "list", "--config", str(tmp_path / "none.toml"))
    assert (1, "", True) == (absent[0], absent[1], "does not exist" in absent[2])


def run(*words: str) -> tuple[int, str]:
    """`assistant gateway run` in a process of its own, which is to refuse: exit code, and the last line of stderr."""
    command = [sys.executable, "-m", "assistant", "gateway", "run", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr.splitlines()[-1]


def test_run_refuses_tables_of_another_version(gateway: Gateway, home: Path) -> None:
    """It says how they are migrated."""
    assert 0 == gateway("migrate")[0]
    with sqlite3.connect(home / "state" / "gateway.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.close()
    code, told = run()
    assert (1, True) == (code, told.endswith("Make a backup, then: assistant gateway migrate"))


def test_run_refuses_a_port_that_is_taken(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        file.write_text(f"[server]\nport = {taken.getsockname()[1]}\n", encoding="utf-8")
        code, told = run("--config", str(file))
    assert (1, True) == (code, "cannot listen on 127.0.0.1" in told)
