"""Puts the subscription together where the configuration names its service, and nothing at all where it does not."""

from __future__ import annotations

import datetime as dt
import functools
import importlib
from collections.abc import Callable

from assistant.account.address import checked_base
from assistant.account.client import GatewayClient, Wire
from assistant.account.desk import Desk
from assistant.account.kept import AccountStore
from assistant.account.licence import Licence
from assistant.account.offering import OfferBook
from assistant.account.offers import Quiet
from assistant.account.renewal import Renewal
from assistant.account.secrets import open_secrets
from assistant.config import Config
from assistant.paths import Paths
from assistant.store.clocks import Clock, SystemClock


def make_desk(
    config: Config,
    paths: Paths,
    *,
    clock: Clock | None = None,
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now().astimezone(),
    wire: Callable[[], Wire] | None = None,
) -> Desk | None:
    """The plan of this device; None where no service is configured. Nothing is opened or sent yet.

    Raises:
        ConfigError: the address of the service, or the quiet hours, are wrong.
    """
    if not config.account.gateway:
        return None
    base = checked_base(config.account.gateway)

    def connect(now_s: Callable[[], float]) -> GatewayClient:
        made: Wire = wire() if wire is not None else importlib.import_module("assistant.engines.gateway_wire").create()
        return GatewayClient(base, made, now_s)

    secrets = functools.partial(open_secrets, paths)
    licence = Licence(base, AccountStore(paths.account), secrets, clock or SystemClock(), connect)
    book = OfferBook(
        licence=licence,
        quiet=Quiet.parse(config.account.quiet),
        person=lambda: config.cloud.person,
        now=now,
        on=config.account.offers,
    )
    return Desk(licence=licence, renewal=Renewal(licence), book=book)
