"""The address of a gateway."""

from __future__ import annotations

from urllib.parse import urlsplit

from assistant.errors import ConfigError

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def checked_base(base: str) -> str:
    """The gateway's address without a slash at the end. Raises: ConfigError: neither https nor on this machine."""
    parts = urlsplit(base)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not safe or not parts.hostname or parts.username is not None or parts.query or parts.fragment:
        raise ConfigError(
            "The address of the gateway must begin with https, or lead to this machine.", fix="See [account] gateway."
        )
    return base.rstrip("/")
