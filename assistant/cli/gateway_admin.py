"""`assistant gateway plans` and `assistant gateway accounts`: what is sold, and to whom."""

from __future__ import annotations

import contextlib
import getpass
import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.errors import AssistantError, UsageError

if TYPE_CHECKING:
    from assistant.gateway.gateway import Gateway

ConfigOption = Annotated[Path | None, typer.Option(help="Another gateway.toml.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Email = Annotated[str, typer.Argument(help="The account's e-mail address.")]
PlanId = Annotated[str, typer.Argument(help="Its id, such as plus.")]
MAX_DAYS = 3660

plans = typer.Typer(no_args_is_help=True, help="Plans: list, set, remove.\n\nExample: assistant gateway plans list")
accounts = typer.Typer(
    no_args_is_help=True,
    help="Accounts: list, add, grant, password, sync, delete.\n\nExample: assistant gateway accounts list",
)


def open_gateway(config: Path | None) -> Gateway:
    """The gateway of this configuration; the caller closes the database."""
    from assistant.gateway import server
    from assistant.gateway.settings import load_settings, settings_file
    from assistant.paths import find_paths

    paths = find_paths()
    return server.open_gateway(load_settings(config or settings_file(paths), required=config is not None), paths)


@contextlib.contextmanager
def opened(config: Path | None) -> Iterator[Gateway]:
    """The gateway with its tables in place."""
    from assistant.gateway.server import prepare

    gateway = open_gateway(config)
    with contextlib.closing(gateway.database):
        prepare(gateway.database)
        yield gateway


@plans.command(name="list")
def list_plans(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Tell what is sold.

    Example: assistant gateway plans list
    """
    from sqlalchemy import select

    from assistant.gateway.models import Plan

    with opened(config) as gateway, gateway.database.transaction() as session:
        found = list(session.scalars(select(Plan).order_by(Plan.id)))
    if not found and not as_json:
        typer.echo("There is no plan yet. Add one: assistant gateway plans set")
    for plan in found:
        fields = {
            "id": plan.id,
            "name": plan.name,
            "features": plan.features,
            "chat_tokens": plan.chat_tokens,
            "images": plan.images,
            "requests_per_minute": plan.requests_per_minute,
            "at_once": plan.at_once,
            "amount_minor": plan.amount_minor,
            "currency": plan.currency,
            "interval": plan.interval,
            "stripe_price": plan.stripe_price,
        }
        typer.echo(json.dumps(fields) if as_json else f"{plan.id}: {plan.name}, {', '.join(plan.features)}")


@plans.command(name="set")
def set_plan(
    plan: PlanId,
    name: Annotated[str, typer.Option(help="As people see it.")],
    feature: Annotated[list[str], typer.Option(help="What it allows, such as chat; give it once for each.")],
    chat_tokens: Annotated[int | None, typer.Option(min=0, help="Tokens a month; none: no limit.")] = None,
    images: Annotated[int | None, typer.Option(min=0, help="Pictures a month; none: no limit.")] = None,
    per_minute: Annotated[int, typer.Option(min=1, max=10_000, help="Requests a minute.")] = 30,
    at_once: Annotated[int, typer.Option(min=1, max=1000, help="Requests at once.")] = 4,
    price: Annotated[int | None, typer.Option(min=0, help="In cents or the like, to be shown.")] = None,
    currency: Annotated[str, typer.Option(help="Three letters.")] = "",
    interval: Annotated[str, typer.Option(help="month or year.")] = "month",
    stripe_price: Annotated[str | None, typer.Option(help="The id of Stripe's price.")] = None,
    config: ConfigOption = None,
) -> None:
    """Make a plan, or set one anew.

    Example: assistant gateway plans set plus --name Plus --feature chat --chat-tokens 2000000
    """
    from assistant.gateway.models import Plan

    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", plan) or plan == "none":
        raise UsageError("The id of a plan has small letters, digits and hyphens.", fix="Such as: plus")
    if not name.isprintable() or not 1 <= len(name) <= 60:
        raise UsageError("The name of a plan has 1 to 60 characters.", fix="Such as: --name Plus")
    if not all(re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,79}", each) for each in feature):
        raise UsageError("A feature has small letters, digits, dots and hyphens.", fix="Such as: --feature chat")
    if (price is not None and not re.fullmatch(r"[a-z]{3}", currency.lower())) or interval not in ("month", "year"):
        raise UsageError("A price needs a currency and month or year.", fix="Such as: --price 500 --currency eur")
    with opened(config) as gateway, gateway.database.transaction() as session:
        session.merge(
            Plan(
                id=plan,
                name=name,
                features=sorted(set(feature)),
                chat_tokens=chat_tokens,
                images=images,
                requests_per_minute=per_minute,
                at_once=at_once,
                amount_minor=price,
                currency=currency.lower(),
                interval=interval if price is not None else "",
                stripe_price=stripe_price,
            )
        )
    typer.echo(f"The plan {plan} is set.")


@plans.command(name="remove")
def remove_plan(plan: PlanId, config: ConfigOption = None) -> None:
    """Sell it no longer. A plan that somebody has stays.

    Example: assistant gateway plans remove plus
    """
    from sqlalchemy import func, select

    from assistant.gateway.models import Plan, Subscription

    with opened(config) as gateway, gateway.database.transaction() as session:
        found = session.get(Plan, plan)
        if found is None:
            raise UsageError("There is no such plan.", fix="See: assistant gateway plans list")
        held = session.scalar(select(func.count()).select_from(Subscription).where(Subscription.plan_id == plan))
        if held:
            raise UsageError(f"{held} accounts have it.", fix="Move them to another plan first.")
        session.delete(found)
    typer.echo("It is gone.")


@accounts.command(name="list")
def list_accounts(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Tell which accounts there are, and their plans.

    Example: assistant gateway accounts list
    """
    from sqlalchemy import select

    from assistant.gateway.entitlement import standing
    from assistant.gateway.models import Account, Plan, Subscription

    query = (
        select(Account, Subscription, Plan)
        .outerjoin(Subscription, Subscription.account_id == Account.id)
        .outerjoin(Plan, Plan.id == Subscription.plan_id)
        .order_by(Account.created_at, Account.id)
    )
    with opened(config) as gateway, gateway.database.transaction() as session:
        found = session.execute(query).all()
        if not found and not as_json:
            typer.echo("There is no account yet.")
        for account, subscription, plan in found:
            stand = standing(subscription, plan, gateway.clock())
            until = time.strftime("%Y-%m-%d", time.gmtime(stand.paid_until)) if stand.paid_until else "-"
            fields = {"email": account.email, "plan": stand.plan, "state": stand.state, "paid_until": stand.paid_until}
            typer.echo(json.dumps(fields) if as_json else f"{account.email}  {stand.plan}  {stand.state}  {until}")


@accounts.command()
def add(email: Email, config: ConfigOption = None) -> None:
    """Make an account; its password is typed without an echo, or a line from a pipe.

    Example: assistant gateway accounts add ada@example.org
    """
    from assistant.gateway.passwords import hash_password
    from assistant.gateway.sign_in import create_account, normal_email

    normal = normal_email(email)
    if normal is None:
        raise UsageError("That is no e-mail address.", fix="Such as: ada@example.org")
    kept = hash_password(_password())
    with opened(config) as gateway, gateway.database.transaction() as session:
        terms = gateway.settings.accounts.terms
        if create_account(session, normal, kept, terms, gateway.now()) is None:
            raise UsageError("That address has an account.", fix="See: assistant gateway accounts list")
    typer.echo("The account is made.")


@accounts.command()
def grant(
    email: Email,
    plan: PlanId,
    days: Annotated[int, typer.Option(min=0, max=MAX_DAYS, help="So long from now; 0 ends it.")] = 30,
    config: ConfigOption = None,
) -> None:
    """Give an account a plan without payment.

    Example: assistant gateway accounts grant ada@example.org plus --days 30
    """
    from assistant.gateway.entitlement import DAY_S
    from assistant.gateway.models import Plan, Subscription

    with opened(config) as gateway, gateway.database.transaction() as session:
        account_id = _find(gateway, email)
        if session.get(Plan, plan) is None:
            raise UsageError("There is no such plan.", fix="See: assistant gateway plans list")
        row = session.get(Subscription, account_id)
        if row is not None and row.source == "stripe" and row.paid_until > gateway.now():
            raise UsageError("This account pays by itself.", fix="Change its plan at Stripe.")
        row = row or Subscription(account_id=account_id)
        row.plan_id, row.source, row.features, row.stripe_subscription = plan, "manual", [], ""
        row.paid_until, row.renews, row.updated_at = gateway.now() + days * DAY_S, False, gateway.now()
        session.add(row)
    typer.echo(f"It has {plan} for {days} days." if days else "It ends now; two weeks of grace are left.")


@accounts.command()
def password(email: Email, config: ConfigOption = None) -> None:
    """Set a password anew, for somebody who forgot it, and sign out every browser.

    Example: assistant gateway accounts password ada@example.org
    """
    from sqlalchemy import delete

    from assistant.gateway.models import Account, SignIn
    from assistant.gateway.passwords import hash_password

    with opened(config) as gateway:
        account_id = _find(gateway, email)
        kept = hash_password(_password())
        with gateway.database.transaction() as session:
            account = session.get(Account, account_id)
            if account is not None:
                account.password = kept
            session.execute(delete(SignIn).where(SignIn.account_id == account_id))
    typer.echo("The password is set.")


@accounts.command()
def sync(config: ConfigOption = None) -> None:
    """Ask Stripe anew about every customer, for instance after webhooks did not come for days.

    Example: assistant gateway accounts sync
    """
    import asyncio

    from sqlalchemy import select

    from assistant.gateway.models import Account
    from assistant.gateway.payments import synchronize
    from assistant.gateway.stripe_billing import BillingUnavailableError

    with opened(config) as gateway:

        async def all_of(ids: list[str]) -> None:
            for account_id in ids:
                await synchronize(gateway, account_id)

        with gateway.database.transaction() as session:
            ids = list(session.scalars(select(Account.id).where(Account.stripe_customer.is_not(None))))
        try:
            asyncio.run(all_of(ids))
        except BillingUnavailableError as error:
            raise AssistantError(
                f"Stripe did not answer ({error.kind}).", fix="Check [stripe] in gateway.toml."
            ) from None
    typer.echo(f"{len(ids)} accounts are as Stripe says.")


@accounts.command()
def delete(
    email: Email,
    yes: Annotated[bool, typer.Option("--yes", help="Without being asked.")] = False,
    config: ConfigOption = None,
) -> None:
    """Delete an account with everything in it, at Stripe, too.

    Example: assistant gateway accounts delete ada@example.org
    """
    import asyncio

    from assistant.gateway.personal_data import delete_account
    from assistant.gateway.stripe_billing import BillingUnavailableError

    with opened(config) as gateway:
        account_id = _find(gateway, email)
        if not yes and not typer.confirm("Everything of this account goes, and its plan ends at once. Sure?"):
            typer.echo("Nothing was deleted.")
            return
        try:
            asyncio.run(delete_account(gateway, account_id))
        except BillingUnavailableError as error:
            raise AssistantError(
                f"Stripe did not answer ({error.kind}); nothing was deleted.", fix="Check [stripe] in gateway.toml."
            ) from None
    typer.echo("It is deleted.")


def _find(gateway: Gateway, email: str) -> str:
    """The account's id. Raises: UsageError: there is none."""
    from assistant.gateway.sign_in import account_by_email, normal_email

    with gateway.database.transaction() as session:
        account = account_by_email(session, normal_email(email) or "")
    if account is None:
        raise UsageError("There is no such account.", fix="See: assistant gateway accounts list")
    return account.id


def _password() -> str:
    """Raises: UsageError: too short or too long."""
    from assistant.gateway.passwords import MAX_CHARS, MIN_CHARS

    text = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline(1000).rstrip("\n")
    if not MIN_CHARS <= len(text) <= MAX_CHARS:
        raise UsageError(f"A password has {MIN_CHARS} to {MAX_CHARS} characters.", fix="Try a longer one.")
    return text
