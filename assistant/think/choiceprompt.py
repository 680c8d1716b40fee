"""What the local talker is told when it may choose tools: a fixed prefix for each small set of them.

prefix (same bytes for every wish, kept on disk)         | what changes
system: the task + tools, examples made of the tools     | last exchange | names of the home that fit + the wish
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from assistant.think.prompt import Prefix
from assistant.think.shape import call_name, shape, stems, words_of
from assistant.types import JsonDict, ToolSpec

MAX_CALLS = 3
"""Calls that one wish may become."""
MAX_NAMES = 16
"""Names of the home that are read out to the model for one wish: the rest cannot be meant by its words."""
MAX_STATIC_CHOICES = 8

_SYSTEM = """\
You are the switchboard of a voice assistant at home. You get what a person said, and answer with nothing but a JSON \
list of calls of these tools:
{tools}
Call a tool only if the person wants exactly what it does, now. Copy names, times and words as they were said. Leave \
out what was not said. If no tool does it, or if the person only tells or asks something, answer []."""

_NOTHING = (
    "It took me ages to find a parking space.",
    "Order a pizza for me, please.",
    "I love rainy days.",
)
_SUCH_AS = re.compile(r"such as '?([^;,']+?)'?(?: or [^;]+)?(?:;.*)?$")


def choice_prefix(tools: Sequence[ToolSpec]) -> Prefix:
    """The fixed part of the prompt for these tools; the same tools give the same bytes, whatever a home holds."""
    shapes = [choice_shape(tool) for tool in tools]
    messages = [("system", _SYSTEM.format(tools="\n".join(map(_signature, shapes))))]
    examples = [_example(tool, shape_) for tool, shape_ in zip(tools, shapes, strict=True)]
    asked = list(_NOTHING)
    for number, (wish, call) in enumerate(examples):
        messages += [("user", wish), ("assistant", _written([call]))]
        if number % 2 == 0 and asked:
            messages += [("user", asked.pop(0)), ("assistant", "[]")]
    if len(examples) > 1:
        (one, first), (other, second) = examples[0], examples[1]
        both = f"{one.rstrip('.')} and {other[:1].lower()}{other[1:]}"
        messages += [("user", both), ("assistant", _written([first, second]))]
    return Prefix(messages=tuple(messages), tools=tuple(tools))


def choice_shape(tool: ToolSpec) -> JsonDict:
    """The tool as the model chooses it: as the tool caller is shown it, without names that change by themselves."""
    shaped = shape(tool)
    properties: JsonDict = {}
    for name, schema in shaped["parameters"]["properties"].items():
        live = "also" in tool.parameters.get("properties", {}).get(name, {})
        properties[name] = {key: value for key, value in schema.items() if key != "enum" or not live}
    return {**shaped, "parameters": {**shaped["parameters"], "properties": properties}}


def choice_schema(tools: Sequence[ToolSpec], text: str) -> list[JsonDict]:
    """The tools with the names that these words may mean, for the grammar of the answer.

    A tool that needs a name, and for which the words hold none, is left out.
    """
    found = []
    for tool in tools:
        shaped = choice_shape(tool)
        properties, required = shaped["parameters"]["properties"], shaped["parameters"].get("required", [])
        for name, schema in list(properties.items()):
            names = live_names(tool, name)
            if names is None:
                continue
            if fitting := names_for(names, text):
                properties[name] = {**schema, "enum": fitting}
            elif name in required:
                break
            else:
                del properties[name]
        else:
            found.append(shaped)
    return found


def names_line(tools: Sequence[ToolSpec], text: str) -> str:
    """The names that may be meant, as they stand before the person's words; empty where there are none."""
    names = [
        name
        for tool in tools
        for parameter in tool.parameters.get("properties", {})
        for name in names_for(live_names(tool, parameter) or (), text)
    ]
    kept = list(dict.fromkeys(names))[:MAX_NAMES]
    return f"(Names: {'; '.join(kept)})\n" if kept else ""


def live_names(tool: ToolSpec, parameter: str) -> Sequence[str] | None:
    """The names that a parameter may have now; None where it takes no such names."""
    schema = tool.parameters.get("properties", {}).get(parameter, {})
    return [str(name) for name in schema.get("enum", ())] if "also" in schema else None


def names_for(names: Sequence[str], text: str) -> list[str]:
    """The names that share words with a text, those that share most of their own first."""
    said = stems(words_of(text))
    scored = []
    for name in names:
        own = stems(words_of(name))
        common = len(own & said)
        if common:
            scored.append((-common / len(own), -common, name))
    return [name for *_, name in sorted(scored)[:MAX_NAMES]]


def _signature(shaped: JsonDict) -> str:
    """One line a tool: a JSON schema says the same in five times the tokens."""
    required = shaped["parameters"].get("required", [])
    slots = []
    for name, schema in shaped["parameters"]["properties"].items():
        choices = schema.get("enum", ())[:MAX_STATIC_CHOICES]
        kind = "|".join(map(str, choices)) or schema.get("type", "string")
        slots.append(f"{name}{'' if name in required else '?'}: {kind}")
    return f"{shaped['name']}({', '.join(slots)}): {shaped['description']}"


def _example(tool: ToolSpec, shaped: JsonDict) -> tuple[str, JsonDict]:
    """A tool's own description, said as a wish with values, and its call: shows how values are copied."""
    wish = re.split(r"[.:;]", tool.description)[0].strip()
    arguments: JsonDict = {}
    for name, value in _values(shaped):
        arguments[name] = value
        wish += f", {value}"
    return f"{wish}.", {"name": call_name(tool.name), "arguments": arguments}


def _values(shaped: JsonDict) -> Iterator[tuple[str, object]]:
    """Values for what a tool needs, and for the first thing that it may be given."""
    properties: Mapping[str, JsonDict] = shaped["parameters"]["properties"]
    needed = shaped["parameters"].get("required", []) or list(properties)[:1]
    for name in needed:
        schema = properties[name]
        example = _SUCH_AS.search(str(schema.get("description", "")))
        if schema.get("enum"):
            yield name, schema["enum"][0]
        elif schema.get("type") in ("number", "integer"):
            yield name, 7
        else:
            yield name, example[1] if example else "the lamp"


def _written(calls: Sequence[JsonDict]) -> str:
    return json.dumps(list(calls), ensure_ascii=False)
