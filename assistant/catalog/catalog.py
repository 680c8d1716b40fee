"""The catalog of models: what there is, what lies on disk and is verified, and how it comes here."""

from __future__ import annotations

import contextlib
import difflib
import importlib.util
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.catalog.files import MARKER, State, check_files, file_size, is_fresh, read_marker
from assistant.catalog.hub import FetchPolicy
from assistant.catalog.manifest import Manifest, ModelEntry, ModelFile, find_manifest, load_manifest
from assistant.catalog.pull import Pull, changing, check_space
from assistant.errors import ModelError

Progress = Callable[[str, int, int], None]
"""Called with model id, bytes there, bytes in all."""

STANDARD_FROM_BYTES = 4_000_000_000
"""Free memory from which the larger recogniser and talker fit beside the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStatus:
    """`present`: all files are there in full size; `verified`: and unchanged since their SHA-256 was checked."""

    present: bool
    verified: bool
    bytes_on_disk: int
    folder: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCheck:
    """What a full hash says of one file."""

    model_id: str
    file: str
    state: State


def default_tier(free_memory_bytes: int) -> str:
    """`standard` from 4 GB of free memory, else `small`."""
    return "standard" if free_memory_bytes >= STANDARD_FROM_BYTES else "small"


def free_memory_bytes() -> int:
    """Memory that programs can still take without swapping (Linux: MemAvailable; elsewhere half of all), in bytes."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


class Catalog:
    """The models of one manifest in one folder, `FOLDER/ID/FILE`."""

    def __init__(self, manifest: Manifest, models_dir: Path, policy: FetchPolicy | None = None) -> None:
        self._entries = {entry.id: entry for entry in manifest.models}
        self._models = models_dir
        self._policy = policy or FetchPolicy()

    @classmethod
    def load(cls, models_dir: Path, manifest: Path | None = None, *, policy: FetchPolicy | None = None) -> Catalog:
        """Read the manifest (the shipped one by default); `policy` says which addresses may be asked.

        Raises:
            ModelError: the manifest is missing or wrong.
        """
        return cls(load_manifest(manifest or find_manifest()), models_dir, policy)

    @property
    def entries(self) -> list[ModelEntry]:
        """Every model, in the order of the manifest."""
        return list(self._entries.values())

    def entry(self, model_id: str) -> ModelEntry:
        """The model of this id.

        Raises:
            ModelError: there is none; the nearest known id is named.
        """
        if model_id in self._entries:
            return self._entries[model_id]
        lowered = {known.lower(): known for known in self._entries}
        near = difflib.get_close_matches(model_id[:80].lower(), lowered, n=1, cutoff=0.4)
        hint = f" Did you mean {lowered[near[0]]}?" if near else ""
        raise ModelError(f"There is no model {model_id[:80]!r}.{hint}", fix="See `assistant models list`.")

    def tier_ids(self, tier: str) -> list[str]:
        """Ids of a tier that can be had and run on this machine, in the order of the manifest.

        Raises:
            ModelError: no model has this tier.
        """
        members = [entry for entry in self.entries if tier in entry.tiers]
        if not members:
            known = ", ".join(sorted({name for entry in self.entries for name in entry.tiers}))
            raise ModelError(f"There is no tier {tier[:80]!r}.", fix=f"Tiers are: {known}.")
        return [entry.id for entry in members if entry.runs_here and not entry.unknown_files]

    def path(self, model_id: str) -> Path:
        """The folder that holds the verified files; quick, because only what changed is hashed again.

        Raises:
            ModelError: a file is missing or is not the published one.
        """
        entry, folder = self.entry(model_id), self._folder(model_id)
        states = self._check(entry)
        if folder is not None and set(states.values()) == {"ok"}:
            return folder
        fix = f"Install {entry.package.distribution}." if entry.package else f"Run `assistant models pull {entry.id}`."
        for name, state in states.items():
            if state == "damaged":
                raise ModelError(f"The model {entry.id} is damaged: {name} is not the published file.", fix=fix)
        raise ModelError(f"The model {entry.id} is not on this machine.", fix=fix)

    def status(self, model_id: str) -> ModelStatus:
        """What lies on disk, by a look at sizes and times; hashes nothing but the small files of packages."""
        entry, folder = self.entry(model_id), self._folder(model_id)
        if folder is None:
            return ModelStatus(present=False, verified=False, bytes_on_disk=0, folder=None)
        sizes = [file_size(folder / file.name) for file in entry.files]
        if entry.package:
            verified = set(self._check(entry).values()) == {"ok"}
        else:
            marker = read_marker(folder)
            verified = all(is_fresh(folder / file.name, file, marker) for file in entry.files)
        pairs = zip(sizes, entry.files, strict=True)
        return ModelStatus(
            present=all(size is not None and size == (file.bytes or size) for size, file in pairs),
            verified=verified,
            bytes_on_disk=sum(size or 0 for size in sizes),
            folder=folder,
        )

    def verify(self, ids: Sequence[str]) -> list[FileCheck]:
        """Hash every byte of these models again."""
        return [
            FileCheck(model_id=model_id, file=name, state=state)
            for model_id in ids
            for name, state in self._check(self.entry(model_id), full=True).items()
        ]

    def pull(self, ids: Sequence[str], *, progress: Progress | None = None, local: Path | None = None) -> None:
        """Bring models here: from `local` (files or wheels), the publisher, the mirror. What is whole stays untouched.

        Each file is checked before it gets its name, so a working model is only ever replaced by a right one.

        Raises:
            DiskFullError: there is not enough room, before or during the pull.
            ModelError: unknown id, wrong bytes, or no source has it.
        """
        entries = [self._pullable(model_id) for model_id in dict.fromkeys(ids)]
        if local is not None and not local.exists():
            raise ModelError(f"There is no file or folder {local}.")
        if not any(self._missing(entries).values()):  # also where the folder is read-only
            for entry in entries:
                _reporter(entry, entry.bytes, progress)(0)
            return
        with changing(self._models):
            missing = self._missing(entries)
            check_space(self._models, missing)
            with Pull(self._models, self._policy, local, missing) as source:
                for entry in entries:
                    done = entry.bytes - sum(file.bytes for file in missing[entry.id])
                    for file in missing[entry.id]:
                        report = _reporter(entry, done, progress)
                        source.fetch(entry, file, self._models / entry.id / file.name, report)
                        done += file.bytes
                    _reporter(entry, done, progress)(0)

    def remove(self, ids: Sequence[str]) -> None:
        """Delete the files of these models; whatever else lies in their folders stays.

        Raises:
            ModelError: unknown id, or a wake word that belongs to an installed package.
        """
        entries = [self.entry(model_id) for model_id in ids]
        for entry in entries:
            if entry.package:
                raise ModelError(f"{entry.id} is part of the package {entry.package.distribution} and stays with it.")
        with changing(self._models):
            for entry in entries:
                folder = self._models / entry.id
                names = [file.name for file in entry.files]
                for name in (MARKER, *names, *(f"{name}.part" for name in names)):
                    (folder / name).unlink(missing_ok=True)
                with contextlib.suppress(OSError):
                    folder.rmdir()

    def _pullable(self, model_id: str) -> ModelEntry:
        entry = self.entry(model_id)
        if entry.package:
            self.path(model_id)
        if entry.unknown_files:
            names = ", ".join(entry.unknown_files)
            raise ModelError(f"{entry.id} cannot be pulled: the checksums of {names} are not known.")
        if not entry.runs_here:
            raise ModelError(f"{entry.id} runs only on {', '.join(entry.platforms)}.")
        return entry

    def _missing(self, entries: Sequence[ModelEntry]) -> dict[str, list[ModelFile]]:
        states = {entry.id: self._check(entry) for entry in entries}
        return {entry.id: [f for f in entry.files if states[entry.id][f.name] != "ok"] for entry in entries}

    def _folder(self, model_id: str) -> Path | None:
        """Where the files of a model belong; none for words of a package that is not installed."""
        entry = self.entry(model_id)
        if entry.package is None:
            return self._models / entry.id
        spec = importlib.util.find_spec(entry.package.module)
        places = list(spec.submodule_search_locations or ()) if spec else []
        return Path(places[0]) / entry.package.folder if places else None

    def _check(self, entry: ModelEntry, *, full: bool = False) -> dict[str, State]:
        folder = self._folder(entry.id)
        if folder is None:
            return {file.name: "missing" for file in entry.files}
        return check_files(folder, entry.files, full=full, marked=entry.package is None)


def _reporter(entry: ModelEntry, done: int, progress: Progress | None) -> Callable[[int], None]:
    """Turns bytes of the current file into bytes of the whole model."""

    def report(size: int) -> None:
        if progress:
            progress(entry.id, done + size, entry.bytes)

    return report
