"""Where files lie that a person is to open: pictures, long answers, documents."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.config import FilesConfig

_USER_DIR = re.compile(r'^XDG_(PICTURES|DOCUMENTS|DOWNLOAD)_DIR="(\$HOME)?/?([^"$]*)"$', re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """Where pictures and answers are kept, and where documents are looked for."""

    pictures: Path
    answers: Path
    documents: tuple[Path, ...]


def find_folders(env: Mapping[str, str] | None = None) -> Folders:
    """The folders of the user by the XDG conventions, or all under `ASSISTANT_HOME`; creates nothing."""
    env = os.environ if env is None else env
    if root := env.get("ASSISTANT_HOME"):
        base = Path(root).expanduser().absolute() / "files"
        return Folders(pictures=base / "pictures", answers=base / "answers", documents=(base / "documents",))
    home = Path(env.get("HOME") or Path.home())
    named = {"PICTURES": home / "Pictures", "DOCUMENTS": home / "Documents", "DOWNLOAD": home / "Downloads"}
    config = Path(env.get("XDG_CONFIG_HOME") or home / ".config") / "user-dirs.dirs"
    with contextlib.suppress(OSError, UnicodeDecodeError):
        for name, under_home, rest in _USER_DIR.findall(config.read_text(encoding="utf-8")):
            if under_home or rest:
                named[name] = home / rest if under_home else Path("/") / rest
    return Folders(
        pictures=named["PICTURES"] / "Assistant",
        answers=named["DOCUMENTS"] / "Assistant",
        documents=(named["DOCUMENTS"], named["DOWNLOAD"]),
    )


def file_settings(config: FilesConfig, env: Mapping[str, str] | None = None) -> dict[str, dict[str, Any]]:
    """What the skills that keep or read files are told, by skill."""
    found = find_folders(env)

    def folder(name: str, default: Path) -> str:
        return str(Path(name).expanduser().absolute() if name else default)

    answers = {"folder": folder(config.answers, found.answers), "show": config.show}
    documents = [folder(name, Path()) for name in config.documents] or [str(path) for path in found.documents]
    return {
        "picture": {"folder": folder(config.pictures, found.pictures), "show": config.show},
        "deep": answers,
        "document": {"folders": documents},
    }
