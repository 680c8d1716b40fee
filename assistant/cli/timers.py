"""`assistant timers`: the timers, alarms and reminders that the assistant has promised, and how to take them back."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from assistant.errors import UsageError
from assistant.paths import find_paths
from assistant.skill import Promise, say_duration, split_seconds
from assistant.spoken_when import say_repeat
from assistant.store.commitments import CommitmentStore

app = typer.Typer(
    no_args_is_help=True, help="Timers, alarms and reminders: list, cancel.\n\nExample: assistant timers list"
)

Json = Annotated[bool, typer.Option("--json", help="One JSON object per promise, one per line.")]
NOTHING = "There is no timer, alarm or reminder."
DAY_S = 86_400


@app.command(name="list")
def list_timers(as_json: Json = False) -> None:
    """Every timer, alarm and reminder that waits or rings.

    Example: assistant timers list --json
    """
    promises = _store().list()
    if as_json:
        for promise in promises:
            typer.echo(json.dumps(_record(promise)))
        return
    if not promises:
        typer.echo(NOTHING)
        return
    table = Table("id", "kind", "name", "length", "left", "rings at", "repeats", box=None, pad_edge=False)
    for promise in promises:
        length = say_duration(split_seconds(promise.seconds)) if promise.seconds else ""
        table.add_row(
            str(promise.id),
            promise.kind,
            promise.label,
            length,
            _left(promise),
            _when(promise),
            say_repeat(promise.repeat),
        )
    Console().print(table)


@app.command()
def cancel(
    timer_id: Annotated[int | None, typer.Argument(metavar="ID", help="As `assistant timers list` shows it.")] = None,
    all_timers: Annotated[bool, typer.Option("--all", help="Every timer, alarm and reminder.")] = False,
    as_json: Json = False,
) -> None:
    """Cancel one timer, alarm or reminder, or all of them. A running assistant notices within a second.

    Example: assistant timers cancel 3
    """
    if (timer_id is None) == (not all_timers):
        raise UsageError("Say which timer to cancel.", fix="Give its id, or --all.")
    store = _store()
    wanted = [promise for promise in store.list() if all_timers or promise.id == timer_id]
    gone = [promise for promise in wanted if store.cancel(promise.id)]
    for promise in gone:
        if promise.ringing and promise.repeat.recurs:
            store.cancel(promise.id)  # the first call ended the ringing, this one the repetitions
    if timer_id is not None and not gone:
        raise UsageError(f"There is no timer with the id {timer_id}.", fix="`assistant timers list` shows them.")
    for promise in gone:
        typer.echo(json.dumps(_record(promise)) if as_json else f"Cancelled {promise.kind} {promise.id}.")
    if not gone and not as_json:
        typer.echo(NOTHING)


def _store() -> CommitmentStore:
    store = CommitmentStore(find_paths().database)
    if store.notice:
        typer.echo(store.notice, err=True)
    return store


def _left_s(promise: Promise) -> int:
    return max(0, round((promise.due - dt.datetime.now().astimezone()).total_seconds()))


def _left(promise: Promise) -> str:
    left_s = _left_s(promise)
    if promise.ringing or not left_s:
        return "ringing"
    days = round(left_s / DAY_S)
    return f"{days} days" if days > 1 else say_duration(split_seconds(left_s))


def _when(promise: Promise) -> str:
    soon = promise.kind == "timer" or _left_s(promise) < DAY_S
    return f"{promise.due:%H:%M:%S}" if soon else f"{promise.due:%Y-%m-%d %H:%M}"


def _record(promise: Promise) -> dict[str, object]:
    return {
        "id": promise.id,
        "kind": promise.kind,
        "label": promise.label,
        "seconds": promise.seconds,
        "due": promise.due.isoformat(timespec="seconds"),
        "left_s": _left_s(promise),
        "repeat": say_repeat(promise.repeat),
        "ringing": promise.ringing,
    }
