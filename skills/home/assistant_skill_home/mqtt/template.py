"""The templates by which a device says how its messages are read and made: text with {{ }}, {% if %} and {% set %}."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from assistant_skill_home.mqtt.expression import parse
from assistant_skill_home.mqtt.filters import MAX_CHARS, UNDEFINED
from assistant_skill_home.mqtt.nodes import Node, NotUnderstoodError, NoValueError

MAX_TEMPLATE_CHARS = 4_000
_SPLIT = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\})", re.DOTALL)
_SET = re.compile(r"set\s+([A-Za-z_]\w{0,60})\s*=(?!=)(.*)", re.DOTALL)
_MAX_BLOCKS = 12
_Write = Callable[[dict[str, Any], list[str]], None]


@dataclass(frozen=True, slots=True)
class Template:
    """A template that was understood."""

    write: _Write

    def render(self, names: Mapping[str, Any]) -> str:
        """The text for these values. Raises: NoValueError: a value is missing or of the wrong kind."""
        parts: list[str] = []
        try:
            self.write(dict(names), parts)
        except (ValueError, TypeError, RecursionError) as error:
            raise NoValueError(str(error)) from None
        text = "".join(parts)
        if len(text) > MAX_CHARS:
            raise NoValueError("long")
        return text.strip()

    def read(self, payload: str, held: Any = UNDEFINED) -> str:
        """What a message means: `value` is its text, `value_json` what it holds as JSON. Raises: NoValueError."""
        return self.render({"value": payload, "value_json": held})


def parsed(payload: str) -> Any:
    """The JSON in a message, or `UNDEFINED` where it is none."""
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return UNDEFINED


def understand(text: str, *names: str) -> Template:
    """Read a template in which `value`, `value_json` and these names may occur. Raises: NotUnderstoodError."""
    if len(text) > MAX_TEMPLATE_CHARS:
        raise NotUnderstoodError("long")
    reader = _Blocks([piece for piece in _SPLIT.split(text) if piece], {"value", "value_json", *names})
    write, ended = reader.until()
    if ended:
        raise NotUnderstoodError("block")
    return Template(write)


class _Blocks:
    """Reads the pieces of a template one after the other."""

    def __init__(self, pieces: list[str], names: set[str]) -> None:
        self._pieces, self._names = pieces, names
        self._place = self._depth = 0

    def until(self, *ends: str) -> tuple[_Write, str]:
        """What is written up to one of these statements, and that statement; nothing at the end of the template."""
        self._depth += 1
        if self._depth > _MAX_BLOCKS:
            raise NotUnderstoodError("depth")
        written: list[_Write] = []
        while self._place < len(self._pieces):
            piece = self._pieces[self._place]
            self._place += 1
            if piece.startswith("{%"):
                statement = piece[2:-2].strip("-+ \n\t")
                if statement.partition(" ")[0] in ends:
                    self._depth -= 1
                    return _all(written), statement
                written.append(self._statement(statement))
            elif piece.startswith("{{"):
                written.append(_value(parse(piece[2:-2].strip("-+ "), frozenset(self._names))))
            elif "{{" in piece or "{%" in piece:
                raise NotUnderstoodError("open")
            elif not piece.startswith("{#"):
                written.append(_plain(piece))
        self._depth -= 1
        return _all(written), ""

    def _statement(self, statement: str) -> _Write:
        if statement.startswith("if "):
            return self._if(statement[3:])
        if match := _SET.fullmatch(statement):
            node = parse(match[2], frozenset(self._names))
            self._names.add(match[1])
            return _set(match[1], node)
        raise NotUnderstoodError("statement")

    def _if(self, condition: str) -> _Write:
        test = parse(condition, frozenset(self._names))
        then, end = self.until("elif", "else", "endif")
        other = _all([])
        if end.startswith("elif "):
            other = self._if(end[5:])
        elif end == "else":
            other, end = self.until("endif")
            if end != "endif":
                raise NotUnderstoodError("if")
        elif end != "endif":
            raise NotUnderstoodError("if")
        return _either(test, then, other)


def _all(written: list[_Write]) -> _Write:
    def write(names: dict[str, Any], parts: list[str]) -> None:
        for one in written:
            one(names, parts)

    return write


def _plain(text: str) -> _Write:
    return lambda names, parts: parts.append(text)


def _value(node: Node) -> _Write:
    def write(names: dict[str, Any], parts: list[str]) -> None:
        value = node(names)
        parts.append("" if value is UNDEFINED else str(value))

    return write


def _set(name: str, node: Node) -> _Write:
    def write(names: dict[str, Any], parts: list[str]) -> None:
        names[name] = node(names)

    return write


def _either(test: Node, then: _Write, other: _Write) -> _Write:
    return lambda names, parts: then(names, parts) if test(names) else other(names, parts)
