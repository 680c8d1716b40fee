"""`assistant say`: text to speech, into a file or on the loudspeaker."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import sys
import time
from pathlib import Path
from typing import Annotated, Any, Protocol

import numpy as np
import typer

from assistant.audio.files import write_wav
from assistant.audio.playback import Playback
from assistant.catalog import Catalog
from assistant.config import AudioConfig, load_config
from assistant.errors import AudioDeviceError, UsageError
from assistant.language import is_korean
from assistant.paths import find_paths
from assistant.speak.cache import PhraseCache
from assistant.speak.normalize import normalize
from assistant.speak.sentences import split_clauses
from assistant.speak.tts import WorkerSynthesizer, korean_settings, voice_name, voice_settings
from assistant.types import AudioChunk, JsonDict
from assistant.worker import Worker

MAX_CHARS = 20_000
"""About twenty minutes of speech."""


def say(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to say; - reads it from standard input.")],
    out: Annotated[Path | None, typer.Option(help="Write a WAV file instead of playing.")] = None,
    speed: Annotated[float | None, typer.Option(min=0.5, max=2.0, help="1.0 is natural, 2.0 twice as fast.")] = None,
    seed: Annotated[int | None, typer.Option(min=1, help="The same words sound the same each time.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object with the figures.")] = False,
) -> None:
    """Say a text, with numbers, dates and units as words.

    Example: assistant say "It is 19:30." --out time.wav
    """
    clauses = _clauses(_read_stdin() if text == "-" else text)
    figures = asyncio.run(_say(clauses, out, speed, seed))
    if as_json:
        typer.echo(json.dumps(figures))
    elif out is not None:
        typer.echo(f"{out}: {figures['audio_s']:.1f} s of speech, first sound after {figures['first_audio_ms']:.0f} ms")


async def aloud(text: str) -> None:
    """Say an answer on the loudspeaker. Raises: AssistantError."""
    await _say(_clauses(text), None)


def _read_stdin() -> str:
    return sys.stdin.buffer.read(4 * MAX_CHARS + 4).decode("utf-8", errors="replace")


def _clauses(text: str) -> list[str]:
    """The text as the loop would speak it. Raises: UsageError."""
    if len(text) > MAX_CHARS:
        raise UsageError(f"That text is too long to say: at most {MAX_CHARS:,} characters.", fix="Say it in parts.")
    clauses = [words for clause in split_clauses(text) if (words := normalize(clause))]
    if not clauses:
        raise UsageError("There is nothing to say.", fix='Give some words: assistant say "Hello there."')
    return clauses


async def _say(clauses: list[str], out: Path | None, speed: float | None = None, seed: int | None = None) -> JsonDict:
    """Render and deliver; returns the figures. Raises: AssistantError."""
    paths = find_paths()
    config = load_config(paths.config_file)
    catalog = Catalog.load(paths.models)
    voice = config.models.tts
    speed = config.reply.speed if speed is None else speed
    korean = any(is_korean(clause) for clause in clauses)
    if korean:
        voice, name, worker = "espeak-ng-ko", "espeak-ng-ko", Worker(korean_settings(speed=speed))
    else:
        worker = Worker(voice_settings(catalog.path(voice), speed=speed, seed=seed))
        name = voice_name(voice, catalog.entry(voice).main.sha256 or "")
        if seed is not None:
            name += f"-{seed}"
    synthesizer = WorkerSynthesizer(worker, PhraseCache(paths.cache / "phrases"), voice=name, speed=speed)
    sink: _Sink = _Loudspeaker(config.audio) if out is None else _WavFile(out)
    try:
        cached = all(synthesizer.cached(clause) for clause in clauses)
        if not cached:
            await worker.start()
        first_audio_ms, audio_s = await _deliver(synthesizer, clauses, sink)
        await sink.finish()
    finally:
        sink.close()
        await worker.close()
    return {"first_audio_ms": round(first_audio_ms, 1), "audio_s": round(audio_s, 3), "cached": cached, "voice": voice}


async def _deliver(synthesizer: WorkerSynthesizer, clauses: list[str], sink: _Sink) -> tuple[float, float]:
    """Returns (ms from the request to the first sound, s of sound)."""
    started, first_audio_ms, audio_s = time.monotonic(), None, 0.0
    for clause in clauses:
        async with contextlib.aclosing(synthesizer.speak(clause)) as chunks:
            async for chunk in chunks:
                if first_audio_ms is None:
                    first_audio_ms = 1000 * (time.monotonic() - started)
                audio_s += len(chunk.samples) / chunk.rate_hz
                await sink.put(chunk)
    if first_audio_ms is None:
        raise UsageError("This voice cannot say that text.", fix="It speaks English, written in Latin letters.")
    return first_audio_ms, audio_s


class _Sink(Protocol):
    async def put(self, chunk: AudioChunk) -> None: ...
    async def finish(self) -> None: ...
    def close(self) -> None: ...


class _WavFile:
    """A WAV file, written when all is there."""

    def __init__(self, path: Path) -> None:
        if path.is_dir() or not path.parent.is_dir():
            raise UsageError(f"The file {path} cannot be written.", fix="Name a file in a folder that exists.")
        self._path = path
        self._chunks: list[AudioChunk] = []

    async def put(self, chunk: AudioChunk) -> None:
        self._chunks.append(chunk)

    async def finish(self) -> None:
        samples = np.concatenate([chunk.samples for chunk in self._chunks])
        write_wav(self._path, samples, self._chunks[0].rate_hz)

    def close(self) -> None:
        self._chunks.clear()


class _Loudspeaker:
    """The loudspeaker of the configuration; `finish` waits until all was heard."""

    def __init__(self, config: AudioConfig) -> None:
        device_io = importlib.import_module("assistant.engines.sounddevice_io")
        try:
            device = device_io.choose(device_io.devices(), config.output, output=True)
            self._playback = Playback(device.rate_hz)
            self._stream = device_io.LoudspeakerStream(device, config.latency, self._playback)
        except AudioDeviceError as error:
            raise AudioDeviceError(error.sentence, fix="Write a file instead: --out speech.wav") from None
        self._resampler: Any = None

    async def put(self, chunk: AudioChunk) -> None:
        import soxr

        if self._resampler is None:
            self._resampler = soxr.ResampleStream(chunk.rate_hz, self._playback.rate_hz, 1, dtype="int16")
        self._playback.push(1, self._resampler.resample_chunk(chunk.samples), last=False)

    async def finish(self) -> None:
        rest = self._resampler.resample_chunk(np.zeros(0, dtype=np.int16), last=True)
        self._playback.push(1, rest, last=True)
        while not any(kind == "ended" for kind, _, _ in self._playback.notes()):  # noqa: ASYNC110 - no event from a callback
            await asyncio.sleep(0.02)
        await asyncio.sleep(self._stream.latency_s)

    def close(self) -> None:
        self._stream.close()
