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
import json as _json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from assistant.errors import SkillError as SkillError
from assistant.errors import SkillLoadError
from assistant.korean.hangul import with_particles as with_particles
from assistant.language import Speech as Speech
from assistant.language import is_korean as is_korean
from assistant.language import speaking as speaking
from assistant.own_files import show_file as show_file
from assistant.own_files import write_private as write_private
from assistant.plain_text import first_sentences as first_sentences
from assistant.plain_text import plain_text as plain_text
from assistant.spoken import Duration as Duration
from assistant.spoken import say_duration as say_duration
from assistant.spoken import say_list as say_list
from assistant.spoken import say_number as say_number
from assistant.spoken import split_seconds as split_seconds
from assistant.think.arithmetic import arithmetic_symbols as arithmetic_symbols
from assistant.think.dialogue import answer_of as answer_of
from assistant.think.fastpath import stop_intent as stop_intent
from assistant.think.normalize import normalize as normalize
from assistant.think.normalize import spell as spell
from assistant.types import Effect, ToolSpec
from assistant.types import JsonDict as JsonDict
from assistant.web_cache import Kept as Kept
from assistant.web_cache import WebCache as WebCache
from assistant.web_cache import say_age as say_age

if TYPE_CHECKING:
    from assistant.account.client import Begun
    from assistant.account.states import Standing

Function = TypeVar("Function", bound=Callable[..., Any])

Slot = Literal["text", "command", "number", "duration", "time", "yes_no"]
"""What `ask` waits for; it gives str, str, int or float, `Duration`, `datetime.time`, bool; a list one of its own.

A command in place of a "text" ends the question and is obeyed; as a "command" it is the answer.
"""

DEADLINE_S = 5.0
"""How long a tool may run unless it declares otherwise; the time that a person takes to answer does not count."""

PORTION = 7
"""Things of a long list that are read at once."""
GO_ON = ("yes", "go on", "next", "more", "no", "enough")
"""What one may answer to "shall I go on?"."""

_MARK = "__assistant_tool__"


class Cancelled(SkillError):  # noqa: N818 - what it is, not what went wrong
    """This call is over (cancelled, late, or its question was not answered): it can neither speak nor act any more."""

    code = "cancelled"


class NotAvailable(SkillError):  # noqa: N818
    """What was asked of the assistant is not to be had here and now."""

    code = "not_available"


class PlanNeeded(NotAvailable):
    """Only a plan is missing, or a cloud model of one's own: nothing else forbids it here and now."""


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


PromiseKind = Literal["timer", "alarm", "reminder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """How a promise for a time of day comes again: on these weekdays (Monday is 0), or every so many days."""

    weekdays: tuple[int, ...] = ()
    every_days: int = 0

    @property
    def recurs(self) -> bool:
        return bool(self.weekdays or self.every_days)


ONCE = Repeat()


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A timer, alarm or reminder. `due` is its next moment, aware local time; `seconds` its length if it elapses."""

    id: int
    kind: PromiseKind
    label: str
    due: dt.datetime
    repeat: Repeat = ONCE
    seconds: int = 0
    ringing: bool = False


class Commitments(Protocol):
    """The assistant's durable timers, alarms and reminders, as a skill may use them."""

    def add(self, kind: PromiseKind, when: dt.datetime | int, *, label: str = "", repeat: Repeat = ONCE) -> Promise:
        """Promise for a local date and time, or in so many seconds; when this returns it is on disk."""
        ...

    def list(self, kind: PromiseKind | None = None) -> Sequence[Promise]:
        """What waits or rings, the next one first."""
        ...

    def cancel(self, promise_id: int) -> bool:
        """End a promise with all its repetitions; false if it is over already."""
        ...

    def snooze(self, seconds: int) -> Sequence[Promise]:
        """Let what rings, or else what was stopped a moment ago, ring again in so many seconds."""
        ...

    def missed(self) -> Sequence[Promise]:
        """What was missed and not asked for yet."""
        ...


class Store(Protocol):
    """The skill's own small memory: JSON values by key, on disk when `set` returns, at most `storage_kb` in all.

    Raises:
        SkillError: the storage is full, a value is no JSON, or the disk refuses.
    """

    def get(self, key: str, default: Any = None) -> Any: ...
    def set(self, key: str, value: Any) -> None: ...
    def delete(self, key: str) -> None: ...
    def keys(self) -> list[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What a server answered."""

    status: int
    text: str

    def expect_ok(self) -> Response:
        """This answer. Raises: SkillError: the service refuses or has trouble (a status of 400 or more)."""
        if self.status == 429:
            raise SkillError("The service was asked too often. Please try again in a while.")
        if self.status >= 500:
            raise SkillError("The service has trouble right now. Please try again later.")
        if self.status >= 400:
            raise SkillError("The service did not accept my question.")
        return self

    def json(self) -> Any:
        """The answer as JSON. Raises: SkillError: it is none."""
        try:
            return _json.loads(self.text)
        except ValueError:
            raise SkillError("The service sent something that I could not read.") from None


class Http(Protocol):
    """HTTPS to the hosts that `skill.toml` declares, through the daemon.

    Raises:
        SkillError: with a sentence that can be spoken: not declared, offline, too slow, too large.
    """

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 4.0,
    ) -> Response: ...
    async def post(
        self, url: str, *, json: Any = None, headers: Mapping[str, str] | None = None, timeout_s: float = 4.0
    ) -> Response: ...


class PlanDesk(Protocol):
    """The subscription of this device, for the skill that speaks of it. Raises: SkillError, or another AssistantError
    with a sentence: not activated, no network, refused."""

    @property
    def code(self) -> Begun | None:
        """The code that waits to be typed on the page; None where there is none."""
        ...

    def look(self) -> Standing:
        """How the plan stands, without a network."""
        ...

    async def subscription(self) -> JsonDict:
        """What it is, what it costs, and whether it renews."""
        ...

    async def usage(self) -> JsonDict:
        """What was used of it this month."""
        ...

    async def cancel(self) -> JsonDict:
        """End it with what is paid; the subscription as it is then."""
        ...

    async def activate(self) -> Begun:
        """Ask for a code; what came of it is told when the person has typed it."""
        ...

    def offers(self, wanted: bool) -> None:
        """May the plan be mentioned from now on?"""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture as PNG bytes, and the model that drew it."""

    png: bytes
    model: str


class Context(Protocol):
    """What the host lends to a skill. Once a call is over, all that could speak or act raises `Cancelled`."""

    @property
    def timers(self) -> TimerBook: ...
    @property
    def commitments(self) -> Commitments: ...
    @property
    def store(self) -> Store: ...
    @property
    def http(self) -> Http: ...
    @property
    def said(self) -> str:
        """What the user last really heard."""
        ...

    @property
    def examples(self) -> Mapping[str, Sequence[str]]:
        """The words that one may say, by skill."""
        ...

    @property
    def language(self) -> str:
        """The language that is spoken, such as `en`."""
        ...

    def speak(self, speech: Speech) -> None:
        """Speak this language from now on: `en`, `ko`, or `auto` for whichever is spoken to us.

        Raises:
            NotAvailable: it cannot be heard here, or this is a skill of somebody else.
        """
        ...

    @property
    def tainted(self) -> bool:
        """Words from outside (web, mail, media) are part of this conversation: what is said in it is not to be kept."""
        ...

    @property
    def own_words(self) -> bool:
        """This follows from a plain command of the user's own, none of whose words stand in words from outside."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """What the configuration file holds in the section of the skill's name; empty where it has none."""
        ...

    def secret(self, name: str) -> str:
        """The first line of `secrets/SKILL/NAME` beside the configuration, which only its owner may read; else empty.

        Raises:
            SkillError: others can read the file too, so that it is no secret.
        """
        ...

    def understand(self, text: str) -> Sequence[ToolSpec]:
        """The tools that the grammar of all skills takes a sentence for, in order; nothing runs. None: not understood.

        Raises:
            NotAvailable: to a skill of somebody else.
        """
        ...

    def lists_changed(self) -> None:
        """Say that `Skill.lists` holds other phrases now; grammar and models then use those."""
        ...

    def now(self) -> dt.datetime:
        """Aware local time."""
        ...

    def t(self, key: str, /, **values: object) -> str:
        """The text `key` of `locale/<language>.toml`. Raises: SkillError: it or a value is missing."""
        ...

    def log(self, message: str, /, **fields: object) -> None:
        """Note something for the developer: numbers and short codes, never what a person said."""
        ...

    async def progress(self, text: str) -> None:
        """Say this at once while the tool goes on; at most three times a call."""
        ...

    async def ask(
        self,
        question: str,
        slot: Slot | Sequence[str] = "text",
        validate: Callable[[Any], str | None] | None = None,
    ) -> Any:
        """Put a question and wait for the answer (30 s); one that does not fit is asked for once more.

        `validate` gets the value and returns what is wrong with it, as a sentence, or None.

        Raises:
            SkillError: no fitting answer, silence, or "never mind".
        """
        ...

    async def confirm(self, question: str) -> bool:
        """Ask for a yes or a no (20 s). Raises: Cancelled: nobody answered."""
        ...

    async def cloud(
        self,
        prompt: str,
        *,
        task: str = "",
        extracts: Sequence[str] = (),
        max_tokens: int = 800,
        total_s: float = 30.0,
        progress: str = "",
        ask: str = "",
    ) -> str:
        """Ask a cloud model, by the user's policy, with names and numbers taken out and put back; counted and capped.

        `prompt` are the user's words, `task` what is to be done with them, `extracts` texts that go along, each as far
        as it may leave. `progress` is said once it is on its way; `ask` is a question
        whose yes it needs, put where the policy allows it. The tool's deadline must leave room for `total_s`.

        Raises:
            PlanNeeded: there is no cloud model, or no plan that covers it.
            NotAvailable: policy, budget or the person says no, with why; or it is a skill of somebody else.
            AssistantError: the model failed.
        """
        ...

    async def picture(self, prompt: str, *, of: bytes = b"", progress: str = "") -> Picture:
        """Have a picture drawn by a cloud model, or the picture `of` (PNG) changed; up to two minutes. Raises: as
        `cloud`."""
        ...

    async def offer(self, feature: str) -> None:
        """Note that a feature of the subscription would have done more than was done here just now.

        Whether the answer ends with an offer is not for the skill to say: mostly it does not.

        Raises:
            NotAvailable: to a skill of somebody else.
        """
        ...

    @property
    def plan(self) -> PlanDesk:
        """The subscription of this device. Raises: NotAvailable: there is none to be had, or not to this skill."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a screen may show with a reply; plain text, nothing is rendered as markup."""

    title: str
    text: str = ""
    image: str = ""
    items: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a tool really did: `speech` for the ear, `data` for follow-ups and the record, `card` for a screen.

    `ask` makes the speech a question: a sentence with `{answer}` that the user's next words complete
    ("set a timer for {answer}"). `outside`: it holds words of strangers that came on another way than `context.http`,
    such as the title of a song; of what came over the network the assistant knows by itself. `then` are sentences that
    the grammar is given as if the user had said them, one after the other. `to_model` is what the language model of
    this device is asked then: its answer follows the speech. Only a skill that belongs to the assistant may give these.
    """

    speech: str
    data: JsonDict = field(default_factory=dict)
    ask: str = ""
    card: Card | None = None
    outside: bool = False
    then: Sequence[str] = ()
    to_model: str = ""


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
        return render(self.texts, key, values)

    def reply(
        self, key: str, /, *, data: JsonDict | None = None, ask: str = "", card: Card | None = None, **values: object
    ) -> Reply:
        """A reply from the text `key`; its `data` are the values, unless given."""
        return Reply(speech=self.say(key, **values), data=values if data is None else data, ask=ask, card=card)

    async def portions(self, key: str, parts: Sequence[str]) -> Sequence[str]:
        """Read a long list in portions; what is then left to say, and nothing if the person has heard enough.

        The text `key` says `{items}`, that `{left}` are left, and asks whether to go on.

        Raises:
            SkillError: the text is missing, or nobody answers.
        """
        left = list(parts)
        while len(left) > PORTION + 2:
            said, left = left[:PORTION], left[PORTION:]
            question = self.say(key, items=", ".join(said), left=say_number(len(left)))
            if await self.context.ask(question, GO_ON) in ("no", "enough"):
                return ()
        return left

    async def undo(self, tool: str, data: JsonDict) -> Reply | None:
        """Take back what a tool (its name without the skill's) did, by the data of its reply; None if it cannot be.

        Asked for when the user corrects a command ("no, twelve minutes") or takes it back ("cancel it").
        """
        return None

    def phrases(self) -> Sequence[str]:
        """Replies that are often said in the same words; the voice renders them in idle time, to say them at once."""
        return [text[:1].upper() + text[1:] for text in self.texts.values() if "{" not in text]

    async def attention(self, busy: bool) -> None:
        """The assistant begins to listen or speak (`busy`), or has ended; also once, not busy, when it starts.

        Called only in a skill that belongs to the assistant, as a call with a deadline of its own.
        """

    def own_sentences(self) -> Mapping[str, tuple[str, JsonDict]]:
        """Whole sentences that the user made up, with the function and the arguments that each stands for.

        They come before the templates of all skills. Asked for with every sentence, so it must be quick.
        """
        return {}

    def gives_way(self, tool: str, arguments: JsonDict) -> bool:
        """Is, of two tools whose templates fit a sentence equally well, rather the one of another skill meant now?

        Asked for with the function's name while the sentence is read, so it must be quick: of two that could pause
        the music the one where none plays gives way.
        """
        return False

    def error(self, key: str, /, **values: object) -> SkillError:
        """An error to raise, whose sentence is the text `key`."""
        return SkillError(self.say(key, **values))

    def lists(self) -> Mapping[str, Mapping[str, str]]:
        """Lists for the slots of templates that change while it runs: phrase -> value, by slot.

        The names of the lists stay the same, also while they are empty. A parameter that templates fill from such
        lists alone takes nothing but their values. `Context.lists_changed` makes the assistant ask again.
        """
        return {}

    def choices(self) -> Mapping[str, Sequence[str]]:
        """Of some of the `lists` the values that a model may choose from, where these are fewer than all."""
        return {}

    def parse(self, text: str) -> tuple[str, JsonDict] | None:
        """A function of the skill and its arguments for a whole normalised text that no template covers, or None.

        For a skill that brings a parser of its own; it has a few milliseconds.
        """
        return None

    async def serve(self) -> None:
        """Goes on beside everything else from the start to the end: what keeps a connection, for example.

        It neither speaks nor acts; what it raises is logged, and the skill works on without it.
        """


def render(texts: Mapping[str, str], key: str, values: Mapping[str, object]) -> str:
    """A text with its slots filled. Raises: SkillError: the text or one of its values is missing."""
    try:
        text = texts[key].format(**values)
    except (KeyError, IndexError) as error:
        raise SkillError(f"A text of this skill is missing: {key}, {error}.") from None
    text = with_particles(text) if is_korean(text) else text
    return text[:1].upper() + text[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolMark:
    """What `@tool` notes on a function."""

    fast: tuple[str, ...] = ()
    llm: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    lists: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    effect: Effect = "read"
    critical: bool = False
    public: bool = False
    deadline_s: float = DEADLINE_S


def tool(
    *,
    fast: Sequence[str] = (),
    llm: Sequence[str] = (),
    never: Sequence[str] = (),
    unfinished: Sequence[str] = (),
    after: Sequence[str] = (),
    lists: Mapping[str, Mapping[str, str]] | None = None,
    effect: Effect = "read",
    critical: bool = False,
    public: bool = False,
    deadline_s: float = DEADLINE_S,
) -> Callable[[Function], Function]:
    """Make an async method a tool.

    `fast`: hassil templates of whole sentences, without politeness ("please", "could you"), which is gone before they
    are compared. Slots: `{duration}` fills the parameters hours, minutes and seconds; `{number:x}`, `{expression:x}`,
    `{name:x}`, `{text:x}`, `{rest:x}`, `{time:x}`, `{date:x}` and `{repeat:x}` fill the parameter `x`; `{city:x}` takes
    the phrases of `lists["city"]` and gives their values.
    `llm`: sentences in free words that should lead to the tool too, for the models and for tests.
    `never`: whole sentences that must not trigger the tool although a template fits.
    `unfinished`: templates of sentences that mostly go on ("set a timer"), so the listener waits a little longer.
    `after`: templates that only follow another command and "and" ("and one for ten minutes").
    `effect`: "read" tells something and may be dropped half-way; "change" does something, and once begun is completed
    even if the user interrupts the answer; "sensitive" runs only after the user's yes, with `critical` after the PIN.
    `public`: what it tells says nothing of this home or its people, so a cloud model that called it may read it.

    Raises:
        SkillLoadError: `critical` without the effect "sensitive".
    """
    if critical and effect != "sensitive":
        raise SkillLoadError("A critical tool must have the effect 'sensitive'.")

    def mark(function: Function) -> Function:
        noted = ToolMark(
            fast=tuple(fast),
            llm=tuple(llm),
            never=tuple(never),
            unfinished=tuple(unfinished),
            after=tuple(after),
            lists=dict(lists or {}),
            effect=effect,
            critical=critical,
            public=public,
            deadline_s=deadline_s,
        )
        setattr(function, _MARK, noted)
        return function

    return mark


def mark_of(function: object) -> ToolMark | None:
    """The mark that `tool` left, or none."""
    found = getattr(function, _MARK, None)
    return found if isinstance(found, ToolMark) else None
