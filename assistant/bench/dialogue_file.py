"""Spoken conversations as YAML files have them: what is said, what must be heard of each answer, and the goal."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.bench.homes import read_yaml
from assistant.errors import UsageError
from assistant.speak.numbers import cardinal
from assistant.types import JsonDict

LIKE = 0.75
"""How alike two words must be to be taken for the same, where a recogniser wrote down what our voice said."""
GOALS = frozenset(["timers", "alarms", "reminders", "lists", "facts", "home", "notes"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing that the person says. Of the answer every one of `hear` must be heard, `a|b` being either; and none of
    `never`."""

    say: str
    hear: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """A conversation. `setup` changes the home before it; `goal` is what must be there at its end, by kind."""

    name: str
    turns: tuple[Said, ...]
    setup: Mapping[str, JsonDict] = field(default_factory=dict)
    goal: Mapping[str, Any] = field(default_factory=dict)


def read_dialogues(folder: Path) -> Iterator[Dialogue]:
    """All dialogues of the files of a folder, in the order of their names. Raises: UsageError: one is malformed."""
    files = sorted(folder.glob("*.yaml")) if folder.is_dir() else [folder]
    names: set[str] = set()
    for file in files:
        for number, given in enumerate(read_yaml(file) or (), start=1):
            try:
                dialogue = _dialogue(given)
            except (KeyError, TypeError, AttributeError, ValueError) as error:
                raise UsageError(f"Dialogue {number} in {file} is malformed: {error}.") from None
            if dialogue.name in names:
                raise UsageError(f"There are two dialogues called {dialogue.name}.")
            names.add(dialogue.name)
            yield dialogue
    if not names:
        raise UsageError(f"There are no dialogues in {folder}.", fix="Name a folder with YAML files.")


def _dialogue(given: JsonDict) -> Dialogue:
    turns = tuple(
        Said(say=turn["say"], hear=tuple(map(str, turn.get("hear", ()))), never=tuple(map(str, turn.get("never", ()))))
        for turn in given["turns"]
    )
    goal = given.get("goal") or {}
    if unknown := set(goal) - GOALS:
        raise ValueError(f"there is no goal called {sorted(unknown)[0]}")
    if not turns:
        raise ValueError("nobody says anything")
    return Dialogue(name=given["name"], turns=turns, setup=given.get("setup") or {}, goal=goal)


def words_of(text: str) -> list[str]:
    """Lower-case words; figures as they are said."""
    spelled = re.sub(r"\d+", lambda found: f" {cardinal(found[0])} ", text.lower().replace("’", "'"))
    return re.findall(r"[a-z']+", spelled.replace("-", " "))


def has(text: str, wanted: str, *, like: float = 1.0) -> bool:
    """Do the words of one of the alternatives stand in the text, one after the other, each at least so alike?"""
    words = words_of(text)
    return any(_holds(words, words_of(one), like) for one in wanted.split("|"))


def _holds(words: Sequence[str], wanted: Sequence[str], like: float) -> bool:
    return any(
        all(_alike(words[at + place], word) >= like for place, word in enumerate(wanted))
        for at in range(len(words) - len(wanted) + 1)
    )


def _alike(one: str, other: str) -> float:
    return 1.0 if one == other else difflib.SequenceMatcher(None, one, other).ratio()
