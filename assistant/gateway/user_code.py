"""The code that a person reads, hears and types: no vowels (no words), no digits (RFC 8628, section 6.1)."""

from __future__ import annotations

import secrets

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8
"""20 to the power of 8 codes: 34 bits, behind a lock after five wrong ones."""


def make_user_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def shown(code: str) -> str:
    """`WDJB-MJHT`."""
    return f"{code[:4]}-{code[4:]}"


def normalized(text: str) -> str | None:
    """What was typed, whatever its case, hyphens and spaces; None if it cannot be a code."""
    letters = "".join(character for character in text.upper() if character.isalnum())
    return letters if len(letters) == LENGTH and set(letters) <= set(ALPHABET) else None
