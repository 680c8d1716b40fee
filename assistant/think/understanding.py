"""From words to a plan and from a plan to a reply: grammar, then tool caller, then local talker; none may guess."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field, replace

from assistant.account.offering import Offering, missed_in
from assistant.errors import AssistantError
from assistant.korean.answers import bare
from assistant.korean.told import in_korean
from assistant.language import Tongue, is_korean
from assistant.think.acting import SHOWN_PIN, Acting, asks_back, question_of, shall_i
from assistant.think.answered import Account
from assistant.think.answering import NOTHING, Answering
from assistant.think.because import NOTHING_YET, asks_why, because
from assistant.think.caller import Caller, judge
from assistant.think.choosing import Choosing, judge_choice
from assistant.think.contrary import inverse
from assistant.think.dialogue import Dialogue, answer_of, wants_more
from assistant.think.difficulty import is_refusal, wish_of
from assistant.think.escalation import Escalation
from assistant.think.fastpath import Grammar, Topic, stop_intent
from assistant.think.llm import Talker
from assistant.think.misheard import Heard, meant
from assistant.think.normalize import spell
from assistant.think.question import asks_to_explain
from assistant.think.reference import Last, corrected, resolved, takes_back
from assistant.think.taint import screen
from assistant.think.tools import Toolbox, check_call
from assistant.types import (
    Completeness,
    RouteDecision,
    ToolCall,
    ToolResult,
    ToolSpec,
    Turn,
)

NO_TALKER = "I can't answer that yet: my language model is not ready. Timers, the time and sums already work."
WHOLE_WORDS = 5
"""The beginning of a command that is so long may as well be a whole one that was misheard."""
LAST_MESSAGES = 2
"""Of the conversation, what the talker reads when it chooses tools: enough for "it", and little to wait for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Minds:
    """The engines of understanding. `ready` tells whether an engine may be asked now; one that is absent is passed."""

    caller: Caller | None = None
    talker: Talker | None = None
    choosing: Choosing | None = None
    caller_ready: Callable[[], bool] = lambda: True
    talker_ready: Callable[[], bool] = lambda: True
    max_tokens: int = 160
    caller_patience_s: float = 0.8


@dataclass(slots=True, kw_only=True)
class Understanding:
    """One conversation's understanding: `plan` has no side effect, `reply` acts (after the turn is committed)."""

    grammar: Grammar
    toolbox: Toolbox
    minds: Minds
    dialogue: Dialogue = field(default_factory=Dialogue)
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now().astimezone()
    on_heard: Callable[[str, bool], None] = lambda text, outside: None
    """Told what was heard of an answer, and whether words of strangers may be in it."""
    on_begin: Callable[[bool, bool], None] = lambda tainted, own: None
    """Told before the tools of a turn run whether words of strangers are part of the conversation, and whether the turn
    is all the same a plain command of the user's own, in no word like theirs."""
    room: str = "here"
    tongue: Tongue = field(default_factory=Tongue)
    cloud: Escalation | None = None
    """The way to a cloud model; none where no provider is chosen."""
    offers: Offering | None = None
    """Whether the plan may be mentioned after an answer; none where no plan can be had."""
    account: Account = field(init=False)
    _acting: Acting = field(init=False)
    _answering: str = ""
    _turned_s: float = 0.0
    _before: Turn | None = None
    """The last turn that did not itself ask for reasons."""
    _reading: asyncio.Future[None] | None = None
    _asked: asyncio.Future[tuple[ToolCall, ...]] | None = None

    def __post_init__(self) -> None:
        self._acting = Acting(toolbox=self.toolbox, room=self.room, match=self.grammar.match)
        self.account = Account(cloud=self.cloud)

    def listen(self, text: str, language: str = "") -> None:
        """The language of these words, as far as it may change, is that of the conversation from now on."""
        self.tongue.heard(text, language)

    def is_stop(self, text: str) -> bool:
        if stop_intent(text) is None or self._takes_back(text) is not None:
            return False
        last = self._last() if is_korean(text) else None
        return last is None or bool(self._answering) or resolved(last, text, self.grammar.match) is None

    def knows(self, text: str) -> bool:
        """Whether the grammar alone understands this."""
        if self.is_stop(text) or self.account.topic(text) is not None or asks_why(text):
            return True
        return self._answers(text) is not None or self._refers(text) is not None

    def shown(self, text: str) -> str:
        """The words as they may be told, kept and read to a model: the digits of a PIN are only for its check."""
        if not self.dialogue.challenge and not self.dialogue.question:
            return text
        return self._acting.shown(text, self.dialogue, command=self.grammar.match(text) is not None)

    def completeness(self, text: str) -> Completeness:
        if self.dialogue.pending is not None and answer_of(text) is not None:
            return "complete"
        if self._filled(text) or self._expands(text) or self._takes_back(text) is not None or asks_why(text):
            return "complete"
        if self.account.topic(text) is not None or (self._cloud_asks and answer_of(text) is not None):
            return "complete"
        if self._to_offer(text) is not None:
            return "complete"
        if self.shown(text) == SHOWN_PIN:
            return "prefix"  # more digits may follow: half a PIN would be a wrong one
        if self.toolbox.questions.fits(self.dialogue.question, text):
            return "complete"
        if self._acting.waits_for_yes(self.dialogue) and answer_of(text) is not None:
            return "complete"
        return "complete" if self.is_stop(text) else self.grammar.is_complete(text)

    def topic(self, text: str) -> Topic | None:
        """What the recogniser is to expect if it hears the sound of this text again; None where that is not needed.

        It is where the words are no command, nor the short beginning of one, nor an answer, nor ask to explain
        something, yet they speak of a skill.
        """
        if self.asked or asks_to_explain(text) or self.knows(text) or self.shown(text) == SHOWN_PIN:
            return None
        completeness = self.completeness(text)
        if completeness != "unknown" and not (completeness == "prefix" and len(text.split()) >= WHOLE_WORDS):
            return None
        if self.grammar.match(text) is not None:
            return None
        return self.grammar.topic(text)

    def meant(self, heard: Heard) -> str | None:
        """The command that was meant by words that are none, by what else was heard; None where that is not clear."""
        return meant(heard, self.grammar, self.toolbox.specs)

    @property
    def asked(self) -> bool:
        """We have put a question, and what is said next may be its answer."""
        waiting = self.dialogue.pending is not None or bool(self.dialogue.asked)
        return (
            waiting
            or self._cloud_asks
            or (self.offers is not None and self.offers.asks)
            or self._acting.waits_for_yes(self.dialogue)
            or self.toolbox.questions.is_open(self.dialogue.question)
        )

    def is_calm(self, for_s: float) -> bool:
        """No turn is being answered, and for so many seconds none was begun or ended."""
        return not self._answering and time.monotonic() - self._turned_s >= for_s

    def renew(self) -> None:
        """Begin another conversation."""
        self._acting.let_go(self.dialogue.question, self.dialogue.challenge)
        self.dialogue = Dialogue()
        if self.cloud is not None:  # other placeholders, another session
            self.cloud = Escalation(side=self.cloud.side)
            self.account = Account(cloud=self.cloud)
        if self.offers is not None:
            self.offers = Offering(book=self.offers.book)

    @property
    def _cloud_asks(self) -> bool:
        return self.cloud is not None and self.cloud.asks

    async def plan(self, text: str) -> RouteDecision:
        """Decide who answers and with which calls. Raises: EngineError."""
        self._turned_s = time.monotonic()
        pending = self.dialogue.pending
        if pending is not None and (answer := answer_of(text)) is not None:
            confirmed = (pending,) if answer else ()
            return RouteDecision(route="grammar", reason="confirmed" if answer else "declined", calls=confirmed)
        if (decision := self._answers(text)) is not None:
            return decision
        if self._cloud_asks and answer_of(text) is not None:
            return RouteDecision(route="cloud", reason="agreed" if answer_of(text) else "kept_here")
        if (agreed := self._to_offer(text)) is not None:
            return RouteDecision(route="grammar", reason="offer_taken" if agreed else "offer_declined")
        if self.account.topic(text) is not None:
            return RouteDecision(route="grammar", reason="account")
        if self._reading is not None:
            self._reading.cancel()
        if (decision := self._refers(text)) is not None:
            return decision
        if asks_why(text):
            return RouteDecision(route="grammar", reason="why")
        if self._expands(text) and self._talker() is not None:
            return RouteDecision(route="talker", reason="more")
        if self.cloud is not None and self.cloud.named(text) is not None:
            return self._open_question(text)
        if asks_to_explain(text):  # no tool does that: neither model need look for one
            return self._open_question(text)
        # One after the other: the caller's two threads spin, so beside a busy talker its 0.15 s became more than 0.8 s.
        if not is_korean(text) and (decision := await self._ask_caller(text)) is not None:
            return self._screened(decision, text)
        elsewhere = self.cloud is not None and wish_of(text) == "cloud"
        if self._talker() is not None and not elsewhere and (decision := await self._ask_talker(text)) is not None:
            return decision
        return self._open_question(text)

    def _open_question(self, text: str) -> RouteDecision:
        """Who answers what no tool does: with a cloud the guideline decides, else the local model."""
        ready = self._talker() is not None
        if self.cloud is not None:
            placed = self.cloud.place(text, "unknown" if ready else "missing")
            if placed.where != "device":
                return RouteDecision(route="cloud", reason=placed.reason)
            if ready:
                return RouteDecision(route="talker", reason=placed.reason)
        if ready:
            return RouteDecision(route="talker", reason="open_question")
        return RouteDecision(route="none", reason="talker_not_ready")

    async def reply(self, turn: Turn, text: str, *, spoken_over: bool = False) -> AsyncGenerator[str, None]:
        """The words of the answer as they come; tools run here, those with an effect only once the turn is certain.

        `spoken_over`: the words were heard while our own loudspeaker sounded, or so soon after that they may be its
        echo; then they confirm nothing.

        Raises:
            EngineError: an engine failed; what was yielded so far stands.
        """
        self._answering = turn.id
        decision = turn.decision
        plain = decision is not None and decision.reason == "grammar"
        self.on_begin(self.dialogue.is_tainted(time.time()), plain and not self.dialogue.shares_outside(text))
        said = ""
        try:
            async with contextlib.aclosing(self._reply(turn, text, spoken_over=spoken_over)) as sentences:
                async for sentence in sentences:
                    said += sentence
                    yield in_korean(sentence) if self.tongue.now == "ko" else sentence
            async with contextlib.aclosing(self._left_to_model(turn)) as deltas:
                async for delta in deltas:
                    said += delta
                    yield delta
            if self.offers is not None:
                await turn.committed.wait()  # what is kept of an offer is a deed, too
                if words := self.offers.after(turn, said, missed_in(turn, text, said, cloud=self.cloud)):
                    words = in_korean(words) if self.tongue.now == "ko" else words
                    yield words if said.endswith(" ") else f" {words}"
        except AssistantError:
            if self.offers is not None:
                self.offers.failed()
            raise
        finally:
            if not turn.committed.is_set():  # a turn that did not happen has asked nothing
                self._answering = ""
                self._acting.let_go(question_of(turn))

    async def _reply(self, turn: Turn, text: str, *, spoken_over: bool) -> AsyncGenerator[str, None]:
        decision = turn.decision
        assert decision is not None
        if decision.reason == "declined":
            yield "Okay, I won't."
        elif decision.reason in ("offer_taken", "offer_declined") and self.offers is not None:
            await turn.committed.wait()
            yield self.offers.reply(decision.reason == "offer_taken")
        elif decision.reason == "why":
            before, specs = self._before, self.toolbox.specs
            yield because(before, specs, self.tongue.now) if before is not None else NOTHING_YET
        elif decision.reason == "confirmation":
            confirming = self._acting.confirm(turn, text, self.dialogue.challenge, spoken_over=spoken_over)
            async with contextlib.aclosing(confirming) as sentences:
                async for sentence in sentences:
                    yield sentence
        elif decision.reason == "answer":
            answering = self._acting.answer(turn, text, self.dialogue.question, spoken_over=spoken_over)
            async with contextlib.aclosing(answering) as sentences:
                async for sentence in sentences:
                    yield sentence
        elif decision.reason == "account":
            await turn.committed.wait()
            if (topic := self.account.topic(text)) is not None:
                yield self.account.tell(topic, text)
        elif decision.route == "cloud":
            beyond = self._by_model(turn, text).beyond(spoken_over=spoken_over)
            async with contextlib.aclosing(beyond) as deltas:
                async for delta in deltas:
                    yield delta
        elif decision.reason == "tainted":
            yield self._acting.withhold(turn, decision.calls[0])
        elif decision.reason in ("corrected", "taken_back") and self.dialogue.last is not None:
            last = self.dialogue.last
            changing = self._acting.change(turn, decision.calls, last.results, self._inverses(last))
            async with contextlib.aclosing(changing) as sentences:
                async for sentence in sentences:
                    yield sentence
        elif decision.reason in ("caller_asks", "talker_asks"):
            turn.asks = decision.calls[0]
            yield shall_i(self.toolbox.specs[decision.calls[0].tool], decision.calls[0])
        elif decision.calls:
            async with contextlib.aclosing(self._acting.act(turn, decision.calls)) as sentences:
                async for sentence in sentences:
                    yield sentence
        elif decision.route == "talker":
            may = self.cloud is not None and decision.reason != "more"
            rescues = self.cloud.rescues(text) if self.cloud is not None and may else frozenset()
            model = self._by_model(turn, text)
            async with contextlib.aclosing(model.held(rescues) if rescues else model.here()) as deltas:
                async for delta in deltas:
                    yield delta
        else:
            yield NO_TALKER

    async def _left_to_model(self, turn: Turn) -> AsyncGenerator[str, None]:
        """The local model's answer to what a skill leaves to it; nothing where no skill does. Raises: EngineError."""
        asked = next((result.to_model for result in turn.results if result.to_model), "")
        if not asked:
            return
        said, why = "", ""
        if self._talker() is None:
            said, why = NO_TALKER, "talker_not_ready"
            yield NO_TALKER
        else:
            async with contextlib.aclosing(self._by_model(turn, asked).here()) as deltas:
                async for delta in deltas:
                    said += delta
                    yield delta
            why = "model_refused" if is_refusal(said) or said.strip() in ("", NOTHING) else ""
        if why:  # it was not done here either, whatever the skill said before
            turn.results.append(ToolResult(tool="", ok=False, speech=said, error=why))

    def close(self, turn: Turn) -> None:
        """Remember a turn that really happened: what was heard, and what was asked back."""
        self._answering, self._turned_s = "", time.monotonic()
        self._acting.close(turn, self.dialogue)
        self._note(turn)
        if self.offers is not None:
            self.offers.close(turn.heard)
        if turn.decision is not None and turn.decision.reason != "why":
            self._before = turn
        self.account.note(turn.decision, turn.results)
        self.dialogue.pending = turn.asks
        self.dialogue.asked = next((str(r.data["ask"]) for r in turn.results if r.data.get("ask")), "")
        if turn.text:
            route = turn.decision.route if turn.decision is not None else "none"
            outside = any(result.outside for result in turn.results) or route == "cloud"
            specs = self.toolbox.specs
            if self.cloud is not None:
                self.cloud.close(turn.text, turn.heard, by_model=route in ("talker", "cloud"))
            calls = turn.decision.calls if turn.decision is not None else ()
            deed = any(call.tool in specs and specs[call.tool].effect != "read" for call in calls)
            self.dialogue.add(turn.text, turn.heard, time.time(), outside=outside, deed=deed)
            self.on_heard(turn.heard, self.dialogue.is_tainted(time.time()))
        by_model = any(result.to_model for result in turn.results)
        if turn.decision is not None and (by_model or turn.decision.route in ("talker", "cloud", "none")):
            self._reading = asyncio.ensure_future(self._read_back())

    def _to_offer(self, text: str) -> bool | None:
        """Is this a yes or a no to the offer that ended the last answer?"""
        return self.offers.answer(text, answer_of(text)) if self.offers is not None else None

    def _answers(self, text: str) -> RouteDecision | None:
        """The decision that these words answer what we asked; none where they are something else."""
        if not self.dialogue.challenge and not self.dialogue.question:
            return None
        command = self.grammar.match(text) is not None
        if (call := self._acting.confirms(text, self.dialogue, command=command)) is not None:
            return RouteDecision(route="grammar", reason="confirmation", calls=(call,))
        questions, question = self.toolbox.questions, self.dialogue.question
        if questions.fits(question, text) or (questions.is_open(question) and not command):
            return RouteDecision(route="grammar", reason="answer")
        return None

    def _refers(self, text: str) -> RouteDecision | None:
        """The decision of the grammar, also of what the words mean after the command before; None where it has none."""
        if (decision := self._takes_back(text)) is not None:
            return decision
        filled = self._filled(text)
        # Korean says much in few words: what is a whole command of its own is no answer.
        if filled and not is_korean(text) and not _is_free(text, filled):
            return RouteDecision(route="grammar", reason="answer_to_question", calls=filled)
        if calls := self.grammar.match(text):
            return RouteDecision(route="grammar", reason="grammar", calls=calls)
        if filled:
            return RouteDecision(route="grammar", reason="answer_to_question", calls=filled)
        last = self._last()
        if last is None:
            return None
        harmless = [tool.effect for tool in self._tools(last.calls[:1])] == ["read"]
        if (harmless or self._can_undo(last)) and (found := corrected(last, text, self.grammar.match)):
            return RouteDecision(route="grammar", reason="corrected", calls=found[1])
        if calls := resolved(last, text, self.grammar.match):
            return RouteDecision(route="grammar", reason="referred", calls=calls)
        return None

    def _takes_back(self, text: str) -> RouteDecision | None:
        """ "Cancel it" after a command means what that was about; over an answer or a question it only ends these."""
        last = self._last()
        if last is None or not last.is_latest or self._answering or self.asked or not takes_back(text):
            return None
        if self._can_undo(last):
            return RouteDecision(route="grammar", reason="taken_back")
        if calls := resolved(last, text, self.grammar.match):
            return RouteDecision(route="grammar", reason="referred", calls=calls)
        return None

    def _last(self) -> Last | None:
        """The command before, while it is fresh."""
        last = self.dialogue.last
        return last if last is not None and last.is_fresh(time.time()) else None

    def _can_undo(self, last: Last) -> bool:
        undone = any(tool.effect == "change" and self.toolbox.undoes(tool.name) for tool in self._tools(last.results))
        return undone or bool(self._inverses(last))

    def _inverses(self, last: Last) -> tuple[ToolCall, ...]:
        """Calls that take back what a skill without `undo` did: the desk lamp is off again."""
        if not all(result.ok for result in last.results) or any(self.toolbox.undoes(call.tool) for call in last.calls):
            return ()
        found = [inverse(call, self.toolbox.specs) for call in last.calls]
        return tuple(call for call in found if call is not None) if all(found) else ()

    def _tools(self, of: Sequence[ToolCall | ToolResult]) -> list[ToolSpec]:
        """The tools of calls or results, without those that are gone: a home that lost its devices offers none."""
        specs = self.toolbox.specs
        return [specs[one.tool] for one in of if one.tool in specs]

    def _note(self, turn: Turn) -> None:
        """Keep the command for what may refer to it; a turn that was none leaves the one before to "it"."""
        if (decision := turn.decision) is None:
            return
        last, text = self.dialogue.last, turn.text
        done = tuple(one for one in turn.results if one.ok and one.tool in self.toolbox.specs and not asks_back(one))
        if decision.reason == "taken_back":
            self.dialogue.last = None
            return
        if decision.reason == "answer" and last is not None and done and done[0].tool == last.calls[0].tool:
            self.dialogue.last = replace(last, results=done, at_s=time.time())
            return
        if decision.reason == "answer_to_question":
            text = self._asked_sentence(text)
        elif decision.reason == "corrected" and last is not None:
            found = corrected(last, text, self.grammar.match)
            text, done = found[0] if found else text, done[:1]  # the other results tell what was taken back
        if decision.calls and any(one.ok for one in turn.results):
            self.dialogue.last = Last(text=text, calls=decision.calls, results=done, at_s=time.time())
        elif last is not None:
            self.dialogue.last = replace(last, is_latest=False)

    def _asked_sentence(self, answer: str) -> str:
        """What a skill asked, with these words as the answer; empty if it asked nothing."""
        words = bare(answer) if is_korean(answer) else answer.strip(" .!?,")
        return self.dialogue.asked.replace("{answer}", words)

    async def _read_back(self) -> None:
        """Nobody waits: the talker reads the conversation, so that the next answer begins sooner; the caller rests."""
        if (talker := self._talker()) is not None:
            with contextlib.suppress(AssistantError):  # whoever answers next meets the same trouble, and tells it
                await talker.prefill(self.dialogue.talk(time.time()))
                if self.minds.choosing is not None and self.minds.choosing.missed is not None:
                    await self.minds.choosing.rest()
                    await talker.prefill(self.dialogue.talk(time.time()))
        self._rest_caller()

    def _filled(self, text: str) -> tuple[ToolCall, ...] | None:
        """The calls that these words mean as the answer to what a skill just asked."""
        return self.grammar.match(self._asked_sentence(text)) if self.dialogue.asked else None

    def _expands(self, text: str) -> bool:
        """There is an answer, and the person wants more of it."""
        return wants_more(text) and bool(self.dialogue.talk(time.time()))

    def _by_model(self, turn: Turn, text: str) -> Answering:
        """What a model is to answer in this turn, with the conversation as it is now."""
        return Answering(
            turn=turn, text=text, dialogue=self.dialogue, toolbox=self.toolbox, acting=self._acting,
            account=self.account, talker=self._talker(), cloud=self.cloud, tongue=self.tongue, now=self.now,
            max_tokens=self.minds.max_tokens, ours=lambda: self.grammar.topic(text) is not None,
        )  # fmt: skip

    def _talker(self) -> Talker | None:
        return self.minds.talker if self.minds.talker_ready() else None

    async def _ask_caller(self, text: str) -> RouteDecision | None:
        try:
            calls = tuple(check_call(self.toolbox.specs, call) for call in await self._proposals(text))
        except AssistantError:
            return None  # it is optional: what it cannot do the talker can
        verdict = judge(text, calls, self.toolbox.specs)
        if verdict == "act":
            return RouteDecision(route="caller", reason="caller_sure", calls=calls)
        if verdict == "ask" and self.toolbox.specs[calls[0].tool].effect == "sensitive":
            return RouteDecision(route="caller", reason="caller_sure", calls=calls)  # it is confirmed in any case
        if verdict == "ask":
            return RouteDecision(route="caller", reason="caller_asks", calls=calls[:1])
        return None

    async def _ask_talker(self, text: str) -> RouteDecision | None:
        """What the talker makes of a wish with the few tools that fit it; None where it is to answer in words.

        Once words of strangers are part of the conversation it reads this sentence alone.
        """
        if self.minds.choosing is None:
            return None
        tainted = self.dialogue.is_tainted(time.time())
        history = () if tainted else self.dialogue.messages(time.time())[-LAST_MESSAGES:]
        specs = self.toolbox.specs
        try:
            proposed = await self.minds.choosing.propose(text, history)
            calls = tuple(check_call(specs, call) for call in proposed)
        except AssistantError:
            return None
        verdict = judge_choice(text, calls, specs)
        for call in calls if tainted and verdict != "pass" else ():
            screened = screen("talker", call, specs, text)
            if screened == "withhold":
                return RouteDecision(route="talker", reason="tainted", calls=(call,))
            verdict = "ask" if screened == "ask" else verdict
        if verdict == "pass" or (verdict == "ask" and len(calls) > 1):
            return None
        sure = verdict == "act"
        return RouteDecision(route="talker", reason="talker_sure" if sure else "talker_asks", calls=calls)

    async def _proposals(self, text: str) -> tuple[ToolCall, ...]:
        """What the caller proposes in time; an engine that is late is not waited for, nor asked again meanwhile."""
        caller = self.minds.caller
        if caller is None or not self.minds.caller_ready():
            return ()
        if self._asked is not None and not self._asked.done():
            return ()
        self._asked = asyncio.ensure_future(caller.call(text))
        self._asked.add_done_callback(lambda done: done.cancelled() or done.exception())
        done, _ = await asyncio.wait({self._asked}, timeout=self.minds.caller_patience_s)
        return self._asked.result() if done else ()

    def _rest_caller(self) -> None:
        """Let the caller make ready what it lacked; a wish that comes meanwhile is not kept waiting for it."""
        caller = self.minds.caller
        if caller is not None and self.minds.caller_ready() and (self._asked is None or self._asked.done()):
            self._asked = asyncio.ensure_future(_rested(caller))
            self._asked.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _screened(self, decision: RouteDecision, text: str) -> RouteDecision:
        """The caller's decision as far as words of strangers in the conversation let it stand."""
        if not self.dialogue.is_tainted(time.time()):
            return decision
        for call in decision.calls:
            if screen(decision.route, call, self.toolbox.specs, text) == "withhold":
                return RouteDecision(route=decision.route, reason="tainted", calls=(call,))
        return decision


def _is_free(text: str, calls: Sequence[ToolCall]) -> bool:
    """Did these calls take the words of an answer as they are? Then a command in them is obeyed in their place.

    After the headlines "next" is the news' own; after "what shall I remind you of?" a command is no reminder.
    """
    said = f" {spell(text)} "
    values = [spell(value) for call in calls for value in call.arguments.values() if isinstance(value, str)]
    return any(f" {value} " == said or (" " in value and f" {value} " in said) for value in values)


async def _rested(caller: Caller) -> tuple[ToolCall, ...]:
    await caller.rest()
    return ()
