"""The whole loop with a file as microphone and a file as loudspeaker: `assistant hear` and the demo."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.assembly import Assembly
from assistant.audio.file_io import FileLoudspeaker, FileMicrophone
from assistant.hear.vad import load_speech
from assistant.hear.wake import load_wake, wake_word
from assistant.listen import Ears, Listener
from assistant.types import Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySettings:
    """`wake`: the file holds the wake word. `realtime`: heard at the pace of a room, answers can be interrupted."""

    wake: bool = True
    realtime: bool = False


class Replay:
    """Runs files through one assembly, whose engines are loaded once."""

    def __init__(self, assembly: Assembly, settings: ReplaySettings) -> None:
        self._assembly = assembly
        self._settings = settings

    async def start(self) -> None:
        """Load every engine. Raises: EngineError."""
        assembly = self._assembly
        await asyncio.gather(assembly.asr.start(), assembly.tts.start())
        await assembly.start_thinking()

    async def hear(self, blocks: Iterator[Samples]) -> FileLoudspeaker:
        """Hear blocks of int16 (n,) 16 kHz to their end; what was answered is in the loudspeaker."""
        settings, assembly = self._settings, self._assembly
        word = assembly.config.wake.word
        microphone = FileMicrophone(blocks, realtime=settings.realtime)
        loudspeaker = FileLoudspeaker(microphone, realtime=settings.realtime)
        stages = assembly.stages(loudspeaker, wake_word(word).phrase, silence_alarm=lambda: False)
        wake = load_wake(word, assembly.config.wake.threshold) if settings.wake else None
        ears = Ears(
            microphone=microphone,
            wake=wake,
            vad=load_speech(),
            turn_model=assembly.turn_model(),
            wait_for_answer=not settings.realtime,
        )
        await Listener(ears, stages, assembly.config.turn, assembly.bus).run()
        return loudspeaker
