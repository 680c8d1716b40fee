"""The grammars of the languages as one: what is written in Hangul is read by the Korean one, the rest by English."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assistant.language import is_korean
from assistant.think.fastpath import Grammar, Near, Topic
from assistant.types import Completeness, ToolCall


class Grammars:
    """`assistant.think.fastpath.Grammar`; `korean` compiles the other grammar, when it is first needed."""

    def __init__(self, english: Grammar, korean: Callable[[], Grammar]) -> None:
        self._english, self._compile = english, korean
        self._korean: Grammar | None = None

    def prepare(self) -> Grammar:
        """Compile the Korean grammar now (some tenths of a second)."""
        if self._korean is None:
            self._korean = self._compile()
        return self._korean

    def match(self, text: str) -> tuple[ToolCall, ...] | None:
        """See `Grammar`."""
        return self._of(text).match(text)

    def is_complete(self, text: str) -> Completeness:
        """See `Grammar`."""
        return self._of(text).is_complete(text)

    def near(self, text: str, *, skill: str = "", within: float = 0.0) -> Sequence[Near]:
        """See `Grammar`. What is near is judged by the sounds of English, so of Korean nothing is."""
        return () if is_korean(text) else self._english.near(text, skill=skill, within=within)

    def topic(self, text: str) -> Topic | None:
        """See `Grammar`."""
        return None if is_korean(text) else self._english.topic(text)

    def _of(self, text: str) -> Grammar:
        return self.prepare() if is_korean(text) else self._english
