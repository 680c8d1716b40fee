"""`assistant ask`: one typed turn, or one for each line of a file."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from assistant.errors import UsageError

NAMES_PATIENCE_S = 1.5
"""How long a skill is waited for that asks somebody else which names there are (a home its devices)."""


def ask(
    text: Annotated[str | None, typer.Argument(help="What you would say.")] = None,
    batch: Annotated[str | None, typer.Option(help="A file with one sentence a line, or -.")] = None,
    speak: Annotated[bool, typer.Option("--speak", help="Say the answer aloud as well.")] = False,
    session: Annotated[str | None, typer.Option(help="Go on with the conversation of this name.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a turn.")] = False,
) -> None:
    """Ask in writing, through the same understanding as speech.

    Example: assistant ask "what is twelve times eight"
    """
    if (text is None) == (batch is None):
        raise UsageError("Give either a sentence or --batch FILE.", fix='Try: assistant ask "what time is it"')
    lines = [_readable(text)] if text is not None else list(_lines(batch or "-"))
    asyncio.run(_ask(lines, speak=speak, session=session, as_json=as_json))


async def _ask(lines: list[str], *, speak: bool, session: str | None, as_json: bool) -> None:
    from assistant.assembly import Assembly
    from assistant.config import load_config
    from assistant.console import typed_turn
    from assistant.events import EventBus
    from assistant.paths import find_paths
    from assistant.think.dialogue import load_dialogue, save_dialogue

    if speak:
        from assistant.cli.say import aloud
    paths = find_paths()
    async with Assembly(load_config(paths.config_file), paths, EventBus()).running() as assembly:
        understanding = assembly.understanding()
        serving = asyncio.create_task(assembly.host.serve(), name="skills")
        await assembly.host.first_lists(NAMES_PATIENCE_S)
        file = paths.state / "sessions" / f"{_name(session)}.json" if session else None
        for number, line in enumerate(lines, start=1):
            if file is not None:
                understanding.dialogue = load_dialogue(file)
            elif number > 1:
                understanding.renew()
            if not understanding.knows(line):
                await assembly.start_thinking()  # seconds that an everyday command need not wait for
            turn = await typed_turn(understanding, line, f"a{number}")
            if file is not None:
                save_dialogue(file, understanding.dialogue)
            fields = {
                "text": turn.text,
                **turn.summary(),
                "results": [{"tool": r.tool, "ok": r.ok, "error": r.error, "data": r.data} for r in turn.results],
                "reply": turn.reply,
                "timings_ms": turn.timings_ms,
            }
            typer.echo(json.dumps(fields, ensure_ascii=False) if as_json else turn.reply)
            if speak:
                await aloud(turn.reply)
        serving.cancel()
        await asyncio.wait([serving])


def _readable(text: str) -> str:
    """What a shell passed that is no UTF-8 becomes replacement characters. Raises: UsageError: there is no text."""
    if not text.strip():
        raise UsageError("There is nothing to ask.", fix='Try: assistant ask "what time is it"')
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _lines(batch: str) -> Iterator[str]:
    try:
        data = sys.stdin.buffer.read() if batch == "-" else Path(batch).read_bytes()
    except OSError as error:
        raise UsageError(f"The file {batch} cannot be read: {error.strerror}.") from None
    return (line for line in data.decode("utf-8", "replace").splitlines() if line.strip())


def _name(session: str) -> str:
    """A file name from a session's name. Raises: UsageError."""
    if not session.replace("-", "").replace("_", "").isalnum() or len(session) > 64:
        raise UsageError("A session's name has letters, digits, - and _ only.")
    return session
