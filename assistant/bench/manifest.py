"""Labelled clips on disk: a data folder holds `GROUP/SET/manifest.jsonl`, one JSON object a line beside the sounds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import UsageError
from assistant.types import JsonDict

SOUND_SUFFIXES = frozenset({".flac", ".wav", ".ogg", ".mp3"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One sound with what its line of the manifest says; `folder` is `GROUP/SET`."""

    path: Path
    folder: str
    labels: JsonDict

    @property
    def keyword(self) -> str | None:
        """The wake word in it as an id (`okay_nabu`), or none."""
        keyword = self.labels.get("keyword")
        return keyword.lower().replace(" ", "_") if isinstance(keyword, str) else None


def clips(data: Path, pattern: str = "*/*") -> Iterator[Clip]:
    """Every sound of the folders that match `pattern`, in the order of their names and of their manifests.

    Raises:
        UsageError: `data` is no folder, no manifest matches, or one cannot be read.
    """
    manifests = sorted(data.glob(f"{pattern}/manifest.jsonl"))
    if not manifests:
        raise UsageError(
            f"There is no {pattern}/manifest.jsonl in {data}.", fix="Give the evaluation data with --data."
        )
    for manifest in manifests:
        for labels in _lines(manifest):
            path = manifest.parent / str(labels["file"])
            if path.suffix.lower() in SOUND_SUFFIXES:
                yield Clip(path=path, folder=manifest.parent.relative_to(data).as_posix(), labels=labels)


def _lines(manifest: Path) -> Iterator[JsonDict]:
    try:
        for number, line in enumerate(manifest.read_text(encoding="utf-8").splitlines(), start=1):
            labels = json.loads(line)
            if not isinstance(labels, dict) or "file" not in labels:
                raise UsageError(f"Line {number} of {manifest} names no file.")
            yield labels
    except (OSError, ValueError) as error:
        raise UsageError(f"The manifest {manifest} cannot be read: {error}.") from None
