"""How far each request under way has come, in a small file each: it outlives a kill of the process.

A plain write reaches the system's cache, which a kill does not touch; only a power cut can lose it, and then the line
in the ledger is settled by what the upstream tells, or given back.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

SLOT_BYTES = 256
MAX_ID_CHARS = 120
_NAME = re.compile(r"req_[A-Za-z0-9_-]{10,30}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """`answer_id` is the upstream's id; `exact`: the counts are the upstream's own."""

    answer_id: str = ""
    read_tokens: int = 0
    written_tokens: int = 0
    exact: bool = False


class Entry:
    """The file of one request."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)

    def note(self, progress: Progress) -> None:
        answer_id = progress.answer_id if len(progress.answer_id) <= MAX_ID_CHARS else ""
        line = json.dumps([answer_id, progress.read_tokens, progress.written_tokens, progress.exact])
        os.pwrite(self._handle, line.encode("ascii", "replace")[:SLOT_BYTES].ljust(SLOT_BYTES), 0)

    def end(self) -> None:
        """The ledger has it now."""
        os.close(self._handle)
        self._file.unlink(missing_ok=True)


class Journal:
    """A folder of this gateway alone."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder

    def begin(self, use_id: str) -> Entry:
        return Entry(self._folder / use_id)

    def read(self, use_id: str) -> Progress | None:
        """What was noted; None if nothing was, or it cannot be read."""
        try:
            values = json.loads((self._folder / use_id).read_bytes())
            return Progress(
                answer_id=str(values[0]),
                read_tokens=int(values[1]),
                written_tokens=int(values[2]),
                exact=values[3] is True,
            )
        except (OSError, ValueError, TypeError, LookupError):
            return None

    def drop(self, use_id: str) -> None:
        (self._folder / use_id).unlink(missing_ok=True)

    def names(self) -> list[str]:
        """The requests that have a file."""
        return sorted(file.name for file in self._folder.iterdir() if _NAME.fullmatch(file.name))
