"""A home to try things on, in memory or behind a server that speaks Home Assistant's WebSocket protocol on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from assistant_skill_home.memory import MemoryHome
from assistant_skill_home.model import Area, Entity, Floor, Home
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from assistant.console import typed_turn
from assistant.engines.hassil_grammar import create
from assistant.skills_host import LentContext, SkillHost, installed
from assistant.store.timers import TimerStore
from assistant.think.understanding import Minds, Understanding

TOKEN = "a-long-lived-token"


def a_home() -> Home:
    floors = {"up": Floor(id="up", name="First Floor", aliases=("upstairs",)), "down": Floor(id="down", name="Ground")}
    areas = {
        "kitchen": Area(id="kitchen", name="Kitchen", floor="down"),
        "living": Area(id="living", name="Living Room", aliases=("lounge",), floor="down"),
        "bed": Area(id="bed", name="Bedroom 2", floor="up"),
    }
    dimmable = {"supported_color_modes": ["brightness"], "brightness": 100}
    listed = [
        Entity(id="light.kitchen", name="Kitchen Light", area="kitchen", state="off", attributes=dimmable),
        Entity(id="light.counter", name="Counter", area="kitchen", state="on", attributes=dimmable),
        Entity(id="light.lamp", name="Reading Lamp", area="living", state="on", attributes=dimmable),
        Entity(id="light.ceiling_living", name="Ceiling", area="living", state="on", attributes=dimmable),
        Entity(id="light.ceiling_bed", name="Ceiling", area="bed", state="on", attributes=dimmable),
        Entity(id="fan.bed", name="Bedroom Fan", area="bed", state="on", attributes={"percentage": 100}),
        Entity(
            id="cover.blind", name="Roller", area="living", state="closed",
            attributes={"device_class": "blind", "current_position": 0},
        ),
        Entity(id="cover.garage", name="Garage Door", area="", state="closed"),
        Entity(id="lock.front", name="Front Door", area="living", state="locked"),
        Entity(
            id="binary_sensor.window", name="Kitchen Window", area="kitchen", state="on",
            attributes={"device_class": "window"},
        ),
        Entity(
            id="climate.bed", name="Radiator", area="bed", state="heat",
            attributes={"temperature": 18.0, "current_temperature": 19.5},
        ),
        Entity(
            id="media_player.tv", name="TV", area="living", state="playing",
            attributes={"volume_level": 0.4, "media_track": 3},
        ),
        Entity(id="vacuum.rosie", name="Rosie", area="kitchen", state="docked"),
        Entity(id="todo.groceries", name="Groceries", state="0", attributes={"todo_items": []}),
        Entity(id="scene.movie", name="Movie Night", state="unknown"),
        Entity(id="script.arrive", name="Arrive", state="off", opens=True),
        Entity(id="switch.opener", name="Gate Opener", state="off"),
    ]  # fmt: skip
    return Home(floors=floors, areas=areas, entities={one.id: one for one in listed})


@dataclass
class Conversation:
    """The skill among all installed ones, without models, with a home behind it."""

    link: Any
    host: SkillHost
    understanding: Understanding

    @property
    def home(self) -> Home:
        found: Home = self.link.home
        return found

    def say(self, *sentences: str) -> str:
        """Say these one after the other; the last answer."""
        return asyncio.run(self.talk(*sentences))

    async def talk(self, *sentences: str) -> str:
        reply = ""
        for sentence in sentences:
            self.turn = await typed_turn(self.understanding, sentence, "t")
            reply = self.turn.reply
        return reply

    def states(self) -> dict[str, str]:
        return {key: one.state for key, one in self.home.entities.items()}


Talk = Callable[..., Conversation]


@pytest.fixture
def talk(tmp_path: Path) -> Any:
    """Makes a conversation about a home; `settings` as in the configuration."""
    stores: list[TimerStore] = []

    def make(home: Home | None = None, *, area: str = "", link: Any = None) -> Conversation:
        store = TimerStore(tmp_path / f"{len(stores)}.sqlite3")
        stores.append(store)
        link = link or MemoryHome(home or a_home())
        lent = LentContext(timers=store, settings={"home": {"link": link, "area": area}})
        host = SkillHost.load(lent, sources={"home": installed()["home"]})
        assert {} == host.problems
        if isinstance(link, MemoryHome):
            asyncio.run(host.serve())
        understanding = Understanding(grammar=create(host.templates, host.readers), toolbox=host, minds=Minds())
        return Conversation(link, host, understanding)

    yield make
    for store in stores:
        store.close()


@dataclass
class HomeServer:
    """Home Assistant's side of the protocol, as far as it is used: signs in, lists, calls, tells of changes."""

    home: MemoryHome = field(default_factory=lambda: MemoryHome(a_home()))
    token: str = TOKEN
    mute: set[str] = field(default_factory=set)
    """Types of commands that are never answered."""
    unknown: set[str] = field(default_factory=set)
    """Types of commands that this home does not know."""
    tells: bool = True
    """Whether it reports what has changed."""
    mqtt_entries: tuple[tuple[str, str], ...] = ()
    """What it has by way of MQTT: (entity id, unique id), used by assistants or not."""
    seen: list[dict[str, Any]] = field(default_factory=list)
    signed_in: int = 0
    called: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once a service has been called."""
    url: str = ""
    _open: set[ServerConnection] = field(default_factory=set)

    @contextlib.asynccontextmanager
    async def running(self, port: int = 0) -> AsyncIterator[HomeServer]:
        async with serve(self._serve, "127.0.0.1", port, ping_interval=None) as server:
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            yield self

    async def cut(self) -> None:
        """Drop every connection without a word."""
        for one in list(self._open):
            one.transport.abort()

    async def change(self, entity: str, state: str) -> None:
        """Something happens at home that nobody asked us for."""
        assert self.home.home is not None
        entities = dict(self.home.home.entities)
        entities[entity] = replace(entities[entity], state=state)
        self.home.home = replace(self.home.home, entities=entities)
        await self._tell(entity)

    async def add(self, entity: Entity) -> None:
        assert self.home.home is not None
        self.home.home = replace(self.home.home, entities={**self.home.home.entities, entity.id: entity})
        await self._tell(entity.id)

    async def _serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None and socket.request.path == "/api/websocket"
        await socket.send(json.dumps({"type": "auth_required", "ha_version": "2026.10.1"}))
        with contextlib.suppress(ConnectionClosed):
            hello = json.loads(await socket.recv())
            if hello != {"type": "auth", "access_token": self.token}:
                await socket.send(json.dumps({"type": "auth_invalid", "message": "Invalid access token"}))
                return
            await socket.send(json.dumps({"type": "auth_ok", "ha_version": "2026.10.1"}))
            self.signed_in += 1
            self._open.add(socket)
            async for text in socket:
                await self._answer(socket, json.loads(text))
        self._open.discard(socket)

    async def _answer(self, socket: ServerConnection, message: dict[str, Any]) -> None:
        self.seen.append(message)
        kind = message["type"]
        if kind == "call_service":
            self.called.set()
        if kind in self.mute:
            return
        error = None if kind not in self.unknown else {"code": "unknown_command", "message": "Unknown command."}
        result = None
        if error is None:
            try:
                result = await self._result(kind, message)
            except Exception as failure:
                error = {"code": "home_assistant_error", "message": str(failure)}
        body = {"success": True, "result": result} if error is None else {"success": False, "error": error}
        await socket.send(json.dumps({"id": message["id"], "type": "result", **body}))

    async def _result(self, kind: str, message: dict[str, Any]) -> Any:
        home = self.home.home
        assert home is not None
        if kind == "config/floor_registry/list":
            return [
                {"floor_id": f.id, "name": f.name, "aliases": list(f.aliases), "level": 0} for f in home.floors.values()
            ]
        if kind == "config/area_registry/list":
            return [
                {"area_id": a.id, "name": a.name, "aliases": list(a.aliases), "floor_id": a.floor or None}
                for a in home.areas.values()
            ]
        if kind == "config/device_registry/list":
            return [{"id": f"device_{a}", "area_id": a} for a in home.areas]
        if kind == "homeassistant/expose_entity/list":
            return {"exposed_entities": {key: {"conversation": True} for key in home.entities}}
        if kind == "get_states":
            return [self._state(one) for one in home.entities.values()]
        if kind == "config/entity_registry/list":
            listed = [{"entity_id": key, "platform": "mqtt", "unique_id": unique} for key, unique in self.mqtt_entries]
            return [*listed, {"entity_id": "light.hue", "platform": "hue", "unique_id": "lamp"}]
        if kind == "config/entity_registry/get_entries":
            return {key: self._entry(home.entities[key]) for key in message["entity_ids"] if key in home.entities}
        if kind == "script/config":
            return {"config": {"sequence": [{"action": "lock.unlock", "target": {"entity_id": "lock.front"}}]}}
        if kind == "call_service":
            targets = message["target"]["entity_id"]
            await self.home.call(f"{message['domain']}.{message['service']}", targets, message["service_data"])
            for entity in targets if self.tells else ():
                await self._tell(entity)
            return {"context": {"id": "1"}, "response": None}
        if kind == "subscribe_events":
            return None
        raise ValueError(kind)

    @staticmethod
    def _entry(one: Entity) -> dict[str, Any]:
        """Half of the entities have their area from their device, as in a real home."""
        own = one.domain != "light"
        return {
            "entity_id": one.id, "aliases": list(one.aliases), "area_id": one.area or None if own else None,
            "device_id": f"device_{one.area}" if one.area and not own else None, "hidden_by": None, "disabled_by": None,
        }  # fmt: skip

    @staticmethod
    def _state(one: Entity) -> dict[str, Any]:
        return {"entity_id": one.id, "state": one.state, "attributes": {"friendly_name": one.name, **one.attributes}}

    async def _tell(self, entity: str) -> None:
        assert self.home.home is not None
        data = {"entity_id": entity, "new_state": self._state(self.home.home.entities[entity]), "old_state": None}
        event = {"event_type": "state_changed", "data": data, "origin": "LOCAL", "time_fired": "2026-11-24T12:00:00"}
        for one in list(self._open):
            with contextlib.suppress(ConnectionClosed):
                await one.send(json.dumps({"id": 1, "type": "event", "event": event}))
