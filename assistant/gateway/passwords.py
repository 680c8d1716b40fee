"""Passwords, kept as scrypt hashes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

N, R, P = 2**15, 8, 3
"""32 MB each: one of the settings that OWASP's password storage cheat sheet recommends."""
MIN_CHARS, MAX_CHARS = 10, 200
_MAX_MEMORY_BYTES = 80 * 1024 * 1024


def hash_password(password: str) -> str:
    """`scrypt$N$R$P$SALT$HASH`."""
    salt = secrets.token_bytes(16)
    return f"scrypt${N}${R}${P}${_text(salt)}${_text(_derive(password, salt, N, R, P))}"


def verify_password(password: str, kept: str) -> bool:
    try:
        kind, n, r, p, salt, wanted = kept.split("$")
        if kind != "scrypt":
            return False
        found = _derive(password, base64.b64decode(salt), int(n), int(r), int(p))
        return hmac.compare_digest(found, base64.b64decode(wanted))
    except ValueError:
        return False


NOBODY = f"scrypt${N}${R}${P}${'A' * 22}==${'A' * 43}="
"""Checked where no such account exists, so that an answer takes equally long."""


def _derive(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    secret = password.encode("utf-8", "replace")
    return hashlib.scrypt(secret, salt=salt, n=n, r=r, p=p, maxmem=_MAX_MEMORY_BYTES, dklen=32)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
