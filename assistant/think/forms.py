"""What may be said, as a tree: the templates of the grammar for those who compare them with what was heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.think.slots import Slot


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Words of a template."""

    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A slot; `phrases` are those of a list, none where the slot reads by a rule."""

    slot: Slot
    phrases: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Either:
    options: tuple[Form, ...]


@dataclass(frozen=True, slots=True, eq=False)
class InOrder:
    items: tuple[Form, ...]


Form = Words | Value | Either | InOrder
"""A template as what may be said; forms that are alike are one object, so that each is looked at once."""


class Forms:
    """Makes forms, each kind once."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, ...], Form] = {}

    def words(self, text: str) -> Form:
        return self._once(("words", text), Words(text))

    def value(self, slot: Slot, phrases: Mapping[str, str] | None) -> Form:
        return self._once(("value", id(slot)), Value(slot, phrases))

    def either(self, options: Sequence[Form]) -> Form:
        kept = tuple(dict.fromkeys(options))
        return kept[0] if len(kept) == 1 else self._once(("either", *map(id, kept)), Either(kept))

    def in_order(self, items: Sequence[Form]) -> Form:
        kept = tuple(item for item in items if item != self.words(""))
        if len(kept) == 1:
            return kept[0]
        return self._once(("in order", *map(id, kept)), InOrder(kept)) if kept else self.words("")

    def _once(self, key: tuple[object, ...], form: Form) -> Form:
        return self._made.setdefault(key, form)


def parts(form: Form) -> list[Form]:
    """A form and all that it is made of, each once."""
    found: dict[Form, None] = {}
    waiting = [form]
    while waiting:
        part = waiting.pop()
        if part not in found:
            found[part] = None
            waiting += part.options if isinstance(part, Either) else part.items if isinstance(part, InOrder) else ()
    return list(found)
