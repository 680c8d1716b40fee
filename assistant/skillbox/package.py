"""Skills of third parties on the disk: checked whole, agreed to, moved into place in one step, checked again at load.

<state>/skills/<id>/<version>/<package>/...     the files, as they were signed or read
<state>/skills/<id>/record.json                 what the user agreed to, see `consent.py`
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from assistant.errors import SkillLoadError
from assistant.skillbox.consent import Agreement, check_grants, check_name, check_update, sentences, widened
from assistant.skillbox.files import SIGNATURE, Files, PackageError, digest
from assistant.skillbox.mcp_table import McpTable, mcp_sentences, mcp_widened, read_table
from assistant.skillbox.signing import signer_of
from assistant.skillbox.sources import MANIFEST, read_source, read_tree
from assistant.skillhost.manifest import Manifest, parse_manifest

RECORD = "record.json"
_MAX_RECORD_BYTES = 64 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A skill's package that was read and checked; nothing of it is on our disk yet. `signer` is a key or none."""

    manifest: Manifest
    name: str
    files: Files
    origin: str
    signer: bytes | None

    @property
    def digest(self) -> str:
        return digest(self.files).hex()

    @property
    def publisher(self) -> str:
        return self.signer.hex() if self.signer else ""

    @property
    def server(self) -> McpTable | None:
        """The MCP server that the skill stands for, if it is no Python."""
        return server_of(self.manifest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An installation before the user's yes: `asks` are the permissions that were not agreed to before."""

    package: Package
    previous: Agreement | None
    asks: tuple[str, ...]


def read_package(where: str, *, check_signature: bool = True) -> Package:
    """Read a package, see `sources.read_source`; who is about to sign it does not ask for a right signature.

    Raises:
        PackageError, SignatureError: it is not taken.
    """
    source = read_source(where)
    if MANIFEST not in source.files:
        raise PackageError("A skill is a package with skill.toml.")
    try:
        manifest = parse_manifest(source.files[MANIFEST].decode())
        server = server_of(manifest)
    except UnicodeDecodeError:
        raise PackageError("Its skill.toml is not valid UTF-8.") from None
    except SkillLoadError as error:
        raise PackageError(error.sentence, fix=error.fix) from None
    if server is None and "__init__.py" not in source.files:
        raise PackageError("A skill is a Python package with skill.toml and __init__.py, or skill.toml with [mcp].")
    name = source.name or f"assistant_skill_{manifest.id}"
    if not name.isidentifier() or name == "assistant" or name in sys.stdlib_module_names:
        raise PackageError(f"A skill's Python package cannot be called {name[:60]}.")
    for language in manifest.languages if server is None else ():
        if f"locale/{language}.toml" not in source.files:
            raise PackageError(f"It has no locale/{language}.toml, though it says that it speaks {language}.")
    signer = signer_of(source.files) if check_signature else None
    return Package(manifest=manifest, name=name, files=source.files, origin=source.origin, signer=signer)


class Shelf:
    """The installed skills of third parties. `root` is a private folder; `kept_from` what no skill may be given."""

    def __init__(self, root: Path, *, kept_from: Iterable[Path] = (), wall_s: Callable[[], float] = time.time) -> None:
        self.root = root
        self._kept_from = (root, *kept_from)
        self._wall_s = wall_s

    def agreements(self) -> list[Agreement]:
        """Every installed skill, by id; a folder without a readable record counts for nothing."""
        found = (self.agreement(file.parent.name) for file in sorted(self.root.glob(f"*/{RECORD}")))
        return [agreement for agreement in found if agreement is not None]

    def agreement(self, skill_id: str) -> Agreement | None:
        file = self.root / skill_id / RECORD
        try:
            if file.stat().st_size > _MAX_RECORD_BYTES:
                return None
            agreement = Agreement.model_validate_json(file.read_bytes())
        except (OSError, ValidationError):
            return None
        return agreement if agreement.id == skill_id else None

    def folder(self, agreement: Agreement) -> Path:
        """What a process of this skill may read and import from."""
        return self.root / agreement.id / agreement.version

    def plan(self, package: Package, ours: Iterable[str]) -> Plan:
        """May it be installed, and what must the user agree to? `ours` are the ids of the assistant's own skills.

        Raises: PackageError: the id, version or publisher is not acceptable.
        """
        manifest = package.manifest
        check_name(manifest.id, ours)
        previous = self.agreement(manifest.id)
        if previous is None:
            return Plan(package=package, previous=None, asks=tuple(may(manifest)))
        check_update(previous, manifest, package.digest, package.publisher)
        asks = mcp_widened(previous.mcp, package.server) + widened(previous.permissions, manifest.permissions)
        return Plan(package=package, previous=previous, asks=tuple(asks))

    def install(self, plan: Plan, grants: Mapping[str, str] | None = None) -> Agreement:
        """Put the files into place and note the agreement, which the caller has from the user.

        Raises: PackageError: another one came between, a grant does not fit, or the disk refuses.
        """
        package, manifest = plan.package, plan.package.manifest
        kept = {} if plan.previous is None else plan.previous.grants
        known = {name.partition(":")[2] for name in manifest.permissions.files} | set(manifest.permissions.devices)
        wanted = {name: path for name, path in kept.items() if name in known} | dict(grants or {})
        agreement = Agreement(
            id=manifest.id, version=manifest.version, package=package.name, digest=package.digest,
            publisher=package.publisher, permissions=manifest.permissions, mcp=manifest.mcp, origin=package.origin,
            grants=check_grants(manifest.permissions, wanted, self._kept_from), agreed_s=self._wall_s(),
        )  # fmt: skip
        with self._locked():
            if self.agreement(manifest.id) != plan.previous:
                raise PackageError(f"{manifest.id} was changed meanwhile.", fix="Run the command again.")
            with _explained():
                self._place(agreement, package.files)
        return agreement

    def remove(self, skill_id: str) -> None:
        """Delete the files and the agreement. Raises: PackageError: there is no such skill, or the disk refuses."""
        with self._locked():
            if self.agreement(skill_id) is None:
                raise PackageError(f"There is no added skill {skill_id}.", fix="See `assistant skills list`.")
            with _explained():
                (self.root / skill_id / RECORD).unlink()
                shutil.rmtree(self.root / skill_id)

    def check(self, agreement: Agreement) -> Manifest:
        """The manifest of an installed skill whose files are what the user agreed to.

        Raises: PackageError: they were changed, or are gone.
        """
        changed = PackageError(
            f"The files of {agreement.id} were changed after you agreed to them.",
            fix=f"Run `assistant skills remove {agreement.id}` and add it again.",
        )
        try:
            files = read_tree(self.folder(agreement) / agreement.package)
        except PackageError:
            raise changed from None
        signer = signer_of(files) if agreement.publisher else None
        if digest(files).hex() != agreement.digest or (signer.hex() if signer else "") != agreement.publisher:
            raise changed
        manifest = parse_manifest(files[MANIFEST].decode())
        same = manifest.id == agreement.id and manifest.mcp == agreement.mcp
        if not same or widened(agreement.permissions, manifest.permissions):
            raise changed
        return manifest

    def _place(self, agreement: Agreement, files: Files) -> None:
        home = self.root / agreement.id
        home.mkdir(mode=0o700, exist_ok=True)
        incoming = Path(tempfile.mkdtemp(prefix=".incoming-", dir=self.root))
        try:
            for path, content in sorted(files.items()):
                _write(incoming / agreement.package / path, content)
            final = self.folder(agreement)
            shutil.rmtree(final, ignore_errors=True)
            incoming.rename(final)
        finally:
            shutil.rmtree(incoming, ignore_errors=True)
        record = home / f".{RECORD}"
        record.unlink(missing_ok=True)
        _write(record, agreement.model_dump_json(indent=1).encode())
        record.replace(home / RECORD)
        _sync(home)
        for old in home.iterdir():
            if old.is_dir() and old.name != agreement.version:
                shutil.rmtree(old, ignore_errors=True)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One change at a time, whichever process makes it."""
        with _explained():
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self.root / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def server_of(manifest: Manifest) -> McpTable | None:
    """The MCP server that a skill stands for, or none. Raises: SkillLoadError: its table does not fit."""
    return None if manifest.mcp is None else read_table(manifest.mcp, manifest.permissions)


def may(manifest: Manifest) -> list[str]:
    """All that a skill may do, as a person reads it. Raises: SkillLoadError: its MCP table does not fit."""
    server = server_of(manifest)
    return [*([] if server is None else mcp_sentences(server)), *sentences(manifest.permissions)]


def write_signature(folder: Path, text: bytes) -> None:
    """Put `skill.sig` into a developer's package folder. Raises: PackageError."""
    with _explained():
        (folder / SIGNATURE).write_bytes(text)


def _write(file: Path, content: bytes) -> None:
    """A new private file, on the disk when this returns."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(opened, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PackageError(f"The skill cannot be stored: {(error.strerror or str(error)).lower()}.") from None
