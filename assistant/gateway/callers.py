"""Who calls `/v1/...`: a device by its token and a proof of its key, with what its account's plan allows."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from starlette.requests import Request

from assistant.gateway.caller import NO_ALLOWANCE, Allowance, Caller
from assistant.gateway.entitlement import standing
from assistant.gateway.gateway import Gateway, address_of, gateway_of
from assistant.gateway.models import Device, Plan, Subscription
from assistant.gateway.proof import ProofError
from assistant.gateway.refusals import ApiRefusal
from assistant.gateway.secret import hashed

SEEN_EVERY_S = 3600
CALLS_PER_MINUTE, CALLS_BURST = 600, 200
"""Of one token from one address, whatever it asks: a guard of the processor, far above what a device needs."""


async def caller_of(request: Request) -> Caller:
    """The device behind this request.

    Raises:
        ApiRefusal: 401 unknown token or no proof, 429 too many calls.
    """
    gateway, now_s = gateway_of(request), gateway_of(request).clock()
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "dpop" or not token or len(token) > 200:
        raise _unauthorized(gateway, "invalid_token", "A token of this gateway is needed.")
    token_hash = hashed(token)
    if wait_s := gateway.rates.take(f"{token_hash} {address_of(request)}", CALLS_PER_MINUTE, CALLS_BURST, now_s):
        await gateway.at_once.delay(f"delay {token_hash}")
        raise ApiRefusal(429, "rate_limited", "Too many requests.", retry_after_s=wait_s)
    found = await gateway.database.read(lambda session: _find(session, token_hash, now_s))
    if found is None:
        raise _unauthorized(gateway, "invalid_token", "This token is not known: the device was removed.")
    caller, seen_at = found
    try:
        proofs = request.headers.getlist("dpop")
        proof, url = proofs[0] if len(proofs) == 1 else None, f"{gateway.base_url}{request.url.path}"
        jkt = gateway.proofs.check(proof, request.method, url, now_s, token)
    except ProofError as error:
        raise _unauthorized(gateway, error.code, error.sentence) from None
    if jkt != caller.jkt:
        raise _unauthorized(gateway, "invalid_dpop_proof", "The proof is by another key.")
    if now_s - seen_at >= SEEN_EVERY_S:
        await gateway.database.run(lambda session: _note_seen(session, caller.device_id, now_s))
    return caller


def _note_seen(session: Session, device_id: str, now_s: float) -> None:
    session.execute(update(Device).where(Device.id == device_id).values(seen_at=int(now_s)))


def _find(session: Session, token_hash: str, now_s: float) -> tuple[Caller, int] | None:
    """Who has this token, and when that device was seen last."""
    query = (
        select(Device, Subscription, Plan)
        .outerjoin(Subscription, Subscription.account_id == Device.account_id)
        .outerjoin(Plan, Plan.id == Subscription.plan_id)
        .where(Device.token_hash == token_hash)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    device, subscription, plan = row
    stand = standing(subscription, plan, now_s)
    allowance = NO_ALLOWANCE
    if plan is not None and stand.state != "none":
        allowance = Allowance(
            chat_tokens=plan.chat_tokens,
            images=plan.images,
            requests_per_minute=plan.requests_per_minute,
            at_once=plan.at_once,
        )
    caller = Caller(
        device_id=device.id, account_id=device.account_id, jkt=device.jkt, standing=stand, allowance=allowance
    )
    return caller, device.seen_at


def _unauthorized(gateway: Gateway, code: str, sentence: str) -> ApiRefusal:
    headers = {
        "WWW-Authenticate": f'DPoP error="{code}", algs="Ed25519 EdDSA"',
        "DPoP-Nonce": gateway.proofs.nonce(gateway.clock()),
    }
    return ApiRefusal(401, code, sentence, headers=headers)
