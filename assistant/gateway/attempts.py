"""Guessing is locked out: after so many wrong tries a lock, twice as long each time, kept across restarts."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.orm import Session

from assistant.gateway.models import Attempts
from assistant.gateway.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`wrong` tries within `window_s` lock for `lock_s`, doubled with each lock up to a day."""

    purpose: str
    wrong: int
    window_s: int
    lock_s: int


CODE_BY_ACCOUNT = Rule(purpose="code-account", wrong=5, window_s=900, lock_s=900)
CODE_BY_ADDRESS = Rule(purpose="code-address", wrong=20, window_s=900, lock_s=900)
CODE_BY_ALL = Rule(purpose="code-all", wrong=2000, window_s=900, lock_s=300)
"""From everywhere together: 2000 tries in 15 minutes against 100 waiting codes hit one with odds of 1 in 128,000."""
PASSWORD_BY_ACCOUNT = Rule(purpose="password-account", wrong=10, window_s=900, lock_s=300)
PASSWORD_BY_ADDRESS = Rule(purpose="password-address", wrong=50, window_s=900, lock_s=300)
SIGN_UP_BY_ADDRESS = Rule(purpose="sign-up-address", wrong=10, window_s=3600, lock_s=3600)
_KEEP_S = 2 * 86_400
_MAX_LOCK_S = 86_400


def locked_for(session: Session, secret: Secret, rule: Rule, who: str, now_s: float) -> int:
    """Seconds until somebody may try again; 0: now."""
    found = session.get(Attempts, secret.mac(rule.purpose, who))
    return 0 if found is None else max(0, math.ceil(found.locked_until - now_s))


def count_wrong(session: Session, secret: Secret, rule: Rule, who: str, now_s: float) -> None:
    """One more wrong try."""
    now, key = int(now_s), secret.mac(rule.purpose, who)
    found = session.get(Attempts, key, with_for_update=True)
    if found is None:
        found = Attempts(who=key, wrong=0, since=now, locked_until=0, locks=0)
        session.add(found)
    if now - found.since > rule.window_s:
        found.wrong, found.since = 0, now
    found.wrong += 1
    if found.wrong >= rule.wrong:
        found.locked_until = now + min(rule.lock_s * 2**found.locks, _MAX_LOCK_S)
        found.locks, found.wrong, found.since = min(found.locks + 1, 20), 0, now


def forgive(session: Session, secret: Secret, rule: Rule, who: str) -> None:
    """They got it right."""
    session.execute(delete(Attempts).where(Attempts.who == secret.mac(rule.purpose, who)))


def prune(session: Session, now_s: float) -> None:
    """Forget what is two days old and no longer locks."""
    old = Attempts.since < int(now_s) - _KEEP_S
    session.execute(delete(Attempts).where(old, Attempts.locked_until < int(now_s)))
