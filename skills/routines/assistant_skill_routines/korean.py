"""Routines told in Korean: "내가 잘 자라고 하면 음악 끄고 7시에 알람 맞춰 줘". Pure."""

from __future__ import annotations

import re

from assistant.korean.sentence import normalize, parts
from assistant_skill_routines.steps import MAX_STEPS, Plan, Understands

_PLAN = re.compile(r"^(?:내가|제가|우리가)?\s*(?P<phrase>.+?)\s*(?:이라고|라고)\s*(?:말)?\s*하면\s*(?P<steps>.+)$")
_ASKS = re.compile(r"^(?:뭐|뭘|무엇)")


def is_plan(text: str) -> bool:
    """Is it a phrase and what it stands for, and not the question what it stands for?"""
    found = _PLAN.match(text)
    return found is not None and _ASKS.match(found["steps"]) is None


def read_korean(words: str, understands: Understands) -> Plan:
    """The phrase and its steps; `lost` is what was not understood. Without a phrase there is none."""
    found = _PLAN.match(words)
    if found is None:
        return Plan("", (), words)
    steps = _steps(normalize(found["steps"]), understands, MAX_STEPS + 1)
    phrase = found["phrase"].strip()
    return Plan(phrase, steps) if steps else Plan(phrase, (), found["steps"])


def _steps(text: str, understands: Understands, room: int) -> tuple[str, ...]:
    """All of a text as commands that are understood one by one; none where a part is not."""
    for first, rest in parts(text) if room > 1 else ():
        if understands(first) and (others := _steps(rest, understands, room - 1)):
            return (first, *others)
    return (text,) if understands(text) else ()
