"""What the grammar has to know of a language: how its sentences are spelled, parted, and what its slots hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assistant.korean import sentence as korean
from assistant.language import is_korean
from assistant.think import korean_slots, slots
from assistant.think.fastpath import MAX_CALLS, Match, read_sentence
from assistant.think.normalize import normalize, spell
from assistant.think.slots import Slot
from assistant.types import JsonDict

_PIECES = re.compile(r"\s+|\S+")

Find = Callable[[str, bool], Match | None]
"""(part of a normalised text, whether it follows a command) -> the best reading of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """`pieces` are the words of a template, with a space where one parts them. `quoted` marks the words of a text among
    arguments, which `told` then gives as they were said. `joint` gives the command before an "and" at the end, `begun`
    tells of a spelled text that normalised to nothing whether more will come. `object_first`:
    a sentence may begin with a name, and its verb is its last word.
    """

    normalize: Callable[[str], str]
    spell: Callable[[str], str]
    pieces: Callable[[str], list[str]]
    typed: Mapping[str, Slot]
    free: tuple[Slot, ...]
    phrases: Callable[[Mapping[str, str]], Slot]
    told: Callable[[JsonDict, str], JsonDict]
    read: Callable[[str, Find], tuple[Match, ...] | None]
    joint: Callable[[str], str]
    begun: Callable[[str], bool]
    warm_up: str
    object_first: bool = False
    quoted: Callable[[JsonDict, str], JsonDict] = lambda arguments, text: arguments


def _english_pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for piece in _PIECES.findall(text):
        pieces += [" "] if piece.isspace() else re.findall(r"\s|\S+", spell(piece))
    return pieces


def _english_joint(text: str) -> str:
    first, joint, last = text.rpartition(" and")
    return first if joint and not last else ""


def _english_begun(spelled: str) -> bool:
    """ "could you", but not "hello"."""
    return normalize(f"{spelled} x") == "x" and spelled.split()[-1] in ("you", "me", "to", "know", "please")


def _korean_pieces(text: str) -> list[str]:
    found = korean.joined(text)
    return [found] if found else []


def _read_korean(text: str, find: Find) -> tuple[Match, ...] | None:
    """One match that covers a text, or several whose verbs are joined: "불 끄고 타이머 맞춰"."""
    if not text or len(text) > korean.MAX_CHARS:
        return None
    whole = find(text, False)
    if whole is not None and not whole.named:
        return (whole,)
    return _korean_parts(text, find, after=False, room=MAX_CALLS) or ((whole,) if whole else None)


def _korean_parts(text: str, find: Find, *, after: bool, room: int) -> tuple[Match, ...] | None:
    for first, rest in korean.parts(text) if room > 1 else ():
        begun = find(first, after)
        if begun is None:
            continue
        last = find(rest, True)
        others = (last,) if last else _korean_parts(rest, find, after=True, room=room - 1)
        if others:
            return (begun, *others)
    return None


def _korean_joint(text: str) -> str:
    return next((first for first, rest in korean.parts(f"{text}x") if rest == "x"), "")


ENGLISH = Script(
    normalize=normalize, spell=spell, pieces=_english_pieces, typed=slots.TYPED, free=slots.FREE,
    phrases=slots.Phrases, told=slots.told, read=read_sentence, joint=_english_joint, begun=_english_begun,
    warm_up="what time is it",
)  # fmt: skip
KOREAN = Script(
    normalize=korean.normalize, spell=korean.spell, pieces=_korean_pieces, typed=korean_slots.TYPED,
    free=korean_slots.FREE, phrases=korean_slots.Phrases, told=korean_slots.told, read=_read_korean,
    joint=_korean_joint, quoted=korean_slots.quoted, begun=lambda spelled: False, warm_up="지금 몇 시야",
    object_first=True,
)  # fmt: skip
SCRIPTS: Mapping[str, Script] = {"en": ENGLISH, "ko": KOREAN}


def spelled(text: str) -> str:
    """A whole sentence in the one spelling of its language, by which sentences are compared."""
    return KOREAN.normalize(text) if is_korean(text) else normalize(text)
