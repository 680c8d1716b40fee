"""`assistant why`: why it did what it did, in one sentence."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from assistant.cli.history import fields_of, nothing_kept, open_history
from assistant.errors import UsageError
from assistant.store.history import Entry
from assistant.telemetry.waterfall import waterfall
from assistant.telemetry.why import explain, printable

NAMED = 5
LONGEST_MS = 600_000.0
"""A mark beyond this is none that a turn could have."""


def why(
    turn: Annotated[str | None, typer.Argument(help="Its number or id, as `assistant history` shows it.")] = None,
    timeline: Annotated[bool, typer.Option("--timeline", help="Draw when each stage was reached.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Say in one sentence why the last turn, or the one that is named, went as it did.

    Example: assistant why --timeline
    """
    entry = _entry(turn)
    if as_json:
        typer.echo(json.dumps({**fields_of(entry), "why": explain(entry)}))
        return
    typer.echo(explain(entry))
    if timeline:
        marks = {stage: ms for stage, ms in entry.record.timings_ms.items() if abs(ms) <= LONGEST_MS}
        typer.echo(f"\n{waterfall(marks)}" if marks else "No times were taken of this turn.")


def _entry(turn: str | None) -> Entry:
    """Raises: UsageError: there is no such turn."""
    kept = open_history()
    newest: list[Entry] = []
    if kept is not None:
        try:
            newest = kept.latest(NAMED)
            found = newest[0] if turn is None and newest else kept.find(turn) if turn is not None else None
        finally:
            kept.close()
        if found is not None:
            return found
    if not newest:
        raise UsageError(nothing_kept())
    names = ", ".join(f"{entry.number} ({printable(entry.turn)})" for entry in newest)
    raise UsageError(
        f"No turn '{printable(turn or '', 40)}' is kept.",
        fix=f"The newest are {names}; `assistant history` shows more.",
    )
