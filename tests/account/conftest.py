"""A keyring of the desktop on a bus of its own, and clocks that a test moves."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
import secretstorage
from keyring.backends import SecretService

PASSWORD = b"correct horse"
BUS = """<busconfig>
  <type>session</type>
  <listen>unix:tmpdir={place}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
"""No service directories: a question that comes before ours is up would start another one, without a password."""


@pytest.fixture
def keyring_session(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """A real Secret Service (gnome-keyring) on a real D-Bus, unlocked; call the value to lock it."""
    private = tmp_path / "session"
    private.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(private))
    monkeypatch.setenv("XDG_DATA_HOME", str(private / "data"))
    monkeypatch.setenv("HOME", str(private))
    monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
    settings = tmp_path / "bus.conf"
    settings.write_text(BUS.format(place=private))
    bus = subprocess.Popen(
        ["dbus-daemon", f"--config-file={settings}", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert bus.stdout is not None
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.stdout.readline().decode().strip())
    service = subprocess.Popen(
        ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ.copy(),
    )
    assert service.stdin is not None
    service.stdin.write(PASSWORD)
    service.stdin.close()
    before = keyring.get_keyring()
    try:
        _wait_until_open()
        keyring.set_keyring(SecretService.Keyring())  # the library looks only once in the life of a process
        yield _lock
    finally:
        keyring.set_keyring(before)
        for process in (service, bus):
            process.terminate()
            process.wait()
        bus.stdout.close()


def _wait_until_open() -> None:
    for _ in range(600):
        try:
            with _bus() as bus:
                if not secretstorage.Collection(bus).is_locked():
                    return
        except (secretstorage.exceptions.SecretStorageException, OSError):
            pass
        time.sleep(0.05)
    raise AssertionError("the keyring did not come up")


def _lock() -> None:
    with _bus() as bus:
        secretstorage.get_default_collection(bus).lock()


def _bus() -> Any:
    return contextlib.closing(secretstorage.dbus_init())
