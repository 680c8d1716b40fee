"""States of a model on disk: written whole or not at all, private, and never trusted without their digests.

MAGIC | sha256 of the key | sha256 of the state | the state
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

MAGIC = b"ASSTKV01"
MAX_BYTES = 1 << 30
KEEP_FILES = 16
"""Prefixes that were longest unused (another model, tools that nobody asks for) are deleted once there are more than
this: those of a 1.5B model with six tools take about 20 MB each."""

_DIGEST_BYTES = hashlib.sha256().digest_size
_HEADER_BYTES = len(MAGIC) + 2 * _DIGEST_BYTES


class SavedStates:
    """A folder of states by key; the key is everything that the state depends on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def file_of(self, key: bytes) -> Path:
        return self._folder / f"prefix-{hashlib.sha256(key).hexdigest()[:24]}.state"

    def load(self, key: bytes) -> bytes | None:
        """The state saved under this very key; none when there is none, or it is damaged or not a plain file."""
        try:
            descriptor = os.open(self.file_of(key), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as file:
                if os.fstat(descriptor).st_size > MAX_BYTES:
                    return None
                header, state = file.read(_HEADER_BYTES), file.read()
                os.utime(descriptor)  # in use
        except OSError:
            return None
        expected = MAGIC + hashlib.sha256(key).digest() + hashlib.sha256(state).digest()
        return state if header == expected else None

    def save(self, key: bytes, state: bytes) -> bool:
        """Write under a temporary name (mode 0600), then rename; tells whether it worked (a full disk is no error)."""
        temporary = ""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(dir=self._folder, suffix=".part")
            with os.fdopen(descriptor, "wb") as file:
                file.write(MAGIC + hashlib.sha256(key).digest() + hashlib.sha256(state).digest())
                file.write(state)
                file.flush()
                os.fsync(descriptor)
            Path(temporary).replace(self.file_of(key))
        except OSError:
            if temporary:
                with contextlib.suppress(OSError):
                    Path(temporary).unlink()
            return False
        self._prune(self.file_of(key))
        return True

    def _prune(self, newest: Path) -> None:
        def changed(file: Path) -> int:
            return file.stat().st_mtime_ns

        with contextlib.suppress(OSError):
            files = [file for file in self._folder.glob("prefix-*.state") if file != newest]
            for file in sorted(files, key=changed, reverse=True)[KEEP_FILES - 1 :]:
                file.unlink()
