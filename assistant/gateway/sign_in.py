"""Accounts of people and the browsers that are signed in to them."""

from __future__ import annotations

import re

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistant.gateway.models import Account, Consent, SignIn
from assistant.gateway.secret import Secret, hashed, new_id, new_token

SIGNED_IN_FOR_S = 14 * 86_400
MAX_EMAIL_CHARS = 254
_EMAIL = re.compile(r"[^\s@<>\"'`\\,;:()\[\]]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)+")


def normal_email(text: str) -> str | None:
    """In lower case; None if it cannot be an address."""
    email = text.strip().lower()
    fits = len(email) <= MAX_EMAIL_CHARS and email.isascii() and email.isprintable()
    return email if fits and _EMAIL.fullmatch(email) else None


def create_account(session: Session, email: str, password_hash: str, terms: str, now_s: int) -> Account | None:
    """A new account whose owner agreed to these terms; None if the address has one."""
    account = Account(id=new_id("acc"), email=email, password=password_hash, created_at=now_s)
    try:
        with session.begin_nested():
            session.add(account)
    except IntegrityError:
        return None
    session.add(
        Consent(id=new_id("con"), account_id=account.id, kind="terms", version=terms, about="", given=True, at=now_s)
    )
    return account


def account_by_email(session: Session, email: str) -> Account | None:
    return session.scalars(select(Account).where(Account.email == email)).one_or_none()


def sign_in(session: Session, account_id: str, now_s: int) -> str:
    """The cookie's value for two weeks."""
    token = new_token()
    session.add(
        SignIn(token_hash=hashed(token), account_id=account_id, created_at=now_s, expires_at=now_s + SIGNED_IN_FOR_S)
    )
    return token


def signed_in(session: Session, token: str, now_s: float) -> Account | None:
    query = (
        select(Account)
        .join(SignIn, SignIn.account_id == Account.id)
        .where(SignIn.token_hash == hashed(token), SignIn.expires_at > int(now_s))
    )
    return session.scalars(query).one_or_none()


def sign_out(session: Session, token: str) -> None:
    session.execute(delete(SignIn).where(SignIn.token_hash == hashed(token)))


def form_token(secret: Secret, token: str) -> str:
    """What the forms of a signed-in browser carry, so that no other site can send them."""
    return secret.mac("form", hashed(token))
