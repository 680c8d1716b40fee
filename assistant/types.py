"""The core types that flow through one exchange: audio -> utterance -> transcript -> decision -> reply."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
"""PCM, dtype int16, shape (n,), mono, full scale ±32767."""

RATE_HZ = 16_000
"""Sample rate of everything the assistant hears, after resampling."""

CHUNK_SAMPLES = 320
"""20 ms at `RATE_HZ`: the size of the chunks that the audio process delivers."""

JsonDict = dict[str, Any]
"""A JSON object at a border (tool arguments, worker messages, event fields)."""

Route = Literal["grammar", "caller", "talker", "cloud", "none"]
Effect = Literal["read", "change", "sensitive"]
Completeness = Literal["complete", "question", "prefix", "unknown", "empty"]
"""What a running transcript looks like: a whole command, a command that wants more, anything else, or no words."""
EndedBy = Literal["complete", "silence", "limit", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioChunk:
    """A piece of sound. `start_ms` is the capture time of its first sample on the monotonic clock.

    `suppressed` is the same moment with every rest of our own echo taken out, and some of the person's voice with it:
    for the detection of speech only, and none while nothing of ours sounds.
    """

    samples: Samples
    rate_hz: int
    start_ms: float
    suppressed: Samples | None = None

    @property
    def end_ms(self) -> float:
        return self.start_ms + 1000.0 * len(self.samples) / self.rate_hz


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """A wake word was heard: `word` is its id (`okay_nabu`), `score` 0..1, `at_ms` the end of the chunk it fired on."""

    word: str
    score: float
    at_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """What one person said to us: int16 (n,) mono 16 kHz, pre-roll included. Times in ms on the monotonic clock.

    `after_wake` tells that the audio begins with the wake word, whose words are then cut from the transcript; `faint`
    that it was too soft to be meant for us; `outlasted` that it went on after our own voice had long been silenced, so
    that no part of our answer was heard in its place.
    """

    samples: Samples
    started_ms: float
    ended_ms: float
    ended_by: EndedBy
    after_wake: bool = False
    faint: bool = False
    outlasted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """Text of an utterance. `avg_logprob` is the mean natural log probability per token (0 is certain)."""

    text: str
    language: str = "en"
    is_final: bool = True
    avg_logprob: float = 0.0
    decode_ms: float = 0.0
    retries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpec:
    """A tool as the understanding sees it. `name` is `skill.function`; `parameters` is a JSON schema object.

    `outbound`: a call may carry words or a deed out of the house. `public`: its result tells nothing of this home or
    its people, so that a cloud model may read it. `sentences` are what people say to it: examples in
    free words and templates.
    """

    name: str
    description: str
    parameters: JsonDict
    effect: Effect = "read"
    outbound: bool = False
    public: bool = False
    sentences: tuple[str, ...] = ()

    @property
    def skill(self) -> str:
        return self.name.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A wish to run one tool; `confidence` 0..1 is the proposer's own."""

    tool: str
    arguments: JsonDict = field(default_factory=dict)
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What left with one question, as it left (redacted), to whom, with how many exchanges before it, and how often
    something was taken out of it."""

    provider: str
    text: str
    before: int
    hidden: int
    also: tuple[str, ...] = ()
    """Providers that were sent it before this one, and failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """What a tool really did. `speech` is rendered by the skill from the result, never by a model.

    `outside`: it may hold words of strangers (the web, media, somebody else's skill), which are data and no wish.
    `then` are sentences to be understood by the grammar as if the user had said them. `missed`: the feature of the plan
    that would have done more; empty for none. `sent` went to a cloud model. `to_model` is what the local model is asked
    then, whose answer follows the speech.
    """

    tool: str
    ok: bool
    speech: str
    data: JsonDict = field(default_factory=dict)
    error: str | None = None
    outside: bool = False
    then: tuple[str, ...] = ()
    missed: str = ""
    sent: tuple[Sent, ...] = ()
    to_model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteDecision:
    """Where a transcript goes and why; `calls` are to be run in order."""

    route: Route
    reason: str
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One line of the conversation, as the user heard or said it. `deed`: a command, or what came of it."""

    role: Literal["user", "assistant", "tool"]
    text: str
    deed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDelta:
    """Words of an answer; `chances`: probability and entropy (nats) of their tokens, where the model tells them."""

    text: str
    chances: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """End of a reply. `reason` is `stop`, `length` or `cancelled`; `read_tokens` were read for it, `tokens` written."""

    reason: str = "stop"
    tokens: int = 0
    read_tokens: int = 0


ReplyPart = TextDelta | ToolCall | ToolResult | Done


@dataclass(slots=True, kw_only=True)
class Turn:
    """One exchange: the unit of cancellation, logging and billing. The only mutable core type.

    It may begin before the end of speech is certain: until `committed` is set nothing acts and nothing is heard.
    `ended_ms` is the end of the user's speech on the monotonic clock; `timings_ms` maps a stage to its ms after that.
    `heard` is what was really played to the user; `asks` a call that waits for a yes.
    """

    id: str
    ended_ms: float
    committed: asyncio.Event = field(default_factory=asyncio.Event)
    timings_ms: dict[str, float] = field(default_factory=dict)
    text: str = ""
    decision: RouteDecision | None = None
    results: list[ToolResult] = field(default_factory=list)
    reply: str = ""
    heard: str = ""
    asks: ToolCall | None = None

    def mark(self, stage: str, at_ms: float) -> None:
        """Note when a stage was reached (first time counts)."""
        self.timings_ms.setdefault(stage, round(at_ms - self.ended_ms, 1))

    def summary(self) -> JsonDict:
        """What was decided, as plain data for events and the typed console."""
        decision = self.decision
        call = decision.calls[0] if decision and decision.calls else None
        return {
            "route": decision.route if decision else "none",
            "reason": decision.reason if decision else "",
            "skill": call.tool.partition(".")[0] if call else None,
            "tool": call.tool if call else None,
            "arguments": call.arguments if call else {},
        }
