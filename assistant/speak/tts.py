"""Text to speech: the port of the voice, and the voice in its worker with a cache of rendered phrases before it."""

from __future__ import annotations

import asyncio
import contextlib
import textwrap
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

import numpy as np

from assistant.language import is_korean
from assistant.speak.cache import Phrase, PhraseCache, phrase_key
from assistant.types import AudioChunk, JsonDict, Samples
from assistant.worker import Worker, WorkerSettings

CACHED_CHARS = 60
"""Longer phrases are not kept: they are never said twice in the same words."""

REQUEST_CHARS = 1000
"""Longer text, which no clause of a reply should be, is rendered in parts of at most so many characters."""


CALM_AGAIN_S = 1.0
"""How often it is looked whether the cores are free for phrases that nobody waits for."""


class Synthesizer(Protocol):
    """A voice."""

    def speak(self, text: str, *, cacheable: bool = False) -> AsyncIterator[AudioChunk]:
        """Render words that `normalize` made speakable; closing the iterator cancels.

        Yields int16 mono chunks from the first tenths of a second on, `start_ms` counted from the start of the
        phrase (of its part, where text is over `REQUEST_CHARS`), a natural pause at the end included; nothing for
        text without a word. `cacheable` marks a set phrase of the assistant's own that may be kept on disk; never
        what a person said or a model wrote.

        Raises:
            EngineError: the voice failed; it may be asked again.
        """
        ...


def voice_settings(folder: Path, *, threads: int = 1, speed: float = 1.0, seed: int | None = None) -> WorkerSettings:
    """The worker of a Piper voice. One thread: a second one did not make the first sound come earlier on two cores.

    The voice draws its melody by chance; from the same `seed` a new worker draws the same.
    """
    options: JsonDict = {"path": str(folder), "threads": threads, "speed": speed, "seed": seed}
    return WorkerSettings(name="voice", engine="piper", options=options)


def korean_settings(*, speed: float = 1.0) -> WorkerSettings:
    """The worker of the voice for Korean."""
    return WorkerSettings(name="Korean voice", engine="espeak_ng", options={"voice": "ko", "speed": speed})


def voice_name(model_id: str, sha256: str) -> str:
    """How renderings of this very file are known in the cache."""
    return f"{model_id}@{sha256[:16]}"


class Voices:
    """`Synthesizer` of several languages: what has Hangul in it is said by the Korean voice, Latin words in it too."""

    def __init__(self, english: WorkerSynthesizer, korean: WorkerSynthesizer) -> None:
        self._english, self._korean = english, korean

    def cached(self, text: str) -> bool:
        """Whether this text would be said without rendering it."""
        return self._of(text).cached(text)

    async def speak(self, text: str, *, cacheable: bool = False) -> AsyncGenerator[AudioChunk, None]:
        """See `Synthesizer`."""
        async with contextlib.aclosing(self._of(text).speak(text, cacheable=cacheable)) as chunks:
            async for chunk in chunks:
                yield chunk

    async def prewarm(self, phrases: Iterable[str], calm: Callable[[], bool] = lambda: True) -> int:
        """See `WorkerSynthesizer.prewarm`; Korean is rendered faster than it is read from the disk."""
        return await self._english.prewarm([phrase for phrase in phrases if not is_korean(phrase)], calm)

    def _of(self, text: str) -> WorkerSynthesizer:
        return self._korean if is_korean(text) else self._english


class WorkerSynthesizer:
    """The voice in a worker. `voice` is its `voice_name`; `speed` 1.0 is natural, 2.0 twice as fast."""

    def __init__(self, worker: Worker, cache: PhraseCache, *, voice: str, speed: float = 1.0) -> None:
        self._worker = worker
        self._cache = cache
        self._voice = voice
        self._speed = speed
        self._waiting = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def cached(self, text: str) -> bool:
        """Whether this text would be said without rendering it."""
        return _is_short(text) and self._key(text) in self._cache

    async def speak(self, text: str, *, cacheable: bool = False) -> AsyncGenerator[AudioChunk, None]:
        """As `Synthesizer.speak`; a phrase of the cache comes as one chunk."""
        if _is_short(text) and (phrase := self._cache.get(self._key(text))) is not None:
            if len(phrase.samples):
                yield AudioChunk(samples=phrase.samples, rate_hz=phrase.rate_hz, start_ms=0.0)
            return
        parts = textwrap.wrap(text, REQUEST_CHARS) if len(text) > REQUEST_CHARS else [text]
        with self._urgent():
            for part in parts:
                async with contextlib.aclosing(self._render(part, on_disk=cacheable)) as chunks:
                    async for chunk in chunks:
                        yield chunk

    async def prewarm(self, phrases: Iterable[str], calm: Callable[[], bool] = lambda: True) -> int:
        """Render the short ones of these set phrases into the cache, memory and disk; returns how many were new.

        Works one at a time, only while nobody waits for the voice and it is `calm`: a phrase under way is given up as
        soon as a request comes and done again later. Cancel it to stop.

        Raises:
            EngineError: the voice failed.
        """
        waiting = deque(dict.fromkeys(phrase for phrase in phrases if _is_short(phrase)))
        rendered = 0
        while waiting:
            await self._idle.wait()
            if not calm():
                await asyncio.sleep(CALM_AGAIN_S)
            elif self.cached(waiting[0]):
                waiting.popleft()
            elif await self._prewarmed(waiting[0]):
                waiting.popleft()
                rendered += 1
        return rendered

    async def _prewarmed(self, phrase: str) -> bool:
        """False when it was given up for a request."""
        async with contextlib.aclosing(self._render(phrase, on_disk=True)) as chunks:
            async for _ in chunks:
                if self._waiting:
                    return False
        return True

    async def _render(self, text: str, *, on_disk: bool) -> AsyncGenerator[AudioChunk, None]:
        pieces: list[Samples] = []
        rate_hz, count = 0, 0
        request = {"text": text, "speed": self._speed}
        async with contextlib.aclosing(self._worker.stream("speak", request)) as parts:
            async for header, data in parts:
                rate_hz = int(header["rate_hz"])
                samples = np.frombuffer(data, dtype=np.int16)
                if len(samples):
                    pieces.append(samples)
                    yield AudioChunk(samples=samples, rate_hz=rate_hz, start_ms=1000.0 * count / rate_hz)
                    count += len(samples)
        if _is_short(text) and pieces:
            self._cache.put(self._key(text), Phrase(samples=np.concatenate(pieces), rate_hz=rate_hz), on_disk=on_disk)

    @contextlib.contextmanager
    def _urgent(self) -> Iterator[None]:
        self._waiting += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._idle.set()

    def _key(self, text: str) -> str:
        return phrase_key(self._voice, self._speed, text)


def _is_short(text: str) -> bool:
    return 0 < len(text) <= CACHED_CHARS
