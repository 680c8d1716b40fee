"""What expressions are made of: functions of the names that occur in them, none able to fail loudly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from assistant_skill_home.mqtt.filters import UNDEFINED, bounded, number

Names = Mapping[str, Any]
Node = Callable[[Names], Any]


class NotUnderstoodError(ValueError):
    """An expression or a template that we do not read; nothing is made of it."""


class NoValueError(ValueError):
    """An expression that has no value for this message."""


def constant(value: Any) -> Node:
    return lambda names: value


def either(left: Node, right: Node) -> Node:
    return lambda names: left(names) or right(names)


def both(left: Node, right: Node) -> Node:
    return lambda names: left(names) and right(names)


def two(do: Callable[[Any, Any], Any], left: Node, right: Node, *, plain: bool = False) -> Node:
    """`plain`: only for numbers, so that no text is multiplied or formatted."""

    def count(names: Names) -> Any:
        first, second = left(names), right(names)
        if plain:
            first, second = number(first), number(second)
        try:
            return bounded(do(first, second))
        except (TypeError, ArithmeticError):
            raise NoValueError("types") from None

    return count


def joined(left: Node, right: Node) -> Node:
    return lambda names: bounded(f"{_shown(left(names))}{_shown(right(names))}")


def _shown(value: Any) -> str:
    return "" if value is UNDEFINED else str(value)


def contained(left: Node, right: Node, negated: bool) -> Node:
    def look(names: Names) -> bool:
        wanted, held = left(names), right(names)
        if isinstance(held, str) and not isinstance(wanted, str):
            raise NoValueError("types")
        return isinstance(held, str | list | dict) and (key_of(wanted) in held) is not negated

    return look


def item(node: Node, key: Node) -> Node:
    def look(names: Names) -> Any:
        held, wanted = node(names), key(names)
        if isinstance(held, dict):
            return held.get(key_of(wanted), UNDEFINED)
        if isinstance(held, list | str) and isinstance(wanted, int) and -len(held) <= wanted < len(held):
            return held[wanted]
        return UNDEFINED

    return look


def key_of(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) or value is UNDEFINED else str(type(value))


def applied(do: Callable[..., Any], node: Node, arguments: list[Node]) -> Node:
    def apply(names: Names) -> Any:
        try:
            return bounded(do(node(names), *(one(names) for one in arguments)))
        except NoValueError:
            raise
        except (TypeError, ValueError, ArithmeticError, AttributeError, IndexError, RecursionError):
            raise NoValueError("filter") from None

    return apply
