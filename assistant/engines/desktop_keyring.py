"""The keyring of the desktop: Secret Service or KWallet on Linux, Keychain on macOS, through the library `keyring`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import keyring
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError, PasswordDeleteError

from assistant.account.secrets import RingError

LEAST_PRIORITY = 1
"""What the library itself recommends: backends below keep nothing, or keep it in the open."""


class DesktopRing:
    """`assistant.account.secrets.Ring`. Secrets of one assistant stand under the service name of its home."""

    def __init__(self, backend: KeyringBackend, owner: str) -> None:
        self.name = backend.name
        self._backend = backend
        self._service = f"Hearth voice assistant ({owner})"

    def get(self, name: str) -> str:
        with _explained():
            return self._backend.get_password(self._service, name) or ""

    def set(self, name: str, secret: str) -> None:
        with _explained():
            self._backend.set_password(self._service, name, secret)
            if self._backend.get_password(self._service, name) != secret:
                raise RingError("it was not kept")

    def delete(self, name: str) -> None:
        with _explained(), contextlib.suppress(PasswordDeleteError):  # it was not there
            self._backend.delete_password(self._service, name)


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Whatever a backend raises becomes a RingError, without its words: they may hold the secret."""
    try:
        yield
    except (RingError, PasswordDeleteError):
        raise
    except Exception as error:  # backends speak D-Bus and C libraries, and raise what those raise
        raise RingError(type(error).__name__) from None


def _is_locked() -> bool:
    """Whether the Secret Service would ask for a password: a daemon must not wait for somebody to type one."""
    try:
        import secretstorage

        with contextlib.closing(secretstorage.dbus_init()) as bus:
            place = secretstorage.collection.DEFAULT_COLLECTION
            return bool(secretstorage.Collection(bus, place).is_locked())
    except Exception:  # no such service, or no default keyring in it yet
        return True


def create(owner: str) -> DesktopRing | None:
    """The keyring for the assistant of this home; None where there is none, or it is locked."""
    try:
        backend = keyring.get_keyring()
        usable = backend.priority >= LEAST_PRIORITY
    except (KeyringError, RuntimeError):
        return None
    if not usable or (type(backend).__module__.endswith(".SecretService") and _is_locked()):
        return None
    return DesktopRing(backend, owner)
