"""The filters and methods that a template of a device may use; none can fail loudly or grow without bound."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

MAX_CHARS = 10_000
MAX_NUMBER = 1e15


class _Undefined:
    """What is not there, as in Jinja: false, and empty when it is written out."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return ""


UNDEFINED = _Undefined()


def bounded(value: Any) -> Any:
    """The value, if it is of a size that a device may send. Raises: ValueError."""
    if isinstance(value, str) and len(value) > MAX_CHARS:
        raise ValueError("long")
    if isinstance(value, int | float) and not abs(value) <= MAX_NUMBER:
        raise ValueError("large")
    return value


def number(value: Any) -> int | float:
    """The value if it is a number; text is none. Raises: ValueError."""
    if not isinstance(value, int | float):
        raise ValueError("number")
    return value


_NOTHING = object()


def _float(value: Any, other: Any = _NOTHING) -> Any:
    try:
        found = float(value)
        if math.isfinite(found):
            return found
    except (TypeError, ValueError):
        pass
    if other is _NOTHING:
        raise ValueError("float")
    return other


def _int(value: Any, other: Any = _NOTHING) -> Any:
    found = _float(value, other)
    return int(found) if isinstance(found, float) else found


def _round(value: Any, places: int = 0, method: str = "common") -> Any:
    if method not in ("common", "floor", "ceil") or not 0 <= places <= 10:
        raise ValueError("round")
    value = _float(value)
    scale: int = 10**places
    found = {"common": round, "floor": math.floor, "ceil": math.ceil}[method](value * scale) / scale  # type: ignore[operator]
    return int(found) if places == 0 else found


def _default(value: Any, other: Any = "", falsy: bool = False) -> Any:
    return other if value is UNDEFINED or (falsy and not value) else value


def _is_defined(value: Any) -> Any:
    if value is UNDEFINED:
        raise ValueError("undefined")
    return value


def _text(value: Any) -> str:
    return str(value)[: MAX_CHARS + 1]


def _replaced(value: Any, old: Any, new: Any) -> str:
    text, sought, put = str(value), str(old), str(new)
    if not sought or (text.count(sought) * len(put)) > MAX_CHARS:
        raise ValueError("replace")
    return text.replace(sought, put)


def _get(value: Any, key: Any, other: Any = None) -> Any:
    if not isinstance(value, dict):
        raise ValueError("get")
    return value.get(key, other)


def _json(text: Any) -> Any:
    return json.loads(text[:MAX_CHARS]) if isinstance(text, str) else text


def _either(value: Any, yes: Any = True, no: Any = False) -> Any:
    return yes if value else no


def _bool(value: Any, other: Any = _NOTHING) -> Any:
    known = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
    found = known.get(str(value).lower(), other)
    if found is _NOTHING:
        raise ValueError("bool")
    return found


Filter = Callable[..., Any]
FILTERS: Mapping[str, Filter] = {
    "abs": lambda value: abs(number(value)),
    "add": lambda value, step: _float(value) + number(step),
    "bool": _bool,
    "capitalize": lambda value: _text(value).capitalize(),
    "d": _default,
    "default": _default,
    "first": lambda value: value[0],
    "float": _float,
    "from_json": _json,
    "iif": _either,
    "int": _int,
    "is_defined": _is_defined,
    "last": lambda value: value[-1],
    "length": len,
    "lower": lambda value: _text(value).lower(),
    "multiply": lambda value, by: _float(value) * number(by),
    "replace": _replaced,
    "round": _round,
    "string": _text,
    "title": lambda value: _text(value).title(),
    "to_json": json.dumps,
    "tojson": json.dumps,
    "trim": lambda value: _text(value).strip(),
    "upper": lambda value: _text(value).upper(),
}
METHODS: Mapping[str, Filter] = {
    "get": _get,
    "lower": lambda value: _text(value).lower(),
    "replace": _replaced,
    "split": lambda value, by=None: _text(value).split(by)[:100],
    "strip": lambda value: _text(value).strip(),
    "title": lambda value: _text(value).title(),
    "upper": lambda value: _text(value).upper(),
}
