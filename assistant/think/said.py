"""The values that a sentence holds: spans of time, times of day, days, repetitions and numbers, each as it was said.

A small model writes "7:30 pm" where "half past seven" was said; what a tool gets is what was said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assistant.spoken_time import parse_time
from assistant.think.normalize import spell
from assistant.think.slots import TYPED

GROUNDED = frozenset(["repeat", "date", "time"])
"""Kinds of values that are taken from the sentence and never from a model."""

_KINDS = ("duration", "repeat", "date", "time", "number")
"""Of two readings of the same length the first counts, but an hour before a number: "at six"."""
_SLOT = re.compile(r"\{(\w+):?(\w*)\}")
_BEFORE_HOURS = frozenset(["at", "by", "around", "until", "till", "before", "after", "past", "about", "from"])


@dataclass(frozen=True, slots=True)
class Said:
    """A value of a kind in a sentence, as a tool takes it; not `sure` where a bare number may be an hour or a count."""

    kind: str
    value: str
    sure: bool = True


def values_in(text: str) -> list[Said]:
    """The values of a sentence from left to right, each as long as it may be read; a word belongs to one of them."""
    return [said for _, _, said in _places(spell(text))]


def masked(text: str) -> str:
    """The sentence with the kinds of its values in their places: "up at {time} {date}"."""
    spelled = spell(text)
    for start, end, said in reversed(_places(spelled)):
        spelled = f"{spelled[:start]}{{{said.kind if said.sure else 'number'}}}{spelled[end:]}"
    return spelled


def _places(spelled: str) -> list[tuple[int, int, Said]]:
    found: list[tuple[int, int, Said]] = []
    starts = [match.start() for match in re.finditer(r"\S+", spelled)]
    end = 0
    for place, start in enumerate(starts):
        if start < end:
            continue
        readings = [
            (until, kind, arguments) for kind in _KINDS for until, arguments in TYPED[kind].find(spelled, start, kind)
        ]
        if not readings:
            continue
        end, kind, arguments = max(readings, key=lambda reading: reading[0])
        before = spelled[starts[place - 1] : start].strip() if place else ""
        bare = kind == "time" and " " not in spelled[start:end] and spelled[start:end] not in _NAMED
        said = Said(kind, str(arguments.get(kind, "")), not bare or before in _BEFORE_HOURS)
        found.append((start, end, said))
    return found


_NAMED = frozenset(["noon", "midday", "midnight"])


def kinds_of(sentences: Iterable[str]) -> Mapping[str, str]:
    """Parameter -> kind of value, for the kinds in `GROUNDED`, as a tool's templates fill them."""
    slots = [found for sentence in sentences for found in _SLOT.findall(sentence)]
    return {parameter or kind: kind for kind, parameter in slots if kind in GROUNDED}


def said_value(kind: str, proposed: str, text: str) -> str:
    """What the sentence says of a kind: its only value, or the one of several that a model means; else nothing."""
    values = [said for said in values_in(text) if said.kind == kind]
    sure = [said.value for said in values if said.sure]
    if len(sure) == 1:
        return sure[0]
    meant = [said.value for said in values_in(proposed) if said.kind == kind]
    return next((said.value for said in values if any(_same(kind, said.value, value) for value in meant)), "")


def _same(kind: str, said: str, proposed: str) -> bool:
    """ "7:30" is also meant by "7:30 pm", of which the model made up the half."""
    one, other = (parse_time(said), parse_time(proposed)) if kind == "time" else (None, None)
    if one is not None and other is not None:
        return (one.hour % 12, one.minute) == (other.hour % 12, other.minute)
    return said == proposed
