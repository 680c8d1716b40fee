"""`assistant history`: what was heard and what was done about it."""

from __future__ import annotations

import datetime as dt
import json
import time
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.config import load_config
from assistant.paths import find_paths
from assistant.store.history import KEEP_TURNS, Entry, History
from assistant.telemetry.why import outcome, printable
from assistant.types import JsonDict

NOT_KEPT = "(not kept)"


def history(
    n: Annotated[int, typer.Option("-n", min=1, max=KEEP_TURNS, help="How many turns.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per turn, one per line.")] = False,
) -> None:
    """Show the last turns, the newest last: when, what was heard, what was done.

    What was said is kept only where `[history] keep_words = true` asks for it.

    Example: assistant history -n 5
    """
    entries = latest(n)[::-1]
    if as_json:
        for entry in entries:
            typer.echo(json.dumps(fields_of(entry)))
        return
    if not entries:
        typer.echo(nothing_kept())
        return
    table = Table("no", "turn", "when", "heard", "what was done", box=None, pad_edge=False)
    for entry in entries:
        when = f"{_local(entry.at_s):%b %d %H:%M:%S}"
        heard = NOT_KEPT if entry.record.wordless else printable(entry.heard)
        cells = (str(entry.number), printable(entry.turn), when, heard, outcome(entry.record))
        table.add_row(*map(Text, cells))  # Text, because what was heard may look like markup
    console = Console()
    console.width = max(console.width, 120) if not console.is_terminal else console.width
    console.print(table)


def latest(n: int) -> list[Entry]:
    """The newest turns first. Raises: StoreError."""
    kept = open_history()
    if kept is None:
        return []
    try:
        return kept.latest(n)
    finally:
        kept.close()


def open_history() -> History | None:
    """The file of this home, if there is one, without what is too old by now. Raises: StoreError, ConfigError."""
    paths = find_paths()
    if not paths.history.exists():
        return None
    kept = History(paths.history, load_config(paths.config_file).history.keep_days)
    kept.prune(time.time())
    if kept.replaced:
        typer.echo("The history was damaged and set aside; a new one was begun.", err=True)
    return kept


def nothing_kept() -> str:
    """Why there is nothing to show."""
    if load_config(find_paths().config_file).history.keep_days == 0:
        return "No turns are kept: `[history] keep_days` is 0."
    return "No turn is kept yet. `assistant run` keeps those that are spoken or typed to it."


def fields_of(entry: Entry) -> JsonDict:
    """A turn as it is printed for programs; the names are those of `assistant ask --json`."""
    record = entry.record
    return {
        "number": entry.number,
        "turn_id": entry.turn,
        "at": _local(entry.at_s).isoformat(timespec="milliseconds"),
        "text": entry.heard,
        "route": record.route,
        "reason": record.reason,
        "skill": record.skill,
        "tool": record.tool,
        "arguments": record.arguments,
        "results": [{"tool": r.tool, "ok": r.ok, "error": r.error} for r in record.results],
        "reply": record.reply,
        "heard_words": record.heard_words,
        "opened_by": record.opened_by or None,
        "ended_by": record.ended_by or None,
        "ended": record.ended,
        "interrupted_by": record.by or None,
        "resumed": list(record.resumed),
        "silenced": record.silenced,
        "error": record.error or None,
        "message": record.message,
        "timings_ms": record.timings_ms,
    }


def _local(at_s: float) -> dt.datetime:
    """Local time; a moment that no calendar knows is the epoch."""
    try:
        return dt.datetime.fromtimestamp(at_s).astimezone()
    except (OverflowError, ValueError, OSError):
        return dt.datetime.fromtimestamp(0).astimezone()
