"""A skill in another language than English: `locale/LANGUAGE.toml`, its texts, and `LANGUAGE.sentences.toml`.

summary = "..."                 what `skill.toml` says of it, in that language
examples = ["..."]
[rules]                         parts of templates, used as <name>
[lists.level]                   phrase = value, beside those of the tool
[set]                           for each function: fast, unfinished, after, never, and asks for a sensitive one
fast = ["{duration} 타이머 <set>"]
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.errors import SkillLoadError
from assistant.korean.hangul import with_particles
from assistant.korean.rules import RULES
from assistant.language import LANGUAGES, Language, speaking
from assistant.skill import ToolMark
from assistant.skillhost.manifest import Manifest, read_texts

MAX_CHARS = 200_000
MAX_DEPTH = 8
_RULE = re.compile(r"<([^<>{}\[\]()|\s]+)>")
_COMMON: Mapping[str, Mapping[str, str]] = {"ko": RULES}


class _Sentences(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    fast: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    asks: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Locale:
    """What a skill has in one language. `asks` are the questions before sensitive calls, by function."""

    language: Language
    texts: Mapping[str, str]
    summary: str = ""
    examples: tuple[str, ...] = ()
    lists: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    sentences: Mapping[str, _Sentences] = field(default_factory=dict)

    @property
    def asks(self) -> Mapping[str, str]:
        return {name: one.asks for name, one in self.sentences.items() if one.asks}

    def mark(self, function: str, mark: ToolMark) -> ToolMark:
        """The mark of a tool with the templates of this language in place of the English ones."""
        own = self.sentences.get(function, _Sentences())
        return replace(
            mark, fast=own.fast, unfinished=own.unfinished, after=own.after, never=own.never, llm=(),
            lists={**mark.lists, **self.lists},
        )  # fmt: skip


def read_locales(folder: Traversable | Path, manifest: Manifest) -> tuple[Locale, ...]:
    """The languages beside English that a skill has sentences in. Raises: SkillLoadError: one cannot be read."""
    return tuple(
        _read(folder, language) for language in LANGUAGES if language != "en" and language in manifest.languages
    )


def _read(folder: Traversable | Path, language: Language) -> Locale:
    texts = read_texts(folder, language)
    name = f"locale/{language}.sentences.toml"
    try:
        text = folder.joinpath("locale", f"{language}.sentences.toml").read_text(encoding="utf-8")
        found: dict[str, Any] = tomllib.loads(text[:MAX_CHARS])
    except (OSError, UnicodeDecodeError):
        return Locale(language=language, texts=texts)
    except tomllib.TOMLDecodeError as error:
        raise SkillLoadError(f"Its {name} cannot be read: {error}.") from None
    rules = {**_COMMON.get(language, {}), **found.pop("rules", {})}
    lists = found.pop("lists", {})
    summary, examples = found.pop("summary", ""), tuple(found.pop("examples", ()))
    try:
        sentences = {function: _Sentences.model_validate(one) for function, one in found.items()}
    except ValidationError as error:
        raise SkillLoadError(f"Its {name} does not fit: {error.errors()[0]['msg']}.") from None
    opened = {function: _opened(one, rules, name) for function, one in sentences.items()}
    return Locale(
        language=language, texts=texts, summary=summary, examples=examples, lists=lists, sentences=opened
    )  # fmt: skip


def _opened(one: _Sentences, rules: Mapping[str, str], name: str) -> _Sentences:
    def opened(texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(open_rules(text, rules, name) for text in texts)

    return one.model_copy(
        update={"fast": opened(one.fast), "unfinished": opened(one.unfinished), "after": opened(one.after)}
    )


def open_rules(text: str, rules: Mapping[str, str], where: str) -> str:
    """A template with its `<rules>` written out. Raises: SkillLoadError: one is unknown, or they never end."""

    def rule(found: re.Match[str]) -> str:
        if found[1] not in rules:
            raise SkillLoadError(f"The template '{text}' in its {where} uses an unknown rule <{found[1]}>.")
        return rules[found[1]]

    opened = text
    for _ in range(MAX_DEPTH):
        if _RULE.search(opened) is None:
            return opened
        opened = _RULE.sub(rule, opened)
    raise SkillLoadError(f"The rules of the template '{text}' in its {where} never end.")


class Texts(Mapping[str, str]):
    """The texts of a skill in the language that is spoken where they are asked for; English where that has none."""

    def __init__(self, english: Mapping[str, str], others: Mapping[Language, Mapping[str, str]]) -> None:
        self._english, self._others = english, others

    def __getitem__(self, key: str) -> str:
        own = self._others.get(speaking(), self._english)
        return own[key] if key in own else self._english[key]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._english, **self._others.get(speaking(), {})})

    def __len__(self) -> int:
        return len({**self._english, **self._others.get(speaking(), {})})


def asked(template: str, arguments: Mapping[str, object]) -> str:
    """The question before a sensitive call, with its real arguments."""
    return with_particles(template.format_map({name: str(value) for name, value in arguments.items()}))
