"""An activated device against the real gateway: daily renewal, wrong clocks, networks that fail, the commands."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from assistant.account.activation import wait_for_person
from assistant.account.address import checked_base
from assistant.account.client import GatewayClient
from assistant.account.errors import GatewayError, LicenceError
from assistant.account.renewal import NO_PLAN_YET
from assistant.account.token import TokenError
from assistant.errors import ConfigError
from assistant.gateway import signing
from assistant.gateway.activation import decide, waiting
from assistant.gateway.app import build
from assistant.gateway.models import Subscription
from assistant.gateway.settings import GatewaySettings
from assistant.gateway.user_code import normalized
from tests.account.world import DAY_S, World, body
from tests.gateway.serving import served

pytestmark = pytest.mark.contract

Body = Callable[[World], Awaitable[None]]


@pytest.fixture
def live(tmp_path: Path) -> Callable[[Body], None]:
    """Run a body in a world of its own."""

    def run(body: Body) -> None:
        async def living() -> None:
            world = World(tmp_path / "world")
            try:
                await body(world)
            finally:
                await world.close()

        asyncio.run(living())

    return run


def test_it_is_renewed_once_a_day(live: Callable[[Body], None]) -> None:
    """Thirty days with a network: never due for long, about thirty questions, and active to the end of what is paid."""

    async def story(world: World) -> None:
        world.subscribe(60)
        await world.activate()
        world.net.seen.clear()
        for _ in range(30 * 6):
            world.clock.pass_ms(4 * 3_600_000.0)
            await world.renewal.step()
            assert world.licence.look().state in ("active", "refresh_due")
        assert 25 <= world.net.seen.count("/v1/entitlement") <= 31

    live(story)


def test_nothing_new_is_little_said(live: Callable[[Body], None]) -> None:
    """Asked again soon, the gateway says 304, and what is held stays."""

    async def story(world: World) -> None:
        world.subscribe()
        await world.activate()
        token = world.licence.store.held().token
        world.clock.pass_ms(3_600_000.0)
        assert "active" == (await world.licence.refresh()).state
        assert token == world.licence.store.held().token
        world.clock.pass_ms(20 * 3_600_000.0)
        await world.licence.refresh()
        assert token != world.licence.store.held().token

    live(story)


def test_cancelled_it_stays_to_the_end_of_what_is_paid_and_its_grace(live: Callable[[Body], None]) -> None:
    """cancel -> active until the end -> grace for 14 days -> no plan; usage and price are told meanwhile."""

    async def story(world: World) -> None:
        world.subscribe(10)
        await world.activate()
        told = await world.licence.subscription()
        assert ({"amount_minor": 500, "currency": "eur", "interval": "month"}, True) == (told["price"], told["renews"])
        assert 0 == (await world.licence.usage())["chat"]["requests"]
        assert not (await world.licence.cancel())["renews"]
        await world.renewal.step()
        assert not world.licence.look().renews  # at once, not with the next day's question
        states = []
        for _ in range(26):
            world.clock.pass_ms(25 * 3_600_000.0)  # a day and the hour over which the devices are spread
            await world.renewal.step()
            states.append(world.licence.look().state)
        assert ["active"] * 9 + ["grace"] * 14 + ["none"] * 3 == states

    live(story)


def test_a_device_that_was_removed_is_revoked_and_may_come_back(live: Callable[[Body], None]) -> None:
    """The gateway does not know it any more: nothing is allowed; another activation opens it again."""

    async def story(world: World) -> None:
        world.subscribe()
        await world.activate()
        world.remove_devices()
        assert "revoked" == (await world.licence.refresh()).state
        assert not world.licence.allows("chat")
        assert float("inf") == world.licence.refresh_due_s
        world.restart()
        assert "revoked" == world.licence.look().state
        await world.activate()
        assert world.licence.allows("chat")

    live(story)


def test_given_back_nothing_is_left(live: Callable[[Body], None]) -> None:
    """The gateway forgets the device, and the device all of it; also where the gateway cannot be told."""

    async def story(world: World) -> None:
        for fault, told in (("", True), ("down", False)):
            await world.activate()
            world.net.fault = fault
            assert told == await world.licence.deactivate()
            world.net.fault = ""
            assert ("none", False) == (world.licence.look().state, world.licence.look().known)
            assert [] == [file for file in (world.folder / "secrets").rglob("*") if file.is_file()]
            with pytest.raises(LicenceError):
                await world.licence.refresh()
        assert 1 == world.devices()

    live(story)


@pytest.mark.parametrize("wall_s", [0.0, 1_700_000_000.0, 1_990_000_000.0])
def test_a_wrong_clock_is_no_hindrance(live: Callable[[Body], None], wall_s: float) -> None:
    """1970, two years behind, six ahead: proofs go by the gateway's nonce, and its time is learned."""

    async def story(world: World) -> None:
        world.subscribe()
        world.clock.wall = wall_s * 1000.0
        await world.activate()
        found = await world.licence.refresh()
        if wall_s < world.true_s:
            assert (True, True) == (found.usable, abs(found.now_s - world.true_s) < 2)
        else:  # as long as the clock says so, the plan has run out; mended, it has not
            assert "expired" == found.state
            world.clock.wall = world.true_s * 1000.0
            assert "active" == world.licence.look().state

    live(story)


def test_a_jump_that_was_believed_ends_with_the_gateway(live: Callable[[Body], None]) -> None:
    """Hours a year ahead: run out until the gateway is asked again, also where it has nothing new to say."""

    async def story(world: World) -> None:
        world.subscribe()
        await world.activate()
        world.clock.set_wall(365 * DAY_S * 1000.0)
        for _ in range(12):
            world.clock.pass_ms(600_000.0)
            world.licence.tick()
        world.clock.set_wall(-365 * DAY_S * 1000.0)
        assert "expired" == world.licence.look().state
        assert "active" == (await world.licence.refresh()).state

    live(story)


def test_new_keys_of_the_gateway(live: Callable[[Body], None]) -> None:
    """A rotation goes unnoticed; keys that are gone take the kept token's worth with the next question."""

    async def story(world: World) -> None:
        world.subscribe(300)
        await world.activate()
        before = {key["kid"] for key in world.licence.store.held().keys}
        with world.gateway.database.transaction() as session:
            signing.rotate(session, world.gateway.secret, world.gateway.now())
        for _ in range(5):
            world.clock.pass_ms(DAY_S * 1000.0)
            assert "active" == (await world.licence.refresh()).state
        assert before != {key["kid"] for key in world.licence.store.held().keys}

    live(story)


FAULTS: dict[str, Any] = {
    "down": "down",
    "slow": "slow",
    "500": 500,
    "503": 503,
    "404 of a proxy": 404,
    "redirect": lambda request: httpx2.Response(302, headers={"location": "http://127.0.0.1:1/"}),
    "not JSON": lambda request: httpx2.Response(200, text="<html>"),
    "a list": lambda request: httpx2.Response(200, text="[]"),
    "no token": lambda request: body({"state": "active"}),
    "a number as token": lambda request: body({"entitlement": 5}),
    "rubbish as token": lambda request: body({"entitlement": "a.b.c"}),
    "endless": lambda request: httpx2.Response(200, content=b" " * 2_000_000),
    "deep": lambda request: httpx2.Response(200, content=b"[" * 100_000),
    "packed": lambda request: httpx2.Response(200, headers={"content-encoding": "gzip"}, content=b"x"),
    "401 of something else": lambda request: httpx2.Response(401, text="login please"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_l2_a_service_that_fails_costs_nothing_but_time(live: Callable[[Body], None], name: str) -> None:
    """No state changes but by time; what a turn asks is answered at once, and the next question comes later."""

    async def story(world: World) -> None:
        world.subscribe()
        await world.activate()
        world.net.fault = FAULTS[name]
        world.clock.pass_ms(2 * DAY_S * 1000.0)
        with pytest.raises((GatewayError, TokenError)):
            await world.licence.refresh()
        assert "refresh_due" == world.licence.look().state
        started = time.perf_counter()
        assert world.licence.allows("chat")
        assert time.perf_counter() - started < 1.0
        asked = len(world.net.seen)
        for _ in range(6):
            world.clock.pass_ms(600_000.0)
            await world.renewal.step()
        assert len(world.net.seen) - asked <= 8
        world.clock.pass_ms(8 * DAY_S * 1000.0)
        assert ("grace", True) == (world.licence.look().state, world.licence.allows("chat"))
        world.net.fault = ""
        assert "active" == (await world.licence.refresh()).state

    live(story)


def test_an_older_token_is_not_taken_again(live: Callable[[Body], None]) -> None:
    """A recorded answer, played later, or to another device: refused, and what is held stays."""

    async def story(world: World) -> None:
        world.subscribe()
        await world.activate()
        old = world.licence.store.held().token
        world.clock.pass_ms(2 * DAY_S * 1000.0)
        await world.licence.refresh()
        held = world.licence.store.held()

        def replay(request: httpx2.Request) -> httpx2.Response | None:
            return body({"entitlement": old}) if request.url.path == "/v1/entitlement" else None

        world.net.fault = replay
        with pytest.raises(TokenError):
            await world.licence.refresh()
        assert held == world.licence.store.held()

    live(story)


def test_an_address_must_be_safe() -> None:
    """https, or this machine; nothing else in it."""
    assert "https://a.example" == checked_base("https://a.example/")
    for wrong in (
        "http://a.example",
        "ftp://a",
        "https://",
        "https://u@a.example",
        "https://a.example?x=1",
        "a.example",
    ):
        with pytest.raises(ConfigError):
            checked_base(wrong)


def test_giving_up_on_an_old_code(live: Callable[[Body], None]) -> None:
    """A second code takes the place of the first; the first one opens nothing here any more."""

    async def story(world: World) -> None:
        running = asyncio.create_task(world.renewal.run())
        await asyncio.sleep(0)
        first = await world.renewal.begin("Kitchen")
        second = await world.renewal.begin("Kitchen")
        assert second == world.renewal.begun != first
        world.clock.at(3, lambda: world.person_decides(second.user_code))
        await world.clock.live(100)
        running.cancel()
        assert [NO_PLAN_YET] == world.said

    live(story)


def test_waiting_is_by_the_clock_that_only_grows(live: Callable[[Body], None]) -> None:
    """A wall clock that is set meanwhile neither ends nor stretches it."""

    async def story(world: World) -> None:
        begun, key = await world.licence.begin("Kitchen")
        world.clock.at(30, lambda: world.clock.set_wall(86_400_000.0))
        world.clock.at(60, lambda: world.person_decides(begun.user_code))
        client: GatewayClient = world.licence._gateway()
        waiting = wait_for_person(
            client, begun, key, sleep=world.licence._sleep, clock=lambda: world.clock.boot_ms() / 1000.0
        )
        granted = await world.clock.during(waiting)
        assert granted.device_id.startswith("dev_")

    live(story)


def test_by_command(tmp_path: Path, home: Path) -> None:
    """`assistant account activate` shows a code, waits, and keeps what was granted; the others tell the truth."""
    app: dict[str, Any] = {}

    async def front(scope: Any, receive: Any, send: Any) -> None:
        await app["gateway"](scope, receive, send)

    with served(front) as url:
        world = World(tmp_path / "world", settings=GatewaySettings.model_validate({"server": {"public_url": url}}))
        world.gateway.clock = time.time
        app["gateway"] = build(world.gateway)
        (home / "config").mkdir(parents=True)
        (home / "config" / "config.toml").write_text(f'[account]\ngateway = "{url}"\n', encoding="utf-8")
        command = [sys.executable, "-m", "assistant", "account"]
        running = subprocess.Popen([*command, "activate", "--json"], stdout=subprocess.PIPE, text=True)
        assert running.stdout is not None
        begun = json.loads(running.stdout.readline())
        assert f"{url}/activate" == begun["page"]
        with world.gateway.database.transaction() as session:
            row = waiting(session, normalized(begun["user_code"]), time.time())
            assert row is not None
            decide(session, row, world.account_id, "1", int(time.time()), allow=True)
        told = json.loads(running.stdout.readline())
        assert (0, "none", True) == (running.wait(), told["state"], told["activated"])
        running.stdout.close()

        def run(*arguments: str) -> Any:
            done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=True)
            return json.loads(done.stdout) if "--json" in arguments or arguments[0] == "export" else done.stdout

        with world.gateway.database.transaction() as session:
            session.merge(
                Subscription(
                    account_id=world.account_id, plan_id="plus", source="manual", features=[],
                    paid_until=int(time.time()) + 30 * DAY_S, renews=True, updated_at=0,
                )
            )  # fmt: skip
        assert ("active", ["chat", "images"]) == tuple(
            run("refresh", "--json")[name] for name in ("state", "entitlements")
        )
        assert 0 == run("usage", "--json")["chat"]["requests"]
        assert not run("cancel", "--yes", "--json")["renews"]
        exported = run("export")
        assert ("active", "plus") == (exported["standing"]["state"], exported["subscription"]["plan"])
        secrets = [file.read_text().strip() for file in (home / "config" / "secrets" / "account").iterdir()]
        assert 2 == len(secrets) and not any(secret in json.dumps(exported) for secret in secrets)
        assert "gone from this device" in run("deactivate", "--yes")
        assert 0 == world.devices()
        assert [] == list((home / "config" / "secrets" / "account").iterdir())
        world.gateway.database.close()
