"""What lies on a list, told apart in a sentence and found again by what a person calls it: pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.korean.hangul import final_of
from assistant.skill import is_korean

MAX_THING_CHARS = 80
_TOGETHER = ("mac and cheese", "macaroni and cheese", "fish and chips", "peanut butter and jelly", "salt and vinegar")
"""Things whose name has an "and"; everything else that has one is two things."""
_KOREAN = re.compile(r"(?<=[가-힣])(이랑|랑|하고|과|와)\s+|\s+(그리고|및)\s+")
"""Particles that join things, where a space follows: "우유랑 빵"."""
_LEADS = ("some ", "the ", "my ", "our ", "also ", "a ", "an ")
_SMALL = frozenset(["the", "a", "an", "some", "of", "my", "our", "to"])


def split_things(said: str, *, tasks: bool = False) -> list[str]:
    """ "milk, eggs and a loaf of bread" -> three things, each once, without articles, in the order of the sentence.

    Tasks are parted by commas alone: "call mom and ask for the recipe" is one.
    """
    text = said.strip(" .!?")
    if tasks:
        parts = [" ".join(part.split())[:MAX_THING_CHARS] for part in text.split(",")]
        return list(dict.fromkeys(part for part in parts if part))
    if is_korean(text):
        parts = [part.strip() for part in _KOREAN.sub(_parted, text).split(",")]
        return list(dict.fromkeys(part[:MAX_THING_CHARS] for part in parts if part))
    for name in _TOGETHER:
        text = text.replace(name, name.replace(" and ", " & "))
    parts = [_plain(part) for part in re.split(r",\s*(?:and\s+)?|\s+and\s+|;", text)]
    return list(dict.fromkeys(part.replace(" & ", " and ") for part in parts if part))


def find_things(wanted: str, there: Sequence[str]) -> list[str]:
    """The things that are meant: the one of this name, else all whose words hold those that were said."""
    if is_korean(wanted):
        plain = wanted.replace(" ", "")
        return [one for one in there if one.replace(" ", "") == plain] or [
            one for one in there if plain and plain in one.replace(" ", "")
        ]
    said = _words(wanted)
    if exact := [thing for thing in there if _words(thing) == said]:
        return exact
    return [thing for thing in there if said and said <= _words(thing)]


def _parted(found: re.Match[str]) -> str:
    """A comma for a particle that fits the sound before it: "빵과 우유" are two things, "사과 주스" is one."""
    final = final_of(found.string[: found.start()])
    if (found[1] == "과" and not final) or (found[1] == "와" and final):
        return found[0]
    return ","


def _plain(part: str) -> str:
    part = " ".join(part.split())
    while lead := next((lead for lead in _LEADS if part.startswith(lead)), ""):
        part = part.removeprefix(lead)
    return part[:MAX_THING_CHARS].strip()


def _words(thing: str) -> frozenset[str]:
    """What tells a thing from others: no articles, and "egg" is "eggs"."""
    return frozenset(_one(word) for word in re.findall(r"[\w']+", thing.lower()) if word not in _SMALL)


def _one(word: str) -> str:
    if len(word) > 4 and word.endswith("oes"):
        return word[:-2]
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
