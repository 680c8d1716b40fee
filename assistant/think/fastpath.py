"""The first step of understanding: exact words to exact calls, in a few milliseconds, or an honest "not mine".

text -> normalize -> stop words
                  -> one template that covers the whole text (the most specific wins)
                  -> "A and B" where both halves are covered wholly
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from assistant.korean import dialogue as korean
from assistant.korean.dialogue import StopIntent as StopIntent
from assistant.language import is_korean
from assistant.think.normalize import MAX_CHARS, normalize
from assistant.types import Completeness, JsonDict, ToolCall

TemplateKind = Literal["whole", "unfinished", "after"]

MAX_CALLS = 3
"""Commands in one sentence; more than that is no everyday sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One sentence form of a tool, in hassil's syntax.

    `kind`: "whole" is a command of its own; "unfinished" is one that mostly goes on ("set a timer"); "after" only
    follows another command and "and". `lists` names the phrases of the tool's own slots; `never` the exceptions.
    `gives_way`: of these arguments, whether a template of another tool that fits as well is meant now.
    """

    tool: str
    text: str
    kind: TemplateKind = "whole"
    lists: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    never: tuple[str, ...] = ()
    language: str = "en"
    gives_way: Callable[[JsonDict], bool] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One reading of a text. `literal` and `named` count the characters that template words and names have matched."""

    tool: str
    arguments: JsonDict
    literal: int
    named: int
    kind: TemplateKind
    gives_way: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A sentence of the grammar, and the share of the sounds of what was heard that it differs in (0: it sounds so)."""

    text: str
    distance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What a text speaks of, by a skill's words in it, and phrases that its tools take: a hint for the recogniser."""

    skill: str
    hint: str


class Grammar(Protocol):
    """Understands whole sentences by the templates of the enabled skills."""

    def match(self, text: str) -> tuple[ToolCall, ...] | None:
        """The calls that a text asks for, in order; None unless every word of it is understood."""
        ...

    def is_complete(self, text: str) -> Completeness:
        """Whether a text that may still be going on is a whole command, the start of one, or neither."""
        ...

    def near(self, text: str, *, skill: str = "", within: float = 0.0) -> Sequence[Near]:
        """The sentences of a skill (or of all) that sound most like a text, the nearest first.

        At most the share `within` of the sounds differs. Bounded in work: asked without a skill for little only.
        """
        ...

    def topic(self, text: str) -> Topic | None:
        """The skill that a text speaks of although it is no command; None where that is not clear."""
        ...


def best(matches: Iterable[Match]) -> Match | None:
    """The most specific reading: least text left to names, none that gives way, most words of the template, then a
    fixed order."""
    return min(
        matches,
        key=lambda found: (found.named, found.gives_way, -found.literal, found.tool, str(found.arguments)),
        default=None,
    )


def read_sentence(text: str, find: Callable[[str, bool], Match | None]) -> tuple[Match, ...] | None:
    """Cover a normalised text by one match, or by several joined with "and" or "then".

    `find(part, after)` gives the best match of a part; `after` allows the templates that only follow a command.
    """
    if not text or len(text) > MAX_CHARS:
        return None
    whole = find(text, False)
    if whole is not None and not whole.named:
        return (whole,)
    return _read_parts(text, find, after=False, room=MAX_CALLS) or ((whole,) if whole else None)


def _read_parts(
    text: str, find: Callable[[str, bool], Match | None], *, after: bool, room: int
) -> tuple[Match, ...] | None:
    words = text.split()
    for place, word in enumerate(words):
        if word not in ("and", "then") or room < 2:
            continue
        rest = normalize(" ".join(words[place + 1 :]))
        first = find(" ".join(words[:place]), after)
        if first is None or not rest:
            continue
        last = find(rest, True)
        others = (last,) if last else _read_parts(rest, find, after=True, room=room - 1)
        if others:
            return (first, *others)
    return None


_STOPS: Mapping[str, StopIntent] = {
    **dict.fromkeys(
        ("stop", "stop it", "stop that", "stop there", "stop talking", "stop speaking", "you can stop", "shut up",
         "quiet", "be quiet", "keep quiet", "silence", "be silent", "hush", "shush", "enough", "that is enough",
         "that will do", "thatll do", "quit talking", "quit it", "shut it", "no stop", "stop listening"), "stop"
    ),
    **dict.fromkeys(
        ("cancel", "cancel that", "cancel it", "never mind", "never mind that", "forget it", "forget about it", "abort",
         "no never mind", "no cancel", "no forget it", "abort it", "abort that", "scrap that", "scratch that"), "cancel"
    ),
    **dict.fromkeys(
        ("pause", "pause it", "pause that", "wait", "hold on", "hang on", "wait a moment", "wait a second",
         "wait a minute", "hold on a second", "one moment", "just a moment", "a moment"), "pause"
    ),
}  # fmt: skip


def stop_intent(text: str) -> StopIntent | None:
    """What a whole text that only wants the assistant to stop asks for; None for everything else.

    "stop" ends what is being said or rings, "cancel" drops what was asked, "pause" waits.
    """
    if len(text) > MAX_CHARS:
        return None
    return korean.stop_intent(text) if is_korean(text) else _STOPS.get(normalize(text))
