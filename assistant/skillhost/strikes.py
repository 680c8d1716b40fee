"""Three strikes: a skill that fails again and again is switched off, with a reason, until it is switched on again."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections import deque
from pathlib import Path

from assistant.errors import SkillError

MAX_STRIKES = 3
WITHIN_S = 3600.0

_log = logging.getLogger(__name__)


class SkillCrashed(SkillError):  # noqa: N818
    """The skill broke (its process ended, its reply was malformed): that is a strike, a refusal is none."""

    code = "skill_crashed"


class Strikes:
    """Counts failures; `now_s` comes from any clock that only grows."""

    def __init__(self) -> None:
        self._when: dict[str, deque[float]] = {}

    def add(self, skill: str, now_s: float) -> bool:
        """Note a failure; true when it is the third within an hour, after which the count begins anew."""
        when = self._when.setdefault(skill, deque())
        when.append(now_s)
        while when[0] <= now_s - WITHIN_S:
            when.popleft()
        if len(when) < MAX_STRIKES:
            return False
        when.clear()
        return True


class Switches:
    """Which skills are off, and why; in a small file, so that the command line and the daemon agree.

    Without a path they are kept in memory only. What another process writes counts at once.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._off: dict[str, str] = {}
        self._seen: tuple[int, int] | None = None

    def all(self) -> dict[str, str]:
        """Skill -> why it is off."""
        self._read()
        return dict(self._off)

    def reason(self, skill: str) -> str:
        """Why a skill is off; empty when it is on."""
        self._read()
        return self._off.get(skill, "")

    def disable(self, skill: str, reason: str) -> None:
        """Switch it off. A disk that refuses is logged: it is off for this process all the same."""
        self._read()
        self._off[skill] = reason
        self._write()

    def enable(self, skill: str) -> bool:
        """Switch it on again; false if it was on."""
        self._read()
        was_off = self._off.pop(skill, None) is not None
        if was_off:
            self._write()
        return was_off

    def _read(self) -> None:
        if self._path is None:
            return
        try:
            found = self._path.stat()
            if (seen := (found.st_mtime_ns, found.st_ino)) == self._seen:
                return
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            self._off = {str(skill): str(reason) for skill, reason in kept.items()}
            self._seen = seen
        except FileNotFoundError:
            if self._seen is not None:
                self._off, self._seen = {}, None
        except (OSError, ValueError, AttributeError):
            _log.warning("the list of disabled skills cannot be read")

    def _write(self) -> None:
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = self._path.with_suffix(".part")
            with contextlib.suppress(FileNotFoundError):
                part.unlink()
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
                json.dump(self._off, out)
                out.flush()
                os.fsync(out.fileno())
            part.replace(self._path)
            found = self._path.stat()
            self._seen = (found.st_mtime_ns, found.st_ino)
        except OSError:
            _log.warning("the list of disabled skills cannot be written")
