"""Secrets lie in the keyring, else where systemd puts them, else in a private file; and nowhere twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.account.secrets import Ring, RingError, SecretError, Secrets, open_secrets
from assistant.errors import AssistantError
from assistant.paths import find_paths

pytestmark = pytest.mark.contract


def bytes_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


class DroppingRing:
    """A keyring that was open when it was looked for and is not any more."""

    name = "gone"

    def get(self, name: str) -> str:
        raise RingError("locked")

    def set(self, name: str, secret: str) -> None:
        raise RingError("locked")

    def delete(self, name: str) -> None:
        raise RingError("locked")


def test_without_a_session_it_is_a_private_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No bus, no systemd: a file of mode 0600, which replaces the one before and goes when it is deleted."""
    for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    secrets = open_secrets(find_paths())
    assert ("", "") == (secrets.read("cloud/openai"), secrets.place("cloud/openai"))
    assert "file" == secrets.write("cloud/openai", "first")
    assert "file" == secrets.write("cloud/openai", "second")
    file = home / "config" / "secrets" / "cloud" / "openai"
    assert ("second", "file", 0o600) == (
        secrets.read("cloud/openai"),
        secrets.place("cloud/openai"),
        file.stat().st_mode & 0o777,
    )
    assert [file] == list(file.parent.iterdir())
    assert secrets.describe().startswith("files of mode 600")
    secrets.delete("cloud/openai")
    assert "" == secrets.read("cloud/openai")


def test_in_a_session_it_is_the_keyring(keyring_session: Callable[[], None], home: Path) -> None:
    """A real Secret Service keeps it; a file that was there before goes, and no byte of it is left in the home."""
    secrets = open_secrets(find_paths())
    Secrets(folder=find_paths().secrets).write("account/device", "canary-old")
    assert "canary-old" == secrets.read("account/device")
    assert "keyring" == secrets.write("account/device", "canary-new")
    assert ("canary-new", "keyring") == (secrets.read("account/device"), secrets.place("account/device"))
    assert "canary-new" == open_secrets(find_paths()).read("account/device")
    assert b"canary" not in bytes_below(home)
    assert secrets.describe().startswith("the keyring (")
    secrets.delete("account/device")
    secrets.delete("account/device")
    assert "" == open_secrets(find_paths()).read("account/device")


def test_two_homes_do_not_share_a_keyring(
    keyring_session: Callable[[], None], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one assistant keeps is not what another one finds."""
    open_secrets(find_paths()).write("account/device", "mine")
    monkeypatch.setenv("ASSISTANT_HOME", str(home / "other"))
    assert "" == open_secrets(find_paths()).read("account/device")


def test_a_locked_keyring_is_passed_over(keyring_session: Callable[[], None], home: Path) -> None:
    """Nobody is asked for a password by a daemon: the file serves, and is the newer one when the keyring opens."""
    before = open_secrets(find_paths())
    before.write("account/device", "older")
    keyring_session()
    locked = open_secrets(find_paths())
    assert locked.ring is None
    assert "file" == locked.write("account/device", "newer")
    assert "newer" == locked.read("account/device")
    assert "newer" == before.read("account/device")


def test_a_keyring_that_fails_in_between_stops_nothing(home: Path) -> None:
    """Reading and writing go on with the file."""
    ring: Ring = DroppingRing()
    secrets = Secrets(folder=find_paths().secrets, find_ring=lambda: ring)
    assert "file" == secrets.write("a", "kept")
    assert "kept" == secrets.read("a")
    secrets.delete("a")
    assert "" == secrets.read("a")


def test_a_credential_of_systemd_comes_first(tmp_path: Path) -> None:
    """Whoever runs the service decides; it is only read, never changed or deleted."""
    handed = tmp_path / "credentials"
    handed.mkdir()
    (handed / "cloud.openai").write_text("from systemd\n")
    secrets = Secrets(folder=tmp_path / "files", credentials=handed)
    secrets.write("cloud/openai", "from a file")
    assert ("from systemd", "credential") == (secrets.read("cloud/openai"), secrets.place("cloud/openai"))
    secrets.delete("cloud/openai")
    assert "from systemd" == secrets.read("cloud/openai")
    assert "credentials of systemd" in secrets.describe()


@pytest.mark.parametrize("name", ["", "../x", "a//b", "/etc/passwd", "a/../b", "a b", ".hidden", "a/.b", "a\x00b"])
def test_a_name_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    """A path is no name."""
    with pytest.raises(SecretError):
        Secrets(folder=tmp_path).read(name)


@pytest.mark.parametrize("secret", ["", "  ", "two\nlines", "x" * 9000, "bell\x07"])
def test_what_is_no_secret_is_refused(tmp_path: Path, secret: str) -> None:
    """Nothing is kept that could not be read again."""
    with pytest.raises(SecretError):
        Secrets(folder=tmp_path).write("a", secret)
    assert [] == list(tmp_path.iterdir())


def test_a_file_that_others_can_read_is_no_secret(tmp_path: Path) -> None:
    """It is told, with what to do."""
    (tmp_path / "a").write_text("x\n")
    (tmp_path / "a").chmod(0o644)
    with pytest.raises(AssistantError, match="mode 600"):
        Secrets(folder=tmp_path).read("a")


def test_a_full_disk_is_a_sentence(tmp_path: Path) -> None:
    """And leaves no debris."""
    (tmp_path / "a").write_text("in the way")
    with pytest.raises(SecretError, match="can't be kept"):
        Secrets(folder=tmp_path).write("a/b", "x")


def test_doctor_says_where_secrets_are_kept(home: Path) -> None:
    """And fails where others can read one, with the command that mends it."""
    paths = find_paths()
    assert ("ok", f"kept in files of mode 600 in {paths.secrets}") == _doctor()
    Secrets(folder=paths.secrets).write("cloud/openai", "x")
    paths.secrets.joinpath("cloud/openai").chmod(0o640)
    assert ("failed", f"Others can read cloud/openai in {paths.secrets}.") == _doctor()


def test_doctor_names_the_keyring(keyring_session: Callable[[], None]) -> None:
    """Where there is one."""
    status, detail = _doctor()
    assert ("ok", True) == (status, detail.startswith("kept in the keyring ("))


KEY = "sk-canary-0123456789"


def test_doctor_tells_which_keys_are_there_and_never_the_key(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every chosen cloud model: a file, what systemd handed over, or none; the first that lacks one is the fix."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert ("ok", "no model chosen; everything stays here", "") == _doctor_of_the_cloud()
    _choose("anthropic openai own")
    without = "anthropic: no key; openai: no key; own: on this machine, no key needed"
    assert ("warning", without, "Give it one: assistant cloud key anthropic") == _doctor_of_the_cloud()
    Secrets(folder=find_paths().secrets).write("cloud/anthropic", KEY)
    assert "Give it one: assistant cloud key openai" == _doctor_of_the_cloud()[2]
    handed = home / "handed"
    handed.mkdir(parents=True)
    (handed / "cloud.openai").write_text(f"{KEY}\n", encoding="utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(handed))
    both = "anthropic: key from the file of mode 600; openai: key from the credentials of systemd"
    assert ("ok", f"{both}; own: on this machine, no key needed", "") == _doctor_of_the_cloud()


def test_doctor_finds_a_key_in_the_keyring(keyring_session: Callable[[], None]) -> None:
    """A key that `assistant cloud key` kept there."""
    _choose("anthropic")
    assert "keyring" == open_secrets(find_paths()).write("cloud/anthropic", KEY)
    assert ("ok", "anthropic: key from the keyring", "") == _doctor_of_the_cloud()


def test_doctor_asks_for_no_key_of_a_plan(home: Path) -> None:
    """Its model is let in by a proof of this device; `assistant cloud use plan` asks for none either."""
    _choose("plan", '[account]\ngateway = "https://plans.example"\n')
    assert ("ok", "plan: part of your plan, no key needed", "") == _doctor_of_the_cloud()


def _choose(names: str, more: str = "") -> None:
    paths = find_paths()
    paths.create()
    paths.config_file.write_text(f'[cloud]\nprovider = "{names}"\n{more}', encoding="utf-8")


def _doctor_of_the_cloud() -> tuple[str, str, str]:
    from assistant.cli.doctor import check_cloud

    check = check_cloud(find_paths())
    assert KEY not in f"{check}"
    return check.status, check.detail, check.fix


def _doctor() -> tuple[str, str]:
    from assistant.cli.doctor import check_secrets

    check = check_secrets(find_paths())
    return check.status, check.detail
