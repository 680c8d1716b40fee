"""An activation (RFC 8628) in the database: begun by a device, decided by a person, ended by a token."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistant.gateway.models import Consent, Device, DeviceCode
from assistant.gateway.refusals import OAuthRefusal
from assistant.gateway.secret import hashed, new_id, new_token
from assistant.gateway.user_code import make_user_code

CODE_FOR_S = 900
INTERVAL_S = 5
KEEP_S = 86_400
"""So long it can still be said that a code is over, rather than unknown."""
_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    device_code: str
    user_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Activated:
    access_token: str
    device_id: str


def begin(session: Session, jkt: str, name: str, now_s: int) -> Begun:
    """Make both codes; a user code is never in use twice."""
    session.execute(delete(DeviceCode).where(DeviceCode.expires_at < now_s - KEEP_S))
    for _ in range(_TRIES):
        device_code, user_code = new_token(), make_user_code()
        row = DeviceCode(
            code_hash=hashed(device_code),
            user_code=user_code,
            device_id=new_id("dev"),
            jkt=jkt,
            name=name,
            state="pending",
            account_id=None,
            created_at=now_s,
            expires_at=now_s + CODE_FOR_S,
            interval_s=INTERVAL_S,
            polled_at=0.0,
        )
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:
            continue
        return Begun(device_code=device_code, user_code=user_code)
    raise OAuthRefusal(429, "temporarily_unavailable", "Too many activations are under way.", retry_after_s=60)


def poll(session: Session, device_code: str, jkt: str, now_s: float) -> Activated | OAuthRefusal:
    """The token once a person has said yes; else the error of RFC 8628, returned so that all is committed."""
    row = session.get(DeviceCode, hashed(device_code), with_for_update=True)
    if row is None:
        return OAuthRefusal(400, "invalid_grant", "This device code is unknown or was used.")
    if row.jkt != jkt:
        return OAuthRefusal(400, "invalid_dpop_proof", "The proof is by another key than the activation.")
    if now_s >= row.expires_at:
        return OAuthRefusal(400, "expired_token", "The code is over. Begin again.")
    if row.state == "denied":
        return OAuthRefusal(400, "access_denied", "The person said no.")
    if row.state == "pending" or row.account_id is None:
        too_soon = now_s - row.polled_at < row.interval_s
        row.polled_at = now_s
        if too_soon:
            row.interval_s += 5
            return OAuthRefusal(400, "slow_down", "Too soon: wait five seconds longer each time.")
        return OAuthRefusal(400, "authorization_pending", "Nobody has confirmed yet.")
    token = new_token()
    now = int(now_s)
    session.add(
        Device(
            id=row.device_id,
            account_id=row.account_id,
            name=row.name,
            jkt=row.jkt,
            token_hash=hashed(token),
            created_at=now,
            seen_at=now,
        )
    )
    session.delete(row)
    return Activated(access_token=token, device_id=row.device_id)


def waiting(session: Session, user_code: str | None, now_s: float) -> DeviceCode | None:
    """The activation that a person may decide now."""
    if user_code is None:
        return None
    found = session.scalars(select(DeviceCode).where(DeviceCode.user_code == user_code).with_for_update()).one_or_none()
    return found if found is not None and found.state == "pending" and now_s < found.expires_at else None


def decide(session: Session, row: DeviceCode, account_id: str, terms: str, now_s: int, *, allow: bool) -> None:
    """A person says yes or no; a yes goes into the consent log."""
    row.state = "approved" if allow else "denied"
    if allow:
        row.account_id = account_id
        session.add(
            Consent(
                id=new_id("con"),
                account_id=account_id,
                kind="device",
                version=terms,
                about=row.device_id,
                given=True,
                at=now_s,
            )
        )


def count_devices(session: Session, account_id: str) -> int:
    return session.scalar(select(func.count()).select_from(Device).where(Device.account_id == account_id)) or 0


def remove_device(session: Session, device: Device, terms: str, now_s: int) -> None:
    """The device's token is worth nothing from now on."""
    session.add(
        Consent(
            id=new_id("con"),
            account_id=device.account_id,
            kind="device",
            version=terms,
            about=device.id,
            given=False,
            at=now_s,
        )
    )
    session.delete(device)
