"""Who has the floor: our answer, or the person who speaks over it?

ours --onset: duck--> doubted --confirmed: pause--> theirs --noise, backchannel, echo: resume--> ours
                         '--it was over: raise--> ours   '--stop, a wish: the answer is dropped
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from assistant.budget import Budget
from assistant.events import EventBus
from assistant.hear.bargein import BargeIn
from assistant.speak.speaker import Speaker
from assistant.turn import Exchange

OURS_RINGS_MS = 500.0
"""A loudspeaker without a wire and the room may sound on for so long after our voice was cut."""


class Floor:
    """Watches for speech over our own sound and silences it. `answer` is the one that is paused, if any."""

    def __init__(self, speaker: Speaker, bus: EventBus, budget: Budget) -> None:
        self.answer: Exchange | None = None
        self.theirs = False
        self._seized_ms = 0.0
        self._speaker = speaker
        self._bus = bus
        self._budget = budget
        self._holding = False
        self._barge_in = BargeIn()
        self._tasks: set[asyncio.Task[None]] = set()

    def watch_anew(self) -> None:
        """Another answer begins."""
        self._barge_in = BargeIn()

    def hears(self, probability: float, end_ms: float) -> bool:
        """Take the speech probability of a chunk while our sound is on; true when somebody surely speaks."""
        event = self._barge_in.feed(probability, end_ms)
        if event == "onset":
            self._soon(self._speaker.duck(down=True))
        elif event == "false":
            self._soon(self._speaker.duck(down=False))
        return event == "confirmed"

    @property
    def onset_ms(self) -> float:
        return self._barge_in.started_ms

    @property
    def burst(self) -> list[tuple[float, float]]:
        """(probability, end in ms) since the onset."""
        return self._barge_in.past

    def outlasted(self, speech_ms: float) -> bool:
        """Whether speech up to `speech_ms` went on so long after our voice was silenced that it is not its echo."""
        return self.answer is not None and speech_ms > self._seized_ms + OURS_RINGS_MS

    def seize(self, answer: Exchange | None) -> None:
        """The person speaks: silence the answer, or only lower an alarm that rings without one."""
        self.answer, self.theirs = answer, True
        self._seized_ms = self._barge_in.past[-1][1]
        if answer is not None:
            self._soon(self._speaker.pause())
            self._hold(holding=True)  # the recogniser needs the cores now
            self._bus.emit("paused", answer.turn.id, at_ms=self._seized_ms, onset_ms=self.onset_ms)

    def give_back(self, why: str) -> Exchange | None:
        """It was nothing that ends the answer: go on with it. Returns it."""
        answer, self.answer, self.theirs = self.answer, None, False
        self._hold(holding=False)
        self._barge_in.again(for_ever=answer is None)
        if answer is None:
            self._soon(self._speaker.duck(down=False))
        else:
            self._soon(self._speaker.resume())
            self._bus.emit("resumed", answer.turn.id, why=why)
        return answer

    def take(self, by: str) -> None:
        """The answer is over."""
        answer, self.answer = self.answer, None
        if answer is not None and not answer.task.done():
            answer.cancel()
            self._bus.emit("interrupted", answer.turn.id, by=by)
        if self.theirs:
            self.theirs = False
            self._hold(holding=False)
            self._soon(self._speaker.free())

    def _hold(self, *, holding: bool) -> None:
        if holding != self._holding:
            (self._budget.take if holding else self._budget.give)()
        self._holding = holding

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        """In the order of the calls; what is heard must not wait for the loudspeaker's answer."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
