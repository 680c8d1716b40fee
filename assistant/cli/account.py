"""`assistant account`: the subscription of this device, if you want one."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from assistant.account.errors import GatewayError, LicenceError
from assistant.errors import UsageError

if TYPE_CHECKING:
    from assistant.account.client import Begun
    from assistant.account.desk import Desk
    from assistant.account.states import Standing

R = TypeVar("R")
Json = Annotated[bool, typer.Option("--json", help="One JSON object.")]
app = typer.Typer(
    no_args_is_help=True,
    help="The subscription, if you want one: status, activate, refresh, usage, cancel, export, deactivate, delete.\n\n"
    "Example: assistant account status",
)
_WORDS = {
    "none": "There is no plan here; all that runs on this device is free.",
    "active": "The {plan} plan is active{until}.",
    "refresh_due": "The {plan} plan is active{until}; it is due to be refreshed.",
    "grace": "The {plan} plan could not be renewed; it works until {grace}.",
    "expired": "The {plan} plan has run out. All but the plan goes on as before.",
    "revoked": "This device was removed from its account. All but the plan goes on as before.",
}


@app.callback()
def _group() -> None:
    """The subscription of this device, if you want one."""


@app.command()
def status(as_json: Json = False) -> None:
    """Tell whether there is a plan, what it allows and until when; without asking anybody.

    Example: assistant account status --json
    """

    async def told(desk: Desk) -> Standing:
        return desk.look()

    _show(_run(told), as_json)


@app.command()
def activate(
    name: Annotated[str, typer.Option("--name", help="What your account page calls this device.")] = "Assistant",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line: the code, then what came.")] = False,
) -> None:
    """Begin a plan: shows a code and where to type it, and waits until you have.

    Example: assistant account activate
    """

    async def body(desk: Desk) -> Standing:
        if desk.look().known:
            with contextlib.suppress(GatewayError, LicenceError):
                if (found := await desk.licence.refresh()).usable:
                    return found
        begun, key = await desk.licence.begin(name)
        _show_code(begun, as_json)
        return await desk.licence.finish(begun, key)

    found = _run(body)
    _show(found, as_json)
    if found.state == "none" and not as_json:
        typer.echo("The device is part of your account. Choose a plan on its page, then: assistant account refresh")


@app.command()
def refresh(as_json: Json = False) -> None:
    """Ask the service now how the plan stands; the running assistant does so once a day.

    Example: assistant account refresh
    """
    _show(_run(lambda desk: desk.licence.refresh()), as_json)


@app.command()
def usage(as_json: Json = False) -> None:
    """Tell what was used of the plan this month.

    Example: assistant account usage
    """
    told = _run(lambda desk: desk.licence.usage())
    if as_json:
        typer.echo(json.dumps(told))
        return
    chat, images = told.get("chat", {}), told.get("images", {})
    typer.echo(f"{chat.get('requests', 0)} questions, {_of(chat, 'tokens', 'tokens_limit')} tokens.")
    typer.echo(f"{_of(images, 'images', 'images_limit')} pictures.")


@app.command()
def cancel(
    yes: Annotated[bool, typer.Option("--yes", help="Cancel without being asked.")] = False, as_json: Json = False
) -> None:
    """End the plan with what is paid; nothing is paid after that.

    Example: assistant account cancel
    """
    if not _agreed("Cancel the plan? It stays until the end of what is paid.", yes):
        return
    told = _run(_cancelled)
    typer.echo(json.dumps(told) if as_json else f"Cancelled. The plan stays until {_day(told.get('paid_until', 0))}.")


@app.command()
def export(
    out: Annotated[Path | None, typer.Option("--out", help="Write it to this file instead.")] = None,
) -> None:
    """Write all that this device holds of the plan, and what the service tells of it, as JSON; no secrets.

    Example: assistant account export --out plan.json
    """
    text = json.dumps(_run(_exported), indent=2)
    if out is None:
        typer.echo(text)
        return
    out.write_text(f"{text}\n", encoding="utf-8")
    typer.echo(f"Written to {out}. What your account holds beyond this device is on its page.")


@app.command()
def deactivate(
    yes: Annotated[bool, typer.Option("--yes", help="Do it without being asked.")] = False,
) -> None:
    """Remove this device from its account, and forget the plan here. The plan itself goes on: see `cancel`.

    Example: assistant account deactivate
    """
    if not _agreed("Remove this device from its account?", yes):
        return
    _gone(_run(lambda desk: desk.licence.deactivate()))


@app.command()
def delete(
    yes: Annotated[bool, typer.Option("--yes", help="Do it without being asked.")] = False,
) -> None:
    """Remove this device from its account and erase all that is kept here of the plan. It works without a plan, too.

    Example: assistant account delete
    """
    if not _agreed("Erase all that is kept here of the plan, and remove this device from it?", yes):
        return

    async def body(desk: Desk) -> tuple[bool, str]:
        page = f"{desk.licence.issuer}/account"
        told = await desk.licence.deactivate()
        desk.licence.store.erase()
        return told, page

    told, page = _run(body)
    _gone(told)
    typer.echo(f"To delete the account itself: {page}")


async def _cancelled(desk: Desk) -> dict[str, Any]:
    told = await desk.licence.cancel()
    with contextlib.suppress(GatewayError):  # it is cancelled all the same
        await desk.licence.refresh()
    return told


async def _exported(desk: Desk) -> dict[str, Any]:
    """What is held, and as far as it can be reached what the service tells."""
    held = desk.licence.store.held() if desk.licence.store.path.exists() else None
    found: dict[str, Any] = {
        "standing": _fields(desk.look()),
        "held": dataclasses.asdict(held) if held is not None else None,
        "offers": dict(desk.licence.store.wishes()) if held is not None else {},
        "subscription": None,
        "usage": None,
    }
    with contextlib.suppress(GatewayError, LicenceError):
        found["subscription"] = await desk.licence.subscription()
        found["usage"] = await desk.licence.usage()
    return found


def _agreed(question: str, yes: bool) -> bool:
    """Whether the person wants it. Raises: UsageError: no service is configured, so there is nothing to ask."""
    _made()
    if yes or typer.confirm(question):
        return True
    typer.echo("Nothing was changed.")
    return False


def _run(body: Callable[[Desk], Awaitable[R]]) -> R:
    """Do something with the plan of this device. Raises: UsageError: no service is configured."""

    async def run() -> R:
        async with _desk() as desk:
            return await body(desk)

    return asyncio.run(run())


def _made() -> Desk:
    """Nothing is opened before it is used. Raises: UsageError: no service is configured."""
    from assistant.account_setup import make_desk
    from assistant.config import load_config
    from assistant.paths import find_paths

    paths = find_paths()
    desk = make_desk(load_config(paths.config_file), paths)
    if desk is None:
        raise UsageError(
            "No service for a plan is set up here; all that runs on this device is free.",
            fix="See [account] gateway: assistant config path",
        )
    return desk


@contextlib.asynccontextmanager
async def _desk() -> AsyncIterator[Desk]:
    desk = _made()
    try:
        desk.licence.tick()
        yield desk
    finally:
        await desk.close()


def _show_code(begun: Begun, as_json: bool) -> None:
    if as_json:
        told = {"user_code": begun.user_code, "page": begun.page, "page_with_code": begun.page_with_code}
        typer.echo(json.dumps({**told, "lasts_s": begun.lasts_s}))
        return
    typer.echo(f"Open {begun.page} and type this code:\n\n    {begun.user_code}\n")
    if sys.stdout.isatty():
        import segno

        typer.echo("or point a camera at this:\n")
        segno.make(begun.page_with_code, error="m", micro=False).terminal(compact=True)
        typer.echo("")
    typer.echo(f"I wait {begun.lasts_s / 60:.0f} minutes; Ctrl-C ends it.")


def _show(found: Standing, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_fields(found)))
        return
    until = f" until {_day(found.paid_until_s)}, then it {'renews' if found.renews else 'ends'}"
    words = _WORDS[found.state].format(plan=found.plan, until=until, grace=_day(found.grace_until_s))
    typer.echo(words)
    if found.usable:
        typer.echo(f"It holds without a network until {_day(found.valid_until_s)}; allows: {_listed(found)}.")


def _fields(found: Standing) -> dict[str, Any]:
    return {
        "state": found.state,
        "plan": found.plan or None,
        "entitlements": sorted(found.features) if found.usable else [],
        "activated": found.known,
        "renews": found.renews,
        "paid_until": int(found.paid_until_s) or None,
        "valid_until": int(found.valid_until_s) or None,
        "grace_until": int(found.grace_until_s) or None,
        "quota": found.usage or None,
    }


def _listed(found: Standing) -> str:
    return ", ".join(sorted(found.features)) or "nothing"


def _gone(told: bool) -> None:
    typer.echo("The plan is gone from this device.")
    if not told:
        typer.echo("Its service could not be told; remove the device on the page of your account.")


def _of(values: dict[str, Any], name: str, limit: str) -> str:
    most = values.get(limit)
    return f"{values.get(name, 0)}" if most is None else f"{values.get(name, 0)} of {most}"


def _day(at_s: float) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(at_s)) if at_s else "an unknown day"
