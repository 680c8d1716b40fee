"""The gateway's own secret, a file that only its owner reads, and what is derived from it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from assistant.errors import ConfigError

SECRET_BYTES = 32


class Secret:
    """Keys for each purpose, all derived from one random file by HMAC-SHA-256."""

    def __init__(self, material: bytes) -> None:
        self._material = material

    @classmethod
    def load(cls, file: Path) -> Secret:
        """Read the file, or make it with mode 0600. Raises: ConfigError: it cannot be read, or others may read it."""
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(handle, "wb") as out:
                out.write(secrets.token_bytes(SECRET_BYTES))
                out.flush()
                os.fsync(out.fileno())
        try:
            material, mode = file.read_bytes(), file.stat().st_mode
        except OSError:
            raise ConfigError(f"The gateway's secret {file} cannot be read.", fix="Check its owner.") from None
        if mode & 0o077:
            raise ConfigError(f"The gateway's secret {file} may be read by others.", fix=f"chmod 600 {file}")
        if len(material) != SECRET_BYTES:
            raise ConfigError(f"The gateway's secret {file} is damaged.", fix="Restore it from your backup.")
        return cls(material)

    def mac(self, purpose: str, text: str) -> str:
        """A keyed hash, 64 hexadecimal characters, of a text for one purpose."""
        key = hmac.digest(self._material, purpose.encode(), "sha256")
        return hmac.digest(key, text.encode(), "sha256").hex()

    def matches(self, purpose: str, text: str, mac: str) -> bool:
        return hmac.compare_digest(self.mac(purpose, text).encode(), mac.encode("utf-8", "replace"))

    def encrypt(self, text: str) -> str:
        return self._box.encrypt(text.encode()).decode()

    def decrypt(self, text: str) -> str:
        """Raises: ConfigError: it was encrypted with another secret."""
        try:
            return self._box.decrypt(text.encode()).decode()
        except InvalidToken:
            raise ConfigError(
                "The gateway's keys were encrypted with another secret.", fix="Restore gateway.secret from your backup."
            ) from None

    @property
    def _box(self) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(hmac.digest(self._material, b"keys", "sha256")))


def new_token() -> str:
    """256 random bits, 43 characters."""
    return secrets.token_urlsafe(32)


def new_id(kind: str) -> str:
    """An opaque id such as `dev_...`, 128 random bits."""
    return f"{kind}_{secrets.token_urlsafe(16)}"


def hashed(token: str) -> str:
    """SHA-256 of a random token: there is nothing to guess, so no salt is needed."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
