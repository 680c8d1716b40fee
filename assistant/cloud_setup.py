"""Puts the cloud together where a provider is chosen, and nothing at all where none is."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol, TypedDict

from assistant.account.address import checked_base
from assistant.account.entitlement import Entitlements, NoPlan
from assistant.account.secrets import open_secrets
from assistant.config import CloudConfig, load_config
from assistant.connectivity import has_network
from assistant.errors import CloudError, ConfigError
from assistant.paths import Paths
from assistant.store.database import StoreError
from assistant.store.ledger import NANO_PER_USD, Caps, Ledger
from assistant.think.cloud import CloudProvider, Guarded, LazyProvider, Limits
from assistant.think.cloud_side import CloudChoices, CloudSide
from assistant.think.cloud_tools import Offering
from assistant.think.pictures import GuardedPainter, Painter
from assistant.think.providers import PictureModel, Provider, load_providers
from assistant.think.route import Policy, merged, read_policy

PLAN = "plan"
"""The id of the big model that belongs to the plan of `[account] gateway`."""
PROVIDER = "provider"
"""The name of the choice that `assistant cloud use` keeps: ids in the order in which they are asked."""


def chosen_in_turn(config: CloudConfig, paths: Paths) -> tuple[str, ...]:
    """The ids of the providers that are to be used, the first choice first: as configured, else as by command."""
    if config.provider or not paths.cloud.exists():
        return tuple(config.provider.split())
    ledger = Ledger(paths.cloud)
    try:
        return tuple(ledger.choice(PROVIDER).split())
    finally:
        ledger.close()


class PlanProof(Entitlements, Protocol):
    """The plan of this device: what it allows, and the headers that prove a request to its gateway."""

    def proof(self, method: str, url: str, nonce: str = "") -> Mapping[str, str]: ...


def plan_provider(gateway: str) -> Provider:
    """The big models of the plan whose gateway is there; what they cost is part of the plan."""
    return Provider(
        name="the model of your plan",
        kind="gateway",
        base_url=f"{gateway.rstrip('/')}/v1",
        model="assistant-chat",
        read_usd=Decimal(0),
        write_usd=Decimal(0),
        context=100_000,
        abilities=frozenset({"tools"}),
        region="whatever country its service chooses",
        policy="Its service counts what you use, keeps neither question nor answer, and passes them on to the model"
        " that it has chosen.",
        as_of="2026-11",
        pictures=PictureModel(model="assistant-image", quality="", most_tokens=0),
        spoken=("model of my plan", "plan's model", "요금제 모델"),
    )


def provider_of(name: str, paths: Paths) -> Provider:
    """Raises: ConfigError: there is none of this id, or the catalogue is wrong."""
    if name == PLAN:
        gateway = load_config(paths.config_file).account.gateway
        if not gateway:
            raise ConfigError("No service for a plan is set up here.", fix="See [account] gateway.")
        return plan_provider(checked_base(gateway))
    known = load_providers(paths.config / "providers.toml")
    if name not in known:
        raise ConfigError(f"There is no cloud model '{name[:40]}'.", fix=f"Known are: {', '.join(known)}.")
    return known[name]


def load_policy(own: Path) -> Policy:
    """The guideline with the user's own rows. Raises: ConfigError."""
    policy = read_policy((files("assistant.think") / "policy.toml").read_text(encoding="utf-8"), "policy.toml")
    if not own.exists():
        return policy
    try:
        text = own.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"The guideline {own} cannot be read.") from None
    return merged(policy, read_policy(text, str(own)))


def key_name(name: str) -> str:
    """What the key of a provider is called among the secrets; it is never in the configuration."""
    return f"cloud/{name}"


def caps_of(config: CloudConfig) -> Caps:
    return Caps(
        day_nano=round(config.day_usd * NANO_PER_USD),
        month_nano=round(config.month_usd * NANO_PER_USD),
        day_tokens=config.day_tokens,
        month_tokens=config.month_tokens,
    )


def make_side(
    config: CloudConfig,
    paths: Paths,
    *,
    keep_days: int,
    people: Callable[[], Iterable[str]] = tuple,
    things: Callable[[], Iterable[str]] = tuple,
    limits: Limits | None = None,
    plan: PlanProof | None = None,
) -> CloudSide | None:
    """The side that all conversations share; None where no provider is chosen, and then nothing was opened.

    Raises:
        ConfigError: a provider, its catalogue or the guideline is wrong.
    """
    names = chosen_in_turn(config, paths)
    if not names:
        return None
    known = load_providers(paths.config / "providers.toml")
    ledger, policy, tools = Ledger(paths.cloud), load_policy(paths.config / "policy.toml"), Offering()
    choices = CloudChoices(
        mode=config.mode,
        personal=config.personal,
        household=config.household,
        person=config.person,
        metered=config.metered,
        max_tokens=config.max_tokens,
        keep_days=keep_days,
    )
    first, *others = [
        CloudSide(
            id=name,
            **asked_through(name, paths, limits or Limits(), plan),
            ledger=ledger,
            policy=policy,
            caps=caps_of(config),
            choices=choices,
            people=people,
            things=things,
            tools=tools,
            entitlements=plan or NoPlan(),
            known=known,
        )
        for name in names
    ]
    first.others = tuple(others)
    return first


class _Through(TypedDict):
    """What of a side is its provider's own."""

    provider: Provider
    model: Guarded
    painter: GuardedPainter | None
    online: Callable[[], bool]
    own_key: bool


def asked_through(name: str, paths: Paths, within: Limits, plan: PlanProof | None) -> _Through:
    """A provider by its id; its library and its key are read when it is first asked. Raises: ConfigError."""
    provider = provider_of(name, paths)

    def engine(kind: str) -> Any:
        """What an engine makes of the provider and the key, both as they are now."""
        try:
            found = importlib.import_module(f"assistant.engines.cloud_{kind}")
        except ImportError:
            raise CloudError("refused", f"The library that speaks to {provider.name} is not installed.") from None
        if provider.kind == "gateway" and plan is not None:
            return found.create(provider, plan.proof, within.connect_s)
        return found.create(provider, open_secrets(paths).read(key_name(name)), within.connect_s)

    def make() -> CloudProvider:
        made: CloudProvider = engine(provider.kind)
        return made

    def make_painter() -> Painter:
        made: Painter = engine(f"{provider.kind}_pictures")
        return made

    model = Guarded(name=provider.name, provider=LazyProvider(make), limits=within)
    draws = provider.pictures is not None
    return _Through(
        provider=provider,
        model=model,
        painter=GuardedPainter(name=provider.name, make=make_painter, breaker=model.breaker) if draws else None,
        online=(lambda: True) if provider.is_local else has_network,
        own_key=provider.kind != "gateway",
    )


def is_wanted(side: CloudSide) -> bool:
    """May anything be sent as things are? If not, the library that would send it is not even loaded."""
    try:
        return side.consented and side.mode("plain") != "device"
    except StoreError:
        return False
