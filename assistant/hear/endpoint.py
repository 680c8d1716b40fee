"""When has a person finished speaking? A pure state machine: probabilities and times in, events out.

waiting --speech--> speaking --short silence: paused--> pausing --needed silence: ended--> done
   |                    ^                                  |  ^ `-- a little later: judge (ask the end-of-turn model)
   | no speech for long `------- speech again: resumed ----'  `-- hint, turn_probability: how much silence is needed
   `--> done (no_speech)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from assistant.types import Completeness

EndpointEvent = Literal["speech_started", "paused", "judge", "resumed", "ended", "no_speech", "limit"]
Preset = Literal["quick", "normal", "patient"]

ONSET_PROBABILITY = 0.5
OFFSET_PROBABILITY = 0.35
ONSET_MS = 60.0
"""Speech must last this long to count: three chunks; a click or a clap does not."""

FADE_PROBABILITY = 0.7
FADE_MS = 80.0
"""A voice that fades out, or its echo in the room, leaves the detector between offset and this for a while. When
silence follows, it is counted from the last probability above this, but at most so much of it."""

GRAMMAR_ODDS: Mapping[Completeness, float] = MappingProxyType({"complete": 3.5, "question": 2.2, "prefix": -2.0})
"""What the words add to the evidence of the sound, as log-odds: a whole command is finished from a turn probability of
0.5 on, a question that looks whole from 0.87 on, and after the beginning of a command hardly any melody is believed."""
OPEN_ODDS = 3.3
"""At this evidence (log-odds; a turn probability of 0.964 with unknown words) and below the turn counts as open. To
pauses cut into fluent sentences Smart Turn gave 0.95 and more in 18 of 100 cases, 0.98 and more in 5 (n=141)."""
ASKED_PROBABILITY = 0.5
"""A question that looks whole but sounds less finished than this is taken as open words."""
MAX_NEEDED_MS = 2500.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSettings:
    """Silences in ms. `pause_ms` starts the speculative work, `judge_ms` is when the end-of-turn model is asked,
    `no_speech_ms` and `limit_ms` close, the rest end a turn.

    Without a turn probability the words alone decide: `complete_ms`, `unknown_ms`, `prefix_ms`. With one, the needed
    silence lies between `open_ms` and, at evidence of `finished_odds` and more, `finished_ms`; after a whole command
    between `doubt_ms` and `sure_ms`, after a question that looks whole between `asked_ms` and `question_ms`. `patience`
    stretches the silences after words that are no whole command. Waiting for an open question costs little: its answer
    is prepared meanwhile, and who goes on before it sounds is understood as one sentence.
    """

    pause_ms: float = 60.0
    judge_ms: float = 80.0
    complete_ms: float = 260.0
    unknown_ms: float = 800.0
    prefix_ms: float = 1200.0
    sure_ms: float = 200.0
    doubt_ms: float = 320.0
    finished_ms: float = 860.0
    question_ms: float = 560.0
    asked_ms: float = 900.0
    open_ms: float = 1260.0
    finished_odds: float = 4.1
    patience: float = 1.0
    no_speech_ms: float = 5000.0
    limit_ms: float = 30_000.0


PRESETS: Mapping[Preset, EndpointSettings] = MappingProxyType(
    {
        "quick": EndpointSettings(
            complete_ms=200.0,
            unknown_ms=450.0,
            prefix_ms=800.0,
            sure_ms=160.0,
            doubt_ms=240.0,
            finished_ms=260.0,
            question_ms=260.0,
            asked_ms=560.0,
            open_ms=700.0,
        ),
        "normal": EndpointSettings(),
        "patient": EndpointSettings(
            complete_ms=400.0,
            unknown_ms=1200.0,
            prefix_ms=1500.0,
            sure_ms=300.0,
            doubt_ms=600.0,
            finished_ms=1200.0,
            question_ms=1000.0,
            asked_ms=1600.0,
            open_ms=1800.0,
        ),
    }
)


class Endpointer:
    """One utterance. `start_ms` is the moment from which speech counts (after the wake word).

    `last_speech_ms` is when speech was last heard; `pause_ms`, at the event `resumed`, how long the pause was that just
    ended; `ended_by_hint` what the words looked like at the end.
    """

    def __init__(self, settings: EndpointSettings, start_ms: float) -> None:
        self.last_speech_ms = start_ms
        self.pause_ms = 0.0
        self.spoken = False
        self.ended_by_hint: Completeness = "unknown"
        self._settings = settings
        self._start_ms = start_ms
        self._onset_ms = 0.0
        self._sure_ms = start_ms
        self._pausing = self._asked = False
        self._completeness: Completeness = "unknown"
        self._probability: float | None = None
        self._done = False

    def hint(self, completeness: Completeness) -> None:
        """What the running transcript looks like; `empty` means that it was no speech at all."""
        if completeness == "empty":
            self.spoken = self._pausing = False
            self._onset_ms = 0.0
        else:
            self._completeness = completeness

    def turn_probability(self, probability: float) -> None:
        """How finished (0..1) the turn sounded in the present pause; ignored when speech has gone on since."""
        if self._pausing:
            self._probability = probability

    def feed(self, probability: float, end_ms: float, chunk_ms: float = 20.0) -> EndpointEvent | None:
        """Take the speech probability of one chunk that ends at `end_ms`; at most one event a chunk."""
        if self._done or end_ms <= self._start_ms:
            return None
        threshold = OFFSET_PROBABILITY if self.spoken and not self._pausing else ONSET_PROBABILITY
        speech = probability >= threshold
        if probability >= FADE_PROBABILITY:
            self._sure_ms = end_ms
        event = self._speech(end_ms, chunk_ms) if speech else self._silence(end_ms)
        if event is None and end_ms - self._start_ms >= self._settings.limit_ms:
            event = "limit"
        self._done = event in ("ended", "no_speech", "limit")
        return event

    def needed_ms(self) -> float:
        """The silence that would end the turn by what is known now."""
        settings = self._settings
        whole = self._completeness == "complete"
        if self._probability is None:
            by_words = {"complete": settings.complete_ms, "prefix": settings.prefix_ms}
            needed = by_words.get(self._completeness, settings.unknown_ms)
        else:
            evidence = _log_odds(self._probability) + GRAMMAR_ODDS.get(self._completeness, 0.0)
            share = (evidence - OPEN_ODDS) / (settings.finished_odds - OPEN_ODDS)
            shortest, longest = settings.finished_ms, settings.open_ms
            if whole:
                shortest, longest = settings.sure_ms, settings.doubt_ms
            elif self._completeness == "question" and self._probability >= ASKED_PROBABILITY:
                shortest, longest = settings.question_ms, settings.asked_ms
            needed = longest + min(1.0, max(0.0, share)) * (shortest - longest)
        return min(MAX_NEEDED_MS, needed if whole else needed * settings.patience)

    def _speech(self, end_ms: float, chunk_ms: float) -> EndpointEvent | None:
        self._onset_ms += chunk_ms
        if self.spoken and not self._pausing:
            self.last_speech_ms = end_ms
            return None
        if self._onset_ms < ONSET_MS:
            return None
        resumed = self._pausing
        if resumed:
            self.pause_ms = end_ms - self._onset_ms - self.last_speech_ms
        self.last_speech_ms = self._sure_ms = end_ms
        self.spoken, self._pausing, self._completeness, self._probability = True, False, "unknown", None
        return "resumed" if resumed else "speech_started"

    def _silence(self, end_ms: float) -> EndpointEvent | None:
        if not self.spoken:
            self._onset_ms = 0.0
            return "no_speech" if end_ms - self._start_ms >= self._settings.no_speech_ms else None
        if self._pausing:
            self._onset_ms = 0.0
        silent_ms = end_ms - self._voice_end_ms()
        if not self._pausing and silent_ms >= self._settings.pause_ms:
            self._pausing, self._asked, self._onset_ms = True, False, 0.0
            self.last_speech_ms = self._voice_end_ms()
            return "paused"
        if self._pausing and silent_ms >= self.needed_ms():
            self.ended_by_hint = self._completeness
            return "ended"
        if self._pausing and not self._asked and silent_ms >= self._settings.judge_ms:
            self._asked = True
            return "judge"
        return None

    def _voice_end_ms(self) -> float:
        """`last_speech_ms`, or a little earlier when the voice faded out before; fixed from the pause on."""
        if self._pausing:
            return self.last_speech_ms
        return max(self.last_speech_ms - FADE_MS, min(self.last_speech_ms, self._sure_ms))


def _log_odds(probability: float) -> float:
    bounded = min(0.999, max(0.001, probability))
    return math.log(bounded / (1.0 - bounded))
