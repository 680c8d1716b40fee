"""`assistant skills`: what skills there are, what each may do, and how those of others come, are switched and go."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from assistant.cli import skills_dev, skills_mcp
from assistant.config import load_config
from assistant.errors import UsageError
from assistant.paths import Paths, find_paths
from assistant.skillbox import sandbox
from assistant.skillbox.files import PackageError
from assistant.skillbox.listing import Record, records, told_of
from assistant.skillbox.loading import Added
from assistant.skillbox.package import Plan, read_package, write_signature
from assistant.skillbox.signing import fingerprint, new_key, read_publisher, sign
from assistant.skillbox.sources import package_folder
from assistant.skillhost.strikes import Switches
from assistant.skills_host import DISABLED, installed

app = typer.Typer(
    no_args_is_help=True,
    help="What skills there are, what each may do; to write, add, sign and serve them."
    "\n\nExample: assistant skills list",
)

app.command(name="new")(skills_dev.new)
app.command(name="test")(skills_dev.test)
app.command(name="record")(skills_dev.record)
app.command(name="serve")(skills_mcp.serve)

Json = Annotated[bool, typer.Option("--json", help="One JSON object per skill, one per line.")]
SkillId = Annotated[str, typer.Argument(metavar="ID", help="As `assistant skills list` shows it.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Agree without being asked.")]

OFF = "You switched it off."


@app.command(name="list")
def list_skills(as_json: Json = False) -> None:
    """Every skill, what it may do, and whether it is on.

    Example: assistant skills list --json
    """
    paths = find_paths()
    found = records(Added.at(paths), _switches(paths))
    if as_json:
        for record in found:
            typer.echo(json.dumps(record))
        return
    speech = load_config(paths.config_file).language.speech
    table = Table("id", "version", "tier", "from", "may", "state", box=None, pad_edge=False)
    for record in found:
        may = "; ".join(record["may"]) or "-"
        table.add_row(record["id"], record["version"], record["tier"], record["publisher"], may, _state(record, speech))
    console = Console()
    console.width = max(console.width, 140) if not console.is_terminal else console.width
    console.print(table)
    if any(record["added"] for record in found):
        typer.echo(told_of(sandbox.enforced()))


def _state(record: Record, speech: str) -> str:
    """On or off and why; a skill that cannot speak the language of the household goes on in English."""
    if not record["enabled"]:
        return f"off: {record['reason']}"
    english = speech != "en" and (record["added"] or "ko" not in record["languages"])
    return "on, in English only" if english else "on"


@app.command()
def info(skill_id: SkillId, as_json: Json = False) -> None:
    """All about one skill: what it says it does, what you agreed to, who signed it.

    Example: assistant skills info timer
    """
    record = _record(find_paths(), skill_id)
    if as_json:
        typer.echo(json.dumps(record))
        return
    for name, value in record.items():
        shown = "; ".join(map(str, value)) if isinstance(value, list) else value
        if isinstance(value, dict):
            shown = ", ".join(f"{key} {part}" for key, part in value.items())
        if name != "permissions" and shown not in ("", None):
            typer.echo(f"{name.replace('_', ' ')}: {shown}")


@app.command()
def add(
    source: Annotated[str, typer.Argument(help="A folder, a wheel, or a git URL (https://...#BRANCH).")],
    yes: Yes = False,
    grants: Annotated[
        list[str] | None, typer.Option("--grant", metavar="NAME=PATH", help="A folder or device that it asks for.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Add a skill of somebody else, or a new version of it. Nothing of it runs before you have agreed.

    Example: assistant skills add ./my-skill --grant music=~/Music
    """
    paths = find_paths()
    paths.create()
    added, given = Added.at(paths), _grants(grants or [])
    plan = added.shelf.plan(read_package(source), installed())
    if not as_json:
        _tell(added, plan)
    if not yes and (plan.asks or plan.previous is None):
        _agree(f"Add {plan.package.manifest.id} {plan.package.manifest.version}?")
    agreement = added.shelf.install(plan, given)
    record = _record(paths, agreement.id)
    if as_json:
        typer.echo(json.dumps(record))
        return
    how = (
        f"It does not run: {record['reason']}"
        if record["reason"]
        else "A running assistant takes it at its next start."
    )
    typer.echo(f"{agreement.id} {agreement.version} is added. {how}")


@app.command()
def remove(skill_id: SkillId, keep_data: Annotated[bool, typer.Option(help="Keep what it stored.")] = False) -> None:
    """Delete an added skill, your agreement, and what it stored.

    Example: assistant skills remove weather
    """
    paths = find_paths()
    Added.at(paths).shelf.remove(skill_id)
    _switches(paths).enable(skill_id)
    if not keep_data:
        shutil.rmtree(paths.state / "skills-data" / skill_id, ignore_errors=True)
    typer.echo(f"{skill_id} is removed.")


@app.command()
def enable(skill_id: SkillId, as_json: Json = False) -> None:
    """Switch a skill on again, also one that was switched off because it failed.

    Example: assistant skills enable weather
    """
    paths = find_paths()
    _record(paths, skill_id)
    _switches(paths).enable(skill_id)
    record = _record(paths, skill_id)
    state = "is on" if record["enabled"] else f"does not run: {record['reason']}"
    typer.echo(json.dumps(record) if as_json else f"{skill_id} {state}.".replace("..", "."))


@app.command()
def disable(skill_id: SkillId, as_json: Json = False) -> None:
    """Switch a skill off; it keeps what it stored.

    Example: assistant skills disable weather
    """
    paths = find_paths()
    _record(paths, skill_id)
    _switches(paths).disable(skill_id, OFF)
    typer.echo(json.dumps(_record(paths, skill_id)) if as_json else f"{skill_id} is off.")


@app.command(name="sign")
def sign_skill(
    folder: Annotated[Path, typer.Argument(help="The skill's folder.")],
    key: Annotated[Path, typer.Option("--key", help="Your private key (PEM).")],
    name: Annotated[str, typer.Option("--new-key", metavar="NAME", help="Make the key first, under this name.")] = "",
) -> None:
    """For developers: sign a skill's folder. Give the file that ends in .pub to your users.

    Example: assistant skills sign ./my-skill --key publisher.pem --new-key "Ada Lovelace"
    """
    publisher = new_key(key, name) if name else None
    write_signature(package_folder(folder), sign(read_package(str(folder), check_signature=False).files, key))
    if publisher:
        typer.echo(f"Made {key} (keep it secret) and {key}.pub, fingerprint {publisher.fingerprint}.")
    typer.echo(f"Signed {folder}.")


@app.command()
def trust(file: Annotated[Path, typer.Argument(help="The publisher's key file (.pub).")], yes: Yes = False) -> None:
    """Trust a publisher: skills that are signed with this key run also where the machine cannot confine them.

    Example: assistant skills trust publisher.pem.pub
    """
    publisher = read_publisher(file)
    typer.echo(f"{publisher.name}, fingerprint {publisher.fingerprint}")
    if not yes:
        _agree("Is this the fingerprint that the publisher gave you?")
    Added.at(find_paths()).publishers.trust(file)
    typer.echo(f"{publisher.name} is trusted.")


def _record(paths: Paths, skill_id: str) -> Record:
    """Raises: UsageError: there is no such skill."""
    for record in records(Added.at(paths), _switches(paths)):
        if record["id"] == skill_id:
            return record
    raise UsageError(f"There is no skill {skill_id}.", fix="See `assistant skills list`.")


def _tell(added: Added, plan: Plan) -> None:
    """Show what is about to be agreed to."""
    package, manifest = plan.package, plan.package.manifest
    was = f" (now {plan.previous.version})" if plan.previous else ""
    typer.echo(f"{manifest.id} {manifest.version}{was}: {manifest.summary}")
    typer.echo(f"From {package.origin}, {len(package.files)} files.")
    if package.signer is None:
        typer.echo("It is not signed: nobody vouches for it.")
    else:
        known = added.publishers.trusted().get(package.signer)
        typer.echo(
            f"Signed by {known.name if known else 'a publisher you do not know'}, {fingerprint(package.signer)}."
        )
    if plan.asks:
        typer.echo("It newly asks to:" if plan.previous else "It asks to:")
        for sentence in plan.asks:
            typer.echo(f"  - {sentence}")
    else:
        typer.echo("It asks for nothing more than before." if plan.previous else "It asks for no permission.")
    if obstacle := added.obstacle(manifest, package.publisher):
        typer.echo(obstacle)


def _agree(question: str) -> None:
    """Raises: UsageError: nobody is there to answer. PackageError: the answer is no."""
    if not sys.stdin.isatty():
        raise UsageError("This needs your agreement.", fix="Run it on a terminal, or agree with --yes.")
    if not typer.confirm(question):
        raise PackageError("Nothing was changed.")


def _grants(given: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        name, equals, path = text.partition("=")
        if not (name and equals and path):
            raise UsageError(f"'{text}' is no grant.", fix="Write it as NAME=PATH.")
        found[name] = path
    return found


def _switches(paths: Paths) -> Switches:
    return Switches(paths.state / DISABLED)
