"""Whether an answer is right, by the check of its turn; pure.

Patterns are looked for at the beginnings of words, in small letters, with numbers below a hundred both as words and as
digits: "photosynthes" finds photosynthesis, "12" finds twelve.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from assistant.bench.router_set import Check
from assistant.spoken import number_ends
from assistant.think.normalize import spell
from assistant.types import ToolCall

_HONEST = re.compile(
    r"\b(?:i|we) (?:really |just |still |currently |also )?(?:don't|do not|can't|cannot|can not|couldn't|could not"
    r"|am not able|am unable|have no|haven't)\b"
    r"|\b(?:i'm|i am) (?:not able|unable|not sure|not aware|not up to date|not connected|just a|only a)\b"
    r"|\bi have no\b|\bwithout (?:the )?internet\b|\bno (?:internet|access|way (?:to|of) know)"
    r"|\bas of my (?:last|latest|knowledge)|\bmy knowledge (?:ends|stops|was|is|cut)|\b(?:up to|in) real[- ]time\b.*"
    r"\b(?:can't|cannot|unable|not)\b|\bis beyond what i\b|\bnot (?:something|anything) i (?:can|know)"
)
"""What says that something can't be known here."""
_TOKEN = re.compile(r"\d[\d,]*(?:\.\d+)?|[a-z]+|[^\sa-z\d]")
_PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "—": " ", "–": "-"})
_TOLERANCE = 0.005
"""Of a number's own size: an answer may be rounded to three digits."""


def is_right(check: Check, answer: str, question: str = "", calls: Sequence[ToolCall] = ()) -> bool:
    """Does the answer pass? Of a turn with tools only what was called counts."""
    if check.calls:
        return len(calls) == 1 and any(_fits(calls[0], wanted) for wanted in check.calls)
    text = simplified(answer)
    if not text:
        return False
    if check.honest and _HONEST.search(text) is None:
        return False
    if not all(re.search(rf"(?<![a-z0-9])(?:{pattern})", text) for pattern in check.has):
        return False
    if any(re.search(rf"(?<![a-z0-9])(?:{pattern})", text) for pattern in check.hasnt):
        return False
    return check.number is None or _comes_to(check.number, answer, question)


def simplified(text: str) -> str:
    """Small letters, plain quotes, one space, no hyphens between words, and numbers in words once more in digits."""
    lower = text.lower().translate(_PLAIN)
    lower = re.sub(r"(?<=\d),(?=\d{3}\b)", "", lower)
    lower = " ".join(re.sub(r"(?<=[a-z])-(?=[a-z])", " ", lower).split())
    words = [f"{value:g}" for value, in_words in _numbers(lower) if in_words]
    return f"{lower} {' '.join(words)}".strip()


def numbers(text: str) -> list[float]:
    """All numbers of a text in their order, in digits or in words ("2.5 million", "forty two")."""
    return [value for value, _ in _numbers(text.lower())]


def _numbers(lower: str) -> Iterator[tuple[float, bool]]:
    """Values, and whether they were in words."""
    tokens = [token.replace(",", "") for token in _TOKEN.findall(re.sub(r"(?<=[a-z])-(?=[a-z])", " ", lower))]
    at = 0
    while at < len(tokens):
        ends = list(number_ends(tokens[at : at + 12])) if tokens[at] not in ("a", "an", "and", "-") else []
        if ends:
            length, value = max(ends)
            negative = at > 0 and tokens[at - 1] == "-" and (at == 1 or not re.match(r"[\d)]", tokens[at - 2]))
            yield float(-value if negative else value), not tokens[at][0].isdecimal()
            at += length
        else:
            at += 1


def _comes_to(wanted: float, answer: str, question: str) -> bool:
    """Is the first or the last number that the question did not hold this one? Between them an answer may reckon."""
    given = numbers(question)
    new = [value for value in numbers(answer) if not any(_same(value, one) for one in given)]
    return bool(new) and (_same(new[0], wanted) or _same(new[-1], wanted))


def _same(value: float, wanted: float) -> bool:
    return abs(value - wanted) <= _TOLERANCE * abs(wanted)


def _fits(call: ToolCall, wanted: ToolCall) -> bool:
    return call.tool == wanted.tool and all(
        _argument(call.arguments.get(name)) == _argument(value) for name, value in wanted.arguments.items()
    )


def _argument(value: object) -> str:
    """A value as it is compared: 5, 5.0 and "5" are one, and so are "the milk" and "Milk"."""
    if isinstance(value, (list, tuple)):
        return " ".join(map(_argument, value))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return re.sub(r"^(?:the|a|an|some) ", "", spell(str(value))) if value is not None else ""


def told(calls: Sequence[ToolCall]) -> list[Mapping[str, object]]:
    """Calls as they are kept in a file."""
    return [{"tool": call.tool, "arguments": call.arguments} for call in calls]
