"""The applications of the desktop, from their `.desktop` entries, and which of them a name means."""

from __future__ import annotations

import configparser
import os
import shlex
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from assistant.skill import spell

MAX_ENTRY_BYTES = 200_000
CLOSE = 0.8
CATEGORIES = {
    "browser": "WebBrowser",
    "web browser": "WebBrowser",
    "internet": "WebBrowser",
    "mail": "Email",
    "email": "Email",
    "mail program": "Email",
    "file manager": "FileManager",
    "files": "FileManager",
    "calculator": "Calculator",
    "calendar": "Calendar",
    "terminal": "TerminalEmulator",
    "text editor": "TextEditor",
    "editor": "TextEditor",
    "music player": "Audio",
    "video player": "Video",
    "settings": "Settings",
    "word processor": "WordProcessor",
    "spreadsheet": "Spreadsheet",
}
"""What people call a kind of application, and the category that entries of that kind have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An application that can be started: its name, other names, categories, and the words of its command."""

    id: str
    name: str
    others: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    command: tuple[str, ...]


def folders(env: Mapping[str, str]) -> list[Path]:
    """Where entries lie, the user's own first."""
    own = env.get("XDG_DATA_HOME") or str(Path(env.get("HOME", "/")) / ".local/share")
    shared = env.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    return [Path(folder) / "applications" for folder in [own, *shared.split(":")] if folder]


def installed(env: Mapping[str, str] | None = None) -> list[App]:
    """All applications that a person may start; of several entries of one id the first counts."""
    found: dict[str, App | None] = {}
    for folder in folders(os.environ if env is None else env):
        for file in sorted(folder.rglob("*.desktop")):
            name = "-".join(file.relative_to(folder).parts).removesuffix(".desktop")
            if name not in found:
                found[name] = read_entry(file, name)
    return [app for app in found.values() if app is not None]


def read_entry(file: Path, name: str) -> App | None:
    """The application of an entry; none where it is hidden, not installed, needs a terminal, or makes no sense."""
    reader = configparser.RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=("#",))
    reader.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        if file.stat().st_size > MAX_ENTRY_BYTES:
            return None
        reader.read_string(file.read_text(encoding="utf-8"))
        entry = dict(reader["Desktop Entry"])
        command = command_of(entry.get("Exec", ""), entry.get("Name", ""))
    except (OSError, ValueError, KeyError, configparser.Error):
        return None
    hidden = any(entry.get(key, "").lower() == "true" for key in ("NoDisplay", "Hidden", "Terminal"))
    tried = entry.get("TryExec")
    if entry.get("Type") != "Application" or hidden or not command or (tried and shutil.which(tried) is None):
        return None
    others = (entry.get("GenericName", ""), name.rpartition(".")[2])
    return App(
        id=name,
        name=entry.get("Name", name),
        others=tuple(other for other in others if other),
        categories=tuple(part for part in entry.get("Categories", "").split(";") if part),
        command=command,
    )


def command_of(text: str, name: str) -> tuple[str, ...]:
    """The words of an `Exec` line without the places for files, addresses and icons. Raises: ValueError: unbalanced."""
    return tuple(_words(shlex.split(text), name))


def choose(apps: Sequence[App], said: str, synonyms: Mapping[str, str]) -> App | None:
    """The application that a name means: the user's own words for it first, then its names, its kind, what is alike."""
    wanted = _bare(said)
    own = {_bare(word): _bare(name) for word, name in synonyms.items()}
    wanted = own.get(wanted, wanted)
    by_name: dict[str, App] = {}
    for names in (lambda app: (app.name, app.id), lambda app: app.others):
        for app in apps:
            for name in names(app):
                by_name.setdefault(spell(name), app)
    if wanted in by_name:
        return by_name[wanted]
    if category := CATEGORIES.get(wanted):
        return next((app for app in apps if category in app.categories), None)
    with_word = [app for app in apps if f" {wanted} " in f" {spell(app.name)} "]
    if wanted and len(with_word) == 1:
        return with_word[0]
    close = get_close_matches(wanted, by_name, n=1, cutoff=CLOSE)
    return by_name[close[0]] if close else None


def _bare(text: str) -> str:
    words = spell(text).split()
    return " ".join(words[1:] if len(words) > 1 and words[0] in ("the", "my", "a", "an") else words)


def _words(words: Iterable[str], name: str) -> Iterator[str]:
    for word in words:
        if word == "%c":
            yield name
        elif not (len(word) == 2 and word[0] == "%" and word[1] != "%"):
            yield word.replace("%%", "%")
