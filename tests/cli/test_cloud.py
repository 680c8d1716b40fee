"""`assistant cloud`: choosing, a key that only its owner can read, consent, and nothing at all before."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.contract


def assistant(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "assistant", *arguments], input=stdin, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


def test_from_none_to_one_and_back(home: Path) -> None:
    """The whole way: none, chosen, key, consent, status, taken back, off."""
    assert {"provider": None} == json.loads(assistant("cloud", "status", "--json")[1])
    assert not (home / "state" / "cloud.sqlite3").exists()
    code, _, err = assistant("cloud", "consent")
    assert (2, "No cloud model is chosen.") == (code, err[:25])
    listed = [json.loads(line) for line in assistant("cloud", "list", "--json")[1].splitlines()]
    assert {"openai", "anthropic", "bedrock", "vertex", "own"} == {entry["id"] for entry in listed}
    assert "It needs a key: assistant cloud key anthropic" in assistant("cloud", "use", "anthropic")[1]
    assert 0 == assistant("cloud", "key", "anthropic", stdin="s3cret-canary\n")[0]
    file = home / "config" / "secrets" / "cloud" / "anthropic"
    assert ("s3cret-canary\n", 0o600) == (file.read_text(), file.stat().st_mode & 0o777)
    assert "Nothing is sent to Anthropic." in assistant("cloud", "consent", stdin="n\n")[1]
    assert not json.loads(assistant("cloud", "status", "--json")[1])["consented"]
    agreed = assistant("cloud", "consent", "--yes")[1]
    assert "Anthropic" in agreed
    assert "Sound never leaves" in agreed
    status = json.loads(assistant("cloud", "status", "--json")[1])
    assert ("anthropic", True, True, 0.0) == tuple(status[key] for key in ("provider", "consented", "key", "day_usd"))
    assert "Taken back" in assistant("cloud", "revoke")[1]
    assert "Nothing was ever sent." in assistant("cloud", "sent")[1]
    assert 0 == assistant("cloud", "off")[0]
    assert {"provider": None} == json.loads(assistant("cloud", "status", "--json")[1])
    others = [path for path in home.rglob("*") if path.is_file() and path != file]
    assert [] == [path for path in others if b"canary" in path.read_bytes()]


def test_the_plan_needs_no_key(home: Path) -> None:
    """It is proven by the key of the device, so none is asked for."""
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text('[account]\ngateway = "https://plans.example"\n', encoding="utf-8")
    chosen = "Chosen: assistant-chat of the model of your plan. A running assistant takes it at its next start.\n"
    assert (0, chosen, "") == assistant("cloud", "use", "plan")
    assert "no key" not in assistant("cloud", "status")[1]
    assert "plan: part of your plan, no key needed" in assistant("doctor")[1]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("cloud", "use", "moon"),
            "There is no cloud model 'moon'. Known are: openai, anthropic, bedrock, vertex, own.",
        ),
        (("cloud", "key", "moon"), "There is no cloud model 'moon'."),
        (("cloud", "key", "openai"), "There was no key."),
    ],
)
def test_what_is_wrong_is_a_sentence(home: Path, arguments: tuple[str, ...], told: str) -> None:
    """Unknown names and an empty key are told, with what to do."""
    code, _, err = assistant(*arguments)
    assert code in (1, 2)
    assert err.startswith(told)
    assert "Traceback" not in err


def test_a_wrong_catalogue_or_guideline_stops_nothing(home: Path) -> None:
    """Files of the user that do not fit are told by the commands; the assistant itself goes on without the cloud."""
    config = home / "config"
    config.mkdir(parents=True)
    (config / "providers.toml").write_text('[mine]\nname = "Mine"\n')
    code, _, err = assistant("cloud", "list")
    assert (1, True) == (code, "does not fit" in err)
    (config / "providers.toml").unlink()
    assistant("cloud", "use", "own")
    (config / "policy.toml").write_text("[[row]]\n")
    code, out, err = assistant("ask", "what is twelve times eight")
    assert (0, "96", "") == (code, "".join(char for char in out if char.isdigit())[-2:], err) or "ninety" in out
