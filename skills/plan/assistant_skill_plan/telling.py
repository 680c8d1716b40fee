"""Money, shares, dates and addresses, as they are said."""

from __future__ import annotations

import datetime as dt
from typing import Any

_MONEY = {
    "eur": ("euro", "euros"), "usd": ("dollar", "dollars"), "gbp": ("pound", "pounds"), "chf": ("franc", "francs"),
    "krw": ("won", "won"), "jpy": ("yen", "yen"),
}  # fmt: skip
_KOREAN = {"eur": "유로", "usd": "달러", "gbp": "파운드", "chf": "프랑", "krw": "원", "jpy": "엔"}
_WHOLE = frozenset({"krw", "jpy", "vnd", "clp"})
"""Currencies without a smaller unit, so that an amount is told in whole ones."""
_EACH = {"month": "a month", "year": "a year", "week": "a week", "day": "a day"}
_EACH_KOREAN = {"month": "한 달에", "year": "일 년에", "week": "일주일에", "day": "하루에"}


def say_price(price: dict[str, Any], *, korean: bool) -> str:
    """`{"amount_minor": 500, "currency": "eur", "interval": "month"}` -> "5 euros a month"."""
    currency, interval = str(price["currency"]).lower(), str(price["interval"])
    minor = int(price["amount_minor"])
    amount = minor if currency in _WHOLE else minor / 100
    number = f"{amount:.0f}" if amount == int(amount) else f"{amount:.2f}"
    if korean:
        return f"{_EACH_KOREAN.get(interval, interval)} {number}{_KOREAN.get(currency, currency.upper())}"
    one, many = _MONEY.get(currency, (currency.upper(), currency.upper()))
    return f"{number} {one if amount == 1 else many} {_EACH.get(interval, f'per {interval}')}"


def percent(used: float, limit: float) -> int:
    """How much of a limit is used, in percent; 1 at least where anything is, 100 only where all is."""
    if limit <= 0 or used >= limit:
        return 100
    return max(1 if used > 0 else 0, min(99, round(100 * used / limit)))


def say_page(address: str) -> str:
    """An address as one says it: without https, the slashes as words."""
    bare = address.partition("://")[2].rstrip("/") or address
    return bare.replace("/", " slash ")


def say_date(moment: dt.datetime, now: dt.datetime, *, korean: bool) -> str:
    """ "December 25", with the year where it is another one."""
    other = moment.year != now.year
    if korean:
        return f"{moment.year}년 {moment.month}월 {moment.day}일" if other else f"{moment.month}월 {moment.day}일"
    return f"{moment:%B} {moment.day}, {moment.year}" if other else f"{moment:%B} {moment.day}"
