"""`assistant cloud`: which cloud model may be used, on what terms, and what it got to see."""

from __future__ import annotations

import getpass
import json
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.errors import UsageError
from assistant.store.ledger import NANO_PER_USD

if TYPE_CHECKING:
    from assistant.think.providers import Provider

app = typer.Typer(
    no_args_is_help=True,
    help="The cloud model, if you want one: list, use, key, consent, revoke, off, status, sent.\n\n"
    "Example: assistant cloud status",
)
MAX_KEY_CHARS = 8000


@app.callback()
def _group() -> None:
    """The cloud model, if you want one."""


@app.command(name="list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False) -> None:
    """Tell which cloud models are known, what they cost and what they do with data.

    Example: assistant cloud list
    """
    from assistant.paths import find_paths
    from assistant.think.providers import load_providers

    for key, provider in load_providers(find_paths().config / "providers.toml").items():
        fields = {"id": key, **provider.model_dump(mode="json"), "abilities": sorted(provider.abilities)}
        price = f"${provider.read_usd} read, ${provider.write_usd} written, a million tokens ({provider.as_of})"
        line = f"{key}: {provider.model} of {provider.name} in {provider.region}; {price}. {provider.policy}"
        if provider.pictures is not None:
            line += f" Pictures by {provider.pictures.model}."
        typer.echo(json.dumps(fields) if as_json else line)


@app.command()
def use(
    provider: Annotated[list[str], typer.Argument(help="Its id, as `assistant cloud list` shows it; or several.")],
) -> None:
    """Choose a cloud model. Nothing is sent before you agree to its terms, by voice or with `consent`.

    Of several, the next is asked where one fails before its first word, if you agreed to that one too.

    Example: assistant cloud use anthropic
    """
    from assistant.account.secrets import open_secrets
    from assistant.cloud_setup import PROVIDER, key_name, provider_of
    from assistant.paths import find_paths
    from assistant.store.ledger import Ledger
    from assistant.think.cloud_side import FIRST

    paths = find_paths()
    found = {name: provider_of(name, paths) for name in provider}
    paths.create()
    ledger = Ledger(paths.cloud)
    ledger.choose(PROVIDER, " ".join(found))
    ledger.choose(FIRST, "")
    ledger.close()
    told = ", then ".join(f"{each.model} of {each.name}" for each in found.values())
    typer.echo(f"Chosen: {told}. A running assistant takes it at its next start.")
    for name, each in found.items():
        if each.needs_key and not open_secrets(paths).place(key_name(name)):
            typer.echo(f"It needs a key: assistant cloud key {name}")


@app.command()
def off() -> None:
    """Choose no cloud model.

    Example: assistant cloud off
    """
    from assistant.cloud_setup import PROVIDER
    from assistant.paths import find_paths
    from assistant.store.ledger import Ledger

    paths = find_paths()
    if paths.cloud.exists():
        ledger = Ledger(paths.cloud)
        ledger.choose(PROVIDER, "")
        ledger.close()
    typer.echo("No cloud model is chosen. A running assistant takes that at its next start.")


@app.command()
def key(provider: Annotated[str, typer.Argument(help="Its id.")]) -> None:
    """Keep the key of a cloud model in the system's keyring, or else in a file that only you can read.

    Typed without an echo, or from a pipe: a line, or the key file of a service account.

    Example: assistant cloud key anthropic
    """
    from assistant.account.secrets import open_secrets
    from assistant.cloud_setup import key_name, provider_of
    from assistant.paths import find_paths

    paths = find_paths()
    provider_of(provider, paths)
    text = getpass.getpass("Key: ") if sys.stdin.isatty() else sys.stdin.read(MAX_KEY_CHARS)
    line = _one_line(text)
    if not line or not line.isprintable():
        raise UsageError("There was no key.", fix=f"Try again: assistant cloud key {provider}")
    secrets = open_secrets(paths)
    secrets.write(key_name(provider), line)
    typer.echo(f"The key is kept in {secrets.describe()}. A running assistant takes it at its next start.")


def _one_line(text: str) -> str:
    """A key as one line; a key file that is JSON is written on one."""
    text = text.strip()
    if not text.startswith("{"):
        return text.split("\n", 1)[0].strip()
    try:
        return json.dumps(json.loads(text))
    except ValueError:
        return ""


@app.command()
def consent(
    yes: Annotated[bool, typer.Option("--yes", help="Agree without being asked.")] = False,
) -> None:
    """Read what would be sent, to whom and on what terms, and agree to it; of several models to each by itself.

    Example: assistant cloud consent
    """
    from assistant.paths import find_paths
    from assistant.store.ledger import Ledger
    from assistant.think.route import BUILT_IN

    paths = find_paths()
    for name, provider in _chosen().items():
        typer.echo(
            f"Words of questions that the guideline lets out would go, less the names and numbers that are recognized,"
            f" to {provider.name} ({provider.model}, {provider.base_url}) in {provider.region}. {provider.policy} Sound"
            f" never leaves. Always kept here: PINs, passwords, health, addresses, contacts, locks"
            f" ({BUILT_IN['never_leaves']})."
        )
        if not yes and not typer.confirm("Do you agree?"):
            typer.echo(f"Nothing is sent to {provider.name}.")
            continue
        ledger = Ledger(paths.cloud)
        ledger.agree(name, provider.terms, time.time())
        ledger.close()
        typer.echo("Agreed. Take it back with: assistant cloud revoke")


@app.command()
def revoke() -> None:
    """Take back that you agreed: nothing is sent any more, from now on.

    Example: assistant cloud revoke
    """
    from assistant.paths import find_paths
    from assistant.store.ledger import Ledger

    ledger = Ledger(find_paths().cloud)
    gone = sum(ledger.revoke(name) for name in _chosen()) > 0
    ledger.close()
    typer.echo("Taken back. Nothing is sent any more." if gone else "Nobody had agreed to anything.")


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Tell which cloud model is chosen, whether it may be used, and what was spent.

    Example: assistant cloud status --json
    """
    from assistant.account.secrets import open_secrets
    from assistant.cloud_setup import caps_of, chosen_in_turn, key_name, provider_of
    from assistant.config import load_config
    from assistant.paths import find_paths
    from assistant.store.ledger import Ledger

    paths = find_paths()
    config = load_config(paths.config_file).cloud
    names = chosen_in_turn(config, paths)
    if not names:
        typer.echo(json.dumps({"provider": None}) if as_json else "No cloud model is chosen; everything stays here.")
        return
    name, *others = names
    provider, ledger, now_s = provider_of(name, paths), Ledger(paths.cloud), time.time()
    day, month, caps = ledger.spent(now_s), ledger.spent(now_s, month=True), caps_of(config)
    fields = {
        "provider": name,
        "others": others,
        "model": provider.model,
        "consented": ledger.agreed(name, provider.terms),
        "key": not provider.needs_key or bool(open_secrets(paths).place(key_name(name))),
        "mode": config.mode or ledger.choice("mode") or "prefer_device",
        "personal": config.personal,
        "household": config.household,
        "day_usd": day.cost_nano / NANO_PER_USD,
        "day_usd_cap": caps.day_nano / NANO_PER_USD,
        "month_usd": month.cost_nano / NANO_PER_USD,
        "month_usd_cap": caps.month_nano / NANO_PER_USD,
        "day_tokens": day.tokens,
        "month_tokens": month.tokens,
    }
    agreed_others = {other: ledger.agreed(other, provider_of(other, paths).terms) for other in others}
    ledger.close()
    if as_json:
        typer.echo(json.dumps(fields))
        return
    agreed = "agreed to" if fields["consented"] else "not agreed to yet, so nothing is sent"
    needs = "" if fields["key"] else f" It has no key: assistant cloud key {name}."
    typer.echo(f"{provider.model} of {provider.name}: {agreed}; mode {fields['mode']}.{needs}")
    for other in others:
        theirs = provider_of(other, paths)
        known = "agreed to" if agreed_others[other] else "not agreed to yet, so never asked"
        typer.echo(f"Where it fails: {theirs.model} of {theirs.name}, {known}.")
    typer.echo(f"Today ${fields['day_usd']:.4f} of ${fields['day_usd_cap']:.2f}, {day.tokens} tokens.")
    typer.echo(f"This month ${fields['month_usd']:.4f} of ${fields['month_usd_cap']:.2f}, {month.tokens} tokens.")


@app.command()
def sent(
    number: Annotated[int, typer.Option("--last", min=1, max=1000, help="So many, the newest first.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Show what was sent, as it was sent.

    Example: assistant cloud sent --last 10
    """
    import dataclasses

    from assistant.paths import find_paths
    from assistant.store.ledger import Ledger
    from assistant.telemetry.why import printable

    paths = find_paths()
    if not paths.cloud.exists():
        if not as_json:
            typer.echo("Nothing was ever sent.")
        return
    ledger = Ledger(paths.cloud)
    uses = ledger.latest(number)
    ledger.close()
    for each in uses:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(each.at_s))
        line = f"{when} {each.provider} ({each.reason}, {each.read_tokens}+{each.written_tokens} tokens): "
        words = printable(each.sent) or "(no longer kept)"
        typer.echo(json.dumps(dataclasses.asdict(each)) if as_json else line + words)
    if not uses and not as_json:
        typer.echo("Nothing was ever sent.")


def _chosen() -> dict[str, Provider]:
    """The chosen providers by their ids, the first choice first. Raises: UsageError: there is none."""
    from assistant.cloud_setup import chosen_in_turn, provider_of
    from assistant.config import load_config
    from assistant.paths import find_paths

    paths = find_paths()
    names = chosen_in_turn(load_config(paths.config_file).cloud, paths)
    if not names:
        raise UsageError("No cloud model is chosen.", fix="Choose one: assistant cloud list, assistant cloud use ID")
    return {name: provider_of(name, paths) for name in names}
