"""A conversation with all first-party skills and a cloud that is a stand-in, for the tests of what uses the cloud."""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.account.offering import Offering
from assistant.cloud_setup import load_policy
from assistant.console import typed_turn
from assistant.skills_host import LentContext, SkillHost
from assistant.store.ledger import Caps, Ledger
from assistant.store.timers import TimerStore
from assistant.think.cloud import Guarded, Limits
from assistant.think.cloud_side import CloudChoices, CloudSide
from assistant.think.escalation import Escalation
from assistant.think.llm import Talker
from assistant.think.pictures import GuardedPainter
from assistant.think.understanding import Minds, Understanding
from assistant.types import Turn

NOON = dt.datetime(2026, 11, 24, 15, 5, tzinfo=dt.timezone(dt.timedelta(hours=1)))
CAPS = Caps(day_nano=10**9, month_nano=10**10, day_tokens=10**6, month_tokens=10**7)
PATIENT = Limits(connect_s=10.0, first_s=60.0, between_s=60.0, total_s=120.0)
"""For machines on which something is measured beside."""


class Issuer:
    """Says what is paid for, as the test wants it: `assistant.account.entitlement.Entitlements`."""

    def __init__(self, *paid: str) -> None:
        self.paid = set(paid)
        self.asked: list[str] = []

    def allows(self, feature: str) -> bool:
        self.asked.append(feature)
        return feature in self.paid


class Conversation:
    """All first-party skills and a cloud; `settings` are those of skills, `choices` of the cloud.

    `talker` is the local model, none unless given; `offers` those of this conversation. Without `chosen` no cloud model
    is. `others` are further chosen models by their ids; `agreed` names those that a person agreed to, or says all or
    none.
    """

    def __init__(
        self,
        folder: Path,
        server: Any,
        *,
        entry: Mapping[str, Any] | None = None,
        settings: Mapping[str, dict[str, Any]] | None = None,
        agreed: bool | Sequence[str] = True,
        limits: Limits = PATIENT,
        talker: Talker | None = None,
        offers: Offering | None = None,
        chosen: bool = True,
        others: Mapping[str, Any] | None = None,
        **side: Any,
    ) -> None:
        self.server = server
        self.ledger = Ledger(folder / "cloud.sqlite3")
        choices = {"personal": "prefer_device", "household": "prefer_device", **side.pop("choices", {})}
        shared = {
            "ledger": self.ledger, "policy": load_policy(folder / "none.toml"), "people": lambda: ["Anna"],
            "choices": CloudChoices(**choices), "caps": CAPS, **side,
        }  # fmt: skip
        self.side = CloudSide(id="example", **_through(server, limits, entry or {}), **shared)
        self.side.others = tuple(
            CloudSide(id=name, **_through(other, limits, {"name": name.title()}), **shared)
            for name, other in (others or {}).items()
        )
        names = [each.id for each in self.side.chosen] if agreed is True else agreed or ()
        for each in self.side.chosen:
            if each.id in names:
                self.ledger.agree(each.id, each.provider.terms, time.time())
        self.timers = TimerStore(folder / "timers.sqlite3", lambda: NOON.timestamp() * 1000.0, zone="Europe/Berlin")
        self.now = NOON
        self.lent = LentContext(
            timers=self.timers, clock=lambda: self.now, state=folder / "state", settings=settings or {},
            cloud=lambda: self.side if chosen else None,
        )  # fmt: skip
        self.host = SkillHost.load(self.lent)
        grammar = importlib.import_module("assistant.engines.hassil_grammar").create(
            self.host.templates, self.host.readers
        )
        self.understanding = Understanding(
            grammar=grammar, toolbox=self.host, minds=Minds(talker=talker, talker_ready=lambda: talker is not None),
            now=lambda: self.now, cloud=Escalation(side=self.side) if chosen else None, offers=offers,
            on_heard=self.lent.heard, on_begin=self.lent.begins,
        )  # fmt: skip
        self.number = 0

    async def say(self, text: str) -> Turn:
        self.number += 1
        return await typed_turn(self.understanding, text, f"t{self.number}")

    async def close(self) -> None:
        await self.side.close()
        await asyncio.sleep(0)
        self.host.close()
        self.timers.close()


def decided(turn: Turn) -> tuple[str, str]:
    """The route and its reason."""
    assert turn.decision is not None
    return turn.decision.route, turn.decision.reason


def _through(server: Any, limits: Limits, entry: Mapping[str, Any]) -> dict[str, Any]:
    """What of a side is its provider's own."""
    provider = server.provider(**{"abilities": ["tools"], **entry})
    engine = importlib.import_module(f"assistant.engines.cloud_{provider.kind}")
    model = Guarded(name=provider.name, provider=engine.create(provider, server.key, 5.0), limits=limits)
    painter = None
    if provider.pictures is not None:
        pictures = importlib.import_module(f"assistant.engines.cloud_{provider.kind}_pictures")
        painter = GuardedPainter(
            name=provider.name, make=lambda: pictures.create(provider, server.key, 5.0), breaker=model.breaker
        )
    return {"provider": provider, "model": model, "painter": painter}
