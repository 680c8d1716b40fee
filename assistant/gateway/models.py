"""The tables. Times are whole seconds since 1970 UTC; ids are random text; secrets are kept as hashes only."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

ID = String(40)
HASH = String(64)


class Base(DeclarativeBase):
    type_annotation_map = {int: BigInteger, list[str]: JSON, dict[str, Any]: JSON}  # noqa: RUF012


def _owner(*, primary: bool = False) -> Mapped[str]:
    """The account that a row belongs to; it goes when the account goes."""
    target = ForeignKey("accounts.id", ondelete="CASCADE")
    return mapped_column(ID, target, primary_key=primary, index=not primary)


class Account(Base):
    """A person who signs in. `email` is lower case. `asked` counts how often the payment provider was asked about this
    account, `applied` which of the answers stands."""

    __tablename__ = "accounts"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[int]
    stripe_customer: Mapped[str | None] = mapped_column(String(100), unique=True)
    asked: Mapped[int] = mapped_column(default=0, server_default="0")
    applied: Mapped[int] = mapped_column(default=0, server_default="0")


class SignIn(Base):
    """A browser that is signed in; its cookie is kept as a SHA-256."""

    __tablename__ = "sign_ins"
    token_hash: Mapped[str] = mapped_column(HASH, primary_key=True)
    account_id: Mapped[str] = _owner()
    created_at: Mapped[int]
    expires_at: Mapped[int] = mapped_column(index=True)


class Device(Base):
    """An activated device. `jkt` names its key; `entitlement` is the newest token that was signed for it."""

    __tablename__ = "devices"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    account_id: Mapped[str] = _owner()
    name: Mapped[str] = mapped_column(String(60))
    jkt: Mapped[str] = mapped_column(String(43))
    token_hash: Mapped[str] = mapped_column(HASH, unique=True)
    created_at: Mapped[int]
    seen_at: Mapped[int]
    entitlement: Mapped[str] = mapped_column(Text, default="")
    entitlement_of: Mapped[str] = mapped_column(HASH, default="")
    entitlement_at: Mapped[int] = mapped_column(default=0)


class DeviceCode(Base):
    """An activation under way (RFC 8628). `state`: pending, approved or denied."""

    __tablename__ = "device_codes"
    code_hash: Mapped[str] = mapped_column(HASH, primary_key=True)
    user_code: Mapped[str] = mapped_column(String(8), unique=True)
    device_id: Mapped[str] = mapped_column(ID)
    jkt: Mapped[str] = mapped_column(String(43))
    name: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(10))
    account_id: Mapped[str | None] = mapped_column(ID, ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[int]
    expires_at: Mapped[int] = mapped_column(index=True)
    interval_s: Mapped[int]
    polled_at: Mapped[float] = mapped_column(default=0.0)


class Plan(Base):
    """What may be subscribed to. A limit of None is none; `stripe_price` is the id of Stripe's price."""

    __tablename__ = "plans"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    features: Mapped[list[str]]
    chat_tokens: Mapped[int | None]
    images: Mapped[int | None]
    requests_per_minute: Mapped[int]
    at_once: Mapped[int]
    amount_minor: Mapped[int | None]
    currency: Mapped[str] = mapped_column(String(3), default="")
    interval: Mapped[str] = mapped_column(String(10), default="")
    stripe_price: Mapped[str | None] = mapped_column(String(100), unique=True)


class Subscription(Base):
    """What an account has paid for, as the payment provider said (`source` stripe) or an admin granted (manual)."""

    __tablename__ = "subscriptions"
    account_id: Mapped[str] = _owner(primary=True)
    plan_id: Mapped[str] = mapped_column(ID, ForeignKey("plans.id"))
    source: Mapped[str] = mapped_column(String(10))
    features: Mapped[list[str]]
    paid_until: Mapped[int]
    renews: Mapped[bool]
    updated_at: Mapped[int]
    stripe_subscription: Mapped[str] = mapped_column(String(100), default="", server_default="")


class Consent(Base):
    """What a person agreed to or took back, when, in which version; `about` is a device's id or empty."""

    __tablename__ = "consents"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    account_id: Mapped[str] = _owner()
    kind: Mapped[str] = mapped_column(String(20))
    version: Mapped[str] = mapped_column(String(40))
    about: Mapped[str] = mapped_column(String(40))
    given: Mapped[bool]
    at: Mapped[int]


class Attempts(Base):
    """Wrong guesses of somebody, who is kept as a keyed hash only."""

    __tablename__ = "attempts"
    who: Mapped[str] = mapped_column(HASH, primary_key=True)
    wrong: Mapped[int]
    since: Mapped[int] = mapped_column(index=True)
    locked_until: Mapped[int]
    locks: Mapped[int]


class SigningKey(Base):
    """A key that signs entitlements; the private part is encrypted with the gateway's secret."""

    __tablename__ = "signing_keys"
    kid: Mapped[str] = mapped_column(String(43), primary_key=True)
    public_x: Mapped[str] = mapped_column(String(43))
    private: Mapped[str] = mapped_column(String(500))
    created_at: Mapped[int]
    signs_from: Mapped[int]


class StripeEvent(Base):
    """An event that Stripe sent; `done_at` is 0 until what it meant is applied. `customer` is kept to be deleted by."""

    __tablename__ = "stripe_events"
    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    kind: Mapped[str] = mapped_column(String(100))
    customer: Mapped[str] = mapped_column(String(100), index=True)
    received_at: Mapped[int] = mapped_column(index=True)
    done_at: Mapped[int]


class Use(Base):
    """A request to a cloud model. `state`: open (reserved at the most it may take), counted (the upstream's own count),
    estimated (it broke off and the upstream does not tell), or released (it took nothing). `cost_nano`: in 1e-9 USD.
    `instance` is the gateway that has it open."""

    __tablename__ = "uses"
    __table_args__ = (Index("ix_uses_account_id_at", "account_id", "at"), Index("ix_uses_state", "state"))
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    account_id: Mapped[str] = mapped_column(ID, ForeignKey("accounts.id", ondelete="CASCADE"))
    device_id: Mapped[str] = mapped_column(ID)
    kind: Mapped[str] = mapped_column(String(10))
    model: Mapped[str] = mapped_column(String(100))
    state: Mapped[str] = mapped_column(String(10))
    read_tokens: Mapped[int]
    written_tokens: Mapped[int]
    images: Mapped[int]
    cost_nano: Mapped[int]
    instance: Mapped[str] = mapped_column(ID)
    at: Mapped[int]
    settled_at: Mapped[int]
