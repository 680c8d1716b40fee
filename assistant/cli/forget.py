"""`assistant forget`: what the assistant has learnt about a person or kept of what was said, taken back."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    help="Forget what was learnt or kept: pauses, history, cloud, skills.\n\nExample: assistant forget pauses",
)


@app.callback()
def _group() -> None:
    """Forget what was learnt or kept."""


@app.command()
def pauses() -> None:
    """Forget how long you pause in a sentence; the silences that end a turn are those of the preset again.

    Example: assistant forget pauses
    """
    from assistant.hear.pauses import Pauses
    from assistant.paths import find_paths

    Pauses(find_paths().pauses).reset()
    typer.echo("Forgotten: how long you pause in a sentence.")


@app.command()
def history() -> None:
    """Forget every turn that was kept: what was heard, what was done and why. A running assistant goes on.

    Example: assistant forget history
    """
    from assistant.paths import find_paths
    from assistant.store.history import History

    file = find_paths().history
    gone = 0
    if file.exists():
        kept = History(file)
        try:
            gone = kept.forget()
        finally:
            kept.close()
    typer.echo(f"Forgotten: {gone} {'turn' if gone == 1 else 'turns'}.")


@app.command()
def cloud() -> None:
    """Forget the words that were sent to a cloud model; what was spent and agreed to stays.

    Example: assistant forget cloud
    """
    from assistant.paths import find_paths
    from assistant.store.ledger import Ledger

    file, gone = find_paths().cloud, 0
    if file.exists():
        ledger = Ledger(file)
        try:
            gone = ledger.forget()
        finally:
            ledger.close()
    typer.echo(f"Forgotten: the words of {gone} {'question' if gone == 1 else 'questions'}.")


@app.command()
def skills(
    skill: Annotated[str, typer.Argument(help="Id of one skill, such as memory; all of them if left out.")] = "",
) -> None:
    """Forget what skills keep for you: lists, notes, what you let be remembered. A running assistant goes on.

    Example: assistant forget skills memory
    """
    from assistant.errors import UsageError
    from assistant.paths import find_paths
    from assistant.skillhost.keyvalue import STORE, KeyValue

    folders = {file.parent.name: file.parent for file in sorted(find_paths().state.glob(f"skills-data/*/{STORE}"))}
    if skill and skill not in folders:
        known = f"Something is kept by: {', '.join(folders)}." if folders else ""
        raise UsageError(f"The skill '{skill}' keeps nothing.", fix=known)
    for name, folder in folders.items():
        if skill in ("", name):
            kept = KeyValue(folder, storage_kb=1)
            try:
                kept.forget()
            finally:
                kept.close()
    named = skill or ", ".join(folders)
    typer.echo(f"Forgotten: what {named} kept." if named else "Forgotten: nothing, no skill keeps anything.")
