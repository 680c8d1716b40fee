"""From what was said to a phrase and steps: commands joined with "and" or "then", each of them understood. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

MAX_STEPS = 8
MAX_PHRASE_WORDS = 6
MAX_JOINED = 3
"""Parts that may be one command: "add salt and pepper and oil to the list"."""

Understands = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Plan:
    """`phrase` starts `steps`; `lost` is the first part that was not understood, if any."""

    phrase: str
    steps: tuple[str, ...]
    lost: str = ""


def read_plan(words: str, understands: Understands) -> Plan:
    """Find where the phrase ends and its first command begins: at the first word from which all is understood.

    Where nothing fits, the plan that gets furthest tells what was lost; without any step its phrase is empty.
    """
    parts = split_at_joints(words)
    first = parts[0].split() if parts else []
    best = Plan("", (), parts[0] if parts else "")
    for size in range(1, min(MAX_PHRASE_WORDS, len(first)) + 1):
        rest = [" ".join(first[size:]), *parts[1:]] if first[size:] else parts[1:]
        steps, lost = read_steps(rest, understands)
        if steps and not lost:
            return Plan(" ".join(first[:size]), steps)
        if len(steps) > len(best.steps) and first[size:]:
            best = Plan(" ".join(first[:size]), steps, lost)
    return best


def read_steps(parts: Sequence[str], understands: Understands) -> tuple[tuple[str, ...], str]:
    """The steps, as small as they are understood, and the first part that is not."""
    steps: list[str] = []
    place = 0
    while place < len(parts):
        sizes = range(1, min(MAX_JOINED, len(parts) - place) + 1)
        joined = {size: " and ".join(parts[place : place + size]) for size in sizes}
        size = next(
            (size for size in sizes if understands(joined[size]) and _goes_on(parts, place + size, understands)), 0
        )
        size = size or next((size for size in sizes if understands(joined[size])), 0)
        if not size:
            return tuple(steps), parts[place]
        steps.append(joined[size])
        place += size
    return tuple(steps), ""


def split_at_joints(words: str) -> list[str]:
    """The parts between "and" and "then"."""
    parts: list[list[str]] = [[]]
    for word in words.split():
        if word in ("and", "then"):
            parts.append([])
        else:
            parts[-1].append(word)
    return [" ".join(part) for part in parts if part]


def _goes_on(parts: Sequence[str], place: int, understands: Understands) -> bool:
    """Is what follows understood too? "Buy bread" is, but then "butter" is not: it belongs to the bread."""
    sizes = range(1, min(MAX_JOINED, len(parts) - place) + 1)
    return place == len(parts) or any(understands(" and ".join(parts[place : place + size])) for size in sizes)
