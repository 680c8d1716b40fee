"""Sentences of a template: every option once at least, with real words in the slots, and the arguments they mean.

The syntax is that of the fast path: `(a|b)` one of, `[a]` optional, `(a;b)` in any order, `{slot:parameter}`.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from assistant.think.fastpath import Template
from assistant.think.normalize import spell
from assistant.think.slots import TYPED, Phrases, told
from assistant.types import JsonDict, ToolSpec

MAX_SAMPLES = 16
MIN_SAMPLES = 4

VALUES: dict[str, Sequence[str]] = {
    "number": ("three", "twenty five", "7", "100"),
    "duration": ("ten minutes", "two hours", "90 seconds", "an hour and a half"),
    "expression": ("twelve times eight", "15 percent of 80"),
    "name": ("pasta", "front door", "oat milk"),
    "rest": ("call the bank and wash the car", "buy bread and milk"),
    "text": ("call the bank", "wash the car", "buy bread"),
    "words": ("oat milk", "milk, eggs and bread", "the plumber comes on friday"),
    "time": ("half past seven", "7:30 pm", "noon"),
    "date": ("tomorrow", "on friday"),
    "repeat": ("every weekday", "every monday"),
}
"""What people say for the slots that every skill may use."""


class TemplateError(ValueError):
    """A template is not well formed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A sentence that a template makes, and the arguments that its values stand for."""

    text: str
    arguments: JsonDict
    template: Template


@dataclass(frozen=True, slots=True, eq=False)
class _Words:
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class _Slot:
    kind: str
    parameter: str


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """`how` is one of "either", "all" (in order), "any order"."""

    how: str
    items: tuple[_Words | _Slot | _Group, ...]


_Node = _Words | _Slot | _Group
_CLOSING = {"(": ")", "[": "]"}


def parse(text: str) -> _Group:
    """Raises: TemplateError."""
    node, end = _group(text, 0, "")
    if end != len(text):
        raise TemplateError(f"There is a '{text[end]}' too many in '{text}'.")
    return node


def _group(text: str, place: int, closing: str) -> tuple[_Group, int]:
    options: list[_Group] = []
    items: list[_Node] = []
    how = "either"
    while place < len(text) and text[place] not in ")]":
        sign = text[place]
        if sign in "|;":
            how = "any order" if sign == ";" else how
            options.append(_Group("all", tuple(items)))
            items, place = [], place + 1
        elif sign in _CLOSING:
            inner, place = _group(text, place + 1, _CLOSING[sign])
            empty: tuple[_Node, ...] = (_Words(""),) if sign == "[" else ()
            items.append(_Group("either", (*empty, inner)) if inner.how != "either" else _with(inner, empty))
            place += 1
        elif sign == "{":
            end = text.find("}", place)
            if end < 0:
                raise TemplateError(f"A slot is not closed in '{text}'.")
            kind, _, parameter = text[place + 1 : end].partition(":")
            items.append(_Slot(kind, parameter or kind))
            place = end + 1
        else:
            end = next((at for at in range(place, len(text)) if text[at] in "|;()[]{"), len(text))
            items.append(_Words(text[place:end]))
            place = end
    if (text[place] if place < len(text) else "") != closing:
        raise TemplateError(f"A bracket is not closed in '{text}'.")
    options.append(_Group("all", tuple(items)))
    return (options[0] if len(options) == 1 else _Group(how, tuple(options))), place


def _with(group: _Group, empty: tuple[_Node, ...]) -> _Group:
    return _Group("either", (*empty, *group.items))


@dataclass(slots=True)
class _Walk:
    """One template's samples; of several options the least used is taken, so all are met soon."""

    template: Template
    spec: ToolSpec
    rng: random.Random
    used: dict[tuple[int, int], int] = field(default_factory=dict)
    arguments: JsonDict = field(default_factory=dict)

    def words(self, node: _Node) -> str:
        if isinstance(node, _Words):
            return node.text
        if isinstance(node, _Slot):
            return self._value(node)
        if node.how == "either":
            return self.words(node.items[self._least_used(node, len(node.items))])
        items = list(node.items)
        if node.how == "any order":
            self.rng.shuffle(items)
            return " ".join(self.words(item) for item in items)
        return "".join(self.words(item) for item in items)

    def _least_used(self, node: _Node, count: int) -> int:
        uses = [self.used.get((id(node), place), 0) for place in range(count)]
        place = self.rng.choice([place for place in range(count) if uses[place] == min(uses)])
        self.used[id(node), place] = uses[place] + 1
        return place

    def _value(self, slot: _Slot) -> str:
        """Words for a slot; what they mean, said alone, goes into the arguments."""
        if (phrases := self.template.lists.get(slot.kind)) is not None:
            values, reader = list(phrases), Phrases(phrases).find
        elif slot.kind in TYPED:
            values, reader = list(VALUES[slot.kind]), TYPED[slot.kind].find
        else:
            raise TemplateError(f"There is no slot '{slot.kind}'.")
        if not values:
            raise TemplateError(f"The list '{slot.kind}' is empty.")
        said = values[self._least_used(slot, len(values))]
        plain = spell(said)
        whole = [arguments for end, arguments in reader(plain, 0, slot.parameter) if end == len(plain)]
        if not whole:
            raise TemplateError(f"The phrase '{said}' of the list '{slot.kind}' can never be heard in these words.")
        self.arguments |= told(whole[0], said)
        return said


def samples(template: Template, spec: ToolSpec, at_most: int = MAX_SAMPLES) -> Iterator[Sample]:
    """Different sentences of a template, always the same ones. Raises: TemplateError."""
    tree = parse(template.text)
    walk = _Walk(template, spec, random.Random(template.text))
    seen: set[str] = set()
    for _ in range(max(MIN_SAMPLES, min(at_most, 2 * _widest(tree)))):
        walk.arguments = {}
        text = " ".join(walk.words(tree).split())
        if text and text not in seen:
            seen.add(text)
            yield Sample(text=text, arguments=dict(walk.arguments), template=template)


def _widest(node: _Node) -> int:
    if not isinstance(node, _Group):
        return 1
    own = len(node.items) if node.how == "either" else 1
    return max([own, *(_widest(item) for item in node.items)])
