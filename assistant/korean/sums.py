"""Korean arithmetic in symbols, read from any place of a text without spaces: "십이곱하기팔" is "12 * 8"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from assistant.korean.numbers import number_ends
from assistant.spoken import json_number

_SIGNS = {
    "더하기": "+", "플러스": "+", "+": "+", "빼기": "-", "마이너스": "-", "-": "-", "곱하기": "*", "×": "*", "*": "*",
    "x": "*", "곱": "*", "나누기": "/", "÷": "/", "/": "/", "의": "of",
}  # fmt: skip
_WITH = r"(?:에다가|에다|에서|에|과|와|하고|이랑|랑|을|를)"
_DEEDS = (
    (re.compile(r"(?:을|를)?더하(?:면|기)?"), "{0} + {1}"), (re.compile(r"(?:을|를)?빼면?"), "{0} - {1}"),
    (re.compile(r"(?:을|를)?곱하(?:면|기)?"), "{0} * {1}"), (re.compile(r"(?:으로|로)나누(?:면|기)?"), "{0} / {1}"),
)  # fmt: skip
_AFTER = {"의제곱근": "sqrt {0}", "의세제곱": "{0} ^ 3", "의제곱": "{0} ^ 2", "세제곱": "{0} ^ 3", "제곱": "{0} ^ 2",
          "의절반": "0.5 * {0}", "의두배": "2 * {0}", "의세배": "3 * {0}"}  # fmt: skip
MAX_NUMBERS = 6


def expression_ends(text: str, start: int = 0) -> Iterator[tuple[int, str]]:
    """Every (end, expression in symbols) from `start`, longest first; bare numbers are none."""
    found = {end: symbols for end, symbols, real in _chains(text, start, MAX_NUMBERS) if real}
    found |= dict(_deeds(text, start))
    yield from sorted(found.items(), reverse=True)


def _chains(text: str, place: int, left: int) -> Iterator[tuple[int, str, bool]]:
    for end, value, real in _operands(text, place):
        yield end, value, real
        for word, sign in _SIGNS.items():
            if left > 1 and text.startswith(word, end) and (sign != "of" or not value.endswith("%")):
                for last, rest, _ in _chains(text, end + len(word), left - 1):
                    if sign != "of":
                        yield last, f"{value} {sign} {rest}", True
                    elif rest.endswith("%") and " " not in rest:
                        yield last, f"{rest} of {value}", True


def _operands(text: str, place: int) -> Iterator[tuple[int, str, bool]]:
    for word in ("루트", "√"):
        if text.startswith(word, place):
            for end, value, _ in _operands(text, place + len(word)):
                yield end, f"sqrt {value}", True
    for end, number in number_ends(text, place):
        value = _written(number)
        for word, form in _AFTER.items():
            if text.startswith(word, end):
                yield end + len(word), form.format(value), True
        if text.startswith("%", end):
            yield end + 1, f"{value}%", False
        yield end, value, False


def _deeds(text: str, start: int) -> Iterator[tuple[int, str]]:
    """ "12에 8을 곱하면", "100을 4로 나누면", "3과 5를 더하면"."""
    for end, first in number_ends(text, start):
        joint = re.compile(_WITH).match(text, end)
        if joint is None:
            continue
        for stop, second in number_ends(text, joint.end()):
            for pattern, form in _DEEDS:
                if (deed := pattern.match(text, stop)) is not None:
                    yield deed.end(), form.format(_written(first), _written(second))


def _written(value: Fraction) -> str:
    return f"{json_number(value)}" if value.denominator in (1, 2, 4, 5, 8, 10, 100) else f"({value})"
