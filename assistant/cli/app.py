"""All commands on one Typer application."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import typer

COMMANDS = ("run", "hear", "demo", "ask", "transcribe", "say", "detect", "history", "why", "doctor", "devices")
GROUPS = ("bench", "models", "timers", "skills", "config", "forget", "pin", "cloud", "account", "gateway")


def build() -> Any:
    """The click command. A module is imported only when its command is asked for: `--help` and `ask` start fast."""
    app = typer.Typer(
        name="assistant",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="A voice assistant that lives on your own device.\n\nExample: assistant ask 'set a timer for ten minutes'",
    )
    wanted = [word for word in sys.argv[1:2] if word in COMMANDS + GROUPS]
    for name in wanted or COMMANDS + GROUPS:
        module = importlib.import_module(f"assistant.cli.{name}")
        if name in GROUPS:
            app.add_typer(module.app, name=name)
        else:
            app.command(name=name)(getattr(module, name))
    app.callback()(_root)
    return typer.main.get_command(app)


def _root() -> None:
    """A voice assistant that lives on your own device."""
