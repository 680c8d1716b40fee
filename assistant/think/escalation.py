"""One conversation's way to the cloud: whether, what leaves, what comes back, and what is told of it afterwards.

question -> class, wish, difficulty -> guideline -> device
                                                 -> consent or ask: a question back, the answer decides
                                                 -> cloud: hide -> reserve -> send -> restore; settle
local answer: begun after a moment, held back, heard only if the cloud fails or breaks off
"""

from __future__ import annotations

import contextlib
import json
import secrets
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from assistant.errors import CloudError
from assistant.language import is_korean
from assistant.store.database import StoreError
from assistant.think.cloud import Called, CloudRequest, Round
from assistant.think.cloud_side import CloudChoices as CloudChoices
from assistant.think.cloud_side import CloudSide as CloudSide
from assistant.think.cloud_tools import MAX_CALLS, MAX_ROUNDS, Offer
from assistant.think.dialogue import FORGET_AFTER_S, answer_of
from assistant.think.difficulty import difficulty, is_fresh, wish_of, without_wish
from assistant.think.held import Held, Local_, instead, with_local_ready
from assistant.think.held import Notice as Notice
from assistant.think.named import Named
from assistant.think.redact import Redactor
from assistant.think.route import HARD, Local, Placed, Situation, decide
from assistant.think.sensitivity import data_class
from assistant.think.spending import LEAST_TOKENS, bound, reserve, room_beside, settle, weight
from assistant.types import Done, Message, ReplyPart, Sent, TextDelta, ToolCall, ToolSpec

MAX_BEFORE = 3
"""Earlier exchanges that go with a question."""
_TALKS = (
    "You answer for a voice assistant; your words are read out loud. Answer in one to four short sentences unless more"
    " is asked for. No lists, no headings, no markup, no emoji. Words in square brackets such as [PERSON_1] stand for"
    " something that was taken out: use them as they are where you need them. Answer in the language of the question. "
)
SYSTEM = f"{_TALKS}You cannot do anything; you only tell."
SYSTEM_WITH_TOOLS = _TALKS + (
    "Call a tool where it helps; otherwise just answer. What you get back from a tool is all that you know of it. A"
    " call that would change something is only a proposal, which the user is asked about: never say that you did it."
)
LOST = " The connection broke off there, so I go on by myself. "


@dataclass(slots=True, kw_only=True)
class Escalation:
    """The cloud in one conversation. `side` is shared; everything here lives in memory only."""

    side: CloudSide
    redactor: Redactor = field(init=False)
    last_sent: Sent | None = None
    _session: str = field(default_factory=lambda: secrets.token_hex(8))
    _waiting: str = ""
    _waiting_for: CloudSide | None = None
    _waiting_why: str = ""
    _just_asked: bool = False
    _before: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=MAX_BEFORE))
    _before_s: float = 0.0
    _last_question: str = ""
    """What a model was asked last, for "use the other one for this"."""

    def __post_init__(self) -> None:
        self.redactor = Redactor(people=self.side.people, things=self.side.things)

    @property
    def asks(self) -> bool:
        """We have asked whether to send something."""
        return bool(self._waiting)

    def place(self, text: str, local: Local) -> Placed:
        """Where this question may be answered, and why; on the device where the ledger fails."""
        try:
            return decide(self.side.policy, self._situation(self.meant(text), local))
        except StoreError:
            return Placed(where="device", reason="no_ledger")

    def _situation(self, text: str, local: Local) -> Situation:
        side, named = self._side_for(text), self.named(text)
        question = named.question if named is not None else text
        return side.situation(
            data_class(question, side.people(), side.things()),
            wish="cloud" if named is not None else wish_of(text),
            local=local,
            fresh=is_fresh(question),
            hard=difficulty(question) >= HARD,
            budget="left" if room_beside(side, bound(SYSTEM + question)) >= LEAST_TOKENS else "spent",
            entitled=side.entitlements.allows("chat"),
        )

    def named(self, text: str) -> Named | None:
        """The chosen model that these words want for a question."""
        named = self.side.named(text)
        chosen = named is not None and not named.lasting and any(named.id == side.id for side in self.side.chosen)
        return named if chosen else None

    def meant(self, text: str) -> str:
        """The words with the question that they are about: "use Claude for this" with the last one, if there is one."""
        named, old = self.named(text), self.side.wall_s() - self._before_s > FORGET_AFTER_S
        if named is None or named.question or not self._last_question or old:
            return text
        name = next(side.provider.name for side in self.side.chosen if side.id == named.id)
        ask = f"{name}에게 {self._last_question} 물어봐" if is_korean(text) else f"ask {name} {self._last_question}"
        again = self.named(ask)
        return ask if again is not None and again.question else text

    def chooses(self, text: str) -> bool:
        """Do these words choose a model, or want one that can't be asked so? Then there is nothing to send yet."""
        named = self.side.named(text)
        if named is None:
            return False
        wanted = self.named(self.meant(text))
        return wanted is None or not wanted.question

    def _side_for(self, text: str) -> CloudSide:
        """The model that these words name, else who is asked now. Raises: StoreError."""
        named = self.named(text)
        return next((side for side in self.side.chosen if named is not None and side.id == named.id), self.side.now)

    def rescues(self, text: str) -> frozenset[Local]:
        """For which beginnings of a local answer the cloud would be asked: a refusal, an unsure one."""
        known: tuple[Local, ...] = ("refused", *(() if self.side.sureness is None else ("unsure",)))
        return frozenset(local for local in known if self.place(text, local).where == "cloud")

    def question(self, text: str, placed: Placed) -> str:
        """Ask back before anything leaves: for the first time with what would leave, to whom, and its policy."""
        text = self.meant(text)
        side = self._side_for(text) if placed.where == "ask" or self.named(text) is not None else self.side
        self._waiting, self._waiting_for, self._waiting_why, self._just_asked = text, side, placed.where, True
        return f"Shall I ask {side.provider.name}?" if placed.where == "ask" else side.first_question()

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
            side = self._waiting_for or self.side
            side.ledger.agree(side.id, side.provider.terms, side.wall_s())
        return waiting

    def offer(self, text: str, specs: Mapping[str, ToolSpec]) -> Offer | None:
        """The tools that the cloud may call for these words; none where its model has no use for them."""
        side = self._side_for(self.meant(text))
        if "tools" not in side.provider.abilities:
            return None
        household, changes = side.mode("household") != "device", side.choices.person == "adult"
        return side.tools.offer(self._question(text), specs, changes=changes, household=household)

    def may_leave(self, text: str) -> bool:
        """May the result of a tool be read by the cloud? Judged by its words, as a question is."""
        side = self.side
        data = data_class(text, side.people(), side.things())
        try:
            return data != "never" and side.mode(data) != "device"
        except StoreError:
            return False

    async def reply(
        self, text: str, reason: str, local: Local_ | None, offer: Offer | None = None
    ) -> AsyncGenerator[ReplyPart, None]:
        """The answer of the cloud, restored; where it fails or breaks off, the local one. Raises: CloudError.

        Whoever reads the calls of the tools that were offered runs them, and tells `offer` what came of each before
        the next part is asked for; then the model is asked again.
        """
        question, held = self._question(text), Held(local)
        asked = _Asked(side=self.side, started=self.side.model.clock())
        try:
            for each in self._in_turn(asked.started, self.named(text)):
                asked = each
                try:
                    async with contextlib.aclosing(self._converse(question, reason, offer, asked, held)) as parts:
                        async for part in parts:
                            yield part
                    return
                except CloudError as error:
                    asked.failed = error
            raise asked.failed or CloudError("unreachable", "No cloud model can be asked just now.")
        except CloudError as error:
            async with contextlib.aclosing(self._without(error, asked.said, local, held, offer)) as parts:
                async for part in parts:
                    yield part
        finally:
            await held.close()

    def _question(self, text: str) -> str:
        """What is asked, without whom."""
        named = self.named(self.meant(text))
        return named.question if named is not None and named.question else without_wish(text)

    def _in_turn(self, started: float, named: Named | None) -> Iterator[_Asked]:
        """To whom the question goes: the next only where nothing was heard and there is time; who was named has it
        alone. Raises: CloudError."""
        try:
            line = [side for side in self.side.line if named is None or side.id == named.id]
        except StoreError:
            raise CloudError("budget", "I can't write down what the cloud costs.") from None
        tried: list[str] = []
        for side in line:
            if tried and not side.model.may_follow(started):
                return
            asked = _Asked(side=side, started=started, also=tuple(tried))
            yield asked
            if asked.began:
                return
            if asked.failed is None or asked.failed.kind != "budget":  # then nothing left
                tried.append(side.provider.name)

    async def _converse(
        self, question: str, reason: str, offer: Offer | None, asked: _Asked, held: Held
    ) -> AsyncGenerator[ReplyPart, None]:
        """One provider, round by round as long as it calls tools. Raises: CloudError."""
        rounds: list[Round] = []
        while True:
            async with contextlib.aclosing(self._ask(question, reason, offer, rounds, asked, held)) as parts:
                async for part in parts:
                    yield part
            if not asked.calls or offer is None or offer.over or offer.closed:
                break
            offer.calls += len(asked.calls)
            results = [self.redactor.hide(result) for result in offer.taken(len(asked.calls))]
            rounds.append(_round(len(rounds), asked, results))
            asked.again()
        yield asked.done or Done()

    async def _ask(
        self, question: str, reason: str, offer: Offer | None, rounds: list[Round], asked: _Asked, held: Held
    ) -> AsyncGenerator[ReplyPart, None]:
        """One request: reserved, sent, restored, settled. Raises: CloudError."""
        side = asked.side
        try:
            request = self._request(side, question, offer, rounds)
            number = reserve(side, request, reason) if request is not None else None
        except StoreError:
            raise CloudError("budget", "I can't write down what the cloud costs.") from None
        if request is None or number is None:
            raise CloudError("budget", "The budget for the cloud is spent.")
        if not rounds:
            self.last_sent = Sent(
                provider=side.provider.name,
                text=request.messages[-1].text,
                before=len(request.messages) // 2,
                hidden=request.messages[-1].text.count("["),
                also=asked.also,
            )
        if offer is not None:
            offer.closed = not request.may_call
        restorer, failed = self.redactor.restorer(), ""
        stream = side.model.reply(request, None if rounds else asked.started)
        try:
            async with contextlib.aclosing(stream if rounds else with_local_ready(stream, held)) as parts:
                async for part in parts:
                    if isinstance(part, TextDelta):
                        apart = " " if not asked.said and any(each.said.strip() for each in rounds) else ""
                        asked.said += part.text
                        if ready := restorer.feed(apart + part.text):
                            yield TextDelta(text=ready)
                    elif isinstance(part, Done):
                        asked.done = part
                    elif isinstance(part, ToolCall):
                        if rest := restorer.flush():
                            yield TextDelta(text=rest)
                        asked.calls.append(part)
                        yield part
                    else:
                        yield part
            if rest := restorer.flush():
                yield TextDelta(text=rest)
        except CloudError as error:
            failed = error.kind
            if asked.said:
                yield TextDelta(text=restorer.flush())
            raise
        finally:
            written = asked.said + "".join(json.dumps(call.arguments) for call in asked.calls)
            settle(side, number, request, written, asked.done, failed)

    async def _without(
        self, error: CloudError, said: str, local: Local_ | None, held: Held, offer: Offer | None
    ) -> AsyncGenerator[ReplyPart, None]:
        """What is heard where the cloud failed after it had said so much. Raises: AssistantError."""
        if offer is not None and offer.unsaid:  # what the tools told is known all the same
            found, offer.unsaid = " ".join(offer.unsaid), []
            yield Notice(text=f" {error.sentence} {found}")
            yield Done()
        elif not said:
            async with contextlib.aclosing(instead(local, error, held)) as parts:
                async for part in parts:
                    yield part
        else:
            yield Notice(text=LOST)
            if local is not None:
                async with contextlib.aclosing(local(self.redactor.restore(said))) as parts:
                    async for part in parts:
                        yield part

    def close(self, text: str, heard: str, *, by_model: bool) -> None:
        """A turn is over: what a model answered, and may leave, explains what comes next."""
        now_s = self.side.wall_s()
        if not self._just_asked:
            self._waiting = ""  # something else was said: what waited is not sent
        self._just_asked = False
        if now_s - self._before_s > FORGET_AFTER_S:
            self._before.clear()
            self._last_question = ""
        if by_model and heard:
            self._before_s, self._last_question = now_s, self._question(text)
            if self.may_leave(text) and self.may_leave(heard):
                self._before.append((text, heard))

    def _request(
        self, side: CloudSide, question: str, offer: Offer | None, rounds: Sequence[Round]
    ) -> CloudRequest | None:
        """What would leave, with an answer as long as the budget allows; None where that is too short."""
        before = [] if self.side.wall_s() - self._before_s > FORGET_AFTER_S else list(self._before)
        messages = []
        for asked, heard in before:
            messages.append(Message(role="user", text=self.redactor.hide(asked)))
            messages.append(Message(role="assistant", text=self.redactor.hide(heard)))
        messages.append(Message(role="user", text=self.redactor.hide(question)))
        request = CloudRequest(
            system=SYSTEM if offer is None else SYSTEM_WITH_TOOLS,
            messages=tuple(messages),
            max_tokens=0,
            session=self._session,
            tools=() if offer is None else offer.tools,
            rounds=tuple(rounds),
            may_call=offer is not None and offer.calls < MAX_CALLS and len(rounds) < MAX_ROUNDS,
        )
        room = room_beside(side, weight(request))
        return None if room < LEAST_TOKENS else replace(request, max_tokens=room)


@dataclass(slots=True, kw_only=True)
class _Asked:
    """What has come of one request to one provider: words as the model wrote them, its calls, its own count."""

    side: CloudSide
    started: float
    """When the first provider was asked, by the clock of its limits."""
    also: tuple[str, ...] = ()
    said: str = ""
    calls: list[ToolCall] = field(default_factory=list)
    done: Done | None = None
    rounds: int = 0
    failed: CloudError | None = None

    @property
    def began(self) -> bool:
        """Something of it was heard or done: nobody else takes over."""
        return bool(self.said or self.calls or self.rounds)

    def again(self) -> None:
        """The next round begins."""
        self.said, self.calls, self.done, self.rounds = "", [], None, self.rounds + 1


def _round(number: int, asked: _Asked, results: Sequence[str]) -> Round:
    """A round as the next request tells of it; the arguments are those of the model, placeholders and all."""
    calls = [
        Called(id=f"call_{number}_{place}", tool=call.tool, arguments=call.arguments, result=result)
        for place, (call, result) in enumerate(zip(asked.calls, results, strict=True))
    ]
    return Round(said=asked.said, calls=tuple(calls))
