"""`/.well-known/jwks.json` and `/v1/entitlement`: what a device may do, signed, and the keys to check it."""

from __future__ import annotations

import hashlib

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from assistant.gateway.answers import Entitlement, PublicKeys
from assistant.gateway.caller import Caller
from assistant.gateway.callers import caller_of
from assistant.gateway.described import api
from assistant.gateway.entitlement import REFRESH_AFTER_S, SAME_FOR_S, claims, fingerprint, sign
from assistant.gateway.gateway import Gateway, gateway_of
from assistant.gateway.models import Device
from assistant.gateway.refusals import ApiRefusal
from assistant.gateway.secret import new_token
from assistant.gateway.signing import JWKS_MAX_AGE_S

router = APIRouter(tags=["entitlement"])


@router.get("/.well-known/jwks.json", responses=api(PublicKeys, 304))
async def jwks(request: Request) -> Response:
    """The keys that entitlements are checked with (RFC 7517)."""
    gateway = gateway_of(request)
    keys = await gateway.database.run(gateway.keys)
    headers = {"ETag": f'"{keys.etag}"', "Cache-Control": f"public, max-age={JWKS_MAX_AGE_S}"}
    if _has(request, keys.etag):
        return Response(status_code=304, headers=headers)
    return JSONResponse(keys.jwks, headers=headers)


@router.get("/v1/entitlement", responses=api(Entitlement, 304, 401, 429))
async def entitlement(request: Request) -> Response:
    """What the device may do, as a token that holds for a week without a network."""
    gateway = gateway_of(request)
    caller = await caller_of(request)
    token = await gateway.database.run(lambda session: _issue(session, gateway, caller))
    etag = hashlib.sha256(token.encode()).hexdigest()[:32]
    headers = {"ETag": f'"{etag}"', "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    if _has(request, etag):
        return Response(status_code=304, headers=headers)
    answer = {"entitlement": token, "state": caller.standing.state, "refresh_after_s": REFRESH_AFTER_S}
    return JSONResponse(answer, headers=headers)


def _issue(session: Session, gateway: Gateway, caller: Caller) -> str:
    """The newest token of this device, or a new one where it is old or something changed."""
    device, now_s, keys = session.get(Device, caller.device_id), gateway.now(), gateway.keys(session)
    if device is None:
        raise ApiRefusal(401, "invalid_token", "This device was removed just now.")
    says = fingerprint(caller.standing, keys.kid)
    if device.entitlement_of != says or not 0 <= now_s - device.entitlement_at < SAME_FOR_S:
        values = claims(caller.standing, device.id, device.jkt, gateway.base_url, now_s, new_token())
        device.entitlement, device.entitlement_of = sign(values, keys.kid, keys.key), says
        device.entitlement_at = now_s
    return device.entitlement


def _has(request: Request, etag: str) -> bool:
    given = request.headers.get("if-none-match", "")
    return any(part.strip().removeprefix("W/") in (f'"{etag}"', "*") for part in given.split(","))
