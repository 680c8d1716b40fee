"""`assistant models`: what models there are, which are here, and how they come, are checked and go."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn
from rich.table import Table

from assistant.catalog import Catalog, default_tier, free_memory_bytes
from assistant.config import load_config
from assistant.errors import ModelError, UsageError
from assistant.paths import find_paths

app = typer.Typer(no_args_is_help=True, help="Models: list, pull, verify, remove.\n\nExample: assistant models pull")

Json = Annotated[bool, typer.Option("--json", help="One JSON object per model, one per line.")]
Ids = Annotated[list[str] | None, typer.Argument(metavar="ID", help="Ids as `assistant models list` shows them.")]


@app.command(name="list")
def list_models(context: typer.Context, as_json: Json = False) -> None:
    """Every model of the catalog, and whether it is here.

    Example: assistant models list --json
    """
    catalog = _catalog(context)
    if as_json:
        for entry in catalog.entries:
            typer.echo(json.dumps(_record(catalog, entry.id)))
        return
    table = Table("id", "role", "size", "licence", "tiers", "here", box=None, pad_edge=False)
    for entry in catalog.entries:
        record = _record(catalog, entry.id)
        here = "verified" if record["verified"] else "not checked" if record["present"] else "-"
        tiers = ", ".join(entry.tiers) + ("" if entry.tried else " (not tried)")
        table.add_row(entry.id, entry.role, f"{entry.bytes / 1e6:,.1f} MB", entry.licence, tiers, here)
    console = Console()
    console.width = max(console.width, 120) if not console.is_terminal else console.width
    console.print(table)


@app.command()
def pull(
    context: typer.Context,
    ids: Ids = None,
    tier: Annotated[str | None, typer.Option(help="All models of a tier: small, standard, large, test.")] = None,
    source: Annotated[Path | None, typer.Option("--from", help="A folder (or file) with the files or wheels.")] = None,
    as_json: Json = False,
) -> None:
    """Bring models here; without ids those of the tier that fits this machine. Run again, it goes on where it stopped.

    Example: assistant models pull --tier small
    """
    catalog = _catalog(context)
    wanted = list(dict.fromkeys([*(ids or []), *_tier_ids(catalog, tier, bool(ids))]))
    with _progress(catalog) as progress:
        watch = _Watch(catalog, progress, as_json=as_json)
        catalog.pull(wanted, progress=watch.update, local=source)
        watch.finish()


@app.command()
def verify(context: typer.Context, ids: Ids = None, as_json: Json = False) -> None:
    """Hash every byte again; without ids all models that are here.

    Example: assistant models verify whisper-base
    """
    catalog = _catalog(context)
    wanted = ids or [entry.id for entry in catalog.entries if catalog.status(entry.id).present]
    bad: list[str] = []
    for model_id in wanted:
        checks = catalog.verify([model_id])
        wrong = [f"{check.file} is {check.state}" for check in checks if check.state != "ok"]
        if wrong:
            bad.append(model_id)
        if as_json:
            files = {check.file: check.state for check in checks}
            typer.echo(json.dumps(_record(catalog, model_id) | {"files": files}))
        else:
            typer.echo(f"{model_id}: {'; '.join(wrong) or 'ok'}")
    if bad:
        fix = f"Run `assistant models pull {' '.join(bad)}`."
        raise ModelError(f"Not as published: {', '.join(bad)}.", fix=fix)


@app.command()
def remove(
    context: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="ID", help="Ids as `assistant models list` shows them.")],
    as_json: Json = False,
) -> None:
    """Delete the files of models.

    Example: assistant models remove whisper-tiny.en
    """
    catalog = _catalog(context)
    freed = {model_id: catalog.status(model_id).bytes_on_disk for model_id in dict.fromkeys(ids)}
    catalog.remove(list(freed))
    for model_id, size in freed.items():
        if as_json:
            typer.echo(json.dumps(_record(catalog, model_id) | {"freed_bytes": size}))
        else:
            typer.echo(f"{model_id}: removed, {size / 1e6:,.1f} MB freed")


def _catalog(context: typer.Context) -> Catalog:
    """The catalog that the caller of the app hands over, else the shipped one in the user's folder."""
    return context.obj if isinstance(context.obj, Catalog) else Catalog.load(find_paths().models)


def _tier_ids(catalog: Catalog, tier: str | None, has_ids: bool) -> Sequence[str]:
    """The tier that was named, or, where nothing was named, the one of the configuration or of the free memory."""
    if tier is None:
        if has_ids:
            return []
        tier = load_config(find_paths().config_file).models.tier
        tier = default_tier(free_memory_bytes()) if tier == "auto" else tier
    try:
        chosen = catalog.tier_ids(tier)
    except ModelError as error:
        raise UsageError(error.sentence, fix=error.fix) from None
    left_out = [entry.id for entry in catalog.entries if tier in entry.tiers and entry.id not in chosen]
    if left_out:
        typer.echo(f"Left out, cannot be had for this machine: {', '.join(left_out)}.", err=True)
    return chosen


def _record(catalog: Catalog, model_id: str) -> dict[str, object]:
    entry, status = catalog.entry(model_id), catalog.status(model_id)
    return {
        "id": entry.id,
        "role": entry.role,
        "title": entry.title,
        "bytes": entry.bytes,
        "sha256": entry.main.sha256,
        "licence": entry.licence,
        "tiers": list(entry.tiers),
        "tried": entry.tried,
        "source": entry.source,
        "revision": entry.revision or None,
        "present": status.present,
        "verified": status.verified,
        "bytes_on_disk": status.bytes_on_disk,
        "path": str(status.folder) if status.folder else None,
    }


class _Watch:
    """Tells how a pull goes: bars on a terminal, one line for each finished model in a pipe, JSON where it is asked."""

    def __init__(self, catalog: Catalog, progress: Progress | None, *, as_json: bool) -> None:
        self._catalog = catalog
        self._progress = progress
        self._as_json = as_json
        self._bar: TaskID | None = None
        self._current = ""
        self._first_bytes = 0
        self._started_s = 0.0

    def update(self, model_id: str, done_bytes: int, total_bytes: int) -> None:
        if model_id != self._current:
            self.finish()
            self._current, self._started_s = model_id, time.monotonic()
            self._first_bytes = done_bytes
            if self._progress:
                self._bar = self._progress.add_task(model_id, completed=done_bytes, total=total_bytes)
        if self._progress and self._bar is not None:
            self._progress.update(self._bar, completed=done_bytes)

    def finish(self) -> None:
        """The current model is complete, if there is one; what fails never comes here."""
        model_id, seconds = self._current, time.monotonic() - self._started_s
        if not model_id:
            return
        size = self._catalog.entry(model_id).bytes
        here = self._first_bytes == size
        if self._as_json:
            record = _record(self._catalog, model_id) | {"pulled": not here, "seconds": round(seconds, 3)}
            typer.echo(json.dumps(record))
        if self._progress is None:
            rate = (size - self._first_bytes) / 1e6 / max(seconds, 1e-3)
            how = "already here" if here else f"pulled in {seconds:.1f} s, {rate:,.1f} MB/s"
            typer.echo(f"{model_id}: {size / 1e6:,.1f} MB, {how}", err=self._as_json)


@contextmanager
def _progress(catalog: Catalog) -> Iterator[Progress | None]:
    """Bars with bytes and rate on a terminal's error stream; none in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    width = max(len(entry.id) for entry in catalog.entries)
    columns = (TextColumn(f"{{task.description:<{width}}}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield progress
