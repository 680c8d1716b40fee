"""The tools of all skills in small sets, and the sets that a sentence may be about: pure, and well under 2 ms.

skills -> tool_sets() -> sets of at most 10 tools, each of one domain
sentence -> Retrieval.rank() -> the sets that share words or kinds of values with it, the likeliest first
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.think.said import masked
from assistant.think.shape import needs_duration, stems, words_of
from assistant.types import ToolSpec

MAX_TOOLS = 10
"""In one set. Ten tools are about 650 tokens: a second to prepare, and the model still tells them apart."""

SMALL_SKILL = 3
"""Skills with no more tools than this share a set: every warm set costs 55 MB."""

_SLOT = re.compile(r"\{(\w+)(?::\w+)?\}")
_SLOT_WEIGHT = 0.5
"""A kind of value ("a time of day") says less than a word: many skills take one."""
_NAMED_WEIGHT = 2.0
_NEEDED = 1.0
"""For a span of time, where the tool is about one: "the eggs need seven minutes" is for a timer."""
_LONG = 0.3
"""How much less a word says where a tool knows many of them, as in BM25: small talk knows 160, a timer 30. Of 91 own
sentences 74 found their set among the first two, without it 72; from 0.5 on fewer than that."""
_NEAR = 0.6
"""A set that scores this share of the best one may be meant as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSet:
    """Tools that are offered together. `name` is made of the skills' ids, and unique."""

    name: str
    tools: tuple[ToolSpec, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A set that a sentence may be about; a higher `score` is likelier."""

    name: str
    score: float


def tool_sets(tools: Sequence[ToolSpec]) -> list[ToolSet]:
    """The tools by skill; small skills together, a large one in parts; those with arguments first.

    What takes no arguments and changes something is left out: the grammar knows "cancel all timers" in every wording
    that matters, and beside it the model took "get rid of the egg timer" for all timers.
    """
    skills: dict[str, list[ToolSpec]] = {}
    for tool in tools:
        if tool.parameters.get("properties") or tool.effect == "read":
            skills.setdefault(tool.skill, []).append(tool)
    sets: list[ToolSet] = []
    small: list[ToolSpec] = []
    for skill, own in sorted(skills.items()):
        own.sort(key=lambda tool: not tool.parameters.get("properties"))
        if len(own) <= SMALL_SKILL:
            small += own
            continue
        parts = [own[start : start + MAX_TOOLS] for start in range(0, len(own), MAX_TOOLS)]
        sets += [
            ToolSet(name=f"{skill} {number}" if number else skill, tools=tuple(part))
            for number, part in enumerate(parts)
        ]
    while small:
        part, small = small[:MAX_TOOLS], small[MAX_TOOLS:]
        name = " ".join(dict.fromkeys(tool.skill for tool in part))
        while any(name == other.name for other in sets):
            name += "+"
        sets.append(ToolSet(name=name, tools=tuple(part)))
    return sets


class Retrieval:
    """Ranks sets by the words and the kinds of values that a sentence shares with what is known of their tools.

    A word counts the more the fewer sets know it, and more where it names a tool; words that are in any sentence count
    nothing.
    """

    def __init__(self, sets: Iterable[ToolSet]) -> None:
        self._known = [
            (each.name, tool, known_words(tool), stems(words_of(tool.name.replace("_", " "))))
            for each in sets
            for tool in each.tools
        ]
        places: dict[str, set[str]] = {}
        for name, _, known, _ in self._known:
            for word in known:
                places.setdefault(word, set()).add(name)
        total = len({name for name, *_ in self._known})
        usual = sum(len(known) for _, _, known, _ in self._known) / max(len(self._known), 1)
        self._lengths = [
            1 - _LONG + _LONG * max(1.0, len(known) / usual) if usual else 1.0 for _, _, known, _ in self._known
        ]
        self._weights = {
            word: math.log(1 + (total - len(names) + 0.5) / (len(names) + 0.5)) for word, names in places.items()
        }

    def rank(self, text: str, *, question: bool, near: float = _NEAR) -> list[Ranked]:
        """The sets that may be meant, the likeliest first; none where no word of the sentence leads to a tool.

        A `question` is only for tools that read. One that scores the share `near` of the best may be meant as well.
        """
        words, kinds = heard_words(text), heard_kinds(text)
        best: dict[str, float] = {}
        for (name, tool, known, named), length in zip(self._known, self._lengths, strict=True):
            if question and tool.effect != "read":
                continue
            said, valued = words & known, kinds & known
            if not said and not valued:
                continue
            score = sum(self._weights[word] * (_NAMED_WEIGHT if word in named else 1 / length) for word in said)
            score += _SLOT_WEIGHT * sum(self._weights[kind] for kind in valued)
            score += _NEEDED if "{duration}" in valued and needs_duration(tool) else 0.0
            best[name] = max(best.get(name, 0.0), score)
        ranked = sorted((Ranked(name=name, score=score) for name, score in best.items()), key=lambda r: -r.score)
        return [each for each in ranked if each.score >= near * ranked[0].score]


def known_words(tool: ToolSpec) -> frozenset[str]:
    """Word stems of a tool's name, description, choices and sentences, and the kinds of values that it takes."""
    texts = [tool.name.replace("_", " "), masked(tool.description)]
    texts += [text if "{" in text else masked(text) for text in tool.sentences]
    for schema in tool.parameters.get("properties", {}).values():
        texts += map(str, schema.get("enum", ()))
    return frozenset(word for text in texts for word in _features(text))


def heard_words(text: str) -> frozenset[str]:
    """Word stems of a sentence that say something; of "five minutes ago" only "ago"."""
    return frozenset(word for word in _features(masked(text)) if word[0] != "{")


def heard_kinds(text: str) -> frozenset[str]:
    """The kinds of values in a sentence, as `known_words` names them."""
    return frozenset(word for word in _features(masked(text)) if word[0] == "{")


def _features(text: str) -> frozenset[str]:
    """Word stems of a template or a masked sentence, and its slots without the parameters that they fill."""
    kinds = {f"{{{kind}}}" for kind in _SLOT.findall(text)}
    return stems(words_of(_SLOT.sub(" ", text))) | kinds
