"""`/oauth/...`: a device asks for an account (RFC 8628), gets its token (RFC 9449), gives it back (RFC 7009)."""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from assistant.gateway.activation import CODE_FOR_S, INTERVAL_S, Activated, begin, poll, remove_device
from assistant.gateway.answers import Begun, DeviceToken, Done, ServerMetadata
from assistant.gateway.described import oauth
from assistant.gateway.forms import FormError, form_body, read_form
from assistant.gateway.gateway import Gateway, address_of, gateway_of
from assistant.gateway.models import Device
from assistant.gateway.proof import ProofError
from assistant.gateway.refusals import NO_STORE, OAuthRefusal
from assistant.gateway.secret import hashed
from assistant.gateway.user_code import shown

CLIENT_ID = "assistant-device"
SCOPE = "assistant"
GRANT_TYPE = "urn:ietf:params:oauth:grant-type:device_code"
MAX_NAME_CHARS = 60
BEGIN_PER_MINUTE, POLL_PER_MINUTE = 20, 240
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")
router = APIRouter(tags=["activation"])


@router.post(
    "/oauth/device_authorization",
    responses=oauth(Begun),
    openapi_extra=form_body(
        {"client_id": (CLIENT_ID,), "dpop_jkt": "RFC 7638 thumbprint of the device's key"},
        {"device_name": "at most 60 characters", "scope": (SCOPE,)},
    ),
)
async def device_authorization(request: Request) -> Response:
    """Begin an activation (RFC 8628, section 3.1)."""
    gateway = gateway_of(request)
    _limit(gateway, request, "begin", BEGIN_PER_MINUTE)
    fields = await _fields(request)
    jkt, name = fields.get("dpop_jkt", ""), fields.get("device_name", "").strip() or "Assistant"
    if not _THUMBPRINT.fullmatch(jkt):
        raise OAuthRefusal(400, "invalid_request", "dpop_jkt must be the thumbprint of the device's key.")
    if len(name) > MAX_NAME_CHARS:
        raise OAuthRefusal(400, "invalid_request", f"device_name has more than {MAX_NAME_CHARS} characters.")
    if fields.get("scope", SCOPE) != SCOPE:
        raise OAuthRefusal(400, "invalid_scope", f"The only scope is {SCOPE}.")
    begun = await gateway.database.run(lambda session: begin(session, jkt, name, gateway.now()))
    page, code = f"{gateway.base_url}/activate", shown(begun.user_code)
    answer = {
        "device_code": begun.device_code,
        "user_code": code,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?user_code={code}",
        "expires_in": CODE_FOR_S,
        "interval": INTERVAL_S,
    }
    return JSONResponse(answer, headers=NO_STORE)


@router.post(
    "/oauth/token",
    responses=oauth(DeviceToken),
    openapi_extra=form_body({"client_id": (CLIENT_ID,), "grant_type": (GRANT_TYPE,), "device_code": "as it was given"}),
)
async def token(request: Request) -> Response:
    """Ask whether the person has confirmed (RFC 8628, section 3.4)."""
    gateway = gateway_of(request)
    _limit(gateway, request, "poll", POLL_PER_MINUTE)
    fields = await _fields(request)
    if "grant_type" not in fields:
        raise OAuthRefusal(400, "invalid_request", "grant_type is missing.")
    if fields["grant_type"] != GRANT_TYPE:
        raise OAuthRefusal(400, "unsupported_grant_type", f"The only grant_type is {GRANT_TYPE}.")
    if not (device_code := fields.get("device_code")):
        raise OAuthRefusal(400, "invalid_request", "device_code is missing.")
    jkt = _proven(gateway, request)
    found = await gateway.database.run(lambda session: poll(session, device_code, jkt, gateway.clock()))
    if not isinstance(found, Activated):
        raise found
    answer = {
        "access_token": found.access_token,
        "token_type": "DPoP",
        "scope": SCOPE,
        "device_id": found.device_id,
    }
    return JSONResponse(answer, headers=NO_STORE)


@router.post(
    "/oauth/revoke",
    responses=oauth(Done),
    openapi_extra=form_body({"client_id": (CLIENT_ID,), "token": "the access token"}),
)
async def revoke(request: Request) -> Response:
    """Give a token back: the device is removed (RFC 7009); an unknown one is no error."""
    gateway = gateway_of(request)
    _limit(gateway, request, "revoke", POLL_PER_MINUTE)
    fields = await _fields(request)
    if not (given := fields.get("token")):
        raise OAuthRefusal(400, "invalid_request", "token is missing.")

    def remove(session: Any) -> None:
        device = session.scalars(select(Device).where(Device.token_hash == hashed(given))).one_or_none()
        if device is not None:
            remove_device(session, device, gateway.settings.accounts.terms, gateway.now())

    await gateway.database.run(remove)
    return JSONResponse({}, headers=NO_STORE)


@router.get("/.well-known/oauth-authorization-server", responses={200: {"model": ServerMetadata}})
async def metadata(request: Request) -> Response:
    """Where what is (RFC 8414)."""
    base = gateway_of(request).base_url
    answer = {
        "issuer": base,
        "device_authorization_endpoint": f"{base}/oauth/device_authorization",
        "token_endpoint": f"{base}/oauth/token",
        "revocation_endpoint": f"{base}/oauth/revoke",
        "jwks_uri": f"{base}/.well-known/jwks.json",
        "scopes_supported": [SCOPE],
        "response_types_supported": [],
        "grant_types_supported": [GRANT_TYPE],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "dpop_signing_alg_values_supported": ["Ed25519", "EdDSA"],
    }
    return JSONResponse(answer)


async def _fields(request: Request) -> dict[str, str]:
    try:
        fields = await read_form(request)
    except FormError as error:
        raise OAuthRefusal(400, "invalid_request", error.sentence) from None
    if "client_id" not in fields:
        raise OAuthRefusal(400, "invalid_request", "client_id is missing.")
    if fields["client_id"] != CLIENT_ID:
        raise OAuthRefusal(401, "invalid_client", "This client is not known.")
    return fields


def _proven(gateway: Gateway, request: Request) -> str:
    now_s = gateway.clock()
    try:
        proofs = request.headers.getlist("dpop")
        proof = proofs[0] if len(proofs) == 1 else None
        return gateway.proofs.check(proof, "POST", f"{gateway.base_url}/oauth/token", now_s)
    except ProofError as error:
        headers = {"DPoP-Nonce": gateway.proofs.nonce(now_s)}
        raise OAuthRefusal(400, error.code, error.sentence, headers=headers) from None


def _limit(gateway: Gateway, request: Request, what: str, per_minute: int) -> None:
    name = f"{what} {address_of(request)}"
    if wait_s := gateway.rates.take(name, per_minute, per_minute, gateway.clock()):
        raise OAuthRefusal(429, "temporarily_unavailable", "Too many requests.", retry_after_s=wait_s)
