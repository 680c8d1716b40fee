"""What a model answers, on its way to the voice: what it claims is checked, and what it calls is screened.

here    the local model
held    the local model, and the cloud where it begins with a refusal, or unsurely, and nobody has heard it
beyond  the cloud, and the local model where that fails
"""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import AsyncGenerator, Callable, Collection
from dataclasses import dataclass

from assistant.errors import AssistantError
from assistant.language import Tongue
from assistant.think.acting import Acting, asks_back, shall_i
from assistant.think.answered import Account
from assistant.think.claim_guard import BLOCKED_CLAIM, ClaimGuard
from assistant.think.claims import Asked, asked_of
from assistant.think.cloud_tools import FAILED, MAX_CALLS, PRIVATE, TOO_MANY, UNKNOWN, Offer, inward
from assistant.think.dialogue import Dialogue, needs_facts
from assistant.think.difficulty import is_refusal
from assistant.think.escalation import Escalation, Notice
from assistant.think.llm import Talker
from assistant.think.route import Local
from assistant.think.sureness import HELD_TOKENS, Chances
from assistant.think.taint import BLOCKED, screen
from assistant.think.tools import Toolbox, ToolCallError, check_call, failed
from assistant.types import Message, ReplyPart, Route, RouteDecision, TextDelta, ToolCall, ToolResult, Turn

NOTHING = "I don't know what to say to that."
MORE = "Tell me more about that: how it works, an example and a surprising fact. Use five sentences, all of them new."
"""What the talker is asked in place of "go on", to which a small model says its last answer again."""
MORE_TOKENS = 3
"""How many times as long as an ordinary answer an expanded one may be."""
IN_KOREAN = "Answer in Korean, in one to three short polite sentences: 한국어 존댓말로 짧게 대답하세요."
"""Stands behind the prompt's prefix, which is the same for every language and stays in memory."""
NOT_OFFERED = "I don't have a tool for that."
REFUSAL_CHARS = 28
"""So much of a local answer is held back where the cloud may help: is it a refusal ("I'm sorry, but I can't")?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """The answer of one turn to `text`; `talker` none: there is no local model now, `cloud` none: no provider.

    `ours` tells whether the text speaks of what one of the skills does.
    """

    turn: Turn
    text: str
    dialogue: Dialogue
    toolbox: Toolbox
    acting: Acting
    account: Account
    talker: Talker | None
    cloud: Escalation | None
    tongue: Tongue
    now: Callable[[], dt.datetime]
    max_tokens: int
    ours: Callable[[], bool]

    async def here(self, chances: list[tuple[float, float]] | None = None) -> AsyncGenerator[str, None]:
        """The local model's answer; the chances of its tokens are added to `chances`. Raises: EngineError."""
        more = self.turn.decision is not None and self.turn.decision.reason == "more"
        max_tokens = self.max_tokens * (MORE_TOKENS if more else 1)
        parts = self._local(MORE if more else self.text, "", max_tokens)
        if chances is not None:
            parts = _noting(parts, chances)
        told = self._told(parts, self.text, "talker", "question" if more else asked_of(self.text), nothing=NOTHING)
        async with contextlib.aclosing(told) as words:
            async for word in words:
                yield word

    async def held(self, rescues: Collection[Local]) -> AsyncGenerator[str, None]:
        """The local answer; if it is refused or unsure, as `rescues` says, the cloud is asked before it was heard."""
        if self.tongue.now != "en":  # its weights were fitted on English
            rescues = frozenset(rescues) - {"unsure"}
        begun, told = "", False
        chances: list[tuple[float, float]] = []
        elsewhere: RouteDecision | None = None
        async with contextlib.aclosing(self.here(chances)) as deltas:
            async for delta in deltas:
                if told:
                    yield delta
                    continue
                begun += delta
                if len(begun) < REFUSAL_CHARS or ("unsure" in rescues and len(chances) < HELD_TOKENS):
                    continue
                if (elsewhere := self._rescued(begun, chances, rescues)) is not None:
                    break
                told = True
                yield begun
        if told:
            return
        elsewhere = elsewhere or self._rescued(begun, chances, rescues)
        if elsewhere is None:
            yield begun
            return
        self.turn.decision = elsewhere
        async with contextlib.aclosing(self.beyond()) as deltas:
            async for delta in deltas:
                yield delta

    def _rescued(self, begun: str, chances: Chances, rescues: Collection[Local]) -> RouteDecision | None:
        """That the cloud is to answer in place of what was begun, and why; None where it need not."""
        if self.turn.results:
            return None
        if "refused" in rescues and (not begun.strip() or begun == NOTHING or is_refusal(begun)):
            return RouteDecision(route="cloud", reason="local_refused")
        sureness = self.cloud.side.sureness if self.cloud is not None else None
        if "unsure" in rescues and sureness is not None and sureness.unsure(self.text, begun, chances):
            return RouteDecision(route="cloud", reason="local_unsure")
        return None

    async def beyond(self, *, spoken_over: bool = False) -> AsyncGenerator[str, None]:
        """The cloud's part: its question first, or its answer. Nothing leaves before the turn is certain."""
        turn, cloud, decision = self.turn, self.cloud, self.turn.decision
        assert cloud is not None and decision is not None
        text = cloud.meant(self.text)
        await turn.committed.wait()
        if decision.reason in ("agreed", "kept_here"):
            waiting = cloud.answered(text, spoken_over=spoken_over)
            if not waiting:
                turn.decision = RouteDecision(route="grammar", reason="kept_here")
                yield "Okay, it stays here."
                return
            text, placed = waiting, cloud.place(waiting, "unknown")
            if placed.where == "device":  # meanwhile something forbids it
                turn.decision = RouteDecision(route="none", reason=placed.reason)
                yield f"That can't be sent, because {self.account.because(placed.reason)}."
                return
        else:
            placed = cloud.place(text, "unknown" if decision.reason != "local_missing" else "missing")
            if placed.where in ("ask", "consent"):
                turn.decision = RouteDecision(route="grammar", reason=placed.reason)
                yield cloud.question(text, placed)
                return
        local = (lambda said: self._local(text, said, self.max_tokens)) if self.talker is not None else None
        offer = cloud.offer(text, self.toolbox.specs)
        parts = cloud.reply(text, decision.reason, local, offer)
        told = self._told(parts, text, "cloud", asked_of(text), nothing=NOTHING, offer=offer)
        async with contextlib.aclosing(told) as words:
            async for word in words:
                yield word

    def _local(self, text: str, said: str, max_tokens: int) -> AsyncGenerator[ReplyPart, None]:
        """The local model's answer to `text`, or the rest of one whose beginning was said."""
        assert self.talker is not None
        messages = [*self.dialogue.talk(time.time()), Message(role="user", text=text)]
        if said:
            messages += [Message(role="assistant", text=said), Message(role="user", text="Go on from there.")]
        facts = self.now().strftime("It is %A, %B %d, %Y, %H:%M.") if needs_facts(text) else ""
        if self.tongue.now == "ko":
            facts = f"{facts} {IN_KOREAN}".strip()
        return self.talker.reply(messages, facts=facts, max_tokens=max_tokens)

    async def _told(
        self,
        parts: AsyncGenerator[ReplyPart, None],
        text: str,
        route: Route,
        asked: Asked,
        *,
        nothing: str = "",
        offer: Offer | None = None,
    ) -> AsyncGenerator[str, None]:
        """The words of an answer to `text` that may be said, and what comes of its calls; else `nothing`."""
        said = False
        guard = ClaimGuard(asked, text, ours=self.ours if route == "talker" else None)
        async with contextlib.aclosing(parts) as stream:
            async for part in stream:
                if isinstance(part, Notice):  # our own words; what follows is the local model's
                    said = True
                    yield guard.finish() + part.text
                    guard = ClaimGuard(asked, text, ours=self.ours if route == "talker" else None)
                elif isinstance(part, TextDelta):
                    said = said or bool(part.text.strip())
                    if offer is not None and part.text.strip():
                        offer.unsaid.clear()  # the model has put them into words
                    if words := guard.feed(part.text):
                        yield words
                    if guard.blocked:
                        break
                elif isinstance(part, ToolCall):
                    said = said or route != "cloud"
                    calling = self._called(part, route) if route != "cloud" else self._called_from_afar(part, offer)
                    async with contextlib.aclosing(calling) as sentences:
                        async for sentence in sentences:
                            yield f" {sentence}" if said and route == "cloud" else sentence
                            said = said or bool(sentence.strip())
        rest = guard.finish()
        if guard.blocked:  # a model has no hands: what it says that it did was not done
            self.turn.results.append(ToolResult(tool="", ok=False, speech=guard.truth, error=BLOCKED_CLAIM))
        unsaid = " ".join(offer.unsaid) if offer is not None else ""
        yield f"{rest} {unsaid}" if unsaid else rest if said else nothing

    async def _called_from_afar(self, call: ToolCall, offer: Offer | None) -> AsyncGenerator[str, None]:
        """What comes of a call by a cloud model: it can only call what it was offered, so often, and reads only results
        that tell nothing of this home."""
        turn, specs = self.turn, self.toolbox.specs
        cloud, before = self.cloud, len(turn.results)
        assert cloud is not None
        if offer is None or not offer.knows(call.tool):
            turn.results.append(failed(call.tool, ToolCallError(NOT_OFFERED)))
            if offer is None:
                yield NOT_OFFERED
            else:
                offer.came(UNKNOWN)
            return
        if offer.over:  # the user has to answer first
            return
        if offer.closed or offer.calls + offer.pending >= MAX_CALLS:
            offer.came(TOO_MANY)
            return
        calling = self._called(inward(call, specs, cloud.redactor), "cloud")
        words = ""
        async with contextlib.aclosing(calling) as sentences:
            async for sentence in sentences:
                words += sentence
        results = turn.results[before:]
        asks = turn.asks is not None or any(asks_back(result) or result.error == BLOCKED for result in results)
        if asks:
            offer.over = True
            yield words
        elif call.tool in specs and specs[call.tool].public and cloud.may_leave(words):
            offer.came(words.strip())
            offer.unsaid.append(words.strip())
        else:
            offer.came(PRIVATE if all(result.ok for result in results) else FAILED)
            yield words

    async def _called(self, call: ToolCall, route: Route) -> AsyncGenerator[str, None]:
        """What comes of a call by a model that has read the conversation, and the words of strangers with it.

        A model in the cloud is a stranger itself.
        """
        turn, specs = self.turn, self.toolbox.specs
        strange = self.dialogue.is_tainted(time.time()) or any(result.outside for result in turn.results)
        screened = screen(route, call, specs, self.text) if route == "cloud" or strange else "run"
        if screened == "ask":
            try:
                turn.asks = check_call(specs, call)
            except AssistantError:
                screened = "run"  # it is refused there, in a sentence
        if screened == "withhold":
            yield self.acting.withhold(turn, call)
        elif turn.asks is not None:
            yield shall_i(specs[call.tool], turn.asks)
        else:
            async with contextlib.aclosing(self.acting.act(turn, (call,))) as sentences:
                async for sentence in sentences:
                    yield sentence


async def _noting(
    parts: AsyncGenerator[ReplyPart, None], chances: list[tuple[float, float]]
) -> AsyncGenerator[ReplyPart, None]:
    """The same parts; what their tokens' chances were is written down."""
    async with contextlib.aclosing(parts) as stream:
        async for part in stream:
            if isinstance(part, TextDelta):
                chances += part.chances
            yield part
