"""A small arithmetic of its own: exact fractions, no `eval`, and bounds on what one may ask for.

sum     = product (("+" | "-") product)*        "80 + 10%" adds ten percent of eighty
product = power (("*" | "/" | "of") power)*
power   = sign ["^" power]
sign    = "-" sign | ("sqrt" | "cbrt") sign | number ["%"] | "(" sum ")" ["%"]
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction

_TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?|sqrt|cbrt|of|pi|[-+*/^%()])")
MAX_CHARS = 300
MAX_DEPTH = 40
MAX_BITS = 4096
"""A result of more bits is told to be too large; "nine to the nine to the nine" would take minutes and gigabytes."""


class CalculationError(Exception):
    """`key` names the text that says what is wrong."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class Result:
    """`exact` is false after a root or a power that is no fraction."""

    value: Fraction
    exact: bool


def calculate(expression: str) -> Result:
    """Work out an expression in symbols.

    Raises:
        CalculationError: it is none, it divides by zero, or its result is no number that one could say.
    """
    if len(expression) > MAX_CHARS:
        raise CalculationError("not_understood")
    reader = _Reader(_tokens(expression))
    value = reader.sum()
    if reader.tokens:
        raise CalculationError("not_understood")
    return Result(value, reader.exact)


def _tokens(expression: str) -> list[str]:
    text = expression.replace("**", "^").replace(",", "").strip()
    tokens, place = [], 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise CalculationError("not_understood")
        tokens.append(found[1])
        place = found.end()
    return tokens


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.exact = True
        self._depth = 0
        self._percent = False

    def sum(self) -> Fraction:
        value = self._product()
        while sign := self._take("+", "-"):
            amount = self._product()
            if self._percent:
                amount *= value
            value = _bounded(value + amount if sign == "+" else value - amount)
            self._percent = False
        return value

    def _product(self) -> Fraction:
        value = self._power()
        while sign := self._take("*", "/", "of"):
            other = self._power()
            self._percent = False
            if sign == "/" and other == 0:
                raise CalculationError("by_zero")
            value = _bounded(value / other if sign == "/" else value * other)
        return value

    def _power(self) -> Fraction:
        value = self._sign()
        if not self._take("^"):
            return value
        exponent = self._power()
        self._percent = False
        if value == 0 and exponent < 0:
            raise CalculationError("by_zero")
        if exponent.denominator != 1:
            return self._float(value, exponent)
        bits = max(abs(value.numerator).bit_length(), value.denominator.bit_length())
        if abs(exponent) * bits > MAX_BITS and abs(value) != 1 and value != 0:
            raise CalculationError("too_large")
        return value ** int(exponent)

    def _sign(self) -> Fraction:
        self._depth += 1
        if self._depth > MAX_DEPTH or not self.tokens:
            raise CalculationError("not_understood")
        token = self.tokens.pop(0)
        if token == "-":
            value = -self._power()
        elif token in ("sqrt", "cbrt"):
            value = self._root(self._sign(), 2 if token == "sqrt" else 3)
        elif token == "(":
            value = self.sum()
            if not self._take(")"):
                raise CalculationError("not_understood")
        elif token == "pi":
            value, self.exact = Fraction(math.pi), False
        elif token[0].isdigit():
            value = _bounded(Fraction(token))
        else:
            raise CalculationError("not_understood")
        self._depth -= 1
        self._percent = bool(self._take("%"))
        return value / 100 if self._percent else value

    def _root(self, value: Fraction, degree: int) -> Fraction:
        if value < 0:
            if degree == 2:
                raise CalculationError("no_root")
            return -self._root(-value, degree)
        whole = [round(math.exp(math.log(part) / degree)) if part else 0 for part in value.as_integer_ratio()]
        if Fraction(whole[0] ** degree, whole[1] ** degree) == value:
            return Fraction(whole[0], whole[1])
        return self._float(value, Fraction(1, degree))

    def _float(self, value: Fraction, exponent: Fraction) -> Fraction:
        self.exact = False
        if value < 0:
            raise CalculationError("no_root")
        try:
            return Fraction(float(value) ** float(exponent))
        except OverflowError:
            raise CalculationError("too_large") from None

    def _take(self, *wanted: str) -> str:
        return self.tokens.pop(0) if self.tokens and self.tokens[0] in wanted else ""


def _bounded(value: Fraction) -> Fraction:
    if max(abs(value.numerator).bit_length(), value.denominator.bit_length()) > MAX_BITS:
        raise CalculationError("too_large")
    return value
