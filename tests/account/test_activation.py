"""Activation by RFC 8628 against the real gateway: its error table, and a network that comes and goes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from assistant.account.activation import ActivationError, Patience
from assistant.account.device import DeviceKey
from assistant.account.errors import GatewayError
from assistant.account.renewal import ACTIVE, NO_PLAN_YET
from tests.account.world import BASE, World

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


def test_from_code_to_plan(live: Callable[[Body], None]) -> None:
    """Pending while nobody decides; then a device without a plan, and with one as soon as it is paid."""

    async def story(world: World) -> None:
        begun, key = await world.licence.begin("Kitchen")
        assert (f"{BASE}/activate", f"{BASE}/activate?user_code={begun.user_code}", 900.0, 5.0) == (
            begun.page, begun.page_with_code, begun.lasts_s, begun.interval_s,
        )  # fmt: skip
        assert begun.device_code not in repr(begun)
        world.clock.at(42, lambda: world.person_decides(begun.user_code))
        found = await world.clock.during(world.licence.finish(begun, key))
        assert ("none", True, False) == (found.state, found.known, world.licence.allows("chat"))
        assert 9 == world.net.seen.count("/oauth/token")
        world.subscribe()
        found = await world.licence.refresh()
        assert ("active", "plus", frozenset({"chat", "images"})) == (found.state, found.plan, found.features)
        assert world.licence.allows("chat")
        world.restart()
        assert world.licence.allows("images")

    live(story)


def test_a_no_on_the_page(live: Callable[[Body], None]) -> None:
    """access_denied ends it."""

    async def story(world: World) -> None:
        begun, key = await world.licence.begin("Kitchen")
        world.clock.at(7, lambda: world.person_decides(begun.user_code, allow=False))
        with pytest.raises(ActivationError) as ended:
            await world.clock.during(world.licence.finish(begun, key))
        assert "denied" == ended.value.outcome
        assert 0 == world.devices()

    live(story)


def test_nobody_came(live: Callable[[Body], None]) -> None:
    """After fifteen minutes it is over, here and there."""

    async def story(world: World) -> None:
        begun, key = await world.licence.begin("Kitchen")
        with pytest.raises(ActivationError) as ended:
            await world.clock.during(world.licence.finish(begun, key))
        assert "expired" == ended.value.outcome
        assert 895 <= world.clock.elapsed / 1000.0 <= 900
        world.clock.pass_ms(10_000.0)
        with pytest.raises(GatewayError) as refused:
            await world.licence._gateway().poll(begun, key)
        assert "expired_token" == refused.value.kind

    live(story)


def test_too_hasty_is_slowed_down_for_good(live: Callable[[Body], None]) -> None:
    """Both sides add five seconds: the next questions are not too soon."""

    async def story(world: World) -> None:
        begun, key = await world.licence.begin("Kitchen")
        client, kinds, patience = world.licence._gateway(), [], Patience(interval_s=begun.interval_s)
        for wait_s in (0.0, 1.0, None, None):
            world.clock.pass_ms(1000.0 * (patience.wait_s if wait_s is None else wait_s))
            with pytest.raises(GatewayError) as refused:
                await client.poll(begun, key)
            kinds.append(refused.value.kind)
            patience = patience.after(refused.value)
        assert ["authorization_pending", "slow_down", "authorization_pending", "authorization_pending"] == kinds
        assert 10.0 == patience.wait_s

    live(story)


def test_a_code_and_a_key_belong_together(live: Callable[[Body], None]) -> None:
    """A device code that leaked is worth nothing with another key; a code is used once."""

    async def story(world: World) -> None:
        begun, key = await world.licence.begin("Kitchen")
        client = world.licence._gateway()
        world.person_decides(begun.user_code)
        for name, other in (("invalid_dpop_proof", DeviceKey.make()), ("", key), ("invalid_grant", key)):
            if not name:
                await client.poll(begun, key)
                continue
            with pytest.raises(GatewayError) as refused:
                await client.poll(begun, other)
            assert name == refused.value.kind
            with pytest.raises(ActivationError):
                Patience(interval_s=5).after(refused.value)

    live(story)


def test_a_network_that_comes_and_goes(live: Callable[[Body], None]) -> None:
    """Without an answer the questions come at half the pace each time; then it goes on."""

    async def story(world: World) -> None:
        begun, key = await world.licence.begin("Kitchen")
        world.net.fault = "down"
        world.clock.at(40, lambda: setattr(world.net, "fault", 503))
        world.clock.at(60, lambda: setattr(world.net, "fault", ""))
        world.clock.at(61, lambda: world.person_decides(begun.user_code))
        assert (await world.clock.during(world.licence.finish(begun, key))).known
        assert 4 >= world.net.seen.count("/oauth/token")

    live(story)


def test_by_voice_it_is_told_when_it_is_done(live: Callable[[Body], None]) -> None:
    """The code is waited for beside everything else; then that there is no plan yet, then that there is."""

    async def story(world: World) -> None:
        running = asyncio.create_task(world.renewal.run())
        await asyncio.sleep(0)
        begun = await world.renewal.begin("Kitchen")
        assert begun == world.renewal.begun
        world.clock.at(20, lambda: world.person_decides(begun.user_code))
        world.clock.at(120, world.subscribe)
        await world.clock.live(1500)
        running.cancel()
        assert [NO_PLAN_YET, ACTIVE] == world.said
        assert None is world.renewal.begun
        assert world.licence.allows("chat")

    live(story)
