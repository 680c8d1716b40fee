"""`assistant skills new`: a complete small skill that passes its checks at once."""

from __future__ import annotations

import importlib.resources
import keyword
import re
from pathlib import Path

from assistant.errors import UsageError
from assistant.paths import find_paths
from assistant.skills_host import installed
from assistant.think.normalize import normalize

_NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")
_RESERVED = frozenset(["assistant", "skill", "skills", "core", "none"])
_FILES = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "assistant_skill_@NAME@/__init__.py": "skill.py",
    "assistant_skill_@NAME@/skill.toml": "skill.toml",
    "assistant_skill_@NAME@/locale/en.toml": "en.toml",
    "tests/test_skill.py": "test_skill.py",
    "scenarios/list.yaml": "list.yaml",
}


def create_skill(name: str, into: Path) -> Path:
    """Write the package of a new skill `name` into the folder `into/name`, which must not exist; the folder.

    Raises:
        UsageError: a bad name, one that is taken, or a folder that exists.
    """
    check_name(name)
    root = into / name
    if root.exists():
        raise UsageError(f"There is something at {root} already.", fix="Choose another name, or --into FOLDER.")
    words = {
        "NAME": name,
        "DASHED": name.replace("_", "-"),
        "SPOKEN": name.replace("_", " "),
        "TITLE": name.replace("_", " ").capitalize(),
        "CLASS": "".join(part.capitalize() for part in name.split("_")) or name,
    }
    template = importlib.resources.files(__package__) / "template"
    for place, source in _FILES.items():
        file = root / _filled(place, words)
        file.parent.mkdir(parents=True, exist_ok=True)
        text = (template / f"{source}.txt").read_text(encoding="utf-8")
        file.write_text(_filled(text, words), encoding="utf-8")
    return root


def check_name(name: str) -> None:
    """Raises: UsageError: it is no name of a skill, is taken, or cannot be said."""
    if not _NAME.fullmatch(name) or name.endswith("_") or "__" in name or keyword.iskeyword(name):
        raise UsageError(
            f"'{name}' is no name for a skill.",
            fix="Use 2 to 31 lower-case letters, digits and _, beginning with a letter, such as packing.",
        )
    if name in _RESERVED or name in taken():
        raise UsageError(f"There is a skill '{name}' already.", fix="Choose another name.")
    sentence = f"what is on my {name.replace('_', ' ')} list"
    if normalize(sentence) != sentence:
        raise UsageError(f"The name '{name}' cannot be told apart when it is spoken.", fix="Choose another name.")


def taken() -> set[str]:
    """The ids of the skills that are installed, in this process or in one of their own."""
    folder = find_paths().state / "skills"
    others = [path.name for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
    return {*installed(), *others}


def _filled(text: str, words: dict[str, str]) -> str:
    for key, value in words.items():
        text = text.replace(f"@{key}@", value)
    return text
