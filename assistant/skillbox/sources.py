"""Where a skill's package comes from: a folder, a wheel, or a git repository. It is read, and nothing of it is run.

Never used: `setup.py`, build back-ends, entry points, `.pth` files, hooks, submodules, filters of git.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from pathlib import Path
from urllib.parse import urlsplit

from assistant.skillbox.files import MAX_DEPTH, MAX_FILES, MAX_TOTAL_BYTES, Basket, Files, PackageError, check_path

MANIFEST = "skill.toml"
MAX_WHEEL_BYTES = 10 << 20
MAX_RATIO = 200
"""Bytes out for one byte in; text rarely passes 20."""

CLONE_PATIENCE_S = 120.0
_SELF = "hearth-voice-assistant"
_SKIPPED = ("__pycache__", "node_modules")
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What was read: the import name of the package (empty when its folder has no name of its own), and its files."""

    name: str
    files: Files
    origin: str


def read_source(where: str) -> Source:
    """Read a package from a folder, a `.whl` file, or a git URL (`https://...` or `file://...`, `#BRANCH` optional).

    Raises: PackageError: it is not there, no package, or breaks a rule.
    """
    if "://" in where:
        return _read_git(where)
    path = Path(where).expanduser()
    if path.is_dir():
        return _read_folder(path, origin=str(path.absolute()))
    if path.is_file() and path.suffix == ".whl":
        return _read_wheel(path)
    if path.exists():
        raise PackageError(f"{path.name} is neither a folder nor a wheel.", fix="Build a wheel, or give the folder.")
    raise PackageError(f"There is no {where}.", fix="Give a folder, a wheel, or a git URL that begins with https://.")


def _read_folder(root: Path, *, origin: str) -> Source:
    folder = package_folder(root)
    project = root / "pyproject.toml"
    if project.is_file() and not project.is_symlink() and project.stat().st_size < (1 << 20):
        try:
            described = tomllib.loads(project.read_text(encoding="utf-8")).get("project", {})
            _check_needs(described.get("dependencies", []))
        except (ValueError, AttributeError, TypeError):
            raise PackageError("Its pyproject.toml cannot be read.") from None
    return Source(name="" if folder == root else folder.name, files=read_tree(folder), origin=origin)


def read_tree(folder: Path) -> Files:
    """The files of a package's folder; hidden ones and caches are no part of it. Raises: PackageError."""
    basket = Basket()
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            _walk(opened, "", basket, [0])
        finally:
            os.close(opened)
    except OSError as error:
        raise PackageError(f"The folder cannot be read: {(error.strerror or str(error)).lower()}.") from None
    return basket.files


def package_folder(root: Path) -> Path:
    """The one folder with a `skill.toml`: this one, one below it, or one below its `src`. Raises: PackageError."""
    if (root / MANIFEST).is_file():
        return root
    places = [path for pattern in (f"*/{MANIFEST}", f"src/*/{MANIFEST}") for path in sorted(root.glob(pattern))]
    found = [path.parent for path in places if not path.parent.name.startswith(".") and not path.parent.is_symlink()]
    if len(found) != 1:
        how = "no skill.toml" if not found else "more than one skill"
        raise PackageError(f"There is {how} in {root}.", fix="Give the folder of one skill.")
    return found[0]


def _walk(folder: int, prefix: str, basket: Basket, seen: list[int]) -> None:
    """Read a folder through its descriptor, so that nothing can be exchanged for a link in between."""
    if prefix.count("/") > MAX_DEPTH:
        raise PackageError(f"The folder {prefix} lies too deep.")
    for name in sorted(os.listdir(folder)):
        seen[0] += 1
        if seen[0] > 4 * MAX_FILES:
            raise PackageError(f"The package holds more than {MAX_FILES} files.")
        if name.startswith(".") or name in _SKIPPED:
            continue
        kind = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
        if not (stat.S_ISDIR(kind) or stat.S_ISREG(kind)):
            raise PackageError(f"{prefix}{name} is a link or a device; a package holds plain files only.")
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        opened = os.open(name, flags | (os.O_DIRECTORY if stat.S_ISDIR(kind) else 0), dir_fd=folder)
        try:
            if stat.S_ISDIR(kind):
                _walk(opened, f"{prefix}{name}/", basket, seen)
            else:
                _take(opened, f"{prefix}{name}", basket)
        finally:
            os.close(opened)


def _take(opened: int, path: str, basket: Basket) -> None:
    facts = os.fstat(opened)
    if not stat.S_ISREG(facts.st_mode):
        raise PackageError(f"{path} is a link or a device; a package holds plain files only.")
    if facts.st_nlink > 1:
        raise PackageError(f"{path} is a second name of another file; a package holds plain files only.")
    most = basket.room(path, facts.st_size)
    with os.fdopen(os.dup(opened), "rb") as file:
        basket.add(path, file.read(most + 1))


def _read_wheel(path: Path) -> Source:
    if path.stat().st_size > MAX_WHEEL_BYTES:
        raise PackageError(f"The wheel is larger than {MAX_WHEEL_BYTES >> 20} MB.")
    try:
        with zipfile.ZipFile(path) as archive:
            name, wanted = _members(archive)
            basket = Basket()
            for entry in wanted:
                inner = entry.filename.removeprefix(f"{name}/")
                most = basket.room(inner, entry.file_size)
                with archive.open(entry) as file:
                    basket.add(inner, file.read(most + 1))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError):
        raise PackageError(f"{path.name} is no wheel that can be read.") from None
    return Source(name=name, files=basket.files, origin=str(path.absolute()))


def _members(archive: zipfile.ZipFile) -> tuple[str, list[zipfile.ZipInfo]]:
    """The package's name and files; what any other entry is, is looked at too, and all before a byte is unpacked."""
    entries = archive.infolist()
    if len(entries) > 4 * MAX_FILES:
        raise PackageError(f"The wheel holds more than {4 * MAX_FILES} entries.")
    for entry in entries:
        _check_entry(entry)
    if sum(entry.file_size for entry in entries) > MAX_TOTAL_BYTES:
        raise PackageError(f"The package is larger than {MAX_TOTAL_BYTES >> 20} MB.")
    files = [entry for entry in entries if not entry.is_dir()]
    tops = {entry.filename.split("/")[0] for entry in files}
    about = {top for top in tops if top.endswith(".dist-info")}
    names = tops - about
    if len(names) != 1 or any("/" not in entry.filename for entry in files):
        strange = next((entry.filename for entry in files if "/" not in entry.filename), "more than one package")
        raise PackageError(f"The wheel holds {strange}; a skill is one Python package and nothing beside it.")
    for entry in files:
        if entry.filename.endswith(".dist-info/METADATA"):
            headers = BytesHeaderParser().parsebytes(archive.read(entry))
            _check_needs(str(value) for value in headers.get_all("Requires-Dist", []))
    return names.pop(), [entry for entry in files if entry.filename.split("/")[0] not in about]


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    check_path(name.removesuffix("/") if entry.is_dir() else name)
    if getattr(entry, "orig_filename", name) != name:
        raise PackageError(f"The file name {entry.orig_filename[:60]!r} is not allowed in a package.")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFDIR if entry.is_dir() else stat.S_IFREG):
        raise PackageError(f"{name} is a link or a device; a package holds plain files only.")
    if entry.flag_bits & 0x1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise PackageError(f"{name} is encrypted or packed in an unknown way.")
    if entry.file_size > MAX_RATIO * max(entry.compress_size, 1) and entry.file_size > 4096:
        raise PackageError(f"{name} unpacks to far more than it holds.")


def _check_needs(requirements: Iterable[str]) -> None:
    for requirement in requirements:
        name = _REQUIREMENT.match(requirement)
        normal = re.sub(r"[-_.]+", "-", name[1]).lower() if name else requirement
        if normal != _SELF and "extra ==" not in requirement:
            raise PackageError(
                f"It needs the package {normal[:60]}, which is not installed with a skill.",
                fix="Put what it needs into the skill's own folder.",
            )


def _read_git(url: str) -> Source:
    address, _, branch = url.partition("#")
    if urlsplit(address).scheme not in ("https", "file"):
        raise PackageError("A repository is fetched over https only.", fix="Give a URL that begins with https://.")
    if branch and not _BRANCH.fullmatch(branch):
        raise PackageError(f"{branch[:60]!r} is no branch.")
    if shutil.which("git") is None:
        raise PackageError("git is not installed.", fix="Install git, or give a folder or a wheel.")
    with tempfile.TemporaryDirectory(prefix="assistant-skill-") as folder:
        _clone(address, branch, Path(folder))
        return _read_folder(Path(folder) / "checkout", origin=url)


def _clone(address: str, branch: str, folder: Path) -> None:
    """The newest commit alone. No configuration of the user or the machine, so no hook, filter or helper is known."""
    settings = {
        "protocol.allow": "never", "protocol.https.allow": "always", "protocol.file.allow": "always",
        "core.hooksPath": os.devnull, "core.fsmonitor": "false", "core.symlinks": "true",
        "submodule.recurse": "false", "http.followRedirects": "initial", "transfer.fsckObjects": "true",
        "credential.helper": "", "core.askPass": "",
    }  # fmt: skip
    command = ["git", *(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))]
    command += ["clone", "--quiet", "--depth=1", "--single-branch", "--no-tags", "--no-recurse-submodules"]
    command += ["--template=", *([f"--branch={branch}"] if branch else []), "--", address, str(folder / "checkout")]
    environment = {
        "PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "LANG": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "https:file", "GIT_LFS_SKIP_SMUDGE": "1", "GIT_ASKPASS": "",
    }  # fmt: skip
    try:
        done = subprocess.run(
            command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
            timeout=CLONE_PATIENCE_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise PackageError(f"The repository did not come within {CLONE_PATIENCE_S:.0f} seconds.") from None
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["it gave no reason"]
        raise PackageError(f"The repository cannot be fetched: {said[-1][:200]}.")
