"""`assistant transcribe`: speech to text from sound files."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import typer

from assistant.audio.files import duration_s, iter_audio
from assistant.errors import AudioFileError, EngineError
from assistant.hear.asr import WorkerRecognizer, asr_settings
from assistant.types import RATE_HZ, JsonDict, Transcript
from assistant.worker import Worker

Tell = Callable[[float], None]
"""Called with the position in s up to which a file is done."""

BLOCK_SAMPLES = RATE_HZ
LONG_S = 20.0
"""From this length a file shows its progress on a terminal."""


def transcribe(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Sound files; - reads WAV on standard input.")],
    language: Annotated[str, typer.Option(help="A language code such as en, or auto to find out.")] = "en",
    tier: Annotated[Literal["small", "standard"] | None, typer.Option(help="The recogniser of this tier.")] = None,
    model: Annotated[str | None, typer.Option(help="A recogniser by its id in `assistant models list`.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a file, one per line.")] = False,
) -> None:
    """Write down what is said in sound files of any length.

    Example: assistant transcribe meeting.flac --json
    """
    failed = asyncio.run(_transcribe(files, None if language == "auto" else language, tier, model, as_json=as_json))
    if failed:
        raise typer.Exit(1)


async def _transcribe(
    files: list[str], language: str | None, tier: str | None, model: str | None, *, as_json: bool
) -> int:
    """Transcribe every file that can be read; returns how many could not. Raises: ModelError, EngineError."""
    folder, threads = _model(tier, model)
    worker = Worker(asr_settings(folder, threads=threads))
    failed = 0
    try:
        recognizer = WorkerRecognizer(worker, language=language)
        for file in files:
            try:
                with _progress(file) as tell:
                    record = await _record(file, recognizer, tell)
            except (AudioFileError, EngineError) as error:
                typer.echo(str(error), err=True)
                failed += 1
                continue
            typer.echo(json.dumps(record, ensure_ascii=False) if as_json else _line(record, many=len(files) > 1))
            sys.stdout.flush()
    finally:
        await worker.close()
    return failed


async def _record(file: str, recognizer: WorkerRecognizer, tell: Tell) -> JsonDict:
    """Transcribe one file to its end. Raises: AudioFileError, EngineError."""
    pieces: list[Transcript] = []
    audio_s = 0.0
    async with contextlib.aclosing(recognizer.transcribe_long(iter_audio(file, BLOCK_SAMPLES))) as parts:
        async for position_s, transcript in parts:
            audio_s = position_s
            pieces.append(transcript)
            tell(position_s)
    spoken = [piece for piece in pieces if piece.text]
    weights = [len(piece.text) for piece in spoken]
    return {
        "file": file,
        "text": " ".join(piece.text for piece in spoken),
        "language": next((piece.language for piece in spoken), pieces[0].language if pieces else ""),
        "audio_s": round(audio_s, 3),
        "decode_ms": round(sum(piece.decode_ms for piece in pieces), 1),
        "avg_logprob": round(float(np.average([p.avg_logprob for p in spoken], weights=weights)), 4) if spoken else 0.0,
        "retries": sum(piece.retries for piece in pieces),
    }


def _line(record: JsonDict, *, many: bool) -> str:
    text = record["text"] or "(nobody speaks)"
    return f"{record['file']}: {text}" if many else str(text)


@contextlib.contextmanager
def _progress(file: str) -> Iterator[Tell]:
    """A bar on a terminal for a long file; silent in a pipe and for short ones."""
    total_s = duration_s(file)
    if not sys.stderr.isatty() or total_s is None or total_s < LONG_S:
        yield lambda position_s: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(Path(file).name, total=total_s)
        yield lambda position_s: bar.update(task, completed=position_s)


def _model(tier: str | None, model: str | None) -> tuple[Path, int]:
    """Folder of the recogniser and its threads, by option, else as configured. Raises: ModelError, ConfigError."""
    from assistant.assembly import choose_models
    from assistant.catalog import Catalog, free_memory_bytes
    from assistant.config import load_config
    from assistant.paths import find_paths

    paths = find_paths()
    config = load_config(paths.config_file)
    chosen = config.model_copy(update={"models": config.models.model_copy(update={"tier": tier, "asr": None})})
    model_id = model or choose_models(chosen if tier else config, free_memory_bytes()).asr
    return Catalog.load(paths.models).path(model_id), config.models.threads or 1
