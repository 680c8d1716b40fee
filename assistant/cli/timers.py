"""`assistant timers`: what the assistant has promised to ring, and how to take it back."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from assistant.errors import UsageError
from assistant.paths import find_paths
from assistant.skill import Timer, say_duration, split_seconds
from assistant.store.timers import TimerStore

app = typer.Typer(no_args_is_help=True, help="Timers: list, cancel.\n\nExample: assistant timers list")

Json = Annotated[bool, typer.Option("--json", help="One JSON object per timer, one per line.")]


@app.command(name="list")
def list_timers(as_json: Json = False) -> None:
    """Every timer that runs or rings.

    Example: assistant timers list --json
    """
    timers = _store().list()
    if as_json:
        for timer in timers:
            typer.echo(json.dumps(_record(timer)))
        return
    if not timers:
        typer.echo("There is no timer running.")
        return
    table = Table("id", "name", "length", "left", "rings at", box=None, pad_edge=False)
    for timer in timers:
        left_s = _left_s(timer)
        left = say_duration(split_seconds(left_s)) if left_s else "ringing"
        table.add_row(
            str(timer.id), timer.label, say_duration(split_seconds(timer.seconds)), left, f"{timer.due:%H:%M:%S}"
        )
    Console().print(table)


@app.command()
def cancel(
    timer_id: Annotated[int | None, typer.Argument(metavar="ID", help="As `assistant timers list` shows it.")] = None,
    all_timers: Annotated[bool, typer.Option("--all", help="Every timer.")] = False,
    as_json: Json = False,
) -> None:
    """Cancel one timer, or all of them. A running assistant notices within a second.

    Example: assistant timers cancel 3
    """
    if (timer_id is None) == (not all_timers):
        raise UsageError("Say which timer to cancel.", fix="Give its id, or --all.")
    store = _store()
    gone = [timer for timer in store.list() if (all_timers or timer.id == timer_id) and store.cancel(timer.id)]
    if timer_id is not None and not gone:
        raise UsageError(f"There is no timer {timer_id}.", fix="`assistant timers list` shows them.")
    for timer in gone:
        typer.echo(json.dumps(_record(timer)) if as_json else f"Cancelled timer {timer.id}.")
    if not gone and not as_json:
        typer.echo("There is no timer running.")


def _store() -> TimerStore:
    store = TimerStore(find_paths().database)
    if store.notice:
        typer.echo(store.notice, err=True)
    return store


def _left_s(timer: Timer) -> int:
    return max(0, round((timer.due - dt.datetime.now().astimezone()).total_seconds()))


def _record(timer: Timer) -> dict[str, object]:
    left_s = _left_s(timer)
    return {
        "id": timer.id,
        "label": timer.label,
        "seconds": timer.seconds,
        "due": timer.due.isoformat(timespec="seconds"),
        "left_s": left_s,
    }
