"""Sound files in and out: any common format becomes int16 mono 16 kHz, a piece at a time."""

from __future__ import annotations

import contextlib
import os
import sys
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from assistant.errors import AudioFileError
from assistant.types import CHUNK_SAMPLES, RATE_HZ, Samples

STDIN = "-"
BLOCK_S = 0.5
"""How much is decoded at a time. A compressed file that breaks off loses the block it breaks in, so it is short."""

MAX_CHANNELS = 32
_FIX = "Give a WAV, FLAC, OGG or MP3 file."


def read_audio(path: str | Path) -> Samples:
    """The whole file as int16 (n,), mono, 16 kHz; `-` reads standard input. For long files use `iter_audio`.

    Raises:
        AudioFileError: missing, a folder, unreadable, or not a sound file. A truncated file gives what is there.
    """
    blocks = list(_blocks(path))
    return np.concatenate(blocks) if blocks else np.zeros(0, np.int16)


def iter_audio(path: str | Path, chunk_samples: int = CHUNK_SAMPLES) -> Iterator[Samples]:
    """The same sound in chunks of `chunk_samples` (the last may be shorter); holds only seconds of it in memory.

    Raises: AudioFileError, as `read_audio`, when the first chunk is asked for.
    """
    rest: Samples = np.zeros(0, np.int16)
    for block in _blocks(path):
        joined = np.concatenate((rest, block))
        whole = len(joined) - len(joined) % chunk_samples
        for start in range(0, whole, chunk_samples):
            yield joined[start : start + chunk_samples]
        rest = joined[whole:]
    if len(rest):
        yield rest


def duration_s(path: str | Path) -> float | None:
    """Length by the file's header in seconds, for a progress bar; none for standard input or an unreadable file."""
    if str(path) == STDIN:
        return None
    try:
        header = soundfile.info(str(path))
    except (soundfile.SoundFileError, OSError):
        return None
    return float(header.duration) if header.frames < 1 << 40 else None


def write_wav(path: str | Path, samples: Samples, rate_hz: int = RATE_HZ) -> None:
    """Write int16 (n,) mono as a WAV file, whole or not at all.

    Raises: AudioFileError: the place cannot be written.
    """
    target = Path(path)
    draft = target.with_name(f".{target.name}.part")
    try:
        with draft.open("wb") as file, wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(rate_hz)
            out.writeframes(np.ascontiguousarray(samples, dtype="<i2").data)
        draft.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise AudioFileError(f"The sound file {path} cannot be written: {_reason(error)}.") from None


def _blocks(path: str | Path) -> Iterator[Samples]:
    name = _name(path)
    with _open(path, name) as file:
        resampler = soxr.ResampleStream(file.samplerate, RATE_HZ, 1, dtype="float32", quality="HQ")
        frames = max(1, int(BLOCK_S * file.samplerate))
        last, broken, heard = False, False, False
        while not last:
            mono, broken = _mono(file, frames)
            last = len(mono) == 0
            heard = heard or not last
            # At the right rate the samples pass untouched, so that a 16-bit file is read bit by bit.
            block = mono if file.samplerate == RATE_HZ else resampler.resample_chunk(mono, last=last)
            if len(block):
                yield _int16(block)
    if broken and not heard:
        raise AudioFileError(f"{name} is not a sound file that can be read.", fix=_FIX)


def _mono(file: Any, frames: int) -> tuple[NDArray[np.float32], bool]:
    """The next samples, mixed down, and whether the decoder gave up: what it decoded before stays good."""
    try:
        data: NDArray[np.float32] = file.read(frames, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, RuntimeError):
        return np.zeros(0, np.float32), True
    mono: NDArray[np.float32] = data[:, 0] if data.shape[1] == 1 else data.mean(axis=1, dtype=np.float32)
    return np.ascontiguousarray(mono), False


def _int16(mono: NDArray[np.float32]) -> Samples:
    finite = np.nan_to_num(mono, nan=0.0, posinf=1.0, neginf=-1.0)
    samples: Samples = np.clip(np.rint(finite * 32768.0), -32768, 32767).astype(np.int16)
    return samples


def _name(path: str | Path) -> str:
    return "Standard input" if str(path) == STDIN else str(path)


def _open(path: str | Path, name: str) -> Any:
    source: Any = str(path)
    if str(path) == STDIN:
        source = sys.stdin.fileno()  # libsndfile reads WAV from a pipe as it comes, without holding it
    else:
        _check(Path(path))
    try:
        file = soundfile.SoundFile(source, closefd=source == str(path))
    except (soundfile.SoundFileError, OSError, RuntimeError, TypeError):
        raise AudioFileError(f"{name} is not a sound file that can be read.", fix=_FIX) from None
    if not 1000 <= file.samplerate <= 768_000 or file.channels > MAX_CHANNELS:
        file.close()
        raise AudioFileError(f"{name} has an impossible sample rate or number of channels.", fix=_FIX)
    return file


def _check(path: Path) -> None:
    """Say what is wrong with a path before native code sees it: its own messages name no cause."""
    try:
        if path.is_dir():
            raise AudioFileError(f"{path} is a folder, not a sound file.", fix=_FIX)
        if not path.exists():
            raise AudioFileError(f"The sound file {path} does not exist.", fix="Check the path.")
        if not path.is_file():
            raise AudioFileError(f"{path} is not a regular file.", fix=_FIX)
        if path.stat().st_size == 0:
            raise AudioFileError(f"The sound file {path} is empty.", fix=_FIX)
        if not os.access(path, os.R_OK):
            raise AudioFileError(f"The sound file {path} may not be read.", fix="Check its permissions.")
    except (OSError, ValueError) as error:
        raise AudioFileError(f"The sound file {path} cannot be opened: {_reason(error)}.") from None


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
