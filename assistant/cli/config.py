"""`assistant config`: every effective setting and where it came from."""

from __future__ import annotations

import json
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Configuration: show, path.\n\nExample: assistant config show")


@app.command()
def show(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a setting.")] = False) -> None:
    """Print every effective value and its origin: default, the file, or an environment variable.

    Example: assistant config show
    """
    from assistant.config import origins
    from assistant.paths import find_paths

    for name, value, origin in origins(find_paths().config_file):
        if as_json:
            typer.echo(json.dumps({"name": name, "value": value, "origin": origin}))
        else:
            typer.echo(f"{name:28} {json.dumps(value):30} {origin}")


@app.command()
def path() -> None:
    """Print where the configuration file lies (it need not exist).

    Example: assistant config path
    """
    from assistant.paths import find_paths

    typer.echo(find_paths().config_file)
