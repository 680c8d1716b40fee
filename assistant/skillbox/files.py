"""The files of a skill's package in memory, each checked as it comes: a package is refused before anything is written.

Attack cases S4 and S5: paths that leave the folder, links, devices, names that collide, bombs, padding, native code.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from assistant.errors import AssistantError

MAX_FILE_BYTES = 1 << 20
MAX_TOTAL_BYTES = 8 << 20
MAX_FILES = 400
MAX_DEPTH = 6
MAX_PATH_CHARS = 160
SIGNATURE = "skill.sig"

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,79}")
_NATIVE = re.compile(r"\.(so|pyd|dll|dylib|pyc|pyo|pth|egg-link|exe)(\.[0-9.]+)?$", re.IGNORECASE)
_MAGIC = (b"\x7fELF", b"MZ\x90", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xca\xfe\xba\xbe")

Files = Mapping[str, bytes]
"""Content by path relative to the package's folder, with `/` between its parts."""


class PackageError(AssistantError):
    """A skill's package is not taken; nothing of it was written and nothing was run."""

    code = "skill_package"


class Basket:
    """Takes the files of a package one by one. Raises: PackageError: at the first that breaks a rule."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self._folded: dict[str, str] = {}
        self._total = 0

    def room(self, path: str, size: int) -> int:
        """Announce a file of `size` bytes before it is read; tells how many bytes may be read at most."""
        check_path(path)
        if len(self.files) >= MAX_FILES:
            raise PackageError(f"The package holds more than {MAX_FILES} files.")
        if size > MAX_FILE_BYTES:
            raise PackageError(f"The file {path} is larger than {MAX_FILE_BYTES >> 20} MB.")
        if self._total + size > MAX_TOTAL_BYTES:
            raise PackageError(f"The package is larger than {MAX_TOTAL_BYTES >> 20} MB.")
        return min(MAX_FILE_BYTES, MAX_TOTAL_BYTES - self._total)

    def add(self, path: str, content: bytes) -> None:
        """Take a file; on a disk that ignores case no other may have its name."""
        self.room(path, len(content))
        if _NATIVE.search(path) or content.startswith(_MAGIC):
            raise PackageError(f"The file {path} is machine code or runs by itself; a skill is Python source and data.")
        if b"PRIVATE KEY-----" in content:
            raise PackageError(f"The file {path} is a private key, which must never be given away.")
        for name in _with_parents(path):
            known = self._folded.setdefault(name.casefold(), name)
            if known != name:
                raise PackageError(f"The names {known} and {name} are the same on some disks.")
        if path in self.files or any(parent in self.files for parent in _with_parents(path)[:-1]):
            raise PackageError(f"The name {path} is there twice.")
        self.files[path] = content
        self._total += len(content)


def check_path(path: str) -> None:
    """Is this a plain relative path? Raises: PackageError."""
    parts = path.split("/")
    if len(path) > MAX_PATH_CHARS or len(parts) > MAX_DEPTH or not all(_PART.fullmatch(part) for part in parts):
        raise PackageError(f"The file name {path[:60]!r} is not allowed in a package.")


def digest(files: Files) -> bytes:
    """SHA-256 over names, sizes and contents of all files but the signature: 32 bytes, the same wherever it is made."""
    total = hashlib.sha256(b"assistant skill package 1\n")
    for path in sorted(files):
        if path != SIGNATURE:
            name = path.encode()
            total.update(b"%d %s %d " % (len(name), name, len(files[path])))
            total.update(hashlib.sha256(files[path]).digest())
    return total.digest()


def _with_parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]
