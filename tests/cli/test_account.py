"""`assistant account`: every command with no service, with one that is down, and what the files hold afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.contract

NOWHERE = "http://127.0.0.1:9"
"""Nobody listens on the port of `discard`."""


def account(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "assistant", "account", *arguments],
        input=stdin, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def configure(home: Path, gateway: str) -> None:
    (home / "config").mkdir(parents=True, exist_ok=True)
    (home / "config" / "config.toml").write_text(f'[account]\ngateway = "{gateway}"\n', encoding="utf-8")


def test_without_a_service_it_says_so(home: Path) -> None:
    """As installed: exit code 2, one sentence, and nothing is made."""
    code, out, err = account("status")
    assert (2, "") == (code, out)
    assert err.startswith("No service for a plan is set up here; all that runs on this device is free.")
    for command in ("cancel", "deactivate", "delete"):  # there is nothing to ask about
        assert (2, "", err) == account(command, stdin="y\n")
    assert not (home / "state" / "account.sqlite3").exists()


def test_with_a_service_that_is_down(home: Path) -> None:
    """What needs no network works; what does, says so."""
    configure(home, NOWHERE)
    code, out, err = account("status", "--json")
    assert (0, "") == (code, err)
    told = json.loads(out)
    assert ("none", None, [], False, None) == tuple(
        told[name] for name in ("state", "plan", "entitlements", "activated", "quota")
    )
    assert (1, "I can't reach the service of your plan.\n") == account("activate")[::2]
    for command in ("refresh", "usage"):
        code, _, err = account(command)
        assert (1, True) == (code, err.startswith("This device is not activated."))
    code, _, err = account("cancel", "--yes")
    assert (1, True) == (code, err.startswith("This device is not activated."))
    assert "Nothing was changed." in account("cancel", stdin="n\n")[1]
    exported = json.loads(account("export")[1])
    assert ("none", None, None) == (exported["standing"]["state"], exported["held"], exported["subscription"])
    code, out, _ = account("delete", "--yes")
    assert (0, True) == (code, f"{NOWHERE}/account" in out)
    assert not (home / "state" / "account.sqlite3").exists()


def test_an_address_that_is_not_safe(home: Path) -> None:
    """Over an open network it would be anybody's."""
    configure(home, "http://plans.example")
    code, _, err = account("status")
    assert (1, True) == (code, "must begin with https" in err)
