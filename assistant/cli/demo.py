"""`assistant demo`: recorded speech through the whole loop, the spoken answers as WAV files."""

from __future__ import annotations

import asyncio
import dataclasses
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.errors import UsageError

if TYPE_CHECKING:
    from assistant.assembly import Assembly


def demo(
    clips: Annotated[Path, typer.Option(help="A folder of recordings, each with the wake word and a wish.")],
    out: Annotated[Path, typer.Option(help="Where the answers go, one WAV file a recording.")] = Path("demo"),
) -> None:
    """Play recorded speech to the assistant and keep what it says.

    Example: assistant demo --clips tests/audio/clips/demo --out demo
    """
    files = sorted(path for path in clips.glob("*") if path.suffix in (".flac", ".wav"))
    if not files:
        raise UsageError(f"There are no recordings in {clips}.", fix="Name a folder with .flac or .wav files.")
    out.mkdir(parents=True, exist_ok=True)
    asyncio.run(_demo(files, out))


async def _demo(files: list[Path], out: Path) -> None:
    from assistant.assembly import Assembly
    from assistant.config import load_config
    from assistant.events import EventBus
    from assistant.paths import find_paths

    bus = EventBus()
    bus.observe(_show)
    with tempfile.TemporaryDirectory() as state:  # the timers of a demo must not ring in anybody's kitchen
        paths = dataclasses.replace(find_paths(), state=Path(state))
        await _play(files, out, Assembly(load_config(paths.config_file), paths, bus))


async def _play(files: list[Path], out: Path, assembly: Assembly) -> None:
    from assistant.audio.files import iter_audio, write_wav
    from assistant.replay import Replay, ReplaySettings

    async with assembly.running():
        session = Replay(assembly, ReplaySettings(realtime=True))
        typer.echo("Loading the engines ...")
        await session.start()
        for file in files:
            typer.echo(f"\n{file.name}")
            loudspeaker = await session.hear(iter_audio(file))
            answer = out / f"{file.stem}.wav"
            write_wav(answer, loudspeaker.recording(), loudspeaker.rate_hz or 22_050)
            typer.echo(f"  answer in {answer}")


def _show(event: Any) -> None:
    if event.kind == "transcript":
        typer.echo(f"  heard: {event.fields['text']}")
    elif event.kind == "first_audio":
        typer.echo(f"  first sound {event.fields['after_speech_ms']:.0f} ms after the end of speech")
    elif event.kind == "reply":
        typer.echo(f"  said ({event.fields['route']}): {str(event.fields['text']).strip()}")
    elif event.kind == "error":
        typer.echo(f"  error: {event.fields['message']}")
