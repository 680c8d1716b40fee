"""The skill that is tested: its folder, its manifest, its texts and its class, read as they lie there."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import SkillLoadError, UsageError
from assistant.skill import Skill
from assistant.skillhost.manifest import Manifest, read_manifest, read_texts
from assistant.skills_host import GROUP, installed

MAX_FILE_BYTES = 400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillPackage:
    """`root` holds pyproject.toml, tests and scenarios (if any), `folder` is the Python package itself."""

    root: Path
    folder: Path
    kind: type[Skill]
    manifest: Manifest
    texts: dict[str, str]

    def find_line(self, text: str, *, near: Callable[..., Any] | None = None) -> str:
        """Where a text stands in the skill's files, as `file:line`; else where the function `near` begins."""
        for file in sorted(self.folder.rglob("*")):
            if file.suffix not in (".py", ".toml") or file.stat().st_size > MAX_FILE_BYTES:
                continue
            for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
                if text in line:
                    return self.place(file, number)
        if near is not None and (file_name := inspect.getsourcefile(near)) is not None:
            return self.place(Path(file_name), inspect.getsourcelines(near)[1])
        return self.place(self.folder)

    def place(self, file: Path, line: int = 0) -> str:
        shown = file.relative_to(self.root) if file.is_relative_to(self.root) else file
        return f"{shown}:{line}" if line else str(shown)

    def function(self, tool: str) -> Callable[..., Any] | None:
        """The method of a tool `skill.function`."""
        found = getattr(self.kind, tool.partition(".")[2], None)
        return found if callable(found) else None

    @property
    def practice(self) -> dict[str, Any]:
        """The settings under which the skill is tested, from `practice.toml` beside the package; empty without one.

        Raises:
            SkillLoadError: it is no TOML.
        """
        file = self.root / "practice.toml"
        try:
            return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SkillLoadError(f"Its practice.toml cannot be read: {error}.") from None

    @property
    def scenarios(self) -> list[Path]:
        """The scenario files beside the package."""
        return sorted(file for file in (self.root / "scenarios").glob("*") if file.suffix in (".yaml", ".yml"))


def find_root(wanted: str) -> Path | None:
    """The folder that is meant by a path; None where it is no folder of a skill."""
    path = Path(wanted).expanduser()
    if path.is_file() and path.name in ("skill.toml", "pyproject.toml"):
        path = path.parent
    if (path / "skill.toml").is_file() and (path.parent / "pyproject.toml").is_file():
        path = path.parent
    return path.resolve() if path.is_dir() and (_entries(path) or (path / "skill.toml").is_file()) else None


@contextmanager
def opened(wanted: str) -> Iterator[SkillPackage]:
    """Load a skill for testing, from a folder or, by its id, from the installed packages.

    The modules of a folder are importable inside the block only.

    Raises:
        UsageError: there is no such skill. SkillLoadError: it cannot be loaded.
    """
    root = find_root(wanted) if "/" in wanted or wanted == "." else None
    known = installed()
    if root is None and wanted in known:
        yield _by_id(_loaded(known[wanted]))
        return
    root = root or find_root(wanted)
    if root is None:
        raise UsageError(
            f"There is no skill '{wanted}'.",
            fix=f"Give the folder of one, or one of these: {', '.join(sorted(known))}.",
        )
    module, _, attribute = _entry(root).partition(":")
    with _importable(root, module.partition(".")[0]):
        yield _package(_imported(module, attribute), root)


def _loaded(load: Callable[[], object]) -> object:
    """What an entry point names. Raises: SkillLoadError: its module fails, or is gone."""
    try:
        return load()
    except Exception as error:
        raise SkillLoadError(f"It cannot be imported: {type(error).__name__}: {error}.") from error


def _by_id(kind: object) -> SkillPackage:
    if not (inspect.isclass(kind) and issubclass(kind, Skill)):
        raise SkillLoadError("Its entry point is not a subclass of Skill.")
    folder = _folder_of(kind)
    return _package(kind, folder.parent if _entries(folder.parent) else folder)


def _package(kind: type[Skill], root: Path) -> SkillPackage:
    folder = _folder_of(kind)
    manifest = read_manifest(folder)
    texts = read_texts(folder, "en" if "en" in manifest.languages else manifest.languages[0])
    return SkillPackage(root=root, folder=folder, kind=kind, manifest=manifest, texts=texts)


def _folder_of(kind: type[Skill]) -> Path:
    module = sys.modules[kind.__module__.partition(".")[0]]
    return Path(str(module.__file__)).resolve().parent


def _entries(root: Path) -> dict[str, str]:
    """What pyproject.toml announces as skills. Raises: SkillLoadError: it is no TOML."""
    try:
        project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8")).get("project", {})
    except OSError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SkillLoadError(f"Its pyproject.toml cannot be read: {error}.") from None
    return dict(project.get("entry-points", {}).get(GROUP, {}))


def _entry(root: Path) -> str:
    """`module:Class` of the one skill of a folder. Raises: SkillLoadError: none or several."""
    entries = _entries(root)
    if len(entries) != 1:
        raise SkillLoadError(f"Its pyproject.toml must announce one skill under the entry points '{GROUP}'.")
    (entry,) = entries.values()
    if not re.fullmatch(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", entry):
        raise SkillLoadError(f"The entry point '{entry}' is not of the form module:Class.")
    return str(entry)


def _imported(module: str, attribute: str) -> type[Skill]:
    """The class. Raises: SkillLoadError: the module fails, or there is no such class in it."""
    try:
        kind = getattr(importlib.import_module(module), attribute)
    except Exception as error:
        raise SkillLoadError(f"It cannot be imported: {type(error).__name__}: {error}.") from error
    if not (inspect.isclass(kind) and issubclass(kind, Skill)):
        raise SkillLoadError("Its entry point is not a subclass of Skill.")
    return kind


@contextmanager
def _importable(root: Path, top: str) -> Iterator[None]:
    """Import `top` from this folder, whatever package of that name was imported before; that one comes back after."""
    before = {name: sys.modules.pop(name) for name in _modules(top)}
    sys.path.insert(0, str(root))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(root))
        for name in _modules(top):
            del sys.modules[name]
        sys.modules.update(before)


def _modules(top: str) -> list[str]:
    return [name for name in sys.modules if name == top or name.startswith(f"{top}.")]
