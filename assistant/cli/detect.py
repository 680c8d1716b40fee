"""`assistant detect`: wake words and speech in sound files, with the settings of the live assistant."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from assistant.audio.files import duration_s, iter_audio
from assistant.config import WakeConfig, load_config
from assistant.errors import AudioFileError
from assistant.hear.vad import SpeechDetector, SpeechSegment, SpeechSegmenter, load_speech
from assistant.hear.wake import WakeGate, load_wake
from assistant.paths import find_paths
from assistant.types import CHUNK_SAMPLES, RATE_HZ, AudioChunk, Detection, JsonDict, Samples

TAIL_MS = 500.0
"""The detector is sure up to 0.3 s after the word: a file that ends with it is followed by silence."""
LONG_S = 20.0
"""From this length a file shows its progress on a terminal."""
TELL_EVERY_MS = 1000.0

Tell = Callable[[float], None]
"""Called with the position in s up to which a file is done."""


def detect(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Sound files; - reads WAV on standard input.")],
    wake: Annotated[str | None, typer.Option(metavar="WORD", help="A built-in word; else the configured one.")] = None,
    threshold: Annotated[float | None, typer.Option(help="Between 0 and 1; else the configured or the word's.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a file, one per line.")] = False,
) -> None:
    """Find the wake word and the speech in sound files of any length.

    Example: assistant detect evening.flac --wake hey_jarvis --json
    """
    gate = _gate(load_config(find_paths().config_file).wake, wake, threshold)
    speech = load_speech()
    failed = 0
    for file in files:
        try:
            with _progress(file) as tell:
                record = scan(file, gate, speech, tell)
        except AudioFileError as error:
            typer.echo(str(error), err=True)
            failed += 1
            continue
        typer.echo(json.dumps(record, ensure_ascii=False) if as_json else _line(record))
        sys.stdout.flush()
    if failed:
        raise typer.Exit(1)


def _gate(config: WakeConfig, word: str | None, threshold: float | None) -> WakeGate:
    """The configured threshold belongs to the configured word; another word comes with its own. Raises: UsageError."""
    if threshold is None and word in (None, config.word):
        threshold = config.threshold
    return load_wake(word or config.word, threshold)


def scan(file: str | Path, gate: WakeGate, speech: SpeechDetector, tell: Tell | None = None) -> JsonDict:
    """Hear one file to its end, in constant memory. Times count from its start.

    Raises: AudioFileError.
    """
    gate.reset()
    speech.reset()
    segmenter = SpeechSegmenter()
    wakes: list[Detection] = []
    segments: list[SpeechSegment] = []
    now_ms = length_ms = told_ms = 0.0
    for samples, inside in _with_tail(file):
        chunk = AudioChunk(samples=samples, rate_hz=RATE_HZ, start_ms=now_ms)
        now_ms = chunk.end_ms
        length_ms = now_ms if inside else length_ms
        if detection := gate.feed(chunk):
            wakes.append(detection)
        if segment := segmenter.feed(speech.feed(chunk), chunk.start_ms, chunk.end_ms):
            segments.append(segment)
        if tell and now_ms - told_ms >= TELL_EVERY_MS:
            told_ms = now_ms
            tell(now_ms / 1000.0)
    if segment := segmenter.finish():
        segments.append(segment)
    return {
        "file": str(file),
        "audio_s": round(length_ms / 1000.0, 3),
        "wakes": [{"word": w.word, "at_ms": round(w.at_ms, 1), "score": round(w.score, 3)} for w in wakes],
        "speech": [_seconds(segment, length_ms) for segment in segments if segment.start_ms < length_ms],
    }


def _with_tail(file: str | Path) -> Iterator[tuple[Samples, bool]]:
    """The chunks of the file, then silence; the second value tells which."""
    for samples in iter_audio(file):
        yield samples, True
    silence = np.zeros(CHUNK_SAMPLES, np.int16)
    for _ in range(int(TAIL_MS * RATE_HZ / 1000) // CHUNK_SAMPLES):
        yield silence, False


def _seconds(segment: SpeechSegment, length_ms: float) -> list[float]:
    return [round(segment.start_ms / 1000.0, 3), round(min(segment.end_ms, length_ms) / 1000.0, 3)]


def _line(record: JsonDict) -> str:
    wakes = [f"{wake['word']} at {wake['at_ms'] / 1000.0:.2f} s ({wake['score']:.2f})" for wake in record["wakes"]]
    parts = [f"{start_s:.2f}-{end_s:.2f} s" for start_s, end_s in record["speech"]]
    return f"{record['file']}: {', '.join(wakes) or 'no wake word'}; speech {', '.join(parts) or 'none'}"


@contextlib.contextmanager
def _progress(file: str) -> Iterator[Tell | None]:
    """A bar on a terminal for a long file; silent in a pipe and for short ones."""
    total_s = duration_s(file)
    if not sys.stderr.isatty() or total_s is None or total_s < LONG_S:
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(Path(file).name, total=total_s)
        yield lambda position_s: bar.update(task, completed=position_s)
