"""`assistant pin`: the PIN that critical actions need; read from the terminal without an echo, or from a pipe."""

from __future__ import annotations

import getpass
import json
import sys
import time
from typing import Annotated

import typer

from assistant.errors import UsageError
from assistant.paths import find_paths
from assistant.think.pin import MAX_DIGITS, MIN_DIGITS, PinFile

app = typer.Typer(
    no_args_is_help=True, help="The PIN of critical actions: set, clear, status.\n\nExample: assistant pin set"
)

MAX_LINE_CHARS = 100


@app.command(name="set")
def set_pin() -> None:
    """Set or change the PIN; it is asked for twice. From a pipe one line is read.

    Example: assistant pin set
    """
    digits = _typed("New PIN: ")
    if sys.stdin.isatty() and _typed("The same again: ") != digits:
        raise UsageError("The two PINs differ.", fix="Try again: assistant pin set")
    _file().set(digits)
    typer.echo("The PIN is set.")


@app.command()
def clear() -> None:
    """Forget the PIN; critical actions are then refused.

    Example: assistant pin clear
    """
    typer.echo("The PIN is gone." if _file().clear() else "There was no PIN.")


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Tell whether a PIN is set, and whether wrong tries have locked it.

    Example: assistant pin status --json
    """
    state = _file().state(time.time())
    fields = {"set": state != "unset", "locked": state == "locked"}
    words = {"unset": "There is no PIN.", "locked": "The PIN is locked by wrong tries.", "right": "A PIN is set."}
    typer.echo(json.dumps(fields) if as_json else words.get(state, ""))


def _typed(prompt: str) -> str:
    """One line of digits. Raises: UsageError: there is none."""
    line = getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline(MAX_LINE_CHARS)
    if not line.strip():
        raise UsageError(f"Type a PIN of {MIN_DIGITS} to {MAX_DIGITS} digits.")
    return line.strip()


def _file() -> PinFile:
    return PinFile(find_paths().state / "pin.json")
