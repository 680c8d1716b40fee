"""The assistant's own sentences in Korean, by the English ones: what it says beside the texts of skills."""

from __future__ import annotations

import functools
import importlib.resources
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from assistant.korean.hangul import with_particles


@dataclass(frozen=True, slots=True)
class _Told:
    """`parts` are what the named parts of a pattern may be, by their English words."""

    sentences: Mapping[str, str]
    parts: Mapping[str, str]
    patterns: tuple[tuple[re.Pattern[str], str], ...]


@functools.cache
def _told() -> _Told:
    found = tomllib.loads(importlib.resources.files(__package__).joinpath("told.toml").read_text(encoding="utf-8"))
    patterns = tuple((re.compile(one), korean) for one, korean in found["patterns"].items())
    return _Told(found["sentences"], found["parts"], patterns)


def in_korean(sentence: str) -> str:
    """A sentence of the assistant's own in Korean; any other as it is. Two of them in a row are both turned."""
    words = sentence.strip()
    if (found := _one(words)) is not None:
        return sentence.replace(words, found)
    for english, korean in _told().sentences.items():
        if words.startswith(f"{english} "):
            return f"{korean} {in_korean(words[len(english) + 1 :])}"
        if words.endswith(f" {english}"):
            return f"{in_korean(words[: -len(english) - 1])} {korean}"
    return sentence


def _one(words: str) -> str | None:
    if words in _told().sentences:
        return _told().sentences[words]
    for pattern, korean in _told().patterns:
        if (found := pattern.fullmatch(words)) is not None:
            parts = {name: _told().parts.get(part, part) for name, part in found.groupdict().items()}
            return with_particles(korean.format(**parts))
    return None
