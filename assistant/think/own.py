"""Sentences that the user made up, in front of the grammar of the skills: known whole, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from assistant.think.fastpath import Grammar, Near, Topic
from assistant.think.script import spelled
from assistant.types import Completeness, ToolCall


@dataclass(frozen=True, slots=True)
class OwnSentences:
    """`assistant.think.fastpath.Grammar` that knows `own()` first: calls by normalised sentence, as they are now."""

    grammar: Grammar
    own: Callable[[], Mapping[str, ToolCall]]

    def match(self, text: str) -> tuple[ToolCall, ...] | None:
        call = self._own(text)
        return (call,) if call is not None else self.grammar.match(text)

    def is_complete(self, text: str) -> Completeness:
        return "complete" if self._own(text) is not None else self.grammar.is_complete(text)

    def near(self, text: str, *, skill: str = "", within: float = 0.0) -> Sequence[Near]:
        return self.grammar.near(text, skill=skill, within=within)

    def topic(self, text: str) -> Topic | None:
        return self.grammar.topic(text)

    def _own(self, text: str) -> ToolCall | None:
        return own.get(spelled(text)) if (own := self.own()) else None
