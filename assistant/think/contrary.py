"""May a proposed call be the contrary of what was said, or leave out a number of it? Pure checks of words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from assistant.think.shape import words_of
from assistant.types import ToolCall, ToolSpec

OPPOSITES: tuple[tuple[frozenset[str], frozenset[str]], ...] = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, other in (
        ("on", "off"),
        ("open raise", "close shut lower"),
        ("unlock", "lock"),
        ("start begin play resume", "stop return dock pause halt end"),
        ("up louder warmer brighter increase", "down softer quieter cooler dimmer decrease"),
        ("add", "remove delete"),
        ("mute", "unmute"),
        ("enable", "disable"),
    )
)
"""Words that reverse a wish. The caller took "turn off the bedroom fan" for `turn_on` and was 0.74 sure of it."""
_SPANS = frozenset({"hours", "minutes", "seconds"})
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def reverses(text: str, tool: ToolSpec) -> bool:
    """Does the sentence name one side of a pair of opposites, and the tool's own name only the other?"""
    said, named = set(words_of(text)), set(words_of(tool.name))
    return any(
        (said & mine and not said & other and named & other and not named & mine)
        for pair in OPPOSITES
        for mine, other in (pair, pair[::-1])
    )


def opposed(heard: str, text: str) -> bool:
    """Do two sentences that sound alike name the two sides of a pair of opposites: "turn off" and "turn on"?"""
    one, two = set(words_of(heard)), set(words_of(text))
    return any(
        one & mine and not one & other and two & other and not two & mine
        for pair in OPPOSITES
        for mine, other in (pair, pair[::-1])
    )


def inverse(call: ToolCall, specs: Mapping[str, ToolSpec]) -> ToolCall | None:
    """The call of the opposite tool with the same arguments, which takes back what this one did; None if there is none.

    Nothing sensitive takes anything back: "turn off" for "turn on" and "close" for "open", but no "unlock".
    """
    skill, _, function = call.tool.partition(".")
    words = function.split("_")
    for mine, other in (side for pair in OPPOSITES for side in (pair, pair[::-1])):
        for word in (set(words) & mine) - other:
            for opposite in sorted(other):
                name = f"{skill}.{'_'.join(opposite if one == word else one for one in words)}"
                spec = specs.get(name)
                if spec is not None and spec.effect == "change":
                    known = spec.parameters.get("properties", {})
                    return replace(call, tool=name) if set(call.arguments) <= set(known) else None
    return None


def keeps_numbers(text: str, calls: Sequence[ToolCall], tools: Iterable[ToolSpec]) -> bool:
    """Are all numbers of the sentence in the arguments, several in one argument in the order in which they were said?

    "What would 128 divided by 8 come to" became the sum `128`. Spans of time are left to the grounding, which counts
    ninety seconds as one and a half minutes.
    """
    if any(_SPANS & set(tool.parameters.get("properties", {})) for tool in tools):
        return True
    said = _NUMBER.findall(text)
    told = [_NUMBER.findall(str(value)) for call in calls for value in call.arguments.values()]
    if not set(said) <= {number for numbers in told for number in numbers}:
        return False
    return all(_in_order(numbers, said) for numbers in told)


def _in_order(numbers: Sequence[str], said: Sequence[str]) -> bool:
    common = [number for number in numbers if number in said]
    rest = iter(said)
    return all(number in rest for number in common)
