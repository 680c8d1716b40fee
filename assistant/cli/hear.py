"""`assistant hear`: the loop with a file as microphone."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import Annotated

import typer


def hear(
    file: Annotated[str, typer.Argument(help="A sound file, or - for WAV on standard input.")],
    out: Annotated[Path | None, typer.Option(help="Write the spoken answers to this WAV file.")] = None,
    no_wake: Annotated[bool, typer.Option("--no-wake", help="The file holds no wake word.")] = False,
    realtime: Annotated[bool, typer.Option("--realtime", help="Hear it at the pace of a room.")] = False,
    json_lines: Annotated[bool, typer.Option("--json", help="Events as JSON lines (always so).", hidden=True)] = True,
) -> None:
    """Hear a file as the microphone: the same loop, events as JSON lines, answers into a file.

    Example: assistant hear question.wav --no-wake --out answer.wav
    """
    from assistant.assembly import Assembly
    from assistant.audio.files import iter_audio, write_wav
    from assistant.config import load_config
    from assistant.events import EventBus
    from assistant.paths import find_paths
    from assistant.replay import Replay, ReplaySettings

    async def replay() -> None:
        paths, bus = find_paths(), EventBus()
        bus.observe(lambda event: typer.echo(event.to_json()))
        async with Assembly(load_config(paths.config_file), paths, bus).running() as assembly:
            blocks = iter_audio(file)
            first = next(blocks, None)  # a bad file is told before the engines are loaded
            session = Replay(assembly, ReplaySettings(wake=not no_wake, realtime=realtime))
            await session.start()
            bus.emit("ready", file=file)
            loudspeaker = await session.hear(itertools.chain([] if first is None else [first], blocks))
            if out is not None:
                write_wav(out, loudspeaker.recording(), loudspeaker.rate_hz or 22_050)

    asyncio.run(replay())
