"""Rendered phrases: the recent ones in memory, the assistant's own set phrases on disk too, both bounded."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import wave
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.types import Samples

MEMORY_BYTES = 32_000_000
DISK_BYTES = 64_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Rendered speech: int16 (n,) mono at `rate_hz`."""

    samples: Samples
    rate_hz: int


def phrase_key(voice: str, speed: float, text: str) -> str:
    """The name of a rendering; it tells nothing about the text."""
    return hashlib.sha256("\0".join((voice, f"{speed:.3f}", text)).encode("utf-8", "replace")).hexdigest()


class PhraseCache:
    """Least recently used goes first. On disk lie WAV files, mode 0600, named by key; a damaged one is dropped."""

    def __init__(
        self, folder: Path | None = None, *, memory_bytes: int = MEMORY_BYTES, disk_bytes: int = DISK_BYTES
    ) -> None:
        self._folder = folder
        self._memory_bytes = memory_bytes
        self._disk_bytes = disk_bytes
        self._phrases: OrderedDict[str, Phrase] = OrderedDict()
        self._held_bytes = 0

    def __contains__(self, key: str) -> bool:
        return key in self._phrases or (self._folder is not None and self._file(self._folder, key).is_file())

    def get(self, key: str) -> Phrase | None:
        """The rendering, if there is one; a file is read at most once while memory holds it."""
        if key in self._phrases:
            self._phrases.move_to_end(key)
            return self._phrases[key]
        phrase = self._read(key)
        if phrase is not None:
            self._keep(key, phrase)
        return phrase

    def put(self, key: str, phrase: Phrase, *, on_disk: bool = False) -> None:
        """Keep it in memory, and on disk where asked; a full or read-only disk is no error, the phrase stays here."""
        self._keep(key, phrase)
        if on_disk and self._folder is not None:
            with contextlib.suppress(OSError):
                self._write(self._folder, key, phrase)

    def _keep(self, key: str, phrase: Phrase) -> None:
        if (old := self._phrases.pop(key, None)) is not None:
            self._held_bytes -= old.samples.nbytes
        self._phrases[key] = phrase
        self._held_bytes += phrase.samples.nbytes
        while self._held_bytes > self._memory_bytes:
            _, dropped = self._phrases.popitem(last=False)
            self._held_bytes -= dropped.samples.nbytes

    def _read(self, key: str) -> Phrase | None:
        if self._folder is None:
            return None
        file = self._file(self._folder, key)
        try:
            with file.open("rb") as stream, wave.open(stream) as sound:
                if (sound.getnchannels(), sound.getsampwidth()) != (1, 2):
                    raise wave.Error
                frames = sound.readframes(sound.getnframes())
                phrase = Phrase(
                    samples=np.frombuffer(frames, dtype="<i2").astype(np.int16), rate_hz=sound.getframerate()
                )
                if len(phrase.samples) != sound.getnframes():
                    raise EOFError
            os.utime(file)
        except FileNotFoundError:
            return None
        except (OSError, EOFError, ValueError, wave.Error):
            with contextlib.suppress(OSError):
                file.unlink(missing_ok=True)
            return None
        return phrase

    def _write(self, folder: Path, key: str, phrase: Phrase) -> None:
        """Under a name of its own first, so that nobody ever reads half a file. Raises: OSError."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)  # mode 0600
        try:
            with os.fdopen(handle, "wb") as stream, wave.open(stream, "wb") as sound:
                sound.setnchannels(1)
                sound.setsampwidth(2)
                sound.setframerate(phrase.rate_hz)
                sound.writeframes(phrase.samples.astype("<i2").tobytes())
            os.replace(name, self._file(folder, key))  # noqa: PTH105 - one call, atomic
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        self._prune(folder)

    def _prune(self, folder: Path) -> None:
        """Oldest use first, until the folder is within its bound; what a crash left half-written ages like the rest."""
        found = sorted(((file.stat(), file) for file in folder.iterdir()), key=lambda pair: pair[0].st_mtime_ns)
        total = sum(status.st_size for status, _ in found)
        for status, file in found:
            if total <= self._disk_bytes:
                break
            file.unlink(missing_ok=True)
            total -= status.st_size

    @staticmethod
    def _file(folder: Path, key: str) -> Path:
        return folder / f"{key}.wav"
