"""The ledger counts exactly, keeps to its caps however many ask, and forgets what it is told to forget."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.store.ledger import Caps, Ledger, Use

pytestmark = pytest.mark.unit

NOON_S = 1_800_014_400.0
WIDE = Caps(day_nano=10**12, month_nano=10**12, day_tokens=10**9, month_tokens=10**9)
USE = Use(
    number=0, at_s=NOON_S, provider="own", model="m", reason="hard", read_tokens=100, written_tokens=50,
    cost_nano=5_000_000, state="open", sent="user: why",
)  # fmt: skip


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "cloud.sqlite3", NOON_S)


def test_what_was_counted_takes_the_place_of_what_was_reserved(ledger: Ledger) -> None:
    """A reservation counts until the real figures are known."""
    number = ledger.reserve(USE, WIDE)
    assert number is not None
    assert (1, 150, 5_000_000) == _spent(ledger)
    ledger.settle(number, 21, 7, 19_600, counted=True)
    assert (1, 28, 19_600) == _spent(ledger)
    assert "counted" == ledger.latest(1)[0].state


def test_days_and_months_begin_anew(ledger: Ledger) -> None:
    """Yesterday's questions count for the month only, last month's for nothing."""
    ledger.reserve(USE, WIDE)
    ledger.reserve(replace(USE, at_s=NOON_S - 86_400), WIDE)
    ledger.reserve(replace(USE, at_s=NOON_S - 40 * 86_400), WIDE)
    assert 1 == ledger.spent(NOON_S).uses
    assert 2 == ledger.spent(NOON_S, month=True).uses


@pytest.mark.parametrize(
    "caps",
    [
        replace(WIDE, day_nano=9_999_999),
        replace(WIDE, month_nano=9_999_999),
        replace(WIDE, day_tokens=299),
        replace(WIDE, month_tokens=299),
    ],
)
def test_no_cap_is_broken(ledger: Ledger, caps: Caps) -> None:
    """A question that could break a cap by one nano-dollar or one token is refused; one that just fits is not."""
    assert ledger.reserve(USE, caps) is not None
    assert ledger.reserve(USE, caps) is None
    just = replace(caps, **{name: value + 1 for name, value in _fields(caps).items() if value in (9_999_999, 299)})
    assert ledger.reserve(USE, just) is not None
    assert ledger.reserve(USE, just) is None


def test_caps_hold_when_many_ask_at_once(tmp_path: Path) -> None:
    """Eight processes (here threads with their own connections) that reserve together stay within the cap."""
    path, caps, taken = tmp_path / "cloud.sqlite3", replace(WIDE, day_nano=20_000_000), []
    Ledger(path, NOON_S).close()

    def ask() -> None:
        mine = Ledger(path, NOON_S)
        taken.extend(number for _ in range(3) if (number := mine.reserve(USE, caps)) is not None)
        mine.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 4 == len(taken)


def test_it_may_be_made_in_another_thread(tmp_path: Path) -> None:
    """The daemon puts itself together in a thread and asks from its loop: the first use opens the file."""
    made: list[Ledger] = []
    thread = threading.Thread(target=lambda: made.append(Ledger(tmp_path / "cloud.sqlite3", NOON_S)))
    thread.start()
    thread.join()
    assert 0 == made[0].spent(NOON_S).uses


def test_consent_is_to_terms(ledger: Ledger) -> None:
    """Other terms need another yes; what was taken back is gone."""
    ledger.agree("own", "t1", NOON_S)
    assert ledger.agreed("own", "t1")
    assert not ledger.agreed("own", "t2")
    assert not ledger.agreed("other", "t1")
    assert ledger.revoke("own")
    assert not ledger.agreed("own", "t1")
    assert not ledger.revoke("own")


def test_choices_are_kept(tmp_path: Path) -> None:
    """What was chosen is there after a restart."""
    ledger = Ledger(tmp_path / "cloud.sqlite3", NOON_S)
    assert "" == ledger.choice("mode")
    ledger.choose("mode", "ask")
    ledger.close()
    assert "ask" == Ledger(tmp_path / "cloud.sqlite3", NOON_S).choice("mode")


def test_what_was_sent_is_forgotten(ledger: Ledger, tmp_path: Path) -> None:
    """After `forget`, and after its days, no word is left in any file; the money that was spent is still counted."""
    ledger.reserve(replace(USE, sent="canary one"), WIDE)
    ledger.reserve(replace(USE, sent="canary two", at_s=NOON_S - 10 * 86_400), WIDE)
    ledger.prune(NOON_S, 5)
    assert ["", "canary one"] == [use.sent for use in ledger.latest(2)]
    assert 1 == ledger.forget()
    assert 0 == sum(b"canary" in file.read_bytes() for file in tmp_path.iterdir())
    assert 1 == ledger.spent(NOON_S).uses
    assert "0o600" == oct((tmp_path / "cloud.sqlite3").stat().st_mode & 0o777)


def _spent(ledger: Ledger) -> tuple[int, int, int]:
    spent = ledger.spent(NOON_S)
    return spent.uses, spent.tokens, spent.cost_nano


def _fields(caps: Caps) -> dict[str, int]:
    return {name: getattr(caps, name) for name in ("day_nano", "month_nano", "day_tokens", "month_tokens")}
