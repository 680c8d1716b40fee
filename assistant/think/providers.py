"""The catalogue of cloud models: what they cost, what they can do, where they are and what they do with data."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from assistant.errors import ConfigError

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
AROUND_PROMPT = 64
MOST_READ = 8_000
"""Tokens of one picture of at most 1536 by 1024 that is to be changed: 6,240 for what is written of that size in high
quality is the most that OpenAI tells of; read pictures take fewer."""
MOST_WRITTEN = 6_240
NANO = Decimal(1000)
"""US dollars per million tokens, times this, are nano-dollars per token."""


class PictureModel(BaseModel):
    """The model of a provider that draws. Prices in US dollars per million tokens: of text and of pictures that it
    reads, and of pictures that it writes; or `each_usd` for a picture, where it counts no tokens. `most_tokens` is the
    most that it writes for one picture of this `size` and `quality`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = Field(min_length=1, max_length=120)
    size: str = Field(default="1024x1024", pattern=r"^\d{3,4}x\d{3,4}$")
    quality: Literal["", "low", "medium", "high", "standard"] = "medium"
    read_usd: Decimal = Field(default=Decimal(0), ge=0, le=1000, decimal_places=3)
    image_usd: Decimal = Field(default=Decimal(0), ge=0, le=1000, decimal_places=3)
    write_usd: Decimal = Field(default=Decimal(0), ge=0, le=1000, decimal_places=3)
    each_usd: Decimal = Field(default=Decimal(0), ge=0, le=100, decimal_places=6)
    most_tokens: int = Field(default=MOST_WRITTEN, ge=0, le=100_000)

    def cost_nano(self, text_tokens: int, image_tokens: int, tokens: int) -> int:
        """What one picture costs with so many tokens, in nano-dollars, exactly."""
        counted = text_tokens * self.read_usd + image_tokens * self.image_usd + tokens * self.write_usd
        return int(counted * NANO + self.each_usd * NANO * 1_000_000)

    def most(self, prompt: str, *, edits: bool) -> tuple[int, int, int]:
        """More than one picture can take: tokens read, tokens written, nano-dollars."""
        text, image = len(prompt.encode()) + AROUND_PROMPT, MOST_READ if edits else 0
        return text + image, self.most_tokens, self.cost_nano(text, image, self.most_tokens)

    def counted(self, text_tokens: int, image_tokens: int, tokens: int) -> tuple[int, int, int] | None:
        """The same by the provider's own count; None where it counts tokens and told none."""
        if not tokens and not self.each_usd:
            return None
        return text_tokens + image_tokens, tokens, self.cost_nano(text_tokens, image_tokens, tokens)


class Provider(BaseModel):
    """One entry. Prices in US dollars per million tokens, read and written, as of `as_of`; `context` in tokens.

    `kind` is the wire: `openai` (chat completions), `anthropic` (messages), `bedrock` and `vertex` (chat completions
    with the keys of Amazon and of Google), `gateway` (those of a plan, with proofs of this device). `policy` is told
    before the first use; `spoken` is what people call it beside its `name`. `limit` and `effort` are fields of chat
    completions; `signed_for` is `REGION/SERVICE` of Amazon's signature. In `base_url` of `vertex`, `{project}` stands
    for that of the key.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=60)
    kind: Literal["openai", "anthropic", "bedrock", "vertex", "gateway"]
    base_url: str = Field(max_length=300)
    model: str = Field(min_length=1, max_length=120)
    read_usd: Decimal = Field(ge=0, le=1000, decimal_places=3)
    write_usd: Decimal = Field(ge=0, le=1000, decimal_places=3)
    context: int = Field(ge=1000)
    abilities: frozenset[Literal["tools", "web"]] = frozenset()
    region: str = Field(min_length=1, max_length=60)
    policy: str = Field(min_length=10, max_length=400)
    as_of: str = Field(max_length=20)
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    effort: Literal["", "none", "minimal", "low", "medium", "high"] = ""
    signed_for: str = Field(default="", pattern=r"^$|^[a-z0-9-]{3,40}/[a-z0-9-]{3,40}$")
    pictures: PictureModel | None = None
    spoken: tuple[Annotated[str, Field(min_length=2, max_length=40)], ...] = ()

    @model_validator(mode="after")
    def _signable(self) -> Self:
        if self.kind == "bedrock" and not self.signed_for:
            raise ValueError("Bedrock needs signed_for, such as us-east-1/bedrock")
        return self

    @property
    def terms(self) -> str:
        """Names what a person agreed to: other terms, another place or another model need another yes."""
        told = f"{self.name}|{self.base_url}|{self.model}|{self.region}|{self.policy}"
        told += f"|{self.pictures.model}" if self.pictures is not None else ""
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    @property
    def names(self) -> tuple[str, ...]:
        """All that it is called by."""
        return (self.name, *self.spoken)

    @property
    def is_local(self) -> bool:
        """It runs on this very machine."""
        return urlsplit(self.base_url).hostname in LOOPBACK

    @property
    def needs_key(self) -> bool:
        """It asks for a key of the person's own; the model of a plan is let in by a proof of this device."""
        return self.kind != "gateway" and not self.is_local

    def cost_nano(self, read_tokens: int, written_tokens: int) -> int:
        """What so many tokens cost, in nano-dollars, exactly."""
        return int(read_tokens * self.read_usd * NANO + written_tokens * self.write_usd * NANO)


def load_providers(own: Path | None = None) -> dict[str, Provider]:
    """The packaged entries and the user's own, which may replace them, by id.

    Raises:
        ConfigError: the user's file cannot be read, or an entry is wrong.
    """
    packaged = (files("assistant.think") / "providers.toml").read_text(encoding="utf-8")
    found = read_providers(packaged, "providers.toml")
    if own is not None and own.exists():
        try:
            text = own.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise ConfigError(f"The catalogue {own} cannot be read.") from None
        found |= read_providers(text, str(own))
    return found


def read_providers(text: str, name: str) -> dict[str, Provider]:
    """The entries of a catalogue. Raises: ConfigError."""
    try:
        tables: Mapping[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"The catalogue {name} is not valid TOML: {error}.", fix="Mend that line.") from None
    return {key: _provider(key, table, name) for key, table in tables.items()}


def _provider(key: str, table: object, name: str) -> Provider:
    try:
        found = Provider.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join([key, *map(str, first["loc"])])
        raise ConfigError(f"The entry '{place}' of the catalogue {name} does not fit: {first['msg']}.") from None
    parts = urlsplit(found.base_url)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not safe or not parts.hostname or parts.username is not None:
        raise ConfigError(f"The address of '{key}' in the catalogue {name} must be https, or http on this machine.")
    return found
