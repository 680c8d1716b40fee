"""The keys that sign entitlements: made, published before they sign, kept while what they signed still holds."""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import dataclass
from typing import Any

from joserfc.jwk import OKPKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from assistant.errors import ConfigError
from assistant.gateway.entitlement import ISSUED_GRACE_S
from assistant.gateway.models import SigningKey
from assistant.gateway.secret import Secret

DAY_S = 86_400
PUBLISH_AHEAD_S = DAY_S
"""A new key is published so long before it signs: a device asks for the set at most once an hour."""
ROTATE_AFTER_S = 90 * DAY_S
JWKS_MAX_AGE_S = 3600
ALGORITHM = "Ed25519"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySet:
    """All published keys, the oldest first, and the one that signs now."""

    kid: str
    key: OKPKey
    jwks: dict[str, Any]
    etag: str


def make_key(session: Session, secret: Secret, now_s: int, signs_from: int) -> str:
    """Make a key; its `kid` is its RFC 7638 thumbprint."""
    key = OKPKey.generate_key("Ed25519")
    kid = key.thumbprint()
    private = json.dumps(key.as_dict(private=True))
    session.add(
        SigningKey(
            kid=kid, public_x=str(key["x"]), private=secret.encrypt(private), created_at=now_s, signs_from=signs_from
        )
    )
    session.flush()
    return kid


def rotate(session: Session, secret: Secret, now_s: int, *, at_once: bool = False) -> str:
    """Make the next key: published now, it signs in a day, or at once. The kid."""
    return make_key(session, secret, now_s, now_s if at_once else now_s + PUBLISH_AHEAD_S)


def tend(session: Session, secret: Secret, now_s: int) -> None:
    """Make the first key, rotate a key of 90 days, drop those whose every signature has run out."""
    keys = all_keys(session)
    if not keys:
        make_key(session, secret, now_s, now_s)
        return
    if keys[-1].signs_from + ROTATE_AFTER_S <= now_s:
        rotate(session, secret, now_s)
    for key, successor in itertools.pairwise(keys):
        if successor.signs_from + ISSUED_GRACE_S + DAY_S <= now_s:
            session.delete(key)


def revoke(session: Session, kid: str) -> bool:
    """Take a key back at once: devices no longer take what it signed. False if there is none of that name."""
    key = session.get(SigningKey, kid)
    if key is None:
        return False
    session.delete(key)
    session.flush()
    return True


def all_keys(session: Session) -> list[SigningKey]:
    return list(session.scalars(select(SigningKey).order_by(SigningKey.signs_from, SigningKey.kid)))


def key_set(session: Session, secret: Secret, now_s: int) -> KeySet:
    """What is published, and what signs: the newest key whose time has come. Raises: ConfigError: there is no key."""
    keys = all_keys(session)
    if not keys:
        raise ConfigError("The gateway has no key to sign with.", fix="Make one: assistant gateway keys rotate --now")
    current = [key for key in keys if key.signs_from <= now_s] or keys[:1]
    published = [
        {"kty": "OKP", "crv": "Ed25519", "x": key.public_x, "kid": key.kid, "alg": ALGORITHM, "use": "sig"}
        for key in keys
    ]
    jwks: dict[str, Any] = {"keys": published}
    return KeySet(
        kid=current[-1].kid,
        key=OKPKey.import_key(json.loads(secret.decrypt(current[-1].private))),
        jwks=jwks,
        etag=hashlib.sha256(json.dumps(jwks).encode()).hexdigest()[:32],
    )
