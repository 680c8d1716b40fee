"""The connection to Home Assistant, against a server on loopback that speaks its protocol."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from assistant_skill_home.homeassistant import HomeAssistant, websocket_url
from assistant_skill_home.link import HomeError
from assistant_skill_home.model import Entity, Home

from .conftest import TOKEN, HomeServer, a_home

pytestmark = pytest.mark.unit


class Client:
    """A link that runs, with what it has told of."""

    def __init__(self, url: str, token: str = TOKEN, timeout_s: float = 2.0) -> None:
        self.notes: list[tuple[str, object]] = []
        self.link = HomeAssistant(url, lambda: token, timeout_s=timeout_s, note=self._note, first_pause_s=0.05)
        self.news = asyncio.Event()
        self.changes = 0

    def _note(self, message: str, /, **fields: object) -> None:
        self.notes.append((message, fields.get("code")))

    def _changed(self) -> None:
        self.changes += 1
        self.news.set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Client]:
        task = asyncio.create_task(self.link.run(self._changed))
        try:
            yield self
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def until(self, here: bool) -> Home | None:
        """Wait until the home is known, or is not."""
        async with asyncio.timeout(5.0):
            while (self.link.snapshot() is not None) != here:
                self.news.clear()
                await self.news.wait()
        return self.link.snapshot()


def test_learns_the_whole_home() -> None:
    """Floors, areas, names, aliases, areas by way of the device, states: the home behind the server, one by one."""

    async def learn() -> Home | None:
        async with HomeServer().running() as server, Client(server.url).running() as client:
            return await client.until(True)

    found, wanted = asyncio.run(learn()), a_home()
    assert found is not None
    assert (wanted.floors, wanted.areas) == (found.floors, found.areas)
    assert wanted.entities.keys() == found.entities.keys()
    for key, one in wanted.entities.items():
        got = found.entities[key]
        assert (one.name, one.aliases, one.area, one.state) == (got.name, got.aliases, got.area, got.state)
    assert found.entities["script.arrive"].opens
    assert found.entities["script.arrive"].lets_in


def test_calls_and_sees_what_changed() -> None:
    """A service is called for its targets, and the event that follows is the state that is believed."""

    async def act() -> tuple[str, dict[str, Any]]:
        async with HomeServer().running() as server, Client(server.url).running() as client:
            await client.until(True)
            await client.link.call("light.turn_on", ["light.kitchen"], {"brightness_pct": 50})
            home = await client.link.settle(lambda now: now.entities["light.kitchen"].state == "on", 2.0)
            return home.entities["light.kitchen"].state, server.seen[-1]

    state, message = asyncio.run(act())
    assert "on" == state
    sent = {key: message[key] for key in ("type", "domain", "service", "service_data", "target")}
    assert sent == {
        "type": "call_service", "domain": "light", "service": "turn_on", "service_data": {"brightness_pct": 50},
        "target": {"entity_id": ["light.kitchen"]},
    }  # fmt: skip


def test_a_change_at_home_is_followed() -> None:
    """What somebody does by hand is known without asking again; a new device brings new names."""

    async def follow() -> tuple[str, str]:
        async with HomeServer().running() as server, Client(server.url).running() as client:
            await client.until(True)
            await server.change("lock.front", "unlocked")
            home = await client.link.settle(lambda now: now.entities["lock.front"].state == "unlocked", 2.0)
            await server.add(Entity(id="light.new", name="New Lamp", area="bed", state="off"))
            later = await client.link.settle(lambda now: "light.new" in now.entities, 4.0)
            return home.entities["lock.front"].state, later.entities["light.new"].name

    assert ("unlocked", "New Lamp") == asyncio.run(follow())


@pytest.mark.parametrize(("token", "sentence"), [("wrong", "does not accept"), ("", "no access token")])
def test_a_refused_token_is_told_and_never_shown(token: str, sentence: str) -> None:
    """Without a token that counts nothing is done; why is a sentence, and the token stands in no note."""

    async def refuse() -> tuple[str, Client]:
        async with HomeServer().running() as server, Client(server.url, token).running() as client:
            async with asyncio.timeout(5.0):
                while not client.notes:
                    client.news.clear()
                    await client.news.wait()
            with pytest.raises(HomeError) as caught:
                await client.link.call("light.turn_on", ["light.kitchen"], {})
            assert 0 == server.signed_in
            return str(caught.value), client

    said, client = asyncio.run(refuse())
    assert sentence in said
    assert ("home refused", "home") == client.notes[0]
    assert client.link.snapshot() is None
    assert "wrong" not in repr(client.notes)


def test_a_cut_connection_heals() -> None:
    """Cut without a word, the home is lost at once, and known again after a moment; the state then is the new one."""

    async def heal() -> tuple[int, str]:
        async with HomeServer().running() as server, Client(server.url).running() as client:
            await client.until(True)
            await server.cut()
            await client.until(False)
            await server.change("fan.bed", "off")
            home = await client.until(True)
            assert home is not None
            return server.signed_in, home.entities["fan.bed"].state

    assert (2, "off") == asyncio.run(heal())


def test_a_call_that_is_cut_off_fails_at_once() -> None:
    """Whoever waits for an answer when the connection goes is told; it does not wait for its whole time."""

    async def cut() -> float:
        home = HomeServer(mute={"call_service"})
        async with home.running() as server, Client(server.url, timeout_s=30.0).running() as client:
            await client.until(True)
            call = asyncio.create_task(client.link.call("light.turn_on", ["light.kitchen"], {}))
            async with asyncio.timeout(5.0):
                await server.called.wait()
            started = time.monotonic()
            await server.cut()
            with pytest.raises(HomeError):
                await call
            return time.monotonic() - started

    assert asyncio.run(cut()) < 2.0


def test_a_slow_home_is_not_waited_for() -> None:
    """A service that is not answered in time is an error with a sentence, and the connection goes on."""

    async def slow() -> str:
        home = HomeServer(mute={"call_service"})
        async with home.running() as server, Client(server.url, timeout_s=0.5).running() as client:
            await client.until(True)
            with pytest.raises(HomeError) as caught:
                await client.link.call("light.turn_on", ["light.kitchen"], {})
            assert client.link.snapshot() is not None
            return str(caught.value)

    assert "Your home took too long to answer." == asyncio.run(slow())


def test_a_home_that_knows_less_serves_all_the_same() -> None:
    """Without floors, exposure and entries of the registry the states alone make the home."""
    unknown = {
        "config/floor_registry/list", "config/device_registry/list", "homeassistant/expose_entity/list",
        "config/entity_registry/get_entries", "script/config",
    }  # fmt: skip

    async def learn() -> Home | None:
        async with HomeServer(unknown=unknown).running() as server, Client(server.url).running() as client:
            return await client.until(True)

    found = asyncio.run(learn())
    assert found is not None
    assert a_home().entities.keys() == found.entities.keys()
    assert found.entities["script.arrive"].opens, "a script that cannot be looked into asks first"


def test_an_address_where_nobody_is() -> None:
    """Nothing is raised and nothing blocks; a call says that the home cannot be reached."""

    async def nobody() -> str:
        async with HomeServer().running() as server:
            url = server.url
        async with Client(url).running() as client:
            with pytest.raises(HomeError) as caught:
                await client.link.call("light.turn_on", ["light.kitchen"], {})
            return str(caught.value)

    assert "I can't reach your home right now." == asyncio.run(nobody())


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("http://homeassistant.local:8123", "ws://homeassistant.local:8123/api/websocket"),
        ("https://home.example/", "wss://home.example/api/websocket"),
        ("wss://home.example/core/websocket", "wss://home.example/core/websocket"),
    ],
)
def test_the_address(url: str, wanted: str) -> None:
    """The address is the one that a browser opens; secure stays secure."""
    assert wanted == websocket_url(url)
