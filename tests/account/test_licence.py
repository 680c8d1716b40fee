"""The plan on the device: offline for weeks, whatever the clock says; and nothing else hangs on it."""

from __future__ import annotations

import importlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.account.device import DeviceKey
from assistant.account.errors import LicenceError
from assistant.account.kept import AccountStore, Held
from assistant.account.licence import KEY, LOOK_AGAIN_S, Licence
from assistant.account.secrets import Secrets
from assistant.account.states import DAY_S, State
from assistant.testing import ScriptedClock
from tests.account.tokens import ISSUED_S, ISSUER, Signer, claims, plant, tampered

pytestmark = pytest.mark.contract

MATRIX: list[tuple[float, State, bool]] = [
    (1, "refresh_due", True),
    (6, "refresh_due", True),
    (10, "grace", True),
    (20, "grace", True),
    (40, "expired", False),
]
"""Days without a network, after an entitlement for which 30 days were paid."""


def _no_network(now_s: Any) -> Any:
    raise AssertionError("what a turn asks must not need the network")


class Device:
    """A device whose clocks a test moves; `restart` opens everything anew."""

    def __init__(self, folder: Path, paid_days: float = 30) -> None:
        self.folder, self.clock = folder, ScriptedClock(ISSUED_S * 1000.0)
        self.key, self.signer = DeviceKey.make(), Signer()
        self.licence = self._open()
        plant(self.licence, self.signer, claims(self.key, paid_days=paid_days), self.key)
        self.licence.tick()

    def _open(self) -> Licence:
        secrets = Secrets(folder=self.folder / "secrets")
        return Licence(ISSUER, AccountStore(self.folder / "account.sqlite3"), lambda: secrets, self.clock, _no_network)

    def restart(self) -> None:
        self.licence.store.close()
        self.licence = self._open()
        self.licence.tick()

    def days(self, days: float, *, on: bool = True) -> None:
        """Time goes by; while it is on, what time it is is kept now and then."""
        if not on:
            self.clock.reboot(days * DAY_S * 1000.0)
            return
        for _ in range(int(days * 8)):
            self.clock.pass_ms(3 * 3_600_000.0)
            self.licence.tick()

    @property
    def state(self) -> tuple[State, bool]:
        look = self.licence.look()
        assert look.usable == self.licence.allows("chat")
        assert not self.licence.allows("everything")
        return look.state, look.usable


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Device]]:
    made: list[Device] = []

    def device(**options: Any) -> Device:
        made.append(Device(tmp_path / f"d{len(made)}", **options))
        return made[-1]

    yield device
    for one in made:
        one.licence.store.close()


@pytest.mark.parametrize(("days", "state", "usable"), MATRIX)
@pytest.mark.parametrize("way", ["running", "restarted", "off"])
def test_days_without_a_network(make: Callable[..., Device], days: float, state: State, usable: bool, way: str) -> None:
    """Running all the time, started anew, or without power in between: the same."""
    device = make()
    device.days(days, on=way != "off")
    if way != "running":
        device.restart()
    assert (state, usable) == device.state


@pytest.mark.parametrize(("days", "state", "usable"), MATRIX)
@pytest.mark.parametrize("then", ["running", "rebooted"])
def test_sixty_days_back_gain_nothing(
    make: Callable[..., Device], days: float, state: State, usable: bool, then: str
) -> None:
    """On each of these days, with and without a restart; and an hour later still."""
    device = make()
    device.days(days)
    device.clock.set_wall(-60 * DAY_S * 1000.0)
    if then == "rebooted":
        device.clock.reboot()
        device.restart()
    assert (state, usable) == device.state
    device.days(1 / 8)
    assert (state, usable) == device.state


@pytest.mark.parametrize(("days", "state", "usable"), MATRIX)
def test_a_board_that_starts_in_1970(make: Callable[..., Device], days: float, state: State, usable: bool) -> None:
    """It is not locked out, and the time that it was on counts: each day begins with a start in 1970."""
    device = make()
    for _ in range(int(days)):
        device.days(1)
        device.clock.reboot()
        device.clock.wall = 0.0
        device.restart()
    assert (state, usable) == device.state


def test_a_jump_ahead_ends_when_it_is_mended(make: Callable[..., Device]) -> None:
    """A year ahead for half an hour: run out meanwhile, as before afterwards."""
    device = make()
    device.days(2)
    device.clock.set_wall(365 * DAY_S * 1000.0)
    device.licence.tick()
    assert ("expired", False) == device.state
    device.clock.pass_ms(1_800_000.0)
    device.licence.tick()
    device.clock.set_wall(-365 * DAY_S * 1000.0)
    device.restart()
    assert ("refresh_due", True) == device.state


def test_what_is_paid_for_two_days_ends_sooner(make: Callable[..., Device]) -> None:
    """Grace is the earlier of 14 days after what is paid and 21 days after the last word of the gateway."""
    device = make(paid_days=2)
    for days, state in ((15.9, "grace"), (0.2, "expired")):
        device.clock.pass_ms(days * DAY_S * 1000.0)
        assert state == device.state[0]


def test_revoked_allows_nothing(make: Callable[..., Device]) -> None:
    """As soon as the gateway said so, and after a restart."""
    device = make()
    held = device.licence.store.held()
    device.licence.store.hold(Held(**{name: getattr(held, name) for name in held.__slots__} | {"revoked": True}))
    for _ in range(2):
        assert ("revoked", False) == device.state
        device.restart()


def test_a_copied_file_is_worth_nothing_elsewhere(make: Callable[..., Device]) -> None:
    """The entitlement is bound to the key of the device; without the key it gives nothing, until that is there."""
    device = make()
    secrets = Secrets(folder=device.folder / "secrets")
    key = secrets.read(KEY)
    secrets.delete(KEY)
    device.restart()
    assert ("none", False) == device.state
    secrets.write(KEY, DeviceKey.make().text)
    device.clock.pass_ms(LOOK_AGAIN_S * 1000.0)
    assert ("none", False) == device.state
    device.restart()
    secrets.write(KEY, key)
    assert ("active", True) == device.state


FORGERIES: dict[str, Callable[[Device], str]] = {
    "tampered": lambda device: tampered(device.licence.store.held().token, features=["chat", "everything"]),
    "another key": lambda device: Signer().sign(claims(device.key)),
    "another device": lambda device: device.signer.sign(claims(DeviceKey.make())),
    "from the future": lambda device: device.signer.sign(claims(device.key, ISSUED_S + int(DAY_S))),
    "over": lambda device: device.signer.sign(claims(device.key, ISSUED_S - int(30 * DAY_S))),
    "rubbish": lambda device: "x.y.z",
    "binary": lambda device: "\x00\udcff",
}


@pytest.mark.parametrize("name", FORGERIES)
def test_what_is_forged_on_the_disk_takes_nothing_else_away(make: Callable[..., Device], name: str) -> None:
    """L1: no plan, and everything that needs none goes on: the store, a status, a local skill."""
    device = make()
    held = device.licence.store.held()
    forged = FORGERIES[name](device).encode("utf-8", "replace").decode()
    device.licence.store.hold(Held(issuer=held.issuer, device_id=held.device_id, token=forged, keys=held.keys))
    device.restart()
    assert not device.licence.allows("chat")
    assert device.licence.look().state in ("none", "expired")
    assert "96" in _local_answer(device.folder)


def _local_answer(folder: Path) -> str:
    """What a free skill answers beside it."""
    import asyncio

    from assistant.skills_host import LentContext, SkillHost
    from assistant.store.timers import TimerStore

    timers = TimerStore(folder / "timers.sqlite3")
    host = SkillHost.load(LentContext(timers=timers))
    grammar = importlib.import_module("assistant.engines.hassil_grammar").create(host.templates, host.readers)
    calls = grammar.match("what is twelve times eight")
    assert calls
    result = asyncio.run(host.run(calls[0]))
    host.close()
    timers.close()
    assert result.ok
    return result.speech


def test_a_broken_file_is_set_aside(make: Callable[..., Device]) -> None:
    """Rubbish where the record was: no plan, no error, and room for a new one."""
    device = make()
    device.licence.store.close()
    path = device.licence.store.path
    for file in path.parent.glob("account.sqlite3-*"):
        file.unlink()
    path.write_bytes(b"rubbish" * 1000)
    assert ("none", False) == device.state
    plant(device.licence, device.signer, claims(device.key), device.key)
    assert ("active", True) == device.state


def test_records_that_cannot_be_read_give_nothing(make: Callable[..., Device]) -> None:
    """Values of another version or none at all."""
    device = make()
    for value in ("[]", "{", '{"token": 5}', '{"unknown": 1}', '{"keys": 7}', "null"):
        device.licence.store.close()
        with sqlite3.connect(device.licence.store.path) as db:
            db.execute("UPDATE facts SET value = ? WHERE name IN ('held', 'time')", (value,))
        db.close()
        device.restart()
        assert ("none", False) == device.state, value


def test_no_plan_leaves_no_file(tmp_path: Path) -> None:
    """Asked every turn, on a device where nothing was ever activated."""
    secrets = Secrets(folder=tmp_path / "secrets")
    licence = Licence(ISSUER, AccountStore(tmp_path / "a.sqlite3"), lambda: secrets, ScriptedClock(), _no_network)
    assert not licence.allows("chat")
    assert ("none", False) == (licence.look().state, licence.look().known)
    licence.tick()
    assert float("inf") == licence.refresh_due_s
    with pytest.raises(LicenceError, match="not activated"):
        licence._known()
    assert [] == list(tmp_path.iterdir())


def test_the_gateway_is_asked_a_day_later_and_not_by_all_at_once(make: Callable[..., Device]) -> None:
    """Within an hour after the day, by a moment that hangs on the device."""
    device = make()
    due_s = device.licence.refresh_due_s
    assert DAY_S <= due_s < DAY_S + 3600
    device.clock.pass_ms((due_s + 1) * 1000.0)
    assert 0 == device.licence.refresh_due_s


def test_forgetting_leaves_no_trace_but_what_was_said_of_offers(make: Callable[..., Device]) -> None:
    """Neither token nor id in the file or beside it; a no is still a no."""
    device = make()
    token = device.licence.store.held().token
    device.licence.store.note_wish("no", "1")
    device.licence.store.forget()
    left = b"".join(file.read_bytes() for file in device.folder.glob("account.sqlite3*"))
    assert token.split(".")[1].encode() not in left and json.dumps("d-1").encode() not in left
    assert "1" == device.licence.store.wish("no")
    device.licence.store.erase()
    assert [] == list(device.folder.glob("account.sqlite3*"))
