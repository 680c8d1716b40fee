"""Where secrets lie: the keyring of the desktop, else what systemd hands over, else a file of mode 0600.

write   keyring where there is one that is open, and then no file is left; else the file
read    credential -> file -> keyring; the first that has it: a file beside a keyring is newer than what is in there
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from assistant.errors import AssistantError
from assistant.paths import Paths
from assistant.skillhost.secret import MAX_SECRET_BYTES, read_secret

Place = Literal["keyring", "credential", "file", ""]
"""Where a secret lies; empty: nowhere."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,59}(/[A-Za-z0-9_][A-Za-z0-9_.-]{0,59})*")


class SecretError(AssistantError):
    """A secret cannot be kept, or has a name or a form that none can have."""

    code = "secret"


class RingError(Exception):
    """The keyring does not answer, or is locked: whoever meets this goes on without it."""


class Ring(Protocol):
    """A keyring of the desktop, for the secrets of one assistant. Raises: RingError: it cannot be used now."""

    name: str

    def get(self, name: str) -> str:
        """The secret, or an empty text."""
        ...

    def set(self, name: str, secret: str) -> None: ...
    def delete(self, name: str) -> None: ...


@dataclass(slots=True, kw_only=True)
class Secrets:
    """The secrets of one assistant by names such as `cloud/openai`. `folder` holds the files.

    `credentials`: the folder that systemd hands over (`LoadCredential=cloud.openai:...`), read only.
    """

    folder: Path
    credentials: Path | None = None
    find_ring: Callable[[], Ring | None] = lambda: None
    _ring: list[Ring | None] = field(default_factory=list)

    @property
    def ring(self) -> Ring | None:
        """The keyring, looked for once; None where there is none that may be used."""
        if not self._ring:
            self._ring.append(self.find_ring())
        return self._ring[0]

    def read(self, name: str) -> str:
        """The secret, or an empty text where there is none. Raises: AssistantError: others can read its file."""
        return self._find(name)[0]

    def place(self, name: str) -> Place:
        """Where the secret lies. Raises: AssistantError: others can read its file."""
        return self._find(name)[1]

    def write(self, name: str, secret: str) -> Place:
        """Keep a secret of one line; where it lies now.

        Raises:
            SecretError: it is empty, too long or has more than one line, or the disk refuses.
        """
        file = self.file(name)
        if not secret.strip() or not secret.isprintable() or len(secret.encode()) > MAX_SECRET_BYTES:
            raise SecretError("That can't be kept as a secret: it is empty, too long, or more than one line.")
        if self.ring is not None:
            with contextlib.suppress(RingError):
                self.ring.set(name, secret)
                self._unlink(file)
                return "keyring"
        self._write_file(file, secret)
        return "file"

    def delete(self, name: str) -> None:
        """Let go of a secret wherever it lies; a credential of systemd stays, it is not ours. Raises: SecretError."""
        if self.ring is not None:
            with contextlib.suppress(RingError):
                self.ring.delete(name)
        self._unlink(self.file(name))

    def file(self, name: str) -> Path:
        """Where its file lies, if it has one. Raises: SecretError: no secret can have this name."""
        if not _NAME.fullmatch(name):
            raise SecretError(f"No secret can have the name '{name[:40]}'.")
        return self.folder / name

    def describe(self) -> str:
        """Where secrets are kept now, for a person."""
        kept = f"the keyring ({self.ring.name})" if self.ring is not None else f"files of mode 600 in {self.folder}"
        return f"{kept}, and credentials of systemd" if self.credentials is not None else kept

    def _find(self, name: str) -> tuple[str, Place]:
        file = self.file(name)
        if self.credentials is not None and (secret := _credential(self.credentials / name.replace("/", "."))):
            return secret, "credential"
        if secret := read_secret(file):
            return secret, "file"
        if self.ring is not None:
            with contextlib.suppress(RingError):
                if secret := self.ring.get(name):
                    return secret, "keyring"
        return "", ""

    def _write_file(self, file: Path, secret: str) -> None:
        part = file.with_name(f"{file.name}.part")
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            part.unlink(missing_ok=True)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
                out.write(f"{secret}\n")
                out.flush()
                os.fsync(out.fileno())
            part.replace(file)
        except OSError as error:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            reason = (error.strerror or "the disk refused").lower()
            raise SecretError(f"The secret {file.name} can't be kept: {reason}.", fix="Check the disk.") from None

    def _unlink(self, file: Path) -> None:
        try:
            file.unlink(missing_ok=True)
        except OSError as error:
            reason = (error.strerror or "the disk refused").lower()
            raise SecretError(f"The secret {file.name} can't be deleted: {reason}.") from None


def open_secrets(paths: Paths, env: Mapping[str, str] | None = None) -> Secrets:
    """The secrets of the assistant that lives at these paths; the keyring is looked for when it is first needed."""
    env = os.environ if env is None else env
    handed = env.get("CREDENTIALS_DIRECTORY", "")
    return Secrets(
        folder=paths.secrets,
        credentials=Path(handed) if handed else None,
        find_ring=functools.partial(_find_ring, str(paths.config), env),
    )


def _find_ring(owner: str, env: Mapping[str, str]) -> Ring | None:
    """The keyring of this session; the library is not even loaded where no session is."""
    if sys.platform == "linux" and "PYTHON_KEYRING_BACKEND" not in env:
        runtime = env.get("XDG_RUNTIME_DIR", "")
        if not env.get("DBUS_SESSION_BUS_ADDRESS") and not (runtime and Path(runtime, "bus").exists()):
            return None
    try:
        engine = importlib.import_module("assistant.engines.desktop_keyring")
    except ImportError:
        return None
    found: Ring | None = engine.create(owner)
    return found


def _credential(file: Path) -> str:
    """What systemd handed over under this name; only the service can read that folder, whatever the file's mode."""
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_SECRET_BYTES).split(b"\n", 1)[0].decode("utf-8", "replace").strip()
    except OSError:
        return ""
