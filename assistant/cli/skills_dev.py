"""`assistant skills new` and `assistant skills test`: for those who write skills."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from assistant.errors import UsageError


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its id: lower-case letters, digits and _.")],
    into: Annotated[Path, typer.Option(help="The folder in which NAME is made.")] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Write a complete small skill, which passes its tests.

    Example: assistant skills new shopping
    """
    from assistant.devkit.new import create_skill

    root = create_skill(name, into)
    if as_json:
        typer.echo(json.dumps({"id": name, "folder": str(root)}))
        return
    typer.echo(f"The skill {name} is in {root}. Now: assistant skills test {_shown(root)}")


def test(
    skills: Annotated[
        list[str] | None, typer.Argument(metavar="[ID|FOLDER]...", help="Default: here, else all that are installed.")
    ] = None,
    models: Annotated[bool, typer.Option("--models", help="Ask the tool caller the `llm` sentences too.")] = False,
    audio: Annotated[bool, typer.Option("--audio", help="Speak and hear the examples too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per skill, one per line.")] = False,
) -> None:
    """Check a skill: its manifest, its sentences alone and among the other skills, its behaviour, its scenarios.

    A scenario (scenarios/*.yaml) has the keys name, at, network, http and turns; a turn has user, advance, send_after
    and expect; what is expected has tool, arguments, speech, contains, absent, asks, ok and within_ms.

    Example: assistant skills test ./shopping
    """
    from assistant.devkit.checks import check_skill
    from assistant.devkit.package import find_root
    from assistant.skills_host import installed

    wanted = skills or (["."] if find_root(".") is not None else sorted(installed()))
    if not wanted:
        raise UsageError("There is no skill to test.", fix="Make one: assistant skills new NAME")
    failed = False
    for one in wanted:
        report = check_skill(one, models=models, audio=audio)
        failed = failed or not report.ok
        if as_json:
            typer.echo(json.dumps(report.as_json()))
        else:
            typer.echo("\n".join(report.lines()))
    if failed:
        raise typer.Exit(1)


def record(
    folder: Annotated[Path, typer.Argument(help="The skill's folder.")] = Path(),
    n: Annotated[int, typer.Option("-n", min=1, max=200, help="How many of the last turns.")] = 5,
) -> None:
    """Write the last real turns as a scenario of a skill, which `assistant skills test` then plays.

    Their words must be kept: `[history] keep_words = true`.

    Example: assistant skills record ./shopping -n 3
    """
    from assistant.cli.history import latest
    from assistant.devkit.package import find_root
    from assistant.devkit.recorded import write_scenario

    root = find_root(str(folder))
    if root is None:
        raise UsageError(f"{folder} is no folder of a skill.", fix="Make one: assistant skills new NAME")
    typer.echo(f"Written: {write_scenario(root, latest(n))}. Read it, then run: assistant skills test {folder}")


def _shown(root: Path) -> str:
    return str(root) if root.is_absolute() else f"./{root}"
