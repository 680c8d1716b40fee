"""A file in the making: it grows under a provisional name and takes its own only when every byte is right."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from assistant.catalog.files import add_to_marker, fingerprint, sha256_range
from assistant.catalog.manifest import ModelFile, ModelPart
from assistant.errors import DiskFullError, ModelError

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Error numbers of a disk, a quota or a file size limit that is used up."""
_PICKLE = re.compile(rb"\x80[\x02-\x05]|PK\x03\x04|\x1f\x8b")
"""First bytes of a pickle, of a zip with pickles in it (PyTorch), and of a compressed one (joblib)."""


class WrongBytesError(ModelError):
    """What came is not the published file."""


def disk_full(folder: Path, name: str) -> DiskFullError:
    return DiskFullError(
        f"The disk of {folder} is full: {name} could not be stored.",
        fix="Free some space and run `assistant models pull` again.",
    )


class PartFile:
    """A file in the making, `NAME.part`: it survives a broken connection and takes its name only when it is right."""

    def __init__(self, final: Path, file: ModelFile) -> None:
        self._file = file
        self._final = final
        self._path = final.with_name(final.name + ".part")
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            self._descriptor = os.open(self._path, flags, 0o644)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise ModelError(f"{self._path} is a link: refused.", fix="Delete it and pull again.") from None
            if error.errno in FULL:
                raise disk_full(final.parent, final.name) from None
            raise
        self.size = os.fstat(self._descriptor).st_size

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def append(self, chunk: bytes) -> None:
        """Write to the end.

        Raises:
            DiskFullError: no room is left; the provisional file is removed, so that the disk breathes again.
            WrongBytesError: more bytes came than the published file has.
        """
        if self.size + len(chunk) > self._file.bytes:
            self.truncate(0)
            raise WrongBytesError(f"{self._final.name} is longer than the published file.")
        view = memoryview(chunk)
        try:
            while view:
                written = os.write(self._descriptor, view)
                self.size += written
                view = view[written:]
        except OSError as error:
            if error.errno not in FULL:
                raise
            self.discard()
            raise disk_full(self._final.parent, self._final.name) from None

    def discard(self) -> None:
        self._path.unlink(missing_ok=True)

    def truncate(self, size: int) -> None:
        os.ftruncate(self._descriptor, size)
        self.size = size

    def drop_bad_tail(self, parts: Sequence[ModelPart]) -> None:
        """Cut off what a crash left wrong: from the first whole part on whose bytes are not the published ones."""
        if self.size > self._file.bytes:
            self.truncate(0)
        start = 0
        for part in parts:
            if self.size < start + part.bytes:
                return
            if sha256_range(self._descriptor, start, start + part.bytes) != part.sha256:
                self.truncate(start)
                return
            start += part.bytes

    def commit(self) -> None:
        """Check size, SHA-256 and kind through the descriptor that was written, then name the file and mark it.

        Raises:
            WrongBytesError: it is not the published file, or the provisional name now means another file.
        """
        name = self._final.name
        if self.size != self._file.bytes or sha256_range(self._descriptor, 0, self.size) != self._file.sha256:
            self.truncate(0)
            raise WrongBytesError(f"{name} does not have the published SHA-256: refused.")
        if _PICKLE.match(os.pread(self._descriptor, 8, 0)):
            self.discard()
            raise ModelError(f"{name} is a pickle or an archive, which could run code: refused.")
        os.fsync(self._descriptor)
        self._refuse_swap(self._path)
        self._path.replace(self._final)
        self._refuse_swap(self._final)
        folder = os.open(self._final.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        add_to_marker(self._final.parent, name, fingerprint(os.fstat(self._descriptor), self._file.sha256))

    def _refuse_swap(self, path: Path) -> None:
        """The name must still mean the file we hashed, not a link or a file that somebody put there meanwhile."""
        ours = os.fstat(self._descriptor)
        theirs = path.lstat()
        if (ours.st_dev, ours.st_ino) != (theirs.st_dev, theirs.st_ino):
            path.unlink(missing_ok=True)
            raise WrongBytesError(f"{self._final.name} was exchanged while it was checked: refused.")
