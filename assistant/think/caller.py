"""The tool caller: everyday wishes in free words become tool calls, and the effect decides how sure it must be."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from assistant.errors import EngineError
from assistant.think.contrary import keeps_numbers, reverses
from assistant.think.shape import (
    call_name,
    durations,
    ground,
    has_said_duration,
    needs_duration,
    shape,
    stems,
    words_of,
)
from assistant.think.toolsets import Retrieval, ToolSet, heard_words, known_words, tool_sets
from assistant.types import Effect, JsonDict, ToolCall, ToolSpec
from assistant.worker import Worker

Verdict = Literal["act", "ask", "pass"]


THRESHOLDS: Mapping[Effect, tuple[float, float]] = {
    "read": (0.46, 0.46),
    "change": (0.25, 0.4),
    "sensitive": (0.4, 1.1),
}
"""Effect -> confidence from which we ask back, and from which we act. Reading is harmless: act or pass on.

From `scripts/calibrate-caller`; docs/decisions/0010 tells what each of them lets through and costs.
"""

MAX_ASKED = 2
"""Sets that are asked for one sentence, one after the other, until one is sure."""
SURE = 0.4
"""Confidence from which no other set is asked."""
_LEAD_IN = re.compile(
    r"^(?:(?:hey|hi|hello|ok|okay|so|well|um|uh|and|but|then|now|please|actually|nabu|alright|right|sorry)\b[\s,]*)+"
)
_POLITE = re.compile(
    r"^(?:(?:can|could|would|will|won't|can't) you\b(?! (?:have|know|do|see|hear|feel|like|think|speak|help))"
    r"|(?:can|could|may) (?:i|we) (?:please )?(?:have|get|set|start|add)\b"
    r"|(?:would|do) you mind\b|(?:how|what) about (?:a|an|another)\b|why don't you\b)"
)
_ASKS = re.compile(
    r"^(?:what|what's|whats|who|who's|whose|whom|when|when's|where|where's|which|why|how|how's|is|isn't|are|aren't|am"
    r"|was|were|do|does|did|don't you|doesn't|didn't|has|have you|had|can|could|should|shall|would|will|may|might|must"
    r"|i wonder"
    r"|(?:tell|remind|explain to|show) me (?:what|who|when|where|which|why|how|if|whether)|explain"
    r"|i (?:want|would like|need) to know)\b"
    r"|^(?:write|tell|compose|invent|make up|sing|recite) (?:(?:me|us) )?(?:(?:a|an|some|another) )?(?:[a-z]+ )?"
    r"(?:poems?|stor(?:y|ies)|songs?|verses?|haikus?|limericks?|rhymes?|essays?|speech|tales?|jokes?|riddles?)\b"
)
_FORBIDS = re.compile(r"^(?:don't|do not|never|no|not|you (?:should|could|must|need)(?:n't| not| have))\b")
_DOUBLE = re.compile(r"^(?:don't|do not|never) (?:let|forget|miss)\b")
_TAG = re.compile(r"[, ](?:please|okay|ok|will you|would you|can you|could you)\s*\?$")


class Caller(Protocol):
    """Proposes tool calls; checks nothing and runs nothing."""

    async def prepare(self, tools: Sequence[ToolSpec]) -> None:
        """Offer these tools from now on (about a second). Raises: EngineError."""
        ...

    async def call(self, text: str) -> tuple[ToolCall, ...]:
        """The calls that this wish means, each with a confidence 0..1; empty when no tool fits. Raises: EngineError."""
        ...

    async def rest(self) -> None:
        """Nobody waits: make ready what the last wishes lacked (about a second). Raises: EngineError."""
        ...


def judge(text: str, calls: Sequence[ToolCall], specs: Mapping[str, ToolSpec]) -> Verdict:
    """What to do with proposed calls: run them, ask the user first, or leave the sentence to the next in line.

    The least sure call decides. A question never changes anything, a call must have to do with the words that were
    said, and what is sensitive is never done unasked; nor is what only a value speaks for ("that took ten minutes").
    """
    if not permitted(text, calls, specs):
        return "pass"
    tools = [specs[call.tool] for call in calls]
    margins = [(call.confidence, *THRESHOLDS[tool.effect]) for call, tool in zip(calls, tools, strict=True)]
    named = all(speaks_of(text, tool) for tool in tools)
    if named and all(confidence >= act for confidence, _, act in margins):
        return "act"
    if not named and any(tool.effect == "read" for tool in tools):
        return "pass"
    if len(calls) == 1 and margins[0][0] >= margins[0][1]:
        return "ask"
    return "pass"


def permitted(text: str, calls: Sequence[ToolCall], specs: Mapping[str, ToolSpec]) -> bool:
    """May these calls come of this sentence at all, however sure the caller is?"""
    if not calls or any(call.tool not in specs for call in calls):
        return False
    tools = [specs[call.tool] for call in calls]
    if any(tool.effect != "read" for tool in tools) and (is_question(text) or is_forbidden(text)):
        return False
    if any(reverses(text, tool) for tool in tools) or not keeps_numbers(text, calls, tools):
        return False
    return all(belongs(text, call, tool) for call, tool in zip(calls, tools, strict=True))


def belongs(text: str, call: ToolCall, tool: ToolSpec) -> bool:
    """Does the sentence speak of what the tool is about, or name what it needs?

    The model would answer "how are you today" with the time of day and be 0.8 sure of it.
    """
    needed = {"hours", "minutes", "seconds", *tool.parameters.get("required", [])}
    values = [
        word for name, value in call.arguments.items() if name in needed for word in (name, *words_of(str(value)))
    ]
    return speaks_of(text, tool) or bool(stems(words_of(text)) & stems(values))


def speaks_of(text: str, tool: ToolSpec) -> bool:
    """Is there a word of the tool's name, description or sentences, beside values that many tools take?"""
    return bool(heard_words(text) & known_words(tool))


def is_question(text: str) -> bool:
    """Does this ask for an answer rather than for a deed? A polite wish ("could you set ...?") is a deed.

    Who wants a poem wants words: "write a poem about the sea" was taken for a note.
    """
    plain = _LEAD_IN.sub("", " ".join(text.lower().replace("’", "'").split()))
    if _POLITE.match(plain):
        return False
    if _ASKS.match(plain):
        return True
    return plain.endswith("?") and not _TAG.search(plain)


def is_forbidden(text: str) -> bool:
    """Does this say what must not be done, or should have been? "Don't let me forget" is a wish all the same."""
    plain = _LEAD_IN.sub("", " ".join(text.lower().replace("’", "'").split()))
    return bool(_FORBIDS.search(plain)) and not _DOUBLE.search(plain)


class WorkerCaller:
    """The caller in a worker (engine `needle3`) with so many `seats`, each for one set of tools.

    A set whose seat was taken by another is not waited for: it gets the seat that was longest unused while we `rest`.
    The sets are given again to a worker that was restarted.
    """

    def __init__(self, worker: Worker, *, seats: int = 1) -> None:
        self._worker = worker
        self._seats: list[_Offer | None] = [None] * seats
        self._offers: dict[str, _Offer] = {}
        self._retrieval = Retrieval(())
        self._used: list[int] = list(range(seats))
        self._missed: _Offer | None = None

    async def prepare(self, tools: Sequence[ToolSpec]) -> None:
        sets = sorted(tool_sets(tools), key=lambda each: all(tool.effect == "read" for tool in each.tools))
        self._offers = {each.name: _offer_of(each) for each in sets}
        self._retrieval = Retrieval(sets)
        for seat, offer in zip(range(len(self._seats)), self._offers.values(), strict=False):
            try:
                await self._seat(seat, offer)
            except EngineError:
                if seat == 0:
                    raise
                self._seats = self._seats[:seat]  # this machine holds no more
                self._used = [used for used in self._used if used < seat]
                break

    async def call(self, text: str) -> tuple[ToolCall, ...]:
        best: tuple[ToolCall, ...] = ()
        for ranked in self._retrieval.rank(text, question=is_question(text))[:MAX_ASKED]:
            offer = self._offers[ranked.name]
            if offer not in self._seats:
                self._missed = self._missed or offer
                break  # it is the likelier one: what a less likely one proposes would be a guess
            calls = await self._ask(self._seats.index(offer), offer, text)
            if not permitted(text, calls, {tool.name: tool for tool in offer.tools.values()}):
                continue
            if calls[0].confidence >= SURE:
                return calls
            best = max(best, calls, key=lambda found: found[0].confidence if found else 0.0)
        return best

    async def rest(self) -> None:
        offer, self._missed = self._missed, None
        if offer is not None and offer not in self._seats:
            await self._seat(self._used[0], offer)

    async def _ask(self, seat: int, offer: _Offer, text: str) -> tuple[ToolCall, ...]:
        self._touch(seat)
        request = {"text": text, "key": offer.key, "seat": seat}
        answer, _ = await self._worker.call("call", request)
        if answer.get("unprepared"):
            await self._seat(seat, offer)
            answer, _ = await self._worker.call("call", request)
        return proposals(answer, offer.tools, text)

    async def _seat(self, seat: int, offer: _Offer) -> None:
        self._seats[seat] = None
        await self._worker.call("tools", {"tools": offer.shapes, "key": offer.key, "seat": seat})
        self._seats[seat] = offer
        self._touch(seat)

    def _touch(self, seat: int) -> None:
        self._used.remove(seat)
        self._used.append(seat)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Offer:
    """A set as the engine is given it; `tools` by `call_name`."""

    tools: Mapping[str, ToolSpec]
    shapes: Sequence[JsonDict]
    key: str


def _offer_of(each: ToolSet) -> _Offer:
    shapes = [shape(tool) for tool in each.tools]
    key = hashlib.sha256(json.dumps(shapes).encode()).hexdigest()
    return _Offer(tools={call_name(tool.name): tool for tool in each.tools}, shapes=shapes, key=key)


def proposals(answer: JsonDict, tools: Mapping[str, ToolSpec], text: str) -> tuple[ToolCall, ...]:
    """The engine's answer in the tools' own names and arguments; `tools` by `call_name`.

    Nothing where a call lacks the span of time that it is about: "an alarm for five o'clock" is no timer.
    """
    confidence = float(answer.get("confidence", 0.0))
    calls = []
    for proposed in answer.get("calls", []):
        tool = tools.get(proposed["name"])
        if tool is None:
            continue
        arguments = ground(tool, proposed["arguments"], text)
        if needs_duration(tool) and not has_said_duration(arguments):
            return ()
        calls.append(ToolCall(tool=tool.name, arguments=arguments, confidence=confidence))
    timed = [call for call in calls if has_said_duration(call.arguments)]
    if len(timed) > max(1, len(durations(text))):
        return ()  # "nine minutes, and one for twenty": one span was heard, and two timers would run as long
    return tuple(calls)
