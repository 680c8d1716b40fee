"""Model files on disk: which are the published ones; a marker remembers what was hashed, so that a start is quick."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from assistant.catalog.manifest import ModelFile

CHUNK_BYTES = 1 << 20
MARKER = ".verified.json"
Fingerprint = dict[str, int | str]
State = Literal["ok", "missing", "damaged"]


def megabytes(size_bytes: float) -> str:
    """`1,117.3 MB`: decimal, as download pages count."""
    return f"{size_bytes / 1e6:,.1f} MB"


def open_regular(path: Path) -> int | None:
    """A descriptor for reading, or none where there is no such file. Links and devices count as no file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    return None


def sha256_range(descriptor: int, start: int, end: int) -> str:
    """SHA-256 of the bytes start..end (end excluded) of an open file."""
    digest = hashlib.sha256()
    while start < end and (chunk := os.pread(descriptor, min(CHUNK_BYTES, end - start), start)):
        digest.update(chunk)
        start += len(chunk)
    return digest.hexdigest()


def fingerprint(status: os.stat_result, sha256: str | None) -> Fingerprint:
    """What tells cheaply that a file was not touched since it was hashed; ctime cannot be set back with `utime`."""
    return {
        "bytes": status.st_size,
        "mtime_ns": status.st_mtime_ns,
        "ctime_ns": status.st_ctime_ns,
        "inode": status.st_ino,
        "sha256": sha256 or "",
    }


def check_file(path: Path, file: ModelFile) -> Fingerprint | None:
    """Hash a file through one descriptor; its fingerprint if it is the published one, else none."""
    descriptor = open_regular(path)
    if descriptor is None:
        return None
    try:
        status = os.fstat(descriptor)
        same = status.st_size == file.bytes and sha256_range(descriptor, 0, file.bytes) == file.sha256
        return fingerprint(status, file.sha256) if same else None
    finally:
        os.close(descriptor)


def read_marker(folder: Path) -> dict[str, Fingerprint]:
    """Fingerprints by file name; empty where there is no readable marker (then everything is hashed again)."""
    try:
        content = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def write_marker(folder: Path, verified: dict[str, Fingerprint]) -> None:
    """Replace the marker in one step. On a read-only or full disk it is left out: checks are then only slower."""
    provisional = folder / f"{MARKER}.{os.getpid()}"
    try:
        provisional.write_text(json.dumps(verified, indent=1), encoding="utf-8")
        provisional.replace(folder / MARKER)
    except OSError:
        provisional.unlink(missing_ok=True)


def add_to_marker(folder: Path, name: str, verified: Fingerprint) -> None:
    write_marker(folder, read_marker(folder) | {name: verified})


def is_fresh(path: Path, file: ModelFile, marker: Mapping[str, Fingerprint]) -> bool:
    """Whether the file was hashed before and was not touched since."""
    try:
        return file.sha256 is not None and marker[file.name] == fingerprint(path.lstat(), file.sha256)
    except (OSError, KeyError):
        return False


def check_files(folder: Path, files: Sequence[ModelFile], *, full: bool, marked: bool) -> dict[str, State]:
    """State of every file by name. Without `full` only what changed since the last time is hashed.

    `marked` folders are ours and keep a marker; those of an installed package are left as they are.
    """
    before = read_marker(folder) if marked else {}
    verified = dict[str, Fingerprint]()
    states = dict[str, State]()
    for file in files:
        path = folder / file.name
        if not full and is_fresh(path, file, before):
            verified[file.name] = before[file.name]
        elif fresh := check_file(path, file):
            verified[file.name] = fresh
        if file.name in verified:
            states[file.name] = "ok"
        else:
            states[file.name] = "damaged" if os.path.lexists(path) else "missing"
    if marked and verified != before and folder.is_dir():
        write_marker(folder, verified)
    return states


def file_size(path: Path) -> int | None:
    """Size in bytes of a regular file, none for anything else."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None
