"""`assistant forget`: what the assistant has learnt about a person, taken back."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, help="Forget what was learnt: pauses.\n\nExample: assistant forget pauses")


@app.callback()
def _group() -> None:
    """Forget what was learnt."""


@app.command()
def pauses() -> None:
    """Forget how long you pause in a sentence; the silences that end a turn are those of the preset again.

    Example: assistant forget pauses
    """
    from assistant.hear.pauses import Pauses
    from assistant.paths import find_paths

    Pauses(find_paths().pauses).reset()
    typer.echo("Forgotten: how long you pause in a sentence.")
