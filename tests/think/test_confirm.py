"""Confirmation: a yes belongs to one call, one room and one nonce, and the digits of a PIN go nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import UsageError
from assistant.think.confirm import EXPIRES_S, KEPT_S, ConfirmationError, Confirmer, Verdict, digest_of, pin_digits
from assistant.think.pin import LOCKED_S, PinError, PinFile
from assistant.types import ToolCall

pytestmark = pytest.mark.unit

UNLOCK = ToolCall(tool="door.unlock", arguments={"door": "front"})
OTHER = ToolCall(tool="door.unlock", arguments={"door": "back"})
PIN = "2749"


class Bench:
    """A confirmer on a clock that is moved by hand."""

    def __init__(self, pin: PinFile | None = None) -> None:
        self.now = 1000.0
        self.told: list[str] = []
        self.confirmer = Confirmer(pin, frozenset({"door.unlock"} if pin else ()))
        self.confirmer.audit = lambda outcome, call: self.told.append(outcome)

    def ask(self, call: ToolCall = UNLOCK) -> str:
        return self.confirmer.challenge(call, room="hall", now_s=self.now, wall_s=self.now).nonce

    def say(self, nonce: str, text: str, *, room: str = "hall", over: bool = False) -> Verdict:
        return self.confirmer.answer(nonce, text, room=room, spoken_over=over, now_s=self.now, wall_s=self.now)

    def redeem(self, nonce: str, call: ToolCall = UNLOCK) -> str:
        """Empty when the call may run, else why not."""
        try:
            self.confirmer.redeem(nonce, call, now_s=self.now)
        except ConfirmationError as error:
            return error.sentence
        return ""


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def locked(tmp_path: Path) -> Bench:
    pin = PinFile(tmp_path / "state" / "pin.json")
    pin.set(PIN)
    return Bench(pin)


def test_a_yes_lets_exactly_this_call_run(bench: Bench) -> None:
    """Asked, granted, redeemed once."""
    nonce = bench.ask()
    assert "yes" == bench.say(nonce, "Yes.")
    assert "" == bench.redeem(nonce)
    assert ["asked", "granted", "used"] == bench.told


@pytest.mark.parametrize(("text", "verdict"), [("No.", "no"), ("yes but later", "unclear"), ("", "unclear")])
def test_anything_but_a_yes_ends_it(bench: Bench, text: str, verdict: str) -> None:
    """A no and unclear words end the challenge, so that a later yes finds nothing."""
    nonce = bench.ask()
    assert verdict == bench.say(nonce, text)
    assert "used" == bench.say(nonce, "yes")
    assert bench.redeem(nonce)


def test_nothing_runs_without_a_question(bench: Bench) -> None:
    """A nonce that never was, or that nobody said yes to, permits nothing."""
    nonce = bench.ask()
    assert "That needs your confirmation first." == bench.redeem("0" * 32) == bench.redeem("") == bench.redeem(nonce)


def test_twenty_seconds(bench: Bench) -> None:
    """The last moment counts, the next does not; the time begins when the question was heard."""
    in_time, late = bench.ask(), bench.ask()
    bench.now += 5.0
    bench.confirmer.asked(in_time, bench.now)
    bench.now += EXPIRES_S - 5.0
    assert ("expired", "yes") == (bench.say(late, "yes"), bench.say(in_time, "yes"))
    bench.now += 5.0
    assert "That confirmation is too old." == bench.redeem(in_time)


def test_silence_is_noted(bench: Bench) -> None:
    """A challenge that nobody answers ends with an entry of its own, and is forgotten later."""
    nonce = bench.ask()
    bench.now += EXPIRES_S
    bench.confirmer.expire(bench.now)
    assert ["asked", "expired"] == bench.told
    bench.now += KEPT_S
    bench.confirmer.expire(bench.now)
    assert bench.confirmer.get(nonce) is None


def test_over_our_own_voice_it_is_asked_once_more(bench: Bench) -> None:
    """A yes over our sound counts for nothing; the second time the challenge is over."""
    nonce = bench.ask()
    assert "again" == bench.say(nonce, "yes", over=True)
    assert "yes" == bench.say(nonce, "yes")
    nonce = bench.ask()
    assert ["again", "no", "used"] == [
        bench.say(nonce, "yes", over=True),
        bench.say(nonce, "yes", over=True),
        bench.say(nonce, "yes"),
    ]


def test_a_no_counts_at_any_time(bench: Bench) -> None:
    """Refusing is always safe, also over our own voice."""
    assert "no" == bench.say(bench.ask(), "no", over=True)


def test_the_digest_sees_every_difference() -> None:
    """Other arguments, another tool, a missing argument: another action; the order of arguments is none."""
    calls = [UNLOCK, OTHER, ToolCall(tool="door.unlock"), ToolCall(tool="door.lock", arguments={"door": "front"})]
    assert len(calls) == len({digest_of(call) for call in calls})
    both = [ToolCall(tool="a.b", arguments=dict(pairs)) for pairs in ([("x", 1), ("y", 2)], [("y", 2), ("x", 1)])]
    assert digest_of(both[0]) == digest_of(both[1])


def test_the_right_pin_opens(locked: Bench) -> None:
    """The digits alone are the yes; a bare yes asks for them."""
    nonce = locked.ask()
    assert ["say_pin", "yes"] == [locked.say(nonce, "yes"), locked.say(nonce, "two seven, four nine")]
    assert "" == locked.redeem(nonce)


def test_a_pin_over_our_own_voice_is_no_try(locked: Bench) -> None:
    """It is asked for once more and not counted."""
    nonce = locked.ask()
    assert ["again", "yes"] == [locked.say(nonce, "1111", over=True), locked.say(nonce, PIN)]


def test_four_wrong_pins_lock(locked: Bench) -> None:
    """The fourth wrong try locks for ten minutes, across challenges; then the right one opens again."""
    nonce = locked.ask()
    assert ["wrong_pin"] * 3 + ["locked"] == [locked.say(nonce, wrong) for wrong in ("1111", "1", "27490", "9999")]
    with pytest.raises(ConfirmationError, match="too many wrong PINs"):
        locked.ask()
    locked.now += LOCKED_S
    assert "yes" == locked.say(locked.ask(), PIN)


def test_a_right_pin_forgets_the_wrong_ones(locked: Bench) -> None:
    """Three wrong and one right: the count begins anew."""
    for _ in range(2):
        nonce = locked.ask()
        verdicts = [locked.say(nonce, "1111") for _ in range(3)] + [locked.say(nonce, PIN)]
        assert ["wrong_pin"] * 3 + ["yes"] == verdicts


def test_wrong_tries_survive_a_restart(tmp_path: Path) -> None:
    """Another process on the same file goes on counting, and a clock that was set back does not open it."""
    file = tmp_path / "pin.json"
    PinFile(file).set(PIN)
    assert ["wrong", "wrong", "wrong", "locked"] == [PinFile(file).check("0000", 5000.0) for _ in range(4)]
    assert ["locked", "locked"] == [PinFile(file).check(PIN, now_s) for now_s in (5001.0, 100.0)]
    assert "right" == PinFile(file).check(PIN, 5000.0 + LOCKED_S)


def test_no_pin_no_critical_action(tmp_path: Path) -> None:
    """Without a PIN the action is refused, with what to do; a damaged file counts as no way in."""
    file = tmp_path / "pin.json"
    with pytest.raises(ConfirmationError, match="you have not set one"):
        Bench(PinFile(file)).ask()
    file.write_text("{}")
    with pytest.raises(PinError, match="damaged"):
        Bench(PinFile(file)).ask()


def test_the_pin_is_kept_as_a_hash(tmp_path: Path) -> None:
    """The file is private, holds no digits of the PIN in a row, and clearing removes it."""
    pin = PinFile(tmp_path / "pin.json")
    pin.set("82746193")
    kept = (tmp_path / "pin.json").read_text()
    assert (0o600, False) == ((tmp_path / "pin.json").stat().st_mode & 0o777, "82746193" in kept)
    assert (True, False, True, False) == (pin.matches("82746193"), pin.matches("8274"), pin.clear(), pin.clear())


@pytest.mark.parametrize("digits", ["", "123", "1" * 13, "12a4", "1111", "1234", "9876", "١٢٣٤", " 2749"])
def test_a_bad_pin_is_refused(tmp_path: Path, digits: str) -> None:
    """Too short, too long, no digits, or one that is guessed first."""
    with pytest.raises(UsageError):
        PinFile(tmp_path / "pin.json").set(digits)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("1234", "1234"),
        ("1-2-3-4.", "1234"),
        ("1, 2, 3, 4", "1234"),
        ("One two three four.", "1234"),
        ("twelve thirty four", "1234"),
        ("my PIN is 12 34", "1234"),
        ("oh five nine two", "0592"),
        ("two for two to", "2422"),
        ("twenty thirty", "2030"),
        ("1,234", "1234"),
        ("27.49", "2749"),
        ("yes", ""),
        ("to the door", ""),
        ("open it with 2749 please", "2749"),
    ],
)
def test_digits_as_they_are_said(text: str, digits: str) -> None:
    """However the recogniser writes a PIN, its digits are found; words without digits give none."""
    assert digits == pin_digits(text)


@given(st.text(alphabet="0123456789", min_size=4, max_size=12), st.sampled_from(["", " ", ", ", "-"]))
def test_every_pin_is_found(digits: str, between: str) -> None:
    """No way of writing digits in a row gets past the mask."""
    assert digits == pin_digits(between.join(digits))
