"""Commands that were heard in other words: a second look of the grammar, and what was meant by several hearings.

What is sensitive is never done by a likeness: it is asked about, in words that name it (`think/confirm.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from assistant.think.caller import is_forbidden, is_question
from assistant.think.contrary import opposed
from assistant.think.fastpath import Grammar, Near, Topic
from assistant.think.homophones import certain, readings
from assistant.think.normalize import normalize, spell
from assistant.think.sounds import difference
from assistant.types import Completeness, ToolCall, ToolSpec, Transcript

MEANT = 0.1
"""Share of the sounds of a reading in which a sentence of the grammar may differ, and still be what was said."""
FIRST = 0.5
"""The same against the words that were heard first, without a hint: a hint may put words into any mouth."""
_TURNING = frozenset(["not", "never", "no", "without", "except", "but", "if", "unless", "until", "instead"])
LESS_LIKELY = 0.1
"""What a reading counts as further away for each nat a token that it is less likely than the best one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One sound: the words `first` heard in it, the skill that they speak of, and `readings` with a hint of that."""

    first: str
    skill: str
    readings: Sequence[Transcript]


def meant(heard: Heard, grammar: Grammar, specs: Mapping[str, ToolSpec]) -> str | None:
    """The sentence of the skill that is nearest to what was heard; none where none is near.

    One that is sensitive is told too: its tool asks before it does anything, and says what it would do.
    """
    costs: dict[str, float] = {}
    likeliest = max((reading.avg_logprob for reading in heard.readings), default=0.0)
    texts = {heard.first: 0.0}
    for reading in heard.readings:
        texts.setdefault(normalize(reading.text), LESS_LIKELY * (likeliest - reading.avg_logprob))
    for text, less in texts.items():
        for found in grammar.near(text, skill=heard.skill, within=MEANT):
            costs[found.text] = min(costs.get(found.text, 1.0), found.distance + less)
    for text in sorted(costs, key=lambda text: (costs[text], text)):
        if costs[text] > MEANT:
            break
        calls = grammar.match(text)
        if calls and difference(normalize(heard.first), text) <= FIRST:
            return text if _may_mean(heard.first, text, calls, specs) else None
    return None


def _may_mean(first: str, text: str, calls: Sequence[ToolCall], specs: Mapping[str, ToolSpec]) -> bool:
    """A word that turns the sense must not get lost nor come in, and what asks or forbids changes nothing."""
    if any(call.tool not in specs for call in calls):
        return False
    turned = _TURNING & set(spell(first).split()) - set(text.split())
    reads = all(specs[call.tool].effect == "read" for call in calls)
    return not (turned or opposed(first, text)) and (reads or not (is_question(first) or is_forbidden(first)))


def is_harmless(calls: Sequence[ToolCall], specs: Mapping[str, ToolSpec]) -> bool:
    """May these be made although the words were not quite those that were heard?"""
    return all(call.tool in specs and specs[call.tool].effect != "sensitive" for call in calls)


def _only_asks(calls: Sequence[ToolCall], specs: Mapping[str, ToolSpec]) -> bool:
    """Is it one sensitive call, and nothing beside it? Then the words lead to its question alone."""
    return [specs[call.tool].effect for call in calls if call.tool in specs] == ["sensitive"] and len(calls) == 1


class SecondLook:
    """A grammar that looks again at what it did not understand. `specs()` are the tools by name, as they are now.

    What is spelled otherwise and sounds the same is understood, and so are small words that were taken for others
    (`think/homophones.py`); what sounds nearly the same is told by `near` alone. Of what is sensitive only another
    spelling of the whole sentence is understood, since that is asked about in any case.
    """

    def __init__(self, grammar: Grammar, specs: Callable[[], Mapping[str, ToolSpec]]) -> None:
        self._grammar, self._specs = grammar, specs

    def match(self, text: str) -> tuple[ToolCall, ...] | None:
        """See `Grammar`."""
        text = certain(text)
        return self._grammar.match(text) or self._again(text)

    def is_complete(self, text: str) -> Completeness:
        """See `Grammar`."""
        text = certain(text)
        first = self._grammar.is_complete(text)
        return "complete" if first == "unknown" and self._again(text) else first

    def near(self, text: str, *, skill: str = "", within: float = 0.0) -> Sequence[Near]:
        """See `Grammar`."""
        return self._grammar.near(text, skill=skill, within=within)

    def topic(self, text: str) -> Topic | None:
        """See `Grammar`."""
        return self._grammar.topic(text)

    def _again(self, text: str) -> tuple[ToolCall, ...] | None:
        specs = self._specs()
        for other in readings(text):
            if (calls := self._grammar.match(other)) and is_harmless(calls, specs):
                return calls
        same = self._grammar.near(text)
        calls = self._grammar.match(same[0].text) if same else None
        return calls if calls and (is_harmless(calls, specs) or _only_asks(calls, specs)) else None
