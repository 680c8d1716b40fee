"""The shapes of answers, for the description of the API; docs/gateway.md tells what they mean."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

State = Literal["none", "active", "grace"]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _PassedOn(BaseModel):
    """The upstream's answer, with whatever else it says."""

    model_config = ConfigDict(extra="allow", frozen=True)


class OAuthError(_Answer):
    """RFC 6749, section 5.2."""

    error: str
    error_description: str


class ApiProblem(_Answer):
    message: str
    type: str
    code: str
    param: str | None


class ApiError(_Answer):
    """As OpenAI's."""

    error: ApiProblem


class Begun(_Answer):
    """RFC 8628, section 3.2."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int
    interval: int


class DeviceToken(_Answer):
    access_token: str
    token_type: Literal["DPoP"]
    scope: str
    device_id: str


class Done(_Answer):
    """Nothing to tell."""


class ServerMetadata(_Answer):
    """RFC 8414."""

    issuer: str
    device_authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str
    jwks_uri: str
    scopes_supported: list[str]
    response_types_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]
    dpop_signing_alg_values_supported: list[str]


class PublicKey(_Answer):
    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str
    kid: str
    alg: Literal["Ed25519"]
    use: Literal["sig"]


class PublicKeys(_Answer):
    """RFC 7517."""

    keys: list[PublicKey]


class Entitlement(_Answer):
    entitlement: str
    state: State
    refresh_after_s: int


class Price(_Answer):
    amount_minor: int
    currency: str
    interval: str


class PlanStanding(_Answer):
    plan: str
    name: str
    state: State
    paid_until: int
    renews: bool
    price: Price | None
    account_url: str


class ChatUsage(_Answer):
    requests: int
    tokens: int
    tokens_limit: int | None


class ImageUsage(_Answer):
    requests: int
    images: int
    images_limit: int | None


class MonthUsage(_Answer):
    period_start: int
    resets_at: int
    chat: ChatUsage
    images: ImageUsage


class ModelName(_Answer):
    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class ModelNames(_Answer):
    object: Literal["list"]
    data: list[ModelName]


class ChatCompletion(_PassedOn):
    choices: list[dict[str, Any]]


class Picture(_PassedOn):
    b64_json: str


class Pictures(_PassedOn):
    data: list[Picture]


class Received(_Answer):
    received: Literal[True]


class Alive(_Answer):
    status: Literal["ok"]


class Ready(_Answer):
    status: Literal["ok", "failed"]
    database: Literal["ok", "failed"]
    keys: Literal["ok", "failed"]
