"""What every account used this month: reserved at the most before a request leaves, settled at what it took."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from assistant.gateway.models import Account, Use
from assistant.gateway.secret import new_id
from assistant.gateway.settings import ModelSettings

NANO_PER_USD = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Tokens read and written by a model, and images made."""

    read_tokens: int = 0
    written_tokens: int = 0
    images: int = 0

    @property
    def tokens(self) -> int:
        return self.read_tokens + self.written_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A request that is about to leave; `most` is the most that it can take."""

    account_id: str
    device_id: str
    kind: str
    model: str
    most: Amount
    cost_nano: int
    instance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Of a month; what is reserved counts."""

    chat_requests: int
    chat_tokens: int
    image_requests: int
    images: int
    cost_nano: int


def month_of(now_s: float) -> tuple[int, int]:
    """Start and end of the calendar month (UTC)."""
    now = datetime.datetime.fromtimestamp(now_s, datetime.UTC)
    start = datetime.datetime(now.year, now.month, 1, tzinfo=datetime.UTC)
    after = (start + datetime.timedelta(days=32)).replace(day=1)
    return int(start.timestamp()), int(after.timestamp())


def cost_nano(model: ModelSettings, amount: Amount) -> int:
    """In 1e-9 US dollars; the settings give dollars for a million tokens."""
    tokens = amount.read_tokens * model.read_usd + amount.written_tokens * model.write_usd
    return round(tokens * NANO_PER_USD / 1_000_000 + amount.images * model.image_usd * NANO_PER_USD)


def used(session: Session, account_id: str, now_s: float) -> Used:
    start, end = month_of(now_s)
    query = (
        select(
            Use.kind,
            func.count(),
            func.coalesce(func.sum(Use.read_tokens + Use.written_tokens), 0),
            func.coalesce(func.sum(Use.images), 0),
            func.coalesce(func.sum(Use.cost_nano), 0),
        )
        .where(Use.account_id == account_id, Use.at >= start, Use.at < end, Use.state != "released")
        .group_by(Use.kind)
    )
    rows = {row[0]: row for row in session.execute(query)}
    chat, images = rows.get("chat"), rows.get("image")
    return Used(
        chat_requests=int(chat[1]) if chat else 0,
        chat_tokens=int(chat[2]) if chat else 0,
        image_requests=int(images[1]) if images else 0,
        images=int(images[3]) if images else 0,
        cost_nano=sum(int(row[4]) for row in rows.values()),
    )


def reserve(session: Session, wish: Wish, now_s: float, *, chat_tokens: int | None, images: int | None) -> str | None:
    """The id of the new line; None where the month's allowance (None: no limit) does not reach so far.

    Two requests of one account are counted one after the other: the account's row is locked.
    """
    locked = select(Account.id).where(Account.id == wish.account_id).with_for_update()
    if session.execute(locked).one_or_none() is None:
        return None
    before = used(session, wish.account_id, now_s)
    if chat_tokens is not None and wish.kind == "chat" and before.chat_tokens + wish.most.tokens > chat_tokens:
        return None
    if images is not None and wish.kind == "image" and before.images + wish.most.images > images:
        return None
    use_id = new_id("req")
    line = insert(Use).values(
        id=use_id,
        account_id=wish.account_id,
        device_id=wish.device_id,
        kind=wish.kind,
        model=wish.model,
        state="open",
        read_tokens=wish.most.read_tokens,
        written_tokens=wish.most.written_tokens,
        images=wish.most.images,
        cost_nano=wish.cost_nano,
        instance=wish.instance,
        at=int(now_s),
        settled_at=0,
    )
    session.execute(line)
    return use_id


def settle(session: Session, use_id: str, amount: Amount, cost: int, now_s: float, *, state: str) -> bool:
    """What it took; false if it was settled before, or the account is gone."""
    line = (
        update(Use)
        .where(Use.id == use_id, Use.state == "open")
        .values(
            read_tokens=amount.read_tokens,
            written_tokens=amount.written_tokens,
            images=amount.images,
            cost_nano=cost,
            state=state,
            settled_at=int(now_s),
        )
        .returning(Use.id)
        .execution_options(synchronize_session=False)
    )
    return session.execute(line).one_or_none() is not None
