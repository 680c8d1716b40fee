"""One conversation's way to the cloud: whether, what leaves, what comes back, and what is told of it afterwards.

question -> class, wish, difficulty -> guideline -> device
                                                 -> consent or ask: a question back, the answer decides
                                                 -> cloud: hide -> reserve -> send -> restore; settle
local answer: begun after a moment, held back, heard only if the cloud fails or breaks off
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from assistant.account.entitlement import Entitlements, NoPlan
from assistant.errors import AssistantError, CloudError
from assistant.store.database import StoreError
from assistant.store.ledger import Caps, Ledger, Use
from assistant.think.cloud import CloudRequest, Guarded
from assistant.think.dialogue import FORGET_AFTER_S, answer_of
from assistant.think.difficulty import difficulty, is_fresh, wish_of, without_wish
from assistant.think.providers import Provider
from assistant.think.redact import Redactor
from assistant.think.route import HARD, DataClass, Local, Mode, Person, Placed, Policy, Situation, decide, strictest
from assistant.think.sensitivity import data_class
from assistant.think.sureness import Sureness
from assistant.types import Done, Message, ReplyPart, TextDelta, ToolSpec

LOCAL_AFTER_S = 1.0
"""The local answer is begun when the cloud has been silent so long: most answers come sooner, and cost no work here."""
MAX_BEFORE = 3
"""Earlier exchanges that go with a question."""
LEAST_TOKENS = 32
"""A budget that leaves less than this for an answer is spent."""
BYTES_PER_TOKEN = 1
"""No tokeniser makes more tokens than bytes: the bound for what is reserved."""
AROUND_TOKENS = 64
"""What a provider adds around the messages, at most."""
SYSTEM = (
    "You answer for a voice assistant; your words are read out loud. Answer in one to four short sentences unless more"
    " is asked for. No lists, no headings, no markup, no emoji. Words in square brackets such as [PERSON_1] stand for"
    " something that was taken out: use them as they are where you need them. Answer in the language of the question. "
    "You cannot do anything; you only tell."
)
_UNPAID = frozenset({"unreachable", "key", "busy", "server", "refused", "budget"})
"""Failures of which a provider counts nothing."""
LOST = " The connection broke off there, so I go on by myself. "
INSTEAD = "{why} So this is from the device itself. "

Local_ = Callable[[str], AsyncGenerator[ReplyPart, None]]
"""The local model's answer to this question; a text is what was said of the answer already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(TextDelta):
    """Words of our own between those of models."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudChoices:
    """What the configuration says; `mode` is a ceiling where it is given, a voice can only choose what is stricter."""

    mode: Mode | None = None
    personal: Mode = "device"
    household: Mode = "device"
    person: Person = "adult"
    metered: bool = False
    max_tokens: int = 400
    keep_days: int = 30


@dataclass(slots=True, kw_only=True)
class CloudSide:
    """What all conversations share: the chosen provider, the guideline, the ledger, the names that are known now.

    `sureness` judges what the local model begins to say; none where it was not fitted for that model."""

    id: str
    provider: Provider
    model: Guarded
    ledger: Ledger
    policy: Policy
    caps: Caps
    choices: CloudChoices = field(default_factory=CloudChoices)
    entitlements: Entitlements = field(default_factory=NoPlan)
    sureness: Sureness | None = None
    people: Callable[[], Iterable[str]] = tuple
    things: Callable[[], Iterable[str]] = tuple
    online: Callable[[], bool] = lambda: True
    wall_s: Callable[[], float] = time.time

    @property
    def consented(self) -> bool:
        return self.ledger.agreed(self.id, self.provider.terms)

    def mode(self, data: DataClass) -> Mode:
        """What applies to this class of words."""
        chosen: tuple[Mode, ...] = ("device", "ask", "prefer_device", "prefer_cloud")
        said = next((mode for mode in chosen if mode == self.ledger.choice("mode")), None)
        configured = self.choices.mode
        general = strictest(*(mode for mode in (said, configured) if mode), *(() if said or configured else _DEFAULT))
        own: dict[DataClass, Mode] = {"personal": self.choices.personal, "household": self.choices.household}
        return strictest(general, own.get(data, general))


_DEFAULT: tuple[Mode, ...] = ("prefer_device",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What left with one question, as it left, and how often something was taken out of it."""

    provider: str
    text: str
    before: int
    hidden: int


@dataclass(slots=True, kw_only=True)
class Escalation:
    """The cloud in one conversation. `side` is shared; everything here lives in memory only."""

    side: CloudSide
    redactor: Redactor = field(init=False)
    last_sent: Sent | None = None
    _session: str = field(default_factory=lambda: secrets.token_hex(8))
    _waiting: str = ""
    _waiting_why: str = ""
    _just_asked: bool = False
    _before: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=MAX_BEFORE))
    _before_s: float = 0.0

    def __post_init__(self) -> None:
        self.redactor = Redactor(people=self.side.people, things=self.side.things)

    @property
    def asks(self) -> bool:
        """We have asked whether to send something."""
        return bool(self._waiting)

    def place(self, text: str, local: Local) -> Placed:
        """Where this question may be answered, and why; on the device where the ledger fails."""
        try:
            return decide(self.side.policy, self._situation(text, local))
        except StoreError:
            return Placed(where="device", reason="no_ledger")

    def _situation(self, text: str, local: Local) -> Situation:
        side = self.side
        data = data_class(text, side.people(), side.things())
        mode = side.mode(data)
        return Situation(
            mode=mode,
            data=data,
            person=side.choices.person,
            wish=wish_of(text),
            local=local,
            fresh=is_fresh(text),
            web="web" in side.provider.abilities,
            hard=difficulty(text) >= HARD,
            net="down" if not side.online() else "metered" if side.choices.metered else "up",
            budget="left" if self._room(text) >= LEAST_TOKENS else "spent",
            provider=True,
            broken=side.model.broken,
            consented=side.consented,
            plan_only=side.provider.kind == "gateway",
            entitled=side.entitlements.allows("chat"),
        )

    def rescues(self, text: str) -> frozenset[Local]:
        """For which beginnings of a local answer the cloud would be asked: a refusal, an unsure one."""
        known: tuple[Local, ...] = ("refused", *(() if self.side.sureness is None else ("unsure",)))
        return frozenset(local for local in known if self.place(text, local).where == "cloud")

    def question(self, text: str, placed: Placed) -> str:
        """Ask back before anything leaves: for the first time with what would leave, to whom, and its policy."""
        self._waiting, self._waiting_why, self._just_asked = text, placed.where, True
        provider = self.side.provider
        if placed.where == "ask":
            return f"Shall I ask {provider.name}?"
        return (
            f"That would send your words, less the names and numbers I recognize, to {provider.name},"
            f" in {provider.region}. {provider.policy} Is that all right, from now on?"
        )

    def answered(self, text: str, *, spoken_over: bool = False) -> str | None:
        """The question that waited, if these words are a yes to it; empty for a no; None for something else.

        A yes that may be our own echo is none.
        """
        answer = answer_of(text)
        if not self._waiting or answer is None:
            return None
        waiting, why, self._waiting = self._waiting, self._waiting_why, ""
        if not answer or spoken_over:
            return ""
        if why == "consent":
            self.side.ledger.agree(self.side.id, self.side.provider.terms, self.side.wall_s())
        return waiting

    async def reply(
        self, text: str, reason: str, local: Local_ | None, tools: Sequence[ToolSpec] = ()
    ) -> AsyncGenerator[ReplyPart, None]:
        """The answer of the cloud, restored; where it fails or breaks off, the local one. Raises: CloudError."""
        question = without_wish(text)
        error = CloudError("budget", "The budget for the cloud is spent.")
        request, number = None, None
        try:
            request = self._request(question, tools)
            number = self._reserve(request, reason) if request is not None else None
        except StoreError:
            error = CloudError("budget", "I can't write down what the cloud costs.")
        if request is None or number is None:
            async with contextlib.aclosing(_instead(local, error)) as parts:
                async for part in parts:
                    yield part
            return
        self.last_sent = Sent(
            provider=self.side.provider.name,
            text=request.messages[-1].text,
            before=len(request.messages) // 2,
            hidden=request.messages[-1].text.count("["),
        )
        said, done, failed = "", None, ""
        held = _Held(local)
        restorer = self.redactor.restorer()
        try:
            async with contextlib.aclosing(self._first_or_local(request, held)) as parts:
                async for part in parts:
                    if isinstance(part, TextDelta):
                        said += part.text
                        if ready := restorer.feed(part.text):
                            yield TextDelta(text=ready)
                    elif isinstance(part, Done):
                        done = part
                    else:
                        yield part
            if rest := restorer.flush():
                yield TextDelta(text=rest)
            yield done or Done()
        except CloudError as error:
            rest, failed = restorer.flush(), error.kind
            if not said:
                async for part in _instead(local, error, held):
                    yield part
                return
            yield TextDelta(text=rest)
            yield Notice(text=LOST)
            if local is not None:
                async with contextlib.aclosing(local(self.redactor.restore(said))) as parts:
                    async for part in parts:
                        yield part
        finally:
            await held.close()
            self._settle(number, request, said, done, failed)

    def close(self, text: str, heard: str, *, by_model: bool) -> None:
        """A turn is over: what a model answered, and may leave, explains what comes next."""
        now_s = self.side.wall_s()
        if not self._just_asked:
            self._waiting = ""  # something else was said: what waited is not sent
        self._just_asked = False
        if now_s - self._before_s > FORGET_AFTER_S:
            self._before.clear()
        if by_model and heard:
            self._before_s = now_s
            both = [data_class(part, self.side.people(), self.side.things()) for part in (text, heard)]
            with contextlib.suppress(StoreError):  # then it does not go along
                if all(each != "never" and self.side.mode(each) != "device" for each in both):
                    self._before.append((text, heard))

    def _first_or_local(self, request: CloudRequest, held: _Held) -> AsyncGenerator[ReplyPart, None]:
        return _with_local_ready(self.side.model.reply(request), held)

    def _request(self, question: str, tools: Sequence[ToolSpec]) -> CloudRequest | None:
        """What would leave, with an answer as long as the budget allows; None where that is too short."""
        before = [] if self.side.wall_s() - self._before_s > FORGET_AFTER_S else list(self._before)
        messages = []
        for asked, heard in before:
            messages.append(Message(role="user", text=self.redactor.hide(asked)))
            messages.append(Message(role="assistant", text=self.redactor.hide(heard)))
        messages.append(Message(role="user", text=self.redactor.hide(question)))
        request = CloudRequest(
            system=SYSTEM, messages=tuple(messages), max_tokens=0, session=self._session, tools=tuple(tools)
        )
        room = self._room_beside(_weight(request))
        return None if room < LEAST_TOKENS else replace(request, max_tokens=room)

    def _room(self, text: str) -> int:
        return self._room_beside(_bound(SYSTEM + text))

    def _room_beside(self, read: int) -> int:
        """How many tokens an answer may have beside so many read, so that no cap can break."""
        side, now_s = self.side, self.side.wall_s()
        day, month = side.ledger.spent(now_s), side.ledger.spent(now_s, month=True)
        left_nano = min(side.caps.day_nano - day.cost_nano, side.caps.month_nano - month.cost_nano)
        left_nano -= side.provider.cost_nano(read, 0)
        left_tokens = min(side.caps.day_tokens - day.tokens, side.caps.month_tokens - month.tokens) - read
        per_token = side.provider.cost_nano(0, 1)
        affordable = left_nano // per_token if per_token else (side.choices.max_tokens if left_nano >= 0 else 0)
        return max(0, min(side.choices.max_tokens, affordable, left_tokens))

    def _reserve(self, request: CloudRequest, reason: str) -> int | None:
        side = self.side
        side.ledger.prune(side.wall_s(), side.choices.keep_days)
        read = _weight(request)
        sent = "\n".join(f"{message.role}: {message.text}" for message in request.messages)
        use = Use(
            number=0,
            at_s=side.wall_s(),
            provider=side.id,
            model=side.provider.model,
            reason=reason,
            read_tokens=read,
            written_tokens=request.max_tokens,
            cost_nano=side.provider.cost_nano(read, request.max_tokens),
            state="open",
            sent=sent if side.choices.keep_days else "",
        )
        return side.ledger.reserve(use, side.caps)

    def _settle(self, number: int, request: CloudRequest, said: str, done: Done | None, failed: str) -> None:
        """The provider's own count; where the answer broke off, what was read at its bound and what was written."""
        side = self.side
        if done is not None and done.read_tokens:
            read, written = done.read_tokens, done.tokens
        elif failed in _UNPAID:
            read = written = 0
        else:
            read, written = _weight(request), min(len(said.encode()), request.max_tokens)
        cost = side.provider.cost_nano(read, written)
        counted = done is not None and bool(done.read_tokens)
        with contextlib.suppress(StoreError):  # what was reserved stands: more than it can have cost
            side.ledger.settle(number, read, written, cost, counted=counted)


class _Held:
    """The local answer while it is held back: begun once, gathered in the background."""

    def __init__(self, local: Local_ | None) -> None:
        self._local = local
        self._parts: asyncio.Queue[ReplyPart | AssistantError | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        if self._local is not None and self._task is None:
            self._task = asyncio.create_task(self._gather(self._local), name="held answer")

    async def parts(self) -> AsyncGenerator[ReplyPart, None]:
        """What was gathered, and what still comes. Raises: AssistantError."""
        self.begin()
        while self._task is not None:
            part = await self._parts.get()
            if part is None:
                return
            if isinstance(part, AssistantError):
                raise part
            yield part

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _gather(self, local: Local_) -> None:
        try:
            async with contextlib.aclosing(local("")) as parts:
                async for part in parts:
                    self._parts.put_nowait(part)
        except AssistantError as error:
            self._parts.put_nowait(error)
        finally:
            self._parts.put_nowait(None)


async def _with_local_ready(cloud: AsyncGenerator[ReplyPart, None], held: _Held) -> AsyncGenerator[ReplyPart, None]:
    """The cloud's answer; a local one is begun when it is silent for long, and ends at its first piece."""
    first = asyncio.ensure_future(anext(cloud))
    try:
        await asyncio.wait([first], timeout=LOCAL_AFTER_S)
        if not first.done():
            held.begin()
        try:
            part = await first
        except StopAsyncIteration:
            return
        await held.close()
        yield part
        async for part in cloud:
            yield part
    finally:
        if not first.done():
            first.cancel()
            await asyncio.wait([first])
        await cloud.aclose()


async def _instead(
    local: Local_ | None, error: CloudError, held: _Held | None = None
) -> AsyncGenerator[ReplyPart, None]:
    """The local answer in place of the cloud's, with why; where there is none, only why."""
    if local is None:
        yield Notice(text=error.sentence)
        yield Done()
        return
    yield Notice(text=INSTEAD.format(why=error.sentence))
    own = held or _Held(local)
    try:
        async with contextlib.aclosing(own.parts()) as parts:
            async for part in parts:
                yield part
    finally:
        await own.close()


def _weight(request: CloudRequest) -> int:
    """More tokens than a request can have."""
    tools = [f"{tool.name}{tool.description}{json.dumps(tool.parameters)}" for tool in request.tools]
    around = AROUND_TOKENS * (len(tools) + len(request.messages))
    return around + _bound("".join([request.system, *(message.text for message in request.messages), *tools]))


def _bound(text: str) -> int:
    """More tokens than a text can have."""
    return len(text.encode()) // BYTES_PER_TOKEN + AROUND_TOKENS
