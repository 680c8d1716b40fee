"""Finds a file by the words that a person uses for it, in folders of the user's and nowhere else."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path

SUFFIXES = frozenset({".txt", ".md", ".markdown", ".pdf"})
MAX_FILES = 5000
MAX_DEPTH = 4
NEAR = 0.8
"""How much alike a word that was heard and one of a file's name must be."""
_FILLING = frozenset(["the", "my", "a", "an", "of", "file", "document", "pdf", "text", "called", "named", "about"])
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[^\W\d_]+")


def files_in(folders: Sequence[Path]) -> Iterator[Path]:
    """The documents in these folders, not beyond: nothing hidden, no links that lead out. At most `MAX_FILES`."""
    count = 0
    for folder in folders:
        try:
            root = folder.resolve(strict=True)
        except OSError:
            continue
        for place, names, files in os.walk(root):
            depth = len(Path(place).relative_to(root).parts)
            names[:] = sorted(name for name in names if not name.startswith(".") and depth < MAX_DEPTH)
            for name in sorted(files):
                file = Path(place, name)
                if name.startswith(".") or file.suffix.lower() not in SUFFIXES or not file.is_file():
                    continue
                if root not in file.resolve().parents:
                    continue
                count += 1
                if count > MAX_FILES:
                    return
                yield file


def named(words: str, files: Sequence[Path]) -> list[Path]:
    """The files that these words may mean, the likeliest first: every word must be like one of the name."""
    wanted = [word for word in _words(words) if word not in _FILLING] or _words(words)
    found = []
    for file in files:
        parts = _words(file.stem)
        shares = [max((_alike(word, part) for part in parts), default=0.0) for word in wanted]
        joined = _alike("".join(wanted), "".join(parts))
        numbers = {word for word in wanted if word.isdigit()}
        if wanted and numbers <= {*parts} and (min(shares) >= NEAR or joined >= NEAR):
            exact = sum(shares) / len(shares) + joined
            found.append((exact, file))
    found.sort(key=lambda each: (-each[0], str(each[1])))
    best = found[0][0] if found else 0.0
    return [file for score, file in found if score >= best - 0.25]


def chosen(words: str, files: Sequence[Path]) -> Path | None:
    """The one of some files that shares most words with an answer; None where none shares one, or two as many."""
    said = set(_words(words)) - _FILLING
    shared = [sum(any(_alike(word, part) >= NEAR for part in _words(file.stem)) for word in said) for file in files]
    best = max(shared, default=0)
    return files[shared.index(best)] if best and shared.count(best) == 1 else None


def _words(text: str) -> list[str]:
    return [part.lower() for part in _PARTS.findall(text.replace("'", ""))]


def _alike(one: str, other: str) -> float:
    return 1.0 if one == other else SequenceMatcher(None, one, other).ratio()
