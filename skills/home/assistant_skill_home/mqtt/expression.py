"""The small part of Jinja's expressions that devices really use, read by us: no loops, no calls, bounded in every way.

"value_json.position | float(0) / 100"  ->  tokens  ->  a tree of closures  ->  one value
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from assistant_skill_home.mqtt.filters import FILTERS, METHODS, UNDEFINED, number
from assistant_skill_home.mqtt.nodes import (
    Node,
    NotUnderstoodError,
    applied,
    both,
    constant,
    contained,
    either,
    item,
    joined,
    key_of,
    two,
)

MAX_TOKENS = 400
MAX_DEPTH = 24

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d{1,15}(?:\.\d{1,15})?)|(?P<name>[A-Za-z_]\w{0,60})"
    r"|(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")|(?P<sign>==|!=|<=|>=|//|[-+*/%~<>|.,:()\[\]{}]))"
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_SUM: Mapping[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub}
_PRODUCT: Mapping[str, Callable[[Any, Any], Any]] = {
    "*": operator.mul, "/": operator.truediv, "//": operator.floordiv, "%": operator.mod,
}  # fmt: skip
_CONSTANTS = {"true": True, "True": True, "false": False, "False": False, "none": None, "None": None}
_TESTS: Mapping[str, Callable[[Any], bool]] = {
    "defined": lambda value: value is not UNDEFINED,
    "undefined": lambda value: value is UNDEFINED,
    "none": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
}


def parse(text: str, names: frozenset[str]) -> Node:
    """The expression as a function of the names that may occur in it. Raises: NotUnderstoodError."""
    reader = _Reader(_tokens(text), names)
    node = reader.choice()
    reader.end()
    return node


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    place = 0
    text = text.strip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or len(found) >= MAX_TOKENS:
            raise NotUnderstoodError("token")
        found.append(match.group().strip())
        place = match.end()
    return found


class _Reader:
    """Reads by descent; `|` and `.` bind closest, as in Jinja."""

    def __init__(self, tokens: list[str], names: frozenset[str]) -> None:
        self._tokens, self._names = tokens, names
        self._place = self._depth = 0

    def end(self) -> None:
        if self._place != len(self._tokens):
            raise NotUnderstoodError("more")

    def choice(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise NotUnderstoodError("depth")
        chosen = self._either()
        if self._take("if"):
            condition = self._either()
            other = self.choice() if self._take("else") else constant(UNDEFINED)
            first = chosen
            self._depth -= 1
            return lambda names: first(names) if condition(names) else other(names)
        self._depth -= 1
        return chosen

    def _either(self) -> Node:
        left = self._both()
        while self._take("or"):
            left = either(left, self._both())
        return left

    def _both(self) -> Node:
        left = self._negated()
        while self._take("and"):
            left = both(left, self._negated())
        return left

    def _negated(self) -> Node:
        negated = False
        while self._take("not"):
            negated = not negated
        node = self._compared()
        return (lambda names: not node(names)) if negated else node

    def _compared(self) -> Node:
        left = self._sum()
        sign = self._peek()
        if sign in _COMPARE:
            self._place += 1
            return two(_COMPARE[sign], left, self._sum())
        negated = sign == "not" and self._peek(1) == "in"
        if negated or sign == "in":
            self._place += 2 if negated else 1
            return contained(left, self._sum(), negated)
        if self._take("is"):
            negated = self._take("not")
            test = _TESTS.get(self._next())
            if test is None:
                raise NotUnderstoodError("test")
            known = test
            return lambda names: known(left(names)) is not negated
        return left

    def _sum(self) -> Node:
        left = self._product()
        while (sign := self._peek()) in ("+", "-", "~"):
            self._place += 1
            right = self._product()
            left = joined(left, right) if sign == "~" else two(_SUM[sign], left, right, plain=sign != "+")
        return left

    def _product(self) -> Node:
        left = self._signed()
        while (sign := self._peek()) in _PRODUCT:
            self._place += 1
            left = two(_PRODUCT[sign], left, self._signed(), plain=True)
        return left

    def _signed(self) -> Node:
        minus = False
        while self._peek() in ("-", "+"):
            minus ^= self._next() == "-"
        node = self._single()
        return (lambda names: -number(node(names))) if minus else node

    def _single(self) -> Node:
        node = self._primary()
        while True:
            if self._take("."):
                node = self._member(node)
            elif self._take("["):
                node = item(node, self.choice())
                self._expect("]")
            elif self._take("|"):
                name = self._next()
                if name not in FILTERS:
                    raise NotUnderstoodError("filter")
                node = applied(FILTERS[name], node, self._arguments() if self._take("(") else [])
            else:
                return node

    def _member(self, node: Node) -> Node:
        name = self._next()
        if name.startswith("_") or not re.fullmatch(r"\w+", name):
            raise NotUnderstoodError("member")
        if self._take("("):
            if name not in METHODS:
                raise NotUnderstoodError("method")
            return applied(METHODS[name], node, self._arguments())
        return item(node, constant(int(name) if name.isdigit() else name))

    def _arguments(self) -> list[Node]:
        return self._listed(")")

    def _listed(self, closing: str) -> list[Node]:
        found: list[Node] = []
        while not self._take(closing):
            if found:
                self._expect(",")
                if self._take(closing):
                    break
            if self._peek(1) == "=":
                raise NotUnderstoodError("named")
            found.append(self.choice())
        return found

    def _primary(self) -> Node:
        token = self._next()
        if token == "(":
            node = self.choice()
            self._expect(")")
            return node
        if token == "[":
            held = self._listed("]")
            return lambda names: [one(names) for one in held]
        if token == "{":
            return self._table()
        if token[0] in "'\"":
            return constant(re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), token[1:-1]))
        if token[0].isdigit():
            return constant(float(token) if "." in token else int(token))
        if token in _CONSTANTS:
            return constant(_CONSTANTS[token])
        if token not in self._names:
            raise NotUnderstoodError("name")
        return lambda names: names.get(token, UNDEFINED)

    def _table(self) -> Node:
        pairs: list[tuple[Node, Node]] = []
        while not self._take("}"):
            if pairs:
                self._expect(",")
                if self._take("}"):
                    break
            key = self.choice()
            self._expect(":")
            pairs.append((key, self.choice()))
        return lambda names: {key_of(key(names)): value(names) for key, value in pairs}

    def _peek(self, ahead: int = 0) -> str:
        place = self._place + ahead
        return self._tokens[place] if place < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise NotUnderstoodError("end")
        self._place += 1
        return token

    def _take(self, token: str) -> bool:
        if self._peek() != token:
            return False
        self._place += 1
        return True

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise NotUnderstoodError("sign")
