"""The always-on loop: chunks -> wake word -> endpoint; starts, commits and cancels turns.

    asleep --wake word--> listening --end of speech--> busy --answer spoken--> listening (follow-up) --silence--> asleep
                             ^  |                        |
                             |  `-- it was nothing ----> |
                             `-- wake word, or speech ---'       speech over an answer pauses it (see `floor.py`)

All decisions run on the capture time of the chunks, never on the wall clock: a file is heard like a room.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from assistant.audio.io import Microphone
from assistant.config import TurnConfig
from assistant.errors import EngineError
from assistant.events import EventBus
from assistant.floor import Floor
from assistant.hear.endpoint import PRESETS, Endpointer, EndpointSettings
from assistant.hear.level import Loudness
from assistant.hear.pauses import Pauses
from assistant.hear.turn_model import TurnModel
from assistant.hear.vad import SpeechDetector
from assistant.hear.wake import WakeGate
from assistant.turn import Exchange, Stages
from assistant.types import AudioChunk, Completeness, Detection, EndedBy, Samples, Turn, Utterance

State = Literal["asleep", "listening", "busy"]

PRE_ROLL_MS = 3000.0
"""How much of the past is kept, in RAM only: the wake word and what was said with it."""
WAKE_WORD_MS = 1300.0
"""A spoken wake word with the detector's delay lies within this time before the detection."""
WAKE_TAIL_MS = 120.0
"""The last vowel of the wake word may sound on after the detection; it is no command yet."""
ONSET_PRE_ROLL_MS = 400.0
"""In a follow-up, speech is taken from this long before the detector was sure of it."""
OVER_PRE_ROLL_MS = 300.0
"""Before speech over an answer: long enough for an unvoiced first sound, short enough to hold little of our own."""
MAX_JUDGED_CHUNKS = 400
"""Eight seconds: what the end-of-turn model hears."""
OWN_WAKE_TAIL_MS = 800.0
"""A wake word of our own is heard so long after our last sound at most: echo in the room, and the detector's delay."""
NOTHING_SAID_MS = 600.0
"""An interruption in which nothing more is heard for so long was a noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """What the loop hears with. `wait_for_answer`: a file is held while an answer is under way, a room is not.

    `can_interrupt` tells whether speech over our own voice can be told from it; the wake word always can.
    """

    microphone: Microphone
    wake: WakeGate | None
    vad: SpeechDetector
    wait_for_answer: bool = False
    turn_model: TurnModel | None = None
    pauses: Pauses = field(default_factory=Pauses)
    can_interrupt: Callable[[], bool] = lambda: True


class Listener:
    """Owns the state above; one turn at a time."""

    def __init__(self, ears: Ears, stages: Stages, config: TurnConfig, bus: EventBus) -> None:
        self.ringing = False
        self._ears = ears
        self._stages = stages
        self._config = config
        self._bus = bus
        self._state: State = "asleep"
        self._past: deque[AudioChunk] = deque()
        self._said: list[AudioChunk] = []
        self._endpointer: Endpointer | None = None
        self._exchange: Exchange | None = None
        self._after_wake = False
        self._floor = Floor(stages.speaker, bus, stages.budget)
        self._asked: list[AudioChunk] = []
        self._joined = False
        self._loudness = Loudness()
        self._judging: asyncio.Task[None] | None = None
        self._now_ms = 0.0

    async def run(self) -> None:
        """Hear until the microphone ends, then let the last answer finish."""
        if self._ears.wake is None:
            self._follow_up(0.0)
        async with contextlib.aclosing(self._ears.microphone.chunks()) as chunks:  # type: ignore[type-var]
            async for chunk in chunks:
                self._hear(chunk)
                if self._ears.wait_for_answer:
                    await self._settle()
        self._finish_utterance("closed")
        await self._settle()

    @property
    def resting(self) -> bool:
        """Nobody speaks to us and nothing is being answered."""
        return self._state == "asleep" or (self._ears.wake is None and self._state != "busy")

    async def stop_turn(self) -> None:
        """Silence the answer that is under way, if any."""
        for exchange in (self._exchange, self._floor.answer):
            if exchange is not None and not exchange.task.done():
                exchange.cancel()
                await asyncio.wait([exchange.task])

    def _hear(self, chunk: AudioChunk) -> None:
        self._now_ms = chunk.end_ms
        self._remember(chunk)
        detection = self._ears.wake.feed(chunk) if self._ears.wake else None
        if detection is not None and not self._says_wake_word():
            self._woken(detection)
        elif self._state == "listening":
            self._said.append(chunk)
            self._listen(self._ears.vad.feed(chunk), chunk)
        elif self._state == "busy" or self.ringing:
            self._watch(self._ears.vad.feed(chunk), chunk)

    def _says_wake_word(self) -> bool:
        """Our own answer holds the wake word: it would interrupt itself. "Stop" ends such an answer all the same.

        Its last word is enough ("My name is Nabu"): at 0 dB of echo a detector fires on that too.
        """
        speaker = self._stages.speaker
        sounds = speaker.speaking or self._now_ms - speaker.quiet_since_ms <= OWN_WAKE_TAIL_MS
        return sounds and self._stages.wake_phrase.lower().split()[-1] in speaker.recent.lower()

    def _woken(self, detection: Detection) -> None:
        self._bus.emit("wake", at_ms=detection.at_ms, word=detection.word, score=round(detection.score, 3))
        self._floor.take("wake")
        if self._exchange is not None and not self._exchange.task.done():
            self._exchange.cancel()
            if self._exchange.turn.committed.is_set():
                self._bus.emit("interrupted", self._exchange.turn.id, by="wake")
        self._stages.silence_alarm()
        self._after_wake = True
        self._start_listening(detection.at_ms - WAKE_WORD_MS, speech_from_ms=detection.at_ms + WAKE_TAIL_MS)

    def _follow_up(self, from_ms: float) -> None:
        self._after_wake = False
        self._start_listening(from_ms - ONSET_PRE_ROLL_MS, speech_from_ms=from_ms)

    def _start_listening(self, audio_from_ms: float, *, speech_from_ms: float) -> None:
        follow_up = not self._after_wake
        self._state, self._exchange = "listening", None
        self._said = [chunk for chunk in self._past if chunk.start_ms >= audio_from_ms]
        self._ears.vad.reset()
        for chunk in self._said[-10:]:  # the detector needs a moment of context to judge the next chunk well
            self._ears.vad.feed(chunk)
        wait_s = self._config.follow_up_s if follow_up else self._config.no_speech_s
        if follow_up and self._stages.understanding.asked:
            wait_s = max(wait_s, self._config.no_speech_s)
        self._endpointer = Endpointer(self._endpoint_settings(1000 * wait_s), speech_from_ms)
        self._bus.emit("listening", at_ms=self._now_ms, follow_up=follow_up)

    def _endpoint_settings(self, no_speech_ms: float) -> EndpointSettings:
        config, preset = self._config, PRESETS[self._config.preset]
        return replace(
            preset,
            complete_ms=config.complete_silence_ms or preset.complete_ms,
            unknown_ms=config.silence_ms or preset.unknown_ms,
            patience=self._ears.pauses.patience,
            no_speech_ms=no_speech_ms,
            limit_ms=1000 * config.max_utterance_s,
        )

    def _listen(self, probability: float, chunk: AudioChunk) -> None:
        assert self._endpointer is not None
        event = self._endpointer.feed(probability, chunk.end_ms)
        if event == "speech_started":
            self._bus.emit("speech_started", at_ms=chunk.end_ms)
            if not self._after_wake and not self._floor.theirs:
                self._forget_before(chunk.start_ms - ONSET_PRE_ROLL_MS)
        elif event == "paused":
            self._think_ahead("silence")
        elif event == "judge":
            self._judge_pause()
        elif event == "resumed":
            self._ears.pauses.went_on(self._endpointer.pause_ms)
            if self._exchange is not None:
                self._exchange.cancel()
                self._exchange = None
        elif event == "ended":
            self._finish_utterance("complete" if self._endpointer.ended_by_hint == "complete" else "silence")
        elif event == "limit":
            self._finish_utterance("limit")
        elif event == "no_speech":
            self._nothing_said()

    def _nothing_said(self) -> None:
        if self._floor.theirs:
            self._go_on("noise")
        else:
            self._fall_asleep()

    def _think_ahead(self, ended_by: EndedBy) -> None:
        """Begin the turn on what was said so far; it stays thought until the end is certain."""
        assert self._endpointer is not None
        samples = _join(self._said)
        utterance = Utterance(
            samples=samples,
            started_ms=self._said[0].start_ms if self._said else self._now_ms,
            ended_ms=self._endpointer.last_speech_ms,
            ended_by=ended_by,
            after_wake=self._after_wake,
            faint=self._is_follow_up and self._loudness.faint(samples),
            outlasted=self._floor.outlasted(self._endpointer.last_speech_ms),
        )
        over = self._floor.answer
        stop_only = self._floor.theirs and over is None
        self._exchange = Exchange(self._stages, utterance, self._hinted, over=over, stop_only=stop_only)
        self._exchange.task.add_done_callback(self._turn_done)

    @property
    def _is_follow_up(self) -> bool:
        """Somebody speaks without the wake word, and not over us: is it to us?"""
        return self._ears.wake is not None and not self._after_wake and not self._floor.theirs

    def _judge_pause(self) -> None:
        """Ask the end-of-turn model how finished this sounds, beside the recogniser."""
        if (model := self._ears.turn_model) is not None and self._endpointer is not None:
            work = self._opinion(model, self._endpointer, _join(self._said[-MAX_JUDGED_CHUNKS:]))
            self._judging = asyncio.create_task(work, name="end of turn")

    async def _opinion(self, model: TurnModel, endpointer: Endpointer, samples: Samples) -> None:
        pause_ms = endpointer.last_speech_ms
        with contextlib.suppress(EngineError):  # then the words and the silence decide alone
            probability = await asyncio.to_thread(model.probability, samples)
            if endpointer.last_speech_ms == pause_ms:
                endpointer.turn_probability(probability)

    def _hinted(self, turn: Turn, completeness: Completeness) -> None:
        if self._exchange is None or self._exchange.turn is not turn or self._endpointer is None:
            return
        if self._floor.theirs:
            if completeness == "empty":
                self._go_on(self._exchange.dismissed)
                return
            by = "stop" if self._stages.understanding.is_stop(turn.text) else "speech"
            self._floor.take(by)
            if self._joined and by == "speech":
                self._ears.pauses.ended_too_early()
        self._endpointer.hint(completeness)
        if completeness == "empty" and not turn.committed.is_set():
            self._exchange = None  # a noise: go on listening as if it had not been

    def _finish_utterance(self, ended_by: EndedBy) -> None:
        if self._state != "listening" or self._endpointer is None:
            return
        if self._exchange is None:
            if not self._endpointer.spoken:
                self._nothing_said()
                return
            self._think_ahead(ended_by)
        assert self._exchange is not None
        self._state, self._asked, self._said = "busy", self._said, []
        self._floor.watch_anew()
        self._ears.vad.reset()
        if self._after_wake:
            self._loudness.addressed(self._exchange.utterance.samples)
        self._exchange.commit(ended_by, self._now_ms)
        if self._exchange.task.done():
            self._turn_done(self._exchange.task)

    def _turn_done(self, task: asyncio.Task[None]) -> None:
        exchange = self._exchange
        if exchange is None or exchange.task is not task or self._state != "busy":
            return
        if not task.cancelled() and task.exception() is not None:
            self._bus.emit("error", exchange.turn.id, code="internal", message="This turn failed unexpectedly.")
        if exchange.turn.heard:
            self._ears.pauses.ended_well()
        asked = self._stages.understanding.asked  # a question of ours is always waited for
        if (self._config.follow_up_s > 0 or asked) and exchange.turn.heard and not task.cancelled():
            self._follow_up(self._now_ms)
        else:
            self._fall_asleep()

    def _fall_asleep(self) -> None:
        if self._state == "listening":
            self._bus.emit("follow_up_closed", at_ms=self._now_ms)
        self._state, self._exchange, self._endpointer, self._said = "asleep", None, None, []
        if self._ears.wake is None:
            self._follow_up(self._now_ms)

    def _watch(self, probability: float, chunk: AudioChunk) -> None:
        """While we think, speak or ring: does somebody speak?"""
        exchange = self._exchange
        thinking = self._state == "busy" and exchange is not None and "first_audio" not in exchange.turn.timings_ms
        if thinking:
            self._asked.append(chunk)
        if not self._floor.theirs and self._ears.can_interrupt() and self._floor.hears(probability, chunk.end_ms):
            self._interrupted(thinking=thinking)

    def _interrupted(self, *, thinking: bool) -> None:
        """Somebody speaks over us: silence, and listen to what it is."""
        floor, answer = self._floor, self._exchange if self._state == "busy" else None
        # Who goes on before we have said or done anything had only paused: both parts are one utterance.
        one = thinking and answer is not None and not answer.turn.results
        said = self._asked if one else [c for c in self._past if c.start_ms >= floor.onset_ms - OVER_PRE_ROLL_MS]
        self._after_wake = self._after_wake and one
        self._joined = one
        floor.seize(answer)
        self._state, self._exchange, self._said = "listening", None, list(said)
        self._endpointer = Endpointer(self._endpoint_settings(NOTHING_SAID_MS), floor.onset_ms)
        for probability, end_ms in floor.burst:
            self._endpointer.feed(probability, end_ms)

    def _go_on(self, why: str) -> None:
        """What sounded like an interruption was none."""
        answer = self._floor.give_back(why)
        self._exchange, self._endpointer, self._said = answer, None, []
        self._state = "asleep" if answer is None else "busy"
        if answer is not None and answer.task.done():
            self._turn_done(answer.task)

    def _remember(self, chunk: AudioChunk) -> None:
        self._past.append(chunk)
        while self._past and self._past[0].start_ms < chunk.end_ms - PRE_ROLL_MS:
            self._past.popleft()

    def _forget_before(self, at_ms: float) -> None:
        self._said = [chunk for chunk in self._said if chunk.start_ms >= at_ms]

    async def _settle(self) -> None:
        """Wait while an answer is under way (files only): what follows in the file is heard after it."""
        while self._exchange is not None and not self._exchange.task.done():
            if not self._exchange.turn.committed.is_set():
                return
            await asyncio.wait([self._exchange.task])
            await asyncio.sleep(0)


def _join(chunks: list[AudioChunk]) -> Samples:
    return np.concatenate([chunk.samples for chunk in chunks]) if chunks else np.zeros(0, dtype=np.int16)
