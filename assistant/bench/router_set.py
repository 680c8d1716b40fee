"""The labelled turns of `assistant bench router`: TOML files, one a class, split in two halves by hash."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from assistant.errors import UsageError
from assistant.types import ToolCall

Class = Literal["facts", "reasoning", "tasks", "chat", "fresh", "wishes", "private"]
CLASSES: tuple[Class, ...] = get_args(Class)
Half = Literal["calibration", "test"]
MAX_TOKENS: Mapping[Class, int] = {"tasks": 160}
"""Tokens that an answer may have, where these are not `SHORT_TOKENS`."""
SHORT_TOKENS = 80
_KEYS = frozenset({"say", "answer", "wrong", "has", "not", "number", "honest", "calls"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """When an answer is right. `has`: all of these patterns are in it, `hasnt`: none of these; `number`: it comes to
    this; `honest`: it says that it can't know; `calls`: any one of these was called, with arguments among its own."""

    has: tuple[str, ...] = ()
    hasnt: tuple[str, ...] = ()
    number: float | None = None
    honest: bool = False
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One turn: what is said, how an answer is judged, a right answer (`answer`) and one that is wrong (`wrong`)."""

    kind: Class
    text: str
    check: Check
    answer: str
    wrong: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def id(self) -> str:
        """Names the turn in a file of answers."""
        return self.digest[:8]

    @property
    def half(self) -> Half:
        """Thresholds are chosen on one half, figures are of the other; fixed by the words alone."""
        return "calibration" if int(self.digest[:8], 16) % 2 == 0 else "test"

    @property
    def max_tokens(self) -> int:
        return MAX_TOKENS.get(self.kind, SHORT_TOKENS)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterSet:
    """All turns, and the names of people that the household of the set knows."""

    turns: tuple[Labelled, ...]
    people: tuple[str, ...]

    def half(self, half: Half) -> tuple[Labelled, ...]:
        return tuple(turn for turn in self.turns if turn.half == half)


def read_set(folder: Path) -> RouterSet:
    """The turns of `facts.toml` ... `private.toml` in a folder.

    Raises:
        UsageError: a file cannot be read, or a turn lacks something or stands there twice.
    """
    turns: list[Labelled] = []
    people: tuple[str, ...] = ()
    for kind in CLASSES:
        file = folder / f"{kind}.toml"
        try:
            told = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UsageError(
                f"The turns in {file} cannot be read: {error}.", fix="Name their folder: --data DIR"
            ) from None
        people += tuple(map(str, told.get("people", ())))
        turns += [_turn(kind, entry, file) for entry in told.get("turns", ())]
    seen: set[str] = set()
    for turn in turns:
        if turn.id in seen:
            raise UsageError(f"The turn '{turn.text}' stands there twice.")
        seen.add(turn.id)
    return RouterSet(turns=tuple(turns), people=people)


def _turn(kind: Class, entry: Mapping[str, Any], file: Path) -> Labelled:
    say = str(entry.get("say", ""))
    wrong = f"The turn '{say}' in {file.name}"
    if strange := set(entry) - _KEYS:
        raise UsageError(f"{wrong} has {min(strange)}, which is no part of a turn.")
    if not say or not entry.get("answer") or not entry.get("wrong"):
        raise UsageError(f"{wrong} needs say, answer and wrong.")
    if not {"has", "number", "honest", "calls"} & set(entry):
        raise UsageError(f"{wrong} has nothing to judge an answer by.")
    try:
        check = Check(
            has=_patterns(entry.get("has", ())),
            hasnt=_patterns(entry.get("not", ())),
            number=float(entry["number"]) if "number" in entry else None,
            honest=bool(entry.get("honest", False)),
            calls=tuple(ToolCall(tool=one["tool"], arguments=one.get("with", {})) for one in entry.get("calls", ())),
        )
    except (KeyError, TypeError, ValueError, re.error) as error:
        raise UsageError(f"{wrong} cannot be judged by its check: {error}.") from None
    return Labelled(kind=kind, text=say, check=check, answer=str(entry["answer"]), wrong=str(entry["wrong"]))


def _patterns(told: Sequence[str] | str) -> tuple[str, ...]:
    """Raises: re.error: one is no regular expression."""
    patterns = (told,) if isinstance(told, str) else tuple(told)
    for pattern in patterns:
        re.compile(pattern)
    return patterns
