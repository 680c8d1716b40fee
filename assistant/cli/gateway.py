"""`assistant gateway`: the server side of the subscription, for whoever runs it."""

from __future__ import annotations

import importlib.util
import json
from typing import Annotated

import typer

from assistant.cli.gateway_admin import ConfigOption, JsonOption, accounts, open_gateway, opened, plans
from assistant.errors import ConfigError

app = typer.Typer(
    no_args_is_help=True,
    help="The server side of the subscription: run, migrate, keys, plans, accounts.\n\nExample: assistant gateway run",
)


@app.callback()
def _group() -> None:
    """The server side of the subscription."""
    for library in ("fastapi", "sqlalchemy", "alembic", "stripe", "prometheus_client"):
        if importlib.util.find_spec(library) is None:
            raise ConfigError(
                "The server side of the subscription is not installed.",
                fix="Install its libraries: pip install 'hearth-voice-assistant[gateway]'",
            )


@app.command()
def run(config: ConfigOption = None) -> None:
    """Serve. Only this machine can reach it, unless gateway.toml names TLS or a reverse proxy.

    Example: assistant gateway run --config gateway.toml
    """
    from assistant.gateway.server import serve
    from assistant.gateway.settings import load_settings, settings_file
    from assistant.paths import find_paths

    paths = find_paths()
    serve(load_settings(config or settings_file(paths), required=config is not None), paths)


@app.command()
def migrate(config: ConfigOption = None) -> None:
    """Bring the database to this program's version. Make a backup first.

    Example: assistant gateway migrate
    """
    gateway = open_gateway(config)
    before, _ = gateway.database.version()
    after = gateway.database.migrate()
    gateway.database.close()
    typer.echo(f"The tables are of version {after}; they were of {before or 'none'}.")


keys = typer.Typer(
    no_args_is_help=True, help="The keys that sign: list, rotate, revoke.\n\nExample: assistant gateway keys list"
)
app.add_typer(keys, name="keys")
app.add_typer(plans, name="plans")
app.add_typer(accounts, name="accounts")


@keys.command(name="list")
def list_keys(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Tell which keys are published and which one signs.

    Example: assistant gateway keys list
    """
    from assistant.gateway.signing import all_keys

    with opened(config) as gateway, gateway.database.transaction() as session:
        now_s, found = gateway.now(), all_keys(session)
    signing = [key.kid for key in found if key.signs_from <= now_s][-1:]
    if not found and not as_json:
        typer.echo("There is no key yet: the gateway makes one when it starts.")
    for key in found:
        state = "signs" if key.kid in signing else ("next" if key.signs_from > now_s else "old")
        fields = {"kid": key.kid, "state": state, "created_at": key.created_at, "signs_from": key.signs_from}
        typer.echo(json.dumps(fields) if as_json else f"{key.kid}  {state}")


@keys.command()
def rotate(
    now: Annotated[bool, typer.Option("--now", help="Sign with it at once, not in a day.")] = False,
    config: ConfigOption = None,
) -> None:
    """Make the next key. It is published at once and signs in a day, when every device has met it.

    Example: assistant gateway keys rotate
    """
    from assistant.gateway import signing

    with opened(config) as gateway, gateway.database.transaction() as session:
        kid = signing.rotate(session, gateway.secret, gateway.now(), at_once=now)
    typer.echo(f"{kid} is published and signs {'now' if now else 'in a day'}.")


@keys.command()
def revoke(kid: Annotated[str, typer.Argument(help="As `keys list` shows it.")], config: ConfigOption = None) -> None:
    """Take a key back at once; if it signs, rotate first. Devices fetch a new entitlement then.

    Example: assistant gateway keys revoke KID
    """
    from assistant.errors import UsageError
    from assistant.gateway import signing

    with opened(config) as gateway, gateway.database.transaction() as session:
        others = [key for key in signing.all_keys(session) if key.kid != kid and key.signs_from <= gateway.now()]
        if not others:
            raise UsageError("No other key would sign then.", fix="Make one first: assistant gateway keys rotate --now")
        gone = signing.revoke(session, kid)
    if not gone:
        raise UsageError("There is no such key.", fix="See: assistant gateway keys list")
    typer.echo("It is no longer published.")
