"""Takes out of a text what could tell who somebody is, and puts it back into the answer before anybody hears it.

what is said  -> hide()    -> "write to [PERSON_1] at [EMAIL_1]"  -> cloud
what is heard <- restore() <- "Dear [PERSON_1], ..."              <- cloud, piece by piece
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import get_args

from assistant.think.personal import Kind, find_personal

_KINDS = "|".join(get_args(Kind))
_LOOSE = re.compile(
    rf"[\[<({{*`]*\b({_KINDS})(?:[ _-]{{0,2}}\bno\.?)?[ _-]{{0,2}}#?(\d{{1,6}})\b[\])>}}*`]*"
    rf"|[\[<({{]({_KINDS})[\])>}}]",
    re.IGNORECASE,
)
"""How a model may spell a placeholder; "person 1" in small letters without a bracket is ordinary English."""
_BRACKETED = re.compile(r"[\[<({*`_]")
_GENERIC: dict[Kind, str] = {
    "EMAIL": "that e-mail address", "LINK": "that link", "ACCOUNT": "that account", "ADDRESS": "that address",
    "DATE": "that date", "NUMBER": "that number", "PERSON": "that person", "THING": "that device",
}  # fmt: skip
"""What is said where a model made up a placeholder that stands for nothing."""
LONGEST = 24
"""Characters that a placeholder may have in the widest spelling."""


@dataclass(slots=True, kw_only=True)
class Redactor:
    """The placeholders of one conversation, in memory only. `people` and `things` give the names known now."""

    people: Callable[[], Iterable[str]] = tuple
    things: Callable[[], Iterable[str]] = tuple
    _by_value: dict[tuple[Kind, str], str] = field(default_factory=dict)
    _by_placeholder: dict[str, str] = field(default_factory=dict)

    @property
    def hidden(self) -> int:
        """How many different things have been taken out so far."""
        return len(self._by_placeholder)

    def hide(self, text: str) -> str:
        """The text with a placeholder for everything personal; the same value has the same one in a conversation."""
        text = unicodedata.normalize("NFC", text)
        text = _LOOSE.sub(lambda found: f"{found[1] or found[3]} {found[2] or ''}".strip().lower(), text)
        parts, end = [], 0
        for found in find_personal(text, [*self.people(), *self._met()], self.things()):
            parts += [text[end : found.start], self._placeholder(found.kind, text[found.start : found.end])]
            end = found.end
        return "".join([*parts, text[end:]])

    def restore(self, text: str) -> str:
        """The text with the values back; a placeholder that stands for nothing becomes a word like "that person"."""
        return _LOOSE.sub(self._value, text)

    def restorer(self) -> Restorer:
        """Restores one answer that comes piece by piece."""
        return Restorer(self)

    def _met(self) -> list[str]:
        """Names of people that came up in this conversation, and each of their words."""
        known = [self._by_placeholder[key] for (kind, _), key in self._by_value.items() if kind == "PERSON"]
        return [name for whole in known for name in (whole, *whole.split()) if len(name) > 2]

    def _placeholder(self, kind: Kind, value: str) -> str:
        key = (kind, " ".join(value.lower().split()))
        if key not in self._by_value:
            number = 1 + sum(known == kind for known, _ in self._by_value)
            self._by_value[key] = f"{kind}_{number}"
            self._by_placeholder[f"{kind}_{number}"] = self._written(kind, value)
        return f"[{self._by_value[key]}]"

    def _written(self, kind: Kind, value: str) -> str:
        """As it stands in the answer: a name that is known is written as it is known, since a long answer is read."""
        known = self.people() if kind == "PERSON" and value.islower() else ()
        return next((name for name in known if name.lower() == value), value)

    def _value(self, found: re.Match[str]) -> str:
        kind = str(found[1] or found[3]).upper()
        value = self._by_placeholder.get(f"{kind}_{int(found[2])}") if found[2] else None
        if value is not None:
            return value
        spelled = found[1] or found[3]
        ordinary = not spelled.isupper() and not _BRACKETED.search(found[0])
        return found[0] if ordinary else _GENERIC[kind]  # type: ignore[index]


@dataclass(slots=True)
class Restorer:
    """One answer on its way to the voice; holds back what may become a placeholder."""

    _redactor: Redactor
    _held: str = ""

    def feed(self, text: str) -> str:
        """What can be said now."""
        self._held += text
        cut = _safe(self._held)
        ready, self._held = self._held[:cut], self._held[cut:]
        return self._redactor.restore(ready)

    def flush(self) -> str:
        """The rest, at the end of the answer or where it broke off; half a placeholder is said as nothing."""
        rest, self._held = self._held, ""
        return _half(self._redactor.restore(rest))


_PARTS = sorted({kind[:length] for kind in get_args(Kind) for length in range(1, len(kind) + 1)}, key=len, reverse=True)
_TAIL = re.compile(
    rf"(?:[\[<({{*`]+(?:{'|'.join(_PARTS)})?|(?<!\w)(?:{'|'.join(_PARTS)})"
    rf"|[\[<({{*`]*\b(?:{_KINDS})[ _-]{{0,2}}(?:no\.?)?[ _-]{{0,2}}#?\d{{0,6}}"
    r"[\])>}*`]*)$",
    re.IGNORECASE,
)
_HALF = re.compile(rf"[\[<({{]+(?:{'|'.join(_PARTS)})?[ _-]*\d*$|\b(?:{_KINDS})_\d*$")


def _safe(text: str) -> int:
    """How many characters hold no beginning of a placeholder at their end."""
    tail = text[-LONGEST:]
    found = _TAIL.search(tail)
    return len(text) if found is None else len(text) - len(tail) + found.start()


def _half(text: str) -> str:
    """The end of an answer without the beginning of a placeholder that never came whole."""
    return _HALF.sub("", text)
