"""`assistant run`: the daemon."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer


def run(
    config: Annotated[Path | None, typer.Option(help="Another configuration file.")] = None,
    events: Annotated[bool, typer.Option("--events", help="One JSON event a line on stdout.")] = False,
) -> None:
    """Listen for the wake word and answer; without a microphone, answer what is typed.

    Example: assistant run --events
    """
    from assistant.config import load_config
    from assistant.daemon import run_daemon
    from assistant.paths import find_paths

    paths = find_paths()
    settings = load_config(config or paths.config_file, required=config is not None)
    asyncio.run(run_daemon(settings, paths, events=events))
