"""The tool caller: everyday wishes in free words become tool calls, and the effect decides how sure it must be."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from assistant.think.prompt import tool_fields
from assistant.types import Effect, ToolCall, ToolSpec
from assistant.worker import Worker

Verdict = Literal["act", "ask", "pass"]

THRESHOLDS: Mapping[Effect, tuple[float, float]] = {
    "read": (0.45, 0.45),
    "change": (0.35, 0.55),
    "sensitive": (0.55, 1.1),
}
"""Effect -> confidence from which we ask back, and from which we act. Reading is harmless: act or pass on."""

_LEAD_IN = re.compile(
    r"^(?:(?:hey|hi|hello|ok|okay|so|well|um|uh|and|but|then|now|please|actually|nabu|alright|right|sorry)\b[\s,]*)+"
)
_POLITE = re.compile(
    r"^(?:(?:can|could|would|will|won't|can't) you\b(?! (?:have|know|do|see|hear|feel|like|think|speak|help))"
    r"|(?:can|could|may) (?:i|we) (?:please )?(?:have|get|set|start|add)\b"
    r"|(?:would|do) you mind\b|(?:how|what) about (?:a|an|another)\b|why don't you\b)"
)
_ASKS = re.compile(
    r"^(?:what|what's|whats|who|who's|whose|whom|when|when's|where|where's|which|why|how|how's|is|isn't|are|aren't|am|was"
    r"|were|do|does|did|don't you|doesn't|didn't|has|have you|had|can|could|should|shall|would|will|may|might|must|i wonder"
    r"|(?:tell|remind|explain to|show) me (?:what|who|when|where|which|why|how|if|whether)|explain"
    r"|i (?:want|would like|need) to know)\b"
)
_TAG = re.compile(r"[, ](?:please|okay|ok|will you|would you|can you|could you)\s*\?$")


class Caller(Protocol):
    """Proposes tool calls; checks nothing and runs nothing."""

    async def prepare(self, tools: Sequence[ToolSpec]) -> None:
        """Offer these tools from now on (about a second). Raises: EngineError."""
        ...

    async def call(self, text: str) -> tuple[ToolCall, ...]:
        """The calls that this wish means, each with a confidence 0..1; empty when no tool fits. Raises: EngineError."""
        ...


def judge(text: str, calls: Sequence[ToolCall], specs: Mapping[str, ToolSpec]) -> Verdict:
    """What to do with proposed calls: run them, ask the user first, or leave the sentence to the next in line.

    The least sure call decides. A question never changes anything, and what is sensitive is never done unasked.
    """
    if not calls or any(call.tool not in specs for call in calls):
        return "pass"
    effects = [specs[call.tool].effect for call in calls]
    if is_question(text) and any(effect != "read" for effect in effects):
        return "pass"
    margins = [(call.confidence, *THRESHOLDS[effect]) for call, effect in zip(calls, effects, strict=True)]
    if all(confidence >= act for confidence, _, act in margins):
        return "act"
    if len(calls) == 1 and margins[0][0] >= margins[0][1]:
        return "ask"
    return "pass"


def is_question(text: str) -> bool:
    """Does this ask for an answer rather than for a deed? A polite wish ("could you set ...?") is a deed."""
    plain = _LEAD_IN.sub("", " ".join(text.lower().replace("’", "'").split()))
    if _POLITE.match(plain):
        return False
    if _ASKS.match(plain):
        return True
    return plain.endswith("?") and not _TAG.search(plain)


class WorkerCaller:
    """The caller in a worker (engine `needle3`); gives its tools again to a worker that was restarted."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._tools: list[dict[str, object]] = []
        self._key = ""

    async def prepare(self, tools: Sequence[ToolSpec]) -> None:
        self._tools = [tool_fields(tool) for tool in tools]
        self._key = hashlib.sha256(json.dumps(self._tools, sort_keys=True).encode()).hexdigest()
        await self._offer()

    async def call(self, text: str) -> tuple[ToolCall, ...]:
        answer, _ = await self._worker.call("call", {"text": text, "key": self._key})
        if answer.get("unprepared") and self._tools:
            await self._offer()
            answer, _ = await self._worker.call("call", {"text": text, "key": self._key})
        return tuple(
            ToolCall(tool=call["tool"], arguments=call["arguments"], confidence=call["confidence"])
            for call in answer.get("calls", [])
        )

    async def _offer(self) -> None:
        await self._worker.call("tools", {"tools": self._tools, "key": self._key})
