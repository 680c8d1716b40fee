"""Rings when a promise is due: a tone, then what it is, again and again until someone says "stop"."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable

from assistant.audio.io import Loudspeaker, PlayNote
from assistant.audio.tones import alarm
from assistant.errors import AssistantError
from assistant.speak.normalize import normalize
from assistant.speak.tts import Synthesizer
from assistant.types import AudioChunk, Samples

RATE_HZ = 22_050
FIRST_SEGMENT = 1_000_000
"""Segments of the ringer, apart from those of the speaker."""
MAX_ROUNDS = 90
"""About five minutes; then it gives up ringing, and "what did I miss?" still tells of it."""
SAY_EVERY = 4
FEW_ROUNDS = 2 * SAY_EVERY + 1
"""Three times the sentence: enough for a reminder."""


class Ringer:
    """`ring` returns at once; `silence` ends it and tells whether it rang.

    `on_change` is told when ringing begins and ends; before that end `on_given_up`, when nobody ended it.
    """

    def __init__(self, synthesizer: Synthesizer, loudspeaker: Loudspeaker) -> None:
        self.on_change: Callable[[bool], None] = lambda ringing: None
        self.on_given_up: Callable[[], None] = lambda: None
        self._synthesizer = synthesizer
        self._loudspeaker = loudspeaker
        self._numbers = itertools.count(FIRST_SEGMENT)
        self._task: asyncio.Task[None] | None = None
        self._sentences: list[str] = []
        self._rounds_left = 0
        self._ended: dict[int, asyncio.Event] = {}
        self._unheard: set[int] = set()
        loudspeaker.on_note(self._noted)

    @property
    def ringing(self) -> bool:
        return self._task is not None and not self._task.done()

    def ring(self, sentence: str, rounds: int = MAX_ROUNDS) -> None:
        """Ring and say the sentence, for so many rounds; one more joins the ringing that is under way."""
        self._sentences.append(sentence)
        self._rounds_left = max(rounds, self._rounds_left if self.ringing else 0)
        if not self.ringing:
            self._task = asyncio.create_task(self._ring(), name="ringer")
            self.on_change(True)

    def silence(self) -> bool:
        """Stop ringing now."""
        if not self.ringing:
            return False
        assert self._task is not None
        self._task.cancel()
        self._task = None
        self._sentences.clear()
        self.on_change(False)
        return True

    async def _ring(self) -> None:
        tone = alarm(RATE_HZ)
        try:
            said: list[str] = []
            for round_number in itertools.count():
                if self._rounds_left <= 0:
                    break
                self._rounds_left -= 1
                await self._play(tone)
                sentences = list(self._sentences)
                for sentence in sentences if round_number % SAY_EVERY == 0 else sentences[len(said) :]:
                    await self._say(sentence)
                said = sentences
            self._sentences.clear()
            self._task = None
            self.on_given_up()
            self.on_change(False)
        except asyncio.CancelledError:
            await asyncio.shield(self._loudspeaker.cut())
            raise

    async def _say(self, sentence: str) -> None:
        with contextlib.suppress(AssistantError):  # a voice that fails must not end the ringing
            async with contextlib.aclosing(self._synthesizer.speak(normalize(sentence))) as chunks:  # type: ignore[type-var]
                async for chunk in chunks:
                    await self._play(chunk.samples, chunk.rate_hz)

    async def _play(self, samples: Samples, rate_hz: int = RATE_HZ) -> None:
        number = next(self._numbers)
        ended = self._ended[number] = asyncio.Event()
        chunk = AudioChunk(samples=samples, rate_hz=rate_hz, start_ms=0.0)
        length_s = len(samples) / rate_hz
        await self._loudspeaker.play(number, chunk, last=True)
        with contextlib.suppress(TimeoutError):  # a loudspeaker that is away must not end the ringing either
            async with asyncio.timeout(length_s + 3.0):
                await ended.wait()
        self._ended.pop(number, None)
        if number in self._unheard:  # ... nor may it use up the rounds in no time: it may come back
            self._unheard.discard(number)
            await asyncio.sleep(length_s)

    def _noted(self, note: PlayNote) -> None:
        if note.kind != "started" and note.segment in self._ended:
            if note.kind == "cut":
                self._unheard.add(note.segment)
            self._ended[note.segment].set()
