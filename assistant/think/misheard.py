"""Commands whose small words the recogniser took for others of the same sound: a second look of the grammar.

Each rule needs the words beside it, so that hardly any other sentence changes; nothing sensitive is reached so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from assistant.think.fastpath import Grammar
from assistant.think.normalize import spell
from assistant.types import Completeness, ToolCall, ToolSpec

_HOUR = (
    r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half past|(?:a )?quarter|noon|midnight)"
)
_RULES = (
    (re.compile(r"\bwait (?=(?:me|us)\b)"), "wake "),
    (re.compile(rf"\bthat (?={_HOUR}\b)"), "at "),
)
"""Only what was seen: whisper-base hears our voice say "Wait me that 7" for "wake me at seven". Words given to it as a
hint did not help, and a bare list of them lost half of the sentence.
"""


def reheard(text: str) -> str:
    """The text with the words that were probably said; the same, spelled, where no rule fits."""
    spelled = spell(text)
    for pattern, said in _RULES:
        spelled = pattern.sub(said, spelled)
    return spelled


class SecondLook:
    """A grammar that looks again at what it did not understand. `specs()` are the tools by name, as they are now."""

    def __init__(self, grammar: Grammar, specs: Callable[[], Mapping[str, ToolSpec]]) -> None:
        self._grammar, self._specs = grammar, specs

    def match(self, text: str) -> tuple[ToolCall, ...] | None:
        """See `Grammar`."""
        return self._grammar.match(text) or self._again(text)

    def is_complete(self, text: str) -> Completeness:
        """See `Grammar`."""
        first = self._grammar.is_complete(text)
        return "complete" if first == "unknown" and self._again(text) else first

    def _again(self, text: str) -> tuple[ToolCall, ...] | None:
        other = reheard(text)
        if other == spell(text):
            return None
        calls = self._grammar.match(other) or ()
        specs = self._specs()
        harmless = all(call.tool in specs and specs[call.tool].effect != "sensitive" for call in calls)
        return calls if calls and harmless else None
