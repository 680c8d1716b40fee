"""A skill made of a schema of spoken commands, as a real package on disk: intents become tools, slots closed lists.

The schema is YAML as Picovoice's speech-to-intent contexts have it: `[a, b]` is one of these, `(a)` may be left out,
`$kind:name` is a slot.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.bench.homes import read_yaml
from assistant.errors import UsageError
from assistant.think.normalize import normalize

PREFIX = "bench_spoken_"
_SLOT = re.compile(r"\$([\w.]+):(\w+)")
_GROUP = re.compile(r"\[([^\[\]()]*)\]|\(([^\[\]()]*)\)")
_NUMBERS = re.compile(r"pv\.\w*(?:Integer|Percent|Number)\w*")
_TYPES = {"number": "float = 0"}
_WORD = "str = ''"
_MARKS = str.maketrans({"\x01": "(", "\x02": ")", "\x03": "[", "\x04": "]"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """Templates by intent, and the phrases of each kind of slot."""

    name: str
    intents: Mapping[str, Sequence[str]]
    lists: Mapping[str, Sequence[str]]


def read_schema(file: Path, name: str) -> Schema:
    """Raises: UsageError: it cannot be read, or is none."""
    try:
        context = read_yaml(file)["context"]
        intents = {str(intent): [template(one) for one in texts] for intent, texts in context["expressions"].items()}
        lists = {str(kind): [str(phrase) for phrase in phrases] for kind, phrases in context.get("slots", {}).items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"The schema {file} cannot be read: {error}.") from None
    return Schema(name=name, intents=intents, lists=lists)


def template(expression: str) -> str:
    """An expression of the schema as a template; its words as they are after politeness is gone from a sentence."""
    text = _SLOT.sub(
        lambda found: f"{{{'number' if _NUMBERS.fullmatch(found[1]) else found[1]}:{found[2]}}}", expression
    )
    while found := _GROUP.search(text):
        options = [_heard(option.strip()) for option in (found[1] or found[2] or "").split(",")]
        opened, closed = ("\x01", "\x02") if found[1] is not None else ("\x03", "\x04")
        text = text[: found.start()] + opened + "|".join(options) + closed + text[found.end() :]
    return text.translate(_MARKS)


def _heard(option: str) -> str:
    """Words of their own without politeness; what holds groups already stays as it is."""
    return option if any(mark in option for mark in "\x01\x03{") else normalize(option) or option


def write_skill(schema: Schema, folder: Path) -> Callable[[], Any]:
    """Write the package and return what loads its class."""
    module = f"{PREFIX}{schema.name}"
    package = folder / module
    (package / "locale").mkdir(parents=True)
    (package / "locale" / "en.toml").write_text('done = "Done."\n', encoding="utf-8")
    (package / "skill.toml").write_text(
        f'id = "{schema.name}"\nversion = "1.0.0"\napi = 1\nlanguages = ["en"]\nsummary = "take spoken commands"\n'
        'examples = ["Whatever the schema says."]\n',
        encoding="utf-8",
    )
    (package / "__init__.py").write_text("\n".join(_code(schema)), encoding="utf-8")

    def load() -> Any:
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
        sys.modules.pop(module, None)
        importlib.invalidate_caches()
        return importlib.import_module(module).Spoken

    return load


def _code(schema: Schema) -> Iterator[str]:
    lists = {kind: {phrase: phrase for phrase in phrases} for kind, phrases in schema.lists.items()}
    yield "from assistant.skill import Reply, Skill, tool\n"
    yield f"LISTS = {lists!r}\n\n"
    yield "class Spoken(Skill):"
    for intent, templates in schema.intents.items():
        names = dict.fromkeys(name for text in templates for _, name in re.findall(r"\{(\w+):(\w+)\}", text))
        numbers = {
            name for text in templates for kind, name in re.findall(r"\{(\w+):(\w+)\}", text) if kind == "number"
        }
        parameters = "".join(f", {name}: {'float = 0' if name in numbers else 'str = ' + repr('')}" for name in names)
        yield f"    @tool(fast={list(templates)!r}, lists=LISTS, effect='change')"
        yield f"    async def {intent}(self{parameters}) -> Reply:"
        yield f'        """Do {intent}."""'
        yield "        return self.reply('done')\n"
