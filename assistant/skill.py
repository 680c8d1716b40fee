"""The PUBLIC API for skill authors: a package with `skill.toml`, `locale/` and one class with `@tool` functions.

    class Clock(Skill):
        @tool(fast=["what time is it", "(what's|what is) the time"])
        async def time(self) -> Reply:
            \"\"\"Tell the current time of day.\"\"\"
            return self.reply("time", time=self.context.now())

The signature and the docstring become the JSON schema that the understanding sees; `fast` templates (hassil) become
the grammar that answers without a language model. A confirmation is always rendered from what the function returns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from assistant.errors import SkillError as SkillError
from assistant.spoken import Duration as Duration
from assistant.spoken import say_duration as say_duration
from assistant.spoken import say_list as say_list
from assistant.spoken import say_number as say_number
from assistant.spoken import split_seconds as split_seconds
from assistant.think.arithmetic import arithmetic_symbols as arithmetic_symbols
from assistant.types import Effect, JsonDict

Function = TypeVar("Function", bound=Callable[..., Any])

_MARK = "__assistant_tool__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """A timer that was promised. `due` is aware local time; `seconds` its whole length."""

    id: int
    label: str
    seconds: int
    due: dt.datetime


class TimerBook(Protocol):
    """The assistant's durable timers, as a skill may use them."""

    def add(self, seconds: int, label: str = "") -> Timer:
        """Promise a timer; when this returns it is on disk."""
        ...

    def list(self) -> list[Timer]:
        """The timers that run or ring, the next one first; one that rings has its `due` in the past."""
        ...

    def cancel(self, timer_id: int) -> bool:
        """End a timer that runs or rings; false if it is gone already."""
        ...


class Context(Protocol):
    """What the host lends to a skill. `said` is what the user last really heard; `examples` the words one may say."""

    @property
    def timers(self) -> TimerBook: ...
    @property
    def said(self) -> str: ...
    @property
    def examples(self) -> Mapping[str, Sequence[str]]: ...
    def now(self) -> dt.datetime: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a tool really did: `speech` for the ear, `data` for follow-ups and the record.

    `ask` makes the speech a question: a sentence with `{answer}` that the user's next words complete
    ("set a timer for {answer}").
    """

    speech: str
    data: JsonDict = field(default_factory=dict)
    ask: str = ""


class Skill:
    """Base of every skill. The host makes one object, with the texts of the language that is spoken."""

    def __init__(self, context: Context, texts: Mapping[str, str]) -> None:
        self.context = context
        self.texts = texts

    def say(self, key: str, /, **values: object) -> str:
        """The text `key` of `locale/<language>.toml` with its `{slots}` filled; the first letter becomes a capital.

        Raises:
            SkillError: the text or one of its values is missing.
        """
        try:
            text = self.texts[key].format(**values)
        except (KeyError, IndexError) as error:
            raise SkillError(f"A text of this skill is missing: {key}, {error}.") from None
        return text[:1].upper() + text[1:]

    def reply(self, key: str, /, *, data: JsonDict | None = None, ask: str = "", **values: object) -> Reply:
        """A reply from the text `key`; its `data` are the values, unless given."""
        return Reply(speech=self.say(key, **values), data=values if data is None else data, ask=ask)

    def phrases(self) -> Sequence[str]:
        """Replies that are often said in the same words; the voice renders them in idle time, to say them at once."""
        return [text[:1].upper() + text[1:] for text in self.texts.values() if "{" not in text]

    def error(self, key: str, /, **values: object) -> SkillError:
        """An error to raise, whose sentence is the text `key`."""
        return SkillError(self.say(key, **values))


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolMark:
    """What `@tool` notes on a function."""

    fast: tuple[str, ...]
    unfinished: tuple[str, ...]
    after: tuple[str, ...]
    never: tuple[str, ...]
    lists: Mapping[str, Mapping[str, str]]
    effect: Effect


def tool(
    *,
    fast: Sequence[str] = (),
    unfinished: Sequence[str] = (),
    after: Sequence[str] = (),
    never: Sequence[str] = (),
    lists: Mapping[str, Mapping[str, str]] | None = None,
    effect: Effect = "read",
) -> Callable[[Function], Function]:
    """Make an async method a tool.

    `fast`: hassil templates of whole sentences, without politeness ("please", "could you"), which is gone before they
    are compared. Slots: `{duration}` fills the parameters hours, minutes and seconds; `{number:x}`, `{expression:x}`
    and `{name:x}` fill the parameter `x`; `{city:x}` takes the phrases of `lists["city"]` and gives their values.
    `unfinished`: templates of sentences that mostly go on ("set a timer"), so the listener waits a little longer.
    `after`: templates that only follow another command and "and" ("and one for ten minutes").
    `never`: whole sentences that must not trigger the tool although a template fits.
    `effect`: "read" tells something, "change" does something, "sensitive" needs a confirmation.
    """

    def mark(function: Function) -> Function:
        noted = ToolMark(
            fast=tuple(fast),
            unfinished=tuple(unfinished),
            after=tuple(after),
            never=tuple(never),
            lists=dict(lists or {}),
            effect=effect,
        )
        setattr(function, _MARK, noted)
        return function

    return mark


def mark_of(function: object) -> ToolMark | None:
    """The mark that `tool` left, or none."""
    found = getattr(function, _MARK, None)
    return found if isinstance(found, ToolMark) else None
