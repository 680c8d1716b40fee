"""Arithmetic as people say it, to symbols: "what's fifteen percent of eighty" holds "15% of 80"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from assistant.spoken import json_number, number_ends
from assistant.think.normalize import spell

_INFIX = {
    "+": "+", "plus": "+", "added to": "+", "-": "-", "minus": "-", "take away": "-", "subtract": "-", "*": "*",
    "x": "*", "times": "*", "multiplied by": "*", "multiplied with": "*", "/": "/", "over": "/", "divided by": "/",
    "^": "^", "to the power of": "^", "to the power": "^", "raised to the power of": "^",
}  # fmt: skip
_PREFIX = {
    "square root of": "sqrt", "the square root of": "sqrt", "squareroot of": "sqrt", "root of": "sqrt",
    "cube root of": "cbrt", "the cube root of": "cbrt", "sqrt": "sqrt", "cbrt": "cbrt",
    "half of": "0.5 *", "twice": "2 *", "double": "2 *", "triple": "3 *",
}  # fmt: skip
_POSTFIX = {"%": "%", "percent": "%", "per cent": "%", "squared": "^ 2", "cubed": "^ 3"}
_TWO_SIDED = {
    "add": (("and", "to", "plus"), "{0} + {1}"),
    "at": (("and",), "{0} + {1}"),  # how "add" is often heard
    "add up": (("and", "plus"), "{0} + {1}"),
    "the sum of": (("and",), "{0} + {1}"),
    "sum of": (("and",), "{0} + {1}"),
    "multiply": (("by", "and", "with", "times"), "{0} * {1}"),
    "the product of": (("and",), "{0} * {1}"),
    "divide": (("by",), "{0} / {1}"),
    "subtract": (("from",), "{1} - {0}"),
    "the difference between": (("and",), "{0} - {1}"),
}
_LONGEST_WORDS = 40

WORDS = frozenset(
    word for phrase in (*_INFIX, *_PREFIX, *_POSTFIX, *_TWO_SIDED, "( ) of by from to") for word in phrase.split()
)
"""Words that an expression is made of, beside numbers."""

Read = tuple[int, str, bool]
"""(next place, symbols, whether anything but a bare number was said)."""


def expression_ends(words: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Every (count of words, expression in symbols) at the start of `words`, longest first; bare numbers are none."""
    rest = list(words[:_LONGEST_WORDS])
    found = {end: symbols for end, symbols, real in _chains(rest, 0, 0) if real}
    found |= {end: symbols for end, symbols, _ in _two_sided(rest)}
    yield from sorted(found.items(), reverse=True)


def arithmetic_symbols(text: str) -> str | None:
    """A whole text in symbols ("twelve times eight": "12 * 8"), bare numbers too; None if it is no arithmetic."""
    words = spell(text).split()
    every = [*_chains(words[:_LONGEST_WORDS], 0, 0), *_two_sided(words)]
    return next((symbols for end, symbols, _ in every if end == len(words)), None)


def _chains(words: list[str], place: int, depth: int) -> Iterator[Read]:
    """Operand (operator operand)*, in every length."""
    for end, left, real in _operands(words, place, depth):
        yield end, left, real
        for operator_end, operator in _phrases(_INFIX, words, end):
            for last, right, _ in _chains(words, operator_end, depth):
                yield last, f"{left} {operator} {right}", True


def _operands(words: list[str], place: int, depth: int) -> Iterator[Read]:
    if depth > 4:
        return
    for end, function in _phrases(_PREFIX, words, place):
        for last, inner, _ in _operands(words, end, depth + 1):
            yield last, f"{function} {inner}", True
    if words[place : place + 1] == ["("]:
        for end, inner, _ in _chains(words, place + 1, depth + 1):
            if words[end : end + 1] == [")"]:
                for last, symbols, _ in _postfixed(words, end + 1, f"({inner})"):
                    yield last, symbols, True
    for size, value in number_ends(words[place:]):
        yield from _numbers(words, place + size, value, depth)


def _numbers(words: list[str], end: int, value: Fraction, depth: int) -> Iterator[Read]:
    written = f"{json_number(value)}" if value.denominator in (1, 2, 4, 5, 10) or value.denominator % 10 == 0 else ""
    text = written or f"({value})"
    for last, symbols, real in _postfixed(words, end, text):
        yield last, symbols, real
        share = symbols.endswith("%") or value.denominator > 1
        if share and words[last : last + 1] == ["of"]:
            for close, inner, _ in _operands(words, last + 1, depth + 1):
                joint = "of" if symbols.endswith("%") else "*"
                yield close, f"{symbols} {joint} {inner}", True


def _postfixed(words: list[str], end: int, text: str) -> Iterator[Read]:
    for last, sign in _phrases(_POSTFIX, words, end):
        yield last, text + sign if sign == "%" else f"{text} {sign}", sign != "%"
    yield end, text, False


def _two_sided(words: list[str]) -> Iterator[Read]:
    for start, (joints, form) in _TWO_SIDED.items():
        opening = start.split()
        if words[: len(opening)] != opening:
            continue
        for end, left, _ in _operands(words, len(opening), 0):
            if words[end : end + 1] and words[end] in joints:
                for last, right, _ in _operands(words, end + 1, 0):
                    yield last, form.format(left, right), True


def _phrases(table: dict[str, str], words: list[str], place: int) -> Iterator[tuple[int, str]]:
    for size in (4, 3, 2, 1):
        phrase = " ".join(words[place : place + size])
        if len(words) >= place + size and phrase in table:
            yield place + size, table[phrase]
