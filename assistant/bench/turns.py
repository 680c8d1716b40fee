"""Holds one turn of any kind with the daemon in the room, and measures it on the recording.

plain, pause   wake word and wish ---- answer
follow-up      opening ---- answer -- wish ---- answer
barge-in       opening ---- answ~ <- words ---- silence, or an answer to them
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from assistant.bench.bargein import did_right, measure_barge_in, reaction, wants_silence
from assistant.bench.conversation import Conversation
from assistant.bench.effort import Effort
from assistant.bench.latency_report import ANSWER_S, AUDIBLE, IDLE, LIKE_THE_CLIP, TimedTurn, stage_times
from assistant.bench.measure import align, first_sound_after, speech_start_s, steady
from assistant.bench.pauses import cut_off
from assistant.bench.utterances import WAKE_GAP_S, Spoken
from assistant.events import Event
from assistant.types import RATE_HZ, JsonDict, Samples

SPEECH_S, LATE_S = 45.0, 12.0
"""How long an answer may go on, and how long one that is already too late is waited for."""
ATTEMPTS = 3
REACTION_S = 4.0
CLOSE_S = 8.0
STAY_SILENT_S = 2.0
"""Who was told to stop must not begin again within this time."""
BEFORE_S = 0.5
AFTER_S = 2.5
"""How much of the room after the person's words a plain pipeline is given: it ends its turn on the silence there."""
GONE_S = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A measured turn, and what another assistant would have heard of it: int16 16 kHz, speech ends at `end_s`."""

    turn: TimedTurn
    wish: Samples
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stagehand:
    """Holds turns; `stop` are the words that silence a ringing timer, `noisy` tells that the room is never quiet.

    `effort` watches the language model's process: an interruption must make it rest.
    """

    conversation: Conversation
    stop: Samples
    noisy: bool = False
    effort: Effort | None = None

    def hold_fair(self, turn: Spoken) -> Iterator[Held]:
        """The turn, and again when the room stuttered: all attempts, the last one fair if any is."""
        for _ in range(ATTEMPTS):
            held = self.hold(turn)
            yield held
            if not held.turn.spoilt:
                return

    def hold(self, turn: Spoken) -> Held:
        """Say it, wait for the answer and its end, and measure."""
        talk = self.conversation
        opening_turn = self._open(turn)
        if opening_turn is None:
            held = Held(turn=_unopened(turn), wish=np.zeros(0, np.int16), end_s=0.0)
        else:
            talk.say(turn.samples)
            if turn.kind == "barge_in":
                self._outlast_barge_in(turn)
                held = self._measure_barge_in(turn, opening_turn)
            else:
                self._outlast_answer()
                held = self._measure(turn)
        if any(event.kind == "timer" and event.fields.get("state") == "ringing" for event in talk.since):
            talk.say(self.stop)
            talk.quiet(2.5, 20.0)
        return held

    def _open(self, turn: Spoken) -> str | None:
        """What comes before the turn; the id of its answer, none when there was none to follow or interrupt."""
        talk = self.conversation
        if turn.opening is None:
            return ""
        talk.say(turn.opening)
        try:
            first = talk.wait_for("first_audio", ANSWER_S)
            if turn.kind == "follow_up":
                done = talk.wait_for("speech_done", SPEECH_S, after=first)
                talk.wait_for("listening", 2.0, after=done, follow_up=True)
        except TimeoutError:
            talk.quiet(1.0, 30.0)
            return None
        recorder = talk.room.recorder
        recorder.wait_until(recorder.position + round(turn.after_s * RATE_HZ))
        return first.turn_id

    def _outlast_answer(self) -> None:
        talk = self.conversation
        first: Event | None = None
        with contextlib.suppress(TimeoutError):
            first = talk.wait_for("first_audio", ANSWER_S)
        if any(event.kind == "speech_ended" for event in talk.since):
            # A late answer is a miss, but it must not sound into the next turn.
            with contextlib.suppress(TimeoutError):
                done = talk.wait_for("speech_done", SPEECH_S if first else LATE_S, after=first)
                talk.wait_for("listening", 1.0, after=done)
        self._close_window()
        talk.quiet(0.7, 10.0)

    def _outlast_barge_in(self, turn: Spoken) -> None:
        talk = self.conversation
        if wants_silence(turn.text):
            with contextlib.suppress(TimeoutError):
                talk.wait_for("interrupted", REACTION_S)
            talk.quiet(STAY_SILENT_S, SPEECH_S)
            self._close_window()
        else:
            self._outlast_answer()
            talk.quiet(1.0, SPEECH_S)

    def _close_window(self) -> None:
        """An open follow-up window would take the next opening for its own."""
        told = [event for event in self.conversation.since if event.kind in ("listening", "follow_up_closed")]
        if told and told[-1].kind == "listening":
            with contextlib.suppress(TimeoutError):
                self.conversation.wait_for("follow_up_closed", CLOSE_S, after=told[-1])

    def _measure(self, turn: Spoken) -> Held:
        """Find the person and the answer in the recording since the turn began."""
        talk = self.conversation
        recorder, start = talk.room.recorder, talk.said_at
        speaker, person = recorder.cut(start)
        offset, likeness, spoilt = self._find(turn, person)
        end_s = offset / RATE_HZ + turn.end_s
        sound_s = first_sound_after(speaker, RATE_HZ, offset / RATE_HZ + turn.wish_s)
        latency_s = None if sound_s is None or sound_s - end_s > ANSWER_S else round(sound_s - end_s, 3)
        end_ms = recorder.at_ms(start + end_s * RATE_HZ)
        events = talk.since
        stages = stage_times(events, end_ms)
        facts = facts_of(events)
        if latency_s is not None:
            stages[AUDIBLE] = round(1000.0 * latency_s)
            if facts.get("filler"):  # what counts is the answer, not the word that filled the wait for it
                latency_s = round(stages["first sound sent"] / 1000.0, 3)
        early = latency_s is not None and latency_s < 0.0
        timed = TimedTurn(
            kind=turn.kind,
            text=turn.text,
            latency_s=latency_s,
            early=early,
            cut_off=early or (turn.kind == "pause" and cut_off(events, end_ms, turn.rest)),
            likeness=likeness,
            spoilt=spoilt,
            stages_ms=stages,
            facts=facts,
        )
        wish_s = max(0.0, offset / RATE_HZ + turn.wish_s - WAKE_GAP_S)
        wish = person[round(wish_s * RATE_HZ) : round((end_s + AFTER_S) * RATE_HZ)]
        return Held(turn=timed, wish=wish, end_s=end_s - wish_s)

    def _measure_barge_in(self, turn: Spoken, opening_turn: str) -> Held:
        talk = self.conversation
        recorder, start = talk.room.recorder, talk.said_at - round(BEFORE_S * RATE_HZ)
        speaker, person = recorder.cut(start)
        offset, likeness, spoilt = self._find(turn, person)
        onset_s = offset / RATE_HZ + (speech_start_s(turn.samples, RATE_HZ) or 0.0)
        onset_ms = recorder.at_ms(start + onset_s * RATE_HZ)
        events = [event for event in talk.since if event.at_ms > onset_ms]
        reacted = reaction(events)
        reacted_s = None if reacted is None else onset_s + (reacted.at_ms - onset_ms) / 1000.0
        result = measure_barge_in(speaker, onset_s, reacted_s)
        later = None
        if result.silent_s is not None:
            later = first_sound_after(speaker, RATE_HZ, onset_s + result.silent_s + GONE_S)
        idle_ms = self.effort.idle_after(onset_ms) if self.effort is not None else None
        told = {f"{event.kind}_ms": round(event.at_ms - onset_ms) for event in reversed(events) if event.kind in _TOLD}
        reasons = {
            name: next((event.fields.get(name) for event in events if event.kind == kind), None)
            for kind, name in (("interrupted", "by"), ("resumed", "why"))
        }
        timed = TimedTurn(
            kind=turn.kind,
            text=turn.text,
            latency_s=result.silent_s,
            early=False,
            right=did_right(turn.text, events, opening_turn, later is not None),
            likeness=likeness,
            spoilt=spoilt or not result.fair,
            stages_ms={} if idle_ms is None else {IDLE: idle_ms},
            facts=facts_of(events) | told | reasons,
        )
        return Held(turn=timed, wish=np.zeros(0, np.int16), end_s=0.0)

    def _find(self, turn: Spoken, person: Samples) -> tuple[int, float, bool]:
        """Where in the recording the person began, how alike it is, and whether the room spoilt it."""
        within = person[: len(turn.samples) + 5 * RATE_HZ]
        found = align(within, turn.samples)
        if found is None:
            return 0, 0.0, True
        fair = steady(within, turn.samples, found.offset, RATE_HZ) if self.noisy else found.likeness >= LIKE_THE_CLIP
        return found.offset, found.likeness, not fair


_TOLD = frozenset({"paused", "resumed", "interrupted"})


def facts_of(events: list[Event]) -> JsonDict:
    """What was understood and answered, for whoever reads the details."""
    facts: JsonDict = {"woken": any(event.kind == "wake" for event in events)}
    wanted = {"transcript": ("text", "decode_ms", "retries"), "route": ("route", "reason", "tool"), "reply": ("text",)}
    for event in events:
        for name in wanted.get(event.kind, ()):
            facts.setdefault(event.kind if name == "text" else name, event.fields.get(name))
    if any("filler" in event.fields.get("timings_ms", {}) for event in events if event.kind == "speech_done"):
        facts["filler"] = True
    errors = [event.fields.get("message") for event in events if event.kind == "error"]
    return facts | ({"errors": errors} if errors else {})


def _unopened(turn: Spoken) -> TimedTurn:
    return TimedTurn(
        kind=turn.kind,
        text=turn.text,
        latency_s=None,
        early=False,
        likeness=0.0,
        spoilt=True,
        stages_ms={},
        facts={"opening": "not answered"},
    )
