"""The tool caller: everyday wishes in free words become tool calls, and the effect decides how sure it must be."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from assistant.think.shape import (
    call_name,
    durations,
    ground,
    has_said_duration,
    needs_duration,
    shape,
    shares_words,
    words_of,
)
from assistant.types import Effect, JsonDict, ToolCall, ToolSpec
from assistant.worker import Worker

Verdict = Literal["act", "ask", "pass"]


THRESHOLDS: Mapping[Effect, tuple[float, float]] = {"read": (0.4, 0.4), "change": (0.25, 0.4), "sensitive": (0.4, 1.1)}
"""Effect -> confidence from which we ask back, and from which we act. Reading is harmless: act or pass on."""

MAX_OFFERED = 24
"""What the engine is given at once; more tools make it slower and less certain."""
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

    The least sure call decides. A question never changes anything, a call must have to do with the words that were
    said, and what is sensitive is never done unasked.
    """
    if not calls or any(call.tool not in specs for call in calls):
        return "pass"
    tools = [specs[call.tool] for call in calls]
    if is_question(text) and any(tool.effect != "read" for tool in tools):
        return "pass"
    if not all(belongs(text, call, tool) for call, tool in zip(calls, tools, strict=True)):
        return "pass"
    margins = [(call.confidence, *THRESHOLDS[tool.effect]) for call, tool in zip(calls, tools, strict=True)]
    if all(confidence >= act for confidence, _, act in margins):
        return "act"
    if len(calls) == 1 and margins[0][0] >= margins[0][1]:
        return "ask"
    return "pass"


def worth_asking(text: str, specs: Mapping[str, ToolSpec]) -> bool:
    """Could `judge` let any call pass for this sentence? Most open questions are spared the caller's 0.15 s."""
    words, question = words_of(text), is_question(text)
    tools = [tool for tool in specs.values() if tool.effect == "read" or not question]
    named = any(shares_words(words, [*words_of(tool.name), *words_of(tool.description)]) for tool in tools)
    return bool(tools) and (named or any(letter.isdigit() for letter in text) or bool(durations(text)))


def belongs(text: str, call: ToolCall, tool: ToolSpec) -> bool:
    """Does the sentence speak of what the tool is about, or name what it needs?

    The model would answer "how are you today" with the time of day and be 0.8 sure of it.
    """
    words = words_of(text)
    needed = {"hours", "minutes", "seconds", *tool.parameters.get("required", [])}
    values = [
        word for name, value in call.arguments.items() if name in needed for word in (name, *words_of(str(value)))
    ]
    return shares_words(words, [*words_of(tool.name), *words_of(tool.description), *values])


def is_question(text: str) -> bool:
    """Does this ask for an answer rather than for a deed? A polite wish ("could you set ...?") is a deed."""
    plain = _LEAD_IN.sub("", " ".join(text.lower().replace("’", "'").split()))
    if _POLITE.match(plain):
        return False
    if _ASKS.match(plain):
        return True
    return plain.endswith("?") and not _TAG.search(plain)


def offered(tools: Sequence[ToolSpec]) -> list[ToolSpec]:
    """The `MAX_OFFERED` tools for which free words matter most, in the order given.

    First those that take arguments; what takes none the grammar knows well, and of those the ones that change something
    ("cancel all timers") come last: with 28 tools the model took "get rid of the egg timer" for all timers.
    """
    ranked = sorted(tools, key=lambda tool: (not tool.parameters.get("properties"), tool.effect != "read"))
    kept = {tool.name for tool in ranked[:MAX_OFFERED]}
    return [tool for tool in tools if tool.name in kept]


class WorkerCaller:
    """The caller in a worker (engine `needle3`); gives its tools again to a worker that was restarted."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._tools: dict[str, ToolSpec] = {}
        self._shapes: list[JsonDict] = []
        self._key = ""

    async def prepare(self, tools: Sequence[ToolSpec]) -> None:
        tools = offered(tools)
        self._tools = {call_name(tool.name): tool for tool in tools}
        self._shapes = [shape(tool) for tool in tools]
        self._key = hashlib.sha256(json.dumps(self._shapes).encode()).hexdigest()
        await self._offer()

    async def call(self, text: str) -> tuple[ToolCall, ...]:
        if not self._tools:
            return ()
        answer, _ = await self._worker.call("call", {"text": text, "key": self._key})
        if answer.get("unprepared"):
            await self._offer()
            answer, _ = await self._worker.call("call", {"text": text, "key": self._key})
        return proposals(answer, self._tools, text)

    async def _offer(self) -> None:
        await self._worker.call("tools", {"tools": self._shapes, "key": self._key})


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
    return tuple(calls)
