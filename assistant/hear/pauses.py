"""How long this person pauses in the middle of a sentence: learnt from their own pauses, kept as numbers only.

Two signs are counted: a pause after which the sentence went on, and a turn that we ended too early.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections import deque
from pathlib import Path

KEPT = 60
ENOUGH = 8
"""So many pauses must be known before anything is changed."""
USUAL_MS = 650.0
"""The pause that the presets are made for: nine of ten inner pauses of fluent speakers are shorter."""
SHARE = 0.9
LEAST, MOST = 0.8, 1.5
"""However somebody speaks, the silences are not changed by more."""
TOO_EARLY = 1.08
"""What one turn that was ended too early adds; the same is taken back over `FORGIVEN` turns that were not."""
FORGIVEN = 12
LONGEST_MS = 3000.0
"""A longer silence was no pause of a speaker."""


class Pauses:
    """`patience` stretches the silences that end a turn, `LEAST`..`MOST`. `file` none: nothing is kept."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._pauses: deque[float] = deque(maxlen=KEPT)
        self._hurry = 1.0
        self._kept = False
        self._load()

    @property
    def patience(self) -> float:
        factor = self._hurry
        if len(self._pauses) >= ENOUGH:
            usual = sorted(self._pauses)[round(SHARE * (len(self._pauses) - 1))]
            factor *= usual / USUAL_MS
        return min(MOST, max(LEAST, factor))

    def went_on(self, pause_ms: float) -> None:
        """The person paused for so long and then went on."""
        if 0.0 < pause_ms <= LONGEST_MS:
            self._pauses.append(round(pause_ms))
            self._save()

    def ended_well(self) -> None:
        """A turn ended and nobody went on."""
        if self._hurry > 1.0:
            self._hurry = max(1.0, self._hurry / TOO_EARLY ** (1.0 / FORGIVEN))
            self._save()

    def ended_too_early(self) -> None:
        """The person went on with the sentence that we had taken for whole."""
        self._hurry = min(MOST, self._hurry * TOO_EARLY)
        self._save()

    def reset(self) -> None:
        """Forget all, on disk too."""
        self._pauses.clear()
        self._hurry = 1.0
        if self._file is not None:
            self._file.unlink(missing_ok=True)

    def _load(self) -> None:
        """A damaged file is a fresh start: it holds a habit, not a promise."""
        if self._file is None:
            return
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(self._file.read_text(encoding="utf-8"))
            pauses = [float(pause) for pause in kept["pauses_ms"]]
            hurry = float(kept["hurry"])
            if all(0.0 < pause <= LONGEST_MS for pause in pauses) and 1.0 <= hurry <= MOST:
                self._pauses.extend(pauses)
                self._hurry = hurry
                self._kept = True

    def _save(self) -> None:
        if self._file is None:
            return
        if self._kept and not self._file.exists():  # somebody had it forgotten meanwhile
            self._pauses.clear()
            self._hurry = 1.0
        part = self._file.with_suffix(".part")
        with contextlib.suppress(OSError):  # a full disk must not end a turn
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
                json.dump({"pauses_ms": list(self._pauses), "hurry": round(self._hurry, 4)}, out)
            part.replace(self._file)
            self._kept = True
