"""From a tool's signature, type hints and docstring to the JSON schema that the understanding sees."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from assistant.errors import SkillLoadError
from assistant.types import Effect, JsonDict, ToolSpec

_JSON_TYPES = {int: "integer", float: "number", str: "string", bool: "boolean"}


def tool_spec(name: str, function: Callable[..., Any], effect: Effect) -> ToolSpec:
    """Describe a tool; `name` is `skill.function`.

    Raises:
        SkillLoadError: no docstring, not async, or a parameter whose type has no place in the schema.
    """
    summary = inspect.getdoc(function)
    if not summary:
        raise SkillLoadError(f"The tool {name} has no docstring.")
    if not inspect.iscoroutinefunction(function):
        raise SkillLoadError(f"The tool {name} must be an async function.")
    hints = get_type_hints(function, include_extras=True)
    properties: JsonDict = {}
    required: list[str] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name == "self":
            continue
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise SkillLoadError(f"The tool {name} may not take *args or **kwargs.")
        properties[parameter.name] = _schema(name, parameter.name, hints.get(parameter.name))
        if parameter.default is parameter.empty:
            required.append(parameter.name)
    parameters = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return ToolSpec(name=name, description=" ".join(summary.split()), parameters=parameters, effect=effect)


def _schema(tool: str, parameter: str, hint: Any) -> JsonDict:
    if get_origin(hint) is Annotated:
        inner, *notes = get_args(hint)
        return _schema(tool, parameter, inner) | {"description": next(note for note in notes if isinstance(note, str))}
    if get_origin(hint) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not type(None)]
        if len(kinds) == 1:
            return _schema(tool, parameter, kinds[0]) | {"nullable": True}
    if get_origin(hint) is Literal and all(isinstance(value, str) for value in get_args(hint)):
        return {"type": "string", "enum": list(get_args(hint))}
    if hint in _JSON_TYPES:
        return {"type": _JSON_TYPES[hint]}
    raise SkillLoadError(f"The parameter {parameter} of {tool} must be int, float, str, bool, Literal or Optional.")
