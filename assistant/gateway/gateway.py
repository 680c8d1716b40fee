"""What every request can reach: one object, made once, handed to the application."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.orm import Session
from starlette.requests import Request

from assistant.gateway.blocking import Blocking
from assistant.gateway.database import Database
from assistant.gateway.journal import Journal
from assistant.gateway.meter import Meter
from assistant.gateway.metrics import Metrics
from assistant.gateway.proof import Proofs
from assistant.gateway.rates import AtOnce, Rates
from assistant.gateway.secret import Secret, new_id
from assistant.gateway.settings import GatewaySettings
from assistant.gateway.signing import KeySet, key_set
from assistant.gateway.stripe_billing import StripeBilling
from assistant.gateway.upstream import Upstream

KEYS_FOR_S = 30.0
PASSWORD_THREADS = 1


@dataclass(slots=True, kw_only=True)
class Gateway:
    """`clock` gives seconds since 1970 UTC; `state` is a folder of this gateway alone."""

    settings: GatewaySettings
    database: Database
    secret: Secret
    state: Path
    clock: Callable[[], float] = time.time
    rates: Rates = field(default_factory=Rates)
    at_once: AtOnce = field(default_factory=AtOnce)
    billing: StripeBilling = field(init=False)
    meter: Meter = field(init=False)
    metrics: Metrics = field(default_factory=Metrics)
    passwords: Blocking = field(default_factory=lambda: Blocking(PASSWORD_THREADS))
    proofs: Proofs = field(init=False)
    _keys: KeySet | None = field(init=False, default=None)
    _keys_at_s: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.proofs = Proofs(self.secret)
        self.billing = StripeBilling(self.settings.stripe)
        settings, journal = self.settings.upstream, Journal(self.state / "requests")
        instance = own_name(self.state / "instance")
        upstream = Upstream(settings)
        self.meter = Meter(self.database, upstream, settings, journal, instance, self.metrics, self.clock)

    @property
    def base_url(self) -> str:
        return self.settings.server.base_url

    def now(self) -> int:
        return int(self.clock())

    def keys(self, session: Session) -> KeySet:
        """The signing keys, read again every half minute: another process may have rotated or revoked one."""
        now_s = self.clock()
        if self._keys is None or not 0 <= now_s - self._keys_at_s < KEYS_FOR_S:
            self._keys, self._keys_at_s = key_set(session, self.secret, int(now_s)), now_s
        return self._keys


def own_name(file: Path) -> str:
    """A random name of this gateway, kept in its folder: it tells its own open requests from those of others."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(new_id("gw"))
    except FileExistsError:
        pass
    return file.read_text(encoding="utf-8").strip()[:40]


def gateway_of(request: Request) -> Gateway:
    found = request.app.state.gateway
    assert isinstance(found, Gateway)
    return found


def address_of(request: Request) -> str:
    """Where a request comes from; behind the trusted proxy, as that says."""
    return request.client.host if request.client else "unknown"
