"""ONE exchange, readable top to bottom: utterance -> transcript -> plan -> reply -> speech.

A turn may begin before the end of speech is certain. Everything up to `turn.committed` is thought only: nothing acts
and nothing is heard. A turn that is not committed can be dropped without a trace.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from assistant.budget import Budget
from assistant.errors import AssistantError, EngineError
from assistant.events import EventBus, EventKind, now_ms
from assistant.hear.asr import Recognizer
from assistant.hear.wakephrase import strip_wake, wake_beginning
from assistant.korean.told import in_korean
from assistant.korean.wake import wake_prompt
from assistant.rehearing import heard_again
from assistant.speak.speaker import Speaker
from assistant.think.dialogue import echoes
from assistant.think.interjection import judge_interjection, stop_after_ours, stop_misheard
from assistant.think.question import hint_of
from assistant.think.understanding import Understanding
from assistant.types import Completeness, JsonDict, Transcript, Turn, Utterance

LOST = "Sorry, I lost the thread. Please say that again."

UNCLEAR_LOGPROB = -0.9
"""Mean log probability a token under which words that nobody addressed to us by name count as not understood; words
over kitchen noise at 6 dB get more."""

AFTER_OURS_MS = 1500.0
"""Words that ended so soon after our own sound may be its echo: they confirm nothing (C2)."""

Hint = Callable[[Turn, Completeness], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """What a turn needs. `wake_phrase` is cut from transcripts; `asr_prompt` biases the recogniser towards it."""

    recognizer: Recognizer
    understanding: Understanding
    speaker: Speaker
    bus: EventBus
    wake_phrase: str
    silence_alarm: Callable[[], bool]
    budget: Budget = field(default_factory=Budget)


class Exchange:
    """A turn that is under way: commit it, cancel it, or wait for it."""

    _numbers = itertools.count(1)

    def __init__(
        self,
        stages: Stages,
        utterance: Utterance,
        on_hint: Hint,
        *,
        over: Exchange | None = None,
        stop_only: bool = False,
    ) -> None:
        """`over` is the answer that this was said over; `stop_only`: over an alarm, where only a stop word counts."""
        self.turn = Turn(id=f"t{next(self._numbers)}", ended_ms=utterance.ended_ms)
        self.utterance = utterance
        self.dismissed = ""
        """Why this is no turn: noise, echo, backchannel or repeat; empty for a turn."""
        self._reheard = False
        """The words are not those that were heard first: what a near command looks like does not end the turn early."""
        self._over = over
        self._stop_only = stop_only
        self._stages = stages
        self._on_hint = on_hint
        self._held: list[tuple[EventKind, float, JsonDict]] = []
        self.task = asyncio.create_task(self._run(), name=self.turn.id)

    def commit(self, ended_by: str, at_ms: float) -> None:
        """The end of speech is certain: from now on this turn may act and speak."""
        turn = self.turn
        turn.mark("end_decided", at_ms)
        self._stages.bus.emit(
            "speech_ended",
            turn.id,
            at_ms=at_ms,
            speech_end_ms=round(turn.ended_ms, 1),
            decided_ms=turn.timings_ms["end_decided"],
            ended_by=ended_by,
        )
        turn.committed.set()
        held, self._held = self._held, []
        for kind, when_ms, fields in held:
            self._stages.bus.emit(kind, turn.id, at_ms=when_ms, **fields)

    def cancel(self) -> None:
        self.task.cancel()

    async def _run(self) -> None:
        turn, stages = self.turn, self._stages
        try:
            text = await self._transcribe()
            if text is None:
                return
            if self._over is not None:  # it was cancelled; what was heard of it belongs to the history before this
                await asyncio.wait([self._over.task])
            if stages.understanding.is_stop(text):
                await turn.committed.wait()
                self._tell("route", route="grammar", reason="stop_word", tool=None)
                if stages.silence_alarm():
                    stages.bus.emit("timer", turn.id, state="silenced")
                return
            turn.decision = await stages.understanding.plan(text)
            turn.mark("routed", now_ms())
            if turn.decision.calls and not self._reheard and stages.understanding.completeness(text) != "prefix":
                self._on_hint(turn, "complete")
            self._tell("route", **turn.summary())
            async with contextlib.aclosing(self._reply(text)) as deltas:
                await stages.speaker.say(deltas, turn)
        except AssistantError as error:
            await self._apologise(error)
        finally:
            if turn.committed.is_set() and turn.text:
                stages.understanding.close(turn)

    async def _transcribe(self) -> str | None:
        """The words that were said, without the wake word; none when there were none or they were our own."""
        turn, stages = self.turn, self._stages
        begins = prompt = ""
        if self.utterance.after_wake:
            begins = wake_beginning(stages.wake_phrase, stages.understanding.tongue)
            prompt = wake_prompt(stages.wake_phrase, stages.understanding.tongue)
        with stages.budget.urgent():
            transcript = await stages.recognizer.transcribe(self.utterance.samples, prompt=prompt, begins=begins)
        turn.mark("transcript", now_ms())
        text = transcript.text
        if self.utterance.after_wake or self._over is not None:  # over an answer the wake word may have been missed
            text = strip_wake(text, stages.wake_phrase)
        if self._over is not None:
            ours, is_stop = stages.speaker.recent, stages.understanding.is_stop
            text = stop_misheard(text, ours, is_stop) or stop_after_ours(text, ours, is_stop) or text
        self.dismissed = self._no_turn(text, transcript)
        if self.dismissed:
            self._on_hint(turn, "empty")
            return None
        stages.understanding.listen(text, transcript.language)
        turn.text = stages.understanding.shown(text)  # a PIN is for its check alone
        self._on_hint(turn, hint_of(stages.understanding.completeness(text), text))
        with stages.budget.urgent():
            meant = await heard_again(stages.recognizer, stages.understanding, self.utterance, text, stages.wake_phrase)
        self._reheard = meant != text
        turn.text = meant if self._reheard else turn.text
        first = {"first_heard": text} if self._reheard else {}
        self._tell("transcript", text=turn.text, decode_ms=transcript.decode_ms, retries=transcript.retries, **first)
        return meant

    def _no_turn(self, text: str, transcript: Transcript) -> str:
        """Why these words are not said to us, if so."""
        understanding, ours = self._stages.understanding, self._stages.speaker.recent
        if not any(letter.isalnum() for letter in text):
            return "noise"
        if understanding.is_stop(text):
            return ""
        if self._stop_only:
            return "not_stop"
        if self._over is None and self._soon_after_ours and echoes(text, ours):
            return "echo"
        if self._over is None and self.utterance.after_wake:
            return ""
        if self._over is not None and text == self._over.turn.text:  # nothing was added to what we are answering
            return "repeat"
        if self.utterance.faint and not understanding.asked:
            return "faint"
        asked = understanding.asked if self._over is None else self._over.turn.asks is not None
        over_ours = self._over is not None and not self.utterance.outlasted
        verdict = judge_interjection(text, ours if over_ours else "", asked=asked)
        if verdict != "wish":
            return verdict
        # Without the wake word, words that were hardly made out are the television's or somebody else's.
        doubtful = transcript.avg_logprob < UNCLEAR_LOGPROB and not understanding.knows(text) and not asked
        return "unclear" if doubtful else ""

    @property
    def _soon_after_ours(self) -> bool:
        """It began while our own loudspeaker sounded, or hardly later. What begins long after it only has our words:
        after "the desk lamp is off" one may well ask "is the desk lamp on?"."""
        return self.utterance.started_ms < self._stages.speaker.quiet_since_ms + AFTER_OURS_MS

    @property
    def _over_ours(self) -> bool:
        """It was heard while our own loudspeaker sounded, or so soon after that it may be an echo."""
        return self._over is not None or self.utterance.ended_ms < self._stages.speaker.quiet_since_ms + AFTER_OURS_MS

    async def _reply(self, text: str) -> AsyncGenerator[str, None]:
        turn, stages = self.turn, self._stages
        told = 0
        try:
            replying = stages.understanding.reply(turn, text, spoken_over=self._over_ours)
            async with contextlib.aclosing(replying) as deltas:
                async for delta in deltas:
                    for result in turn.results[told:]:
                        self._tell("tool", tool=result.tool, ok=result.ok, error=result.error, data=result.data)
                    told = len(turn.results)
                    yield delta
        except EngineError as error:  # the talker died in the middle: say so instead of falling silent
            self._tell("error", code=error.code, message=str(error))
            yield f" {self._in_words(LOST)}"
        self._tell("reply", text=turn.reply, **turn.summary())

    async def _apologise(self, error: AssistantError) -> None:
        """The one place where an error of a turn becomes an event and a sentence."""
        await self.turn.committed.wait()
        self._tell("error", code=error.code, message=str(error))
        with contextlib.suppress(AssistantError):
            said = self._in_words(LOST if isinstance(error, EngineError) else error.sentence)
            await self._stages.speaker.say(_once(said), self.turn)

    def _in_words(self, sentence: str) -> str:
        """A sentence of our own in the language of the conversation."""
        return in_korean(sentence) if self._stages.understanding.tongue.now == "ko" else sentence

    def _tell(self, kind: EventKind, **fields: Any) -> None:
        """Emit now, or when the turn is committed: observers never see a turn that did not happen."""
        if self.turn.committed.is_set():
            self._stages.bus.emit(kind, self.turn.id, **fields)
        else:
            self._held.append((kind, now_ms(), fields))


async def _once(text: str) -> AsyncIterator[str]:
    yield text
