"""Where the gateway listens, and where it refuses to."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import ConfigError
from assistant.gateway.secret import Secret
from assistant.gateway.settings import load_settings, read_secret

pytestmark = pytest.mark.unit


def load(tmp_path: Path, text: str) -> object:
    file = tmp_path / "gateway.toml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file).server


@pytest.mark.parametrize(
    "text",
    [
        'host = "0.0.0.0"',
        'host = "0.0.0.0"\npublic_url = "https://assistant.example"',
        'host = "192.168.1.5"\npublic_url = "https://assistant.example"',
        'host = "::"\ntrusted_proxy = "10.0.0.2"',
        'host = "0.0.0.0"\ntrusted_proxy = "10.0.0.2"\npublic_url = "http://assistant.example"',
        'host = "0.0.0.0"\ntrusted_proxy = "anybody"\npublic_url = "https://assistant.example"',
        'host = "0.0.0.0"\ntls_certificate = "c.pem"\npublic_url = "https://assistant.example"',
        'public_url = "http://assistant.example"',
        'public_url = "https://assistant.example/"',
        'hots = "127.0.0.1"',
        "port = 70000",
        "port = ",
    ],
)
def test_what_is_unsafe_or_wrong_is_refused(tmp_path: Path, text: str) -> None:
    """Wider than loopback only with TLS or a proxy that is named, and with a public address of https."""
    with pytest.raises(ConfigError):
        load(tmp_path, f"[server]\n{text}\n")


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("", "http://127.0.0.1:8600"),
        ('host = "::1"\nport = 9000', "http://[::1]:9000"),
        (
            'host = "0.0.0.0"\ntrusted_proxy = "10.0.0.0/8"\npublic_url = "https://assistant.example"',
            "https://assistant.example",
        ),
        (
            'host = "0.0.0.0"\ntls_certificate = "c.pem"\ntls_key = "k.pem"\npublic_url = "https://assistant.example:8600"',
            "https://assistant.example:8600",
        ),
    ],
)
def test_what_is_safe_is_taken(tmp_path: Path, text: str, base: str) -> None:
    assert base == load(tmp_path, f"[server]\n{text}\n").base_url  # type: ignore[attr-defined]


def test_a_file_that_is_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        load_settings(tmp_path / "none.toml", required=True)


def test_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    """A secret that others may read is refused, wherever it comes from."""
    file = tmp_path / "gateway.secret"
    first = Secret.load(file)
    assert 0o600 == file.stat().st_mode & 0o777
    assert Secret.load(file).mac("a", "b") == first.mac("a", "b") != first.mac("b", "b")
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        Secret.load(file)
    key = tmp_path / "key"
    key.write_text("sk_test\n", encoding="utf-8")
    key.chmod(0o640)
    with pytest.raises(ConfigError, match="may be read by others"):
        read_secret(key)
    key.chmod(0o600)
    assert "sk_test" == read_secret(key)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_secret(tmp_path / "none")


def test_keys_of_another_secret_are_told(tmp_path: Path) -> None:
    kept = Secret.load(tmp_path / "one").encrypt("key")
    with pytest.raises(ConfigError, match="another secret"):
        Secret.load(tmp_path / "two").decrypt(kept)
