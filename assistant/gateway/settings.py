"""The gateway's own configuration: one TOML file, `gateway.toml`; secrets are files that it names."""

from __future__ import annotations

import ipaddress
import tomllib
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from assistant.errors import ConfigError
from assistant.paths import Paths

DEFAULT_PORT = 8600


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ServerSettings(_Section):
    """Where it listens. Wider than loopback only with `tls_certificate` and `tls_key`, or behind a reverse proxy that
    speaks TLS and whose address is `trusted_proxy`. `public_url` is the issuer and what devices are told."""

    host: str = "127.0.0.1"
    port: int = Field(default=DEFAULT_PORT, ge=0, le=65535)
    public_url: str = Field(default="", max_length=200, pattern=r"^$|^https?://[^\s/@?#]+$")
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    trusted_proxy: str = Field(default="", max_length=200)
    metrics_token_file: Path | None = None
    connections: int = Field(default=2000, ge=1, le=100_000)

    @property
    def is_loopback(self) -> bool:
        return _is_loopback(self.host)

    @property
    def base_url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        scheme = "https" if self.tls_certificate else "http"
        return self.public_url or f"{scheme}://{host}:{self.port}"

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key belong together")
        if not self.is_loopback:
            if self.tls_certificate is None and not self.trusted_proxy:
                raise ValueError(
                    "wider than loopback needs TLS (tls_certificate and tls_key) or a reverse proxy (trusted_proxy)"
                )
            if not self.public_url:
                raise ValueError("wider than loopback needs a public_url")
        if self.public_url.startswith("http://") and not _is_loopback(urlsplit(self.public_url).hostname or ""):
            raise ValueError("a public_url that is not of this machine begins with https://")
        if self.trusted_proxy:
            ipaddress.ip_network(self.trusted_proxy)
        return self


class DatabaseSettings(_Section):
    """`url` of SQLAlchemy, such as postgresql+psycopg://user@host/name; empty: a SQLite file in the state folder."""

    url: str = Field(default="", max_length=500)


class AccountSettings(_Section):
    """`sign_up`: may anybody make an account? `terms`: the version that people agree to, at `terms_url`."""

    sign_up: bool = True
    terms: str = Field(default="1", max_length=40)
    terms_url: str = Field(default="", max_length=300, pattern=r"^$|^https?://\S+$")
    devices: int = Field(default=20, ge=1, le=1000)


class ModelSettings(_Section):
    """`upstream` is its name there; prices in US dollars: a million tokens read and written, or an image."""

    upstream: str = Field(min_length=1, max_length=200)
    read_usd: float = Field(default=0.0, ge=0, le=10_000)
    write_usd: float = Field(default=0.0, ge=0, le=10_000)
    image_usd: float = Field(default=0.0, ge=0, le=100)
    max_tokens: int = Field(default=1000, ge=1, le=200_000)


class UpstreamSettings(_Section):
    """A server with OpenAI's API. `usage_url`, where the upstream has one, tells what a request took, such as
    https://openrouter.ai/api/v1/generation?id={id}: asked after a stream that was closed and after a crash. {id} is its
    own id of the answer, {request} the gateway's, which it got as X-Client-Request-Id."""

    base_url: str = Field(default="", max_length=300, pattern=r"^$|^https?://[^\s@]+$")
    key_file: Path | None = None
    usage_url: str = Field(default="", max_length=300, pattern=r"^$|^https?://[^\s@]+\{(id|request)\}\S*$")
    limit_field: str = Field(default="max_completion_tokens", pattern=r"^max(_completion)?_tokens$")
    connect_s: float = Field(default=5.0, gt=0, le=60)
    silence_s: float = Field(default=60.0, gt=0, le=600)
    connections: int = Field(default=1000, ge=1, le=10_000)
    chat: dict[str, ModelSettings] = {}
    images: dict[str, ModelSettings] = {}


class StripeSettings(_Section):
    """Payment by Stripe: its secret key and the secret of the webhook endpoint, each in a file."""

    key_file: Path | None = None
    webhook_secret_file: Path | None = None
    api_base: str = Field(default="https://api.stripe.com", pattern=r"^https?://[^\s@]+$")
    timeout_s: float = Field(default=10.0, gt=0, le=80)


class GatewaySettings(_Section):
    """All settings of the gateway. Unknown keys are refused."""

    server: ServerSettings = ServerSettings()
    database: DatabaseSettings = DatabaseSettings()
    accounts: AccountSettings = AccountSettings()
    upstream: UpstreamSettings = UpstreamSettings()
    stripe: StripeSettings = StripeSettings()


def settings_file(paths: Paths) -> Path:
    return paths.config / "gateway.toml"


def load_settings(file: Path, *, required: bool = False) -> GatewaySettings:
    """Read the file; absent: defaults.

    Raises:
        ConfigError: it is absent though required, not TOML, or a setting is unknown, unsafe or does not fit.
    """
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if required:
            raise ConfigError(f"The gateway's configuration {file} does not exist.", fix="Check the path.") from None
        values = {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"The gateway's configuration {file} is not valid TOML: {error}.") from None
    try:
        return GatewaySettings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"The setting '{place}' in {file} does not fit: {message}.", fix="Correct it.") from None


def read_secret(file: Path | None) -> str:
    """The one line of a secret file; empty where none is named.

    Raises:
        ConfigError: it cannot be read, or others may read it.
    """
    if file is None:
        return ""
    try:
        mode, text = file.stat().st_mode, file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"The secret file {file} cannot be read.", fix="Check its path and owner.") from None
    if mode & 0o077:
        raise ConfigError(f"The secret file {file} may be read by others.", fix=f"chmod 600 {file}")
    if not text or not text.isprintable():
        raise ConfigError(f"The secret file {file} holds no single line of text.")
    return text
