"""What the person of the latency bench says, turn by turn: sentences and recordings of every kind as sound."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.audio.files import read_audio
from assistant.bench.manifest import Clip, clips
from assistant.bench.pauses import pause_s, pauses_to_think, with_pause
from assistant.bench.phrases import BARGE_INS, COMMANDS, FOLLOW_UPS, LONG_ANSWERS, PAUSED, QUESTIONS
from assistant.bench.utterances import Kind, Spoken, Voice, speech_only, spoken
from assistant.errors import UsageError
from assistant.types import RATE_HZ, Samples

FLUENT, HESITANT = "cmd/barista", "asr/librispeech_other"
"""Recordings of people who speak a command without a pause, and of people who read on with pauses of their own."""
LONGEST_CLIP_S = 9.0
LAST_WORDS = 3
"""Of a recording with pauses of its own: what must not be lost."""
FOLLOW_UP_AFTER_S = (0.2, 0.6, 1.0)
BARGE_IN_AFTER_S = (0.8, 1.3, 1.8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """The person's `voice`, the recorded `wake` word (int16 16 kHz), and the folder of recordings, if any."""

    voice: Voice
    wake: Samples
    data: Path | None = None

    def write(self, kinds: tuple[Kind, ...], count: int, progress: Callable[[int, int], None]) -> list[Spoken]:
        """`count` turns of every kind, in order. Raises: EngineError, UsageError."""
        turns: list[Spoken] = []
        for kind in kinds:
            for turn in itertools.islice(self._of(kind), count):
                turns.append(turn)
                progress(len(turns), count * len(kinds))
        return turns

    def _of(self, kind: Kind) -> Iterator[Spoken]:
        if kind == "follow_up":
            return self._follow_ups()
        if kind == "barge_in":
            return self._barge_ins()
        if kind == "pause":
            return self._paused()
        return self._plain(kind, COMMANDS if kind == "command" else QUESTIONS)

    def _plain(self, kind: Kind, texts: tuple[str, ...]) -> Iterator[Spoken]:
        for text in itertools.cycle(texts):
            yield self._say(kind, text)

    def _say(self, kind: Kind, text: str) -> Spoken:
        return spoken(kind, text, self.wake, self.voice.words(text))

    def _after(self, kind: Kind, opening: str, text: str, after_s: float) -> Spoken:
        said = spoken(kind, text, None, self.voice.words(text))
        return dataclasses.replace(said, opening=self._say(kind, opening).samples, after_s=after_s)

    def _follow_ups(self) -> Iterator[Spoken]:
        for index, (opening, text) in enumerate(itertools.cycle(FOLLOW_UPS)):
            yield self._after("follow_up", opening, text, FOLLOW_UP_AFTER_S[index % len(FOLLOW_UP_AFTER_S)])

    def _barge_ins(self) -> Iterator[Spoken]:
        for index in itertools.count():
            # One step further each round, so that every answer meets every interruption.
            opening = LONG_ANSWERS[(index + index // len(BARGE_INS)) % len(LONG_ANSWERS)]
            after_s = BARGE_IN_AFTER_S[index % len(BARGE_IN_AFTER_S)]
            yield self._after("barge_in", opening, BARGE_INS[index % len(BARGE_INS)], after_s)

    def _paused(self) -> Iterator[Spoken]:
        """Our own sentences, and where there are data, as many commands and read sentences of other people."""
        sources = [self._own_paused(), self._recorded(FLUENT), self._recorded(HESITANT)]
        while sources:
            for source in list(sources):
                turn = next(source, None)
                if turn is None:
                    sources.remove(source)
                else:
                    yield turn

    def _own_paused(self) -> Iterator[Spoken]:
        for index, text in enumerate(itertools.cycle(PAUSED)):
            words, _ = with_pause(speech_only(self.voice.words(text)), pause_s(index))
            said = spoken("pause", text, self.wake, words)
            yield dataclasses.replace(said, rest=text.partition(",")[2])

    def _recorded(self, folder: str) -> Iterator[Spoken]:
        for index, clip in enumerate(self._clips(folder)):
            words = speech_only(read_audio(clip.path))
            if folder == FLUENT:
                words, _ = with_pause(words, pause_s(index))
            elif len(words) > LONGEST_CLIP_S * RATE_HZ or not pauses_to_think(words):
                continue
            said = spoken("pause", f"{folder}/{clip.path.name}", self.wake, words)
            yield dataclasses.replace(said, rest=" ".join(str(clip.labels.get("text", "")).split()[-LAST_WORDS:]))

    def _clips(self, folder: str) -> Iterator[Clip]:
        if self.data is not None:
            with contextlib.suppress(UsageError):
                yield from clips(self.data, folder)
