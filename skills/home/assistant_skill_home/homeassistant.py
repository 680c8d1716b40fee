"""Home Assistant over its WebSocket API: sign in, learn what there is, follow every change, call services.

connect -> auth -> registries and states -> subscribed  --closed, silent, refused-->  wait (1 s ... 60 s), again
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from assistant.skill import SkillError
from assistant_skill_home.link import HomeError, Note
from assistant_skill_home.model import Home
from assistant_skill_home.registry import Registry, claimed

FIRST_PAUSE_S, MAX_PAUSE_S = 1.0, 60.0
PING_S = 20.0
"""How often a silent connection is tried; one that does not answer within that time is over."""
MAX_BYTES = 32_000_000
"""The states of a large home are some megabytes."""
RELOAD_AFTER_S = 1.0
_REGISTRY_EVENTS = (
    "area_registry_updated", "floor_registry_updated", "device_registry_updated", "entity_registry_updated",
)  # fmt: skip
_GONE = (OSError, TimeoutError, WebSocketException, EOFError)


class HomeAssistant:
    """`assistant_skill_home.link.HomeLink`. `token` is read anew for each sign-in, so that a new one counts at once.

    `timeout_s` bounds every answer that is waited for. What a service is told goes to `url` and nowhere else.
    `with_hidden`: also learn what it has by way of MQTT, used or not: `claimed`, the kind and unique id of each.
    """

    def __init__(
        self,
        url: str,
        token: Callable[[], str],
        *,
        timeout_s: float = 4.0,
        note: Note = lambda message, /, **fields: None,
        first_pause_s: float = FIRST_PAUSE_S,
        with_hidden: bool = False,
    ) -> None:
        self._url = websocket_url(url)
        self._token = token
        self._timeout_s = timeout_s
        self._note = note
        self._first_pause_s = first_pause_s
        self._socket: ClientConnection | None = None
        self._registry = Registry()
        self._home: Home | None = None
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._number = 0
        self._moved = asyncio.Event()
        self._reload: asyncio.Task[None] | None = None
        self._with_hidden = with_hidden
        self.claimed: frozenset[tuple[str, str]] = frozenset()
        self.problem = ""

    async def run(self, changed: Callable[[], None]) -> None:
        pause_s = self._first_pause_s
        while True:
            try:
                async with asyncio.timeout(self._timeout_s):
                    socket = await connect(
                        self._url, max_size=MAX_BYTES, ping_interval=PING_S, ping_timeout=PING_S, open_timeout=None,
                        proxy=None, user_agent_header=None,
                    )  # fmt: skip
                async with contextlib.aclosing(_Closing(socket)):
                    await self._sign_in(socket)
                    pause_s = self._first_pause_s
                    await self._serve(socket, changed)
            except (HomeError, SkillError) as error:
                self.problem = error.sentence
                self._note("home refused", code=error.code)
            except _GONE as error:
                self.problem = ""
                self._note("home lost", code=type(error).__name__.lower())
            finally:
                self._lost()
                changed()
            await asyncio.sleep(pause_s * random.uniform(0.8, 1.2))
            pause_s = min(MAX_PAUSE_S, 2 * pause_s)

    def snapshot(self) -> Home | None:
        return self._home

    async def call(self, service: str, entities: Sequence[str], data: Mapping[str, Any]) -> None:
        domain, _, name = service.partition(".")
        try:
            await self._ask(
                "call_service", domain=domain, service=name, service_data=dict(data), target={"entity_id": [*entities]}
            )
        except TimeoutError:
            raise HomeError("Your home took too long to answer.") from None

    async def settle(self, done: Callable[[Home], bool], patience_s: float) -> Home:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while not done(self._here()):
                    self._moved.clear()
                    await self._moved.wait()
        return self._here()

    def _here(self) -> Home:
        if self._home is None:
            raise HomeError(self.problem or "I can't reach your home right now.")
        return self._home

    async def _sign_in(self, socket: ClientConnection) -> None:
        """Raises: HomeError: there is no token, or it is refused."""
        async with asyncio.timeout(self._timeout_s):
            hello = json.loads(await socket.recv())
            if hello.get("type") == "auth_required":
                token = self._token()
                if not token:
                    raise HomeError("I have no access token for your home.")
                await socket.send(json.dumps({"type": "auth", "access_token": token}))
                hello = json.loads(await socket.recv())
        if hello.get("type") != "auth_ok":
            raise HomeError("Your home does not accept my access token.")
        self._socket = socket

    async def _serve(self, socket: ClientConnection, changed: Callable[[], None]) -> None:
        """Read until the connection ends; the first thing that is asked for is everything."""
        loading = asyncio.create_task(self._load(changed, subscribe=True), name="home load")
        try:
            async for text in socket:
                self._take(json.loads(text), changed)
                if loading.done() and not loading.cancelled() and (error := loading.exception()) is not None:
                    raise error
        finally:
            for task in filter(None, (loading, self._reload)):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await task

    async def _load(self, changed: Callable[[], None], *, subscribe: bool = False) -> None:
        """Learn everything anew; changes that come meanwhile are not lost, since they are subscribed to first."""
        if subscribe:
            for kind in ("state_changed", *_REGISTRY_EVENTS):
                await self._ask("subscribe_events", event_type=kind)
        registry = Registry()
        registry.floors = await self._ask("config/floor_registry/list", optional=True) or []
        registry.areas = await self._ask("config/area_registry/list")
        registry.devices = await self._ask("config/device_registry/list", optional=True) or []
        registry.exposed = await self._ask("homeassistant/expose_entity/list", optional=True)
        registry.take_states(await self._ask("get_states"))
        ids = registry.wanted()
        registry.entries = await self._ask("config/entity_registry/get_entries", entity_ids=ids, optional=True) or {}
        for script in [one for one in ids if one.startswith("script.")]:
            registry.scripts[script] = await self._ask("script/config", entity_id=script, optional=True)
        if self._with_hidden:
            self.claimed = claimed(await self._ask("config/entity_registry/list", optional=True))
        self._registry = registry
        self._home = registry.home()
        self._moved.set()
        changed()

    def _take(self, message: Any, changed: Callable[[], None]) -> None:
        kind = message.get("type")
        if kind == "result" and (waiting := self._waiting.pop(message.get("id"), None)) is not None:
            if waiting.done():
                return
            if message.get("success"):
                waiting.set_result(message.get("result"))
            else:
                waiting.set_exception(HomeError("The home refused that."))
        elif kind == "event":
            event = message.get("event") or {}
            if event.get("event_type") == "state_changed":
                self._state_changed(event.get("data") or {}, changed)
            elif event.get("event_type") in _REGISTRY_EVENTS:
                self._load_again(changed)

    def _state_changed(self, data: Mapping[str, Any], changed: Callable[[], None]) -> None:
        if self._home is None:
            return  # the states that are being fetched are newer
        entity, state = str(data.get("entity_id")), data.get("new_state")
        if state is None or not self._registry.knows(entity):
            self._load_again(changed)  # one that is new, or gone
            return
        self._registry.states[entity] = state
        self._home = self._registry.home_with(self._home, entity)
        self._moved.set()

    def _load_again(self, changed: Callable[[], None]) -> None:
        """A home tells of each change on its own; it is looked at anew once, a moment after the first."""
        if self._home is None or (self._reload is not None and not self._reload.done()):
            return

        async def load() -> None:
            await asyncio.sleep(RELOAD_AFTER_S)
            with contextlib.suppress(HomeError, TimeoutError, *_GONE):
                await self._load(changed)

        self._reload = asyncio.create_task(load(), name="home reload")

    async def _ask(self, kind: str, *, optional: bool = False, **fields: Any) -> Any:
        """The result of a command. `optional`: None where this home does not know it, or does not let us.

        Raises:
            HomeError: not connected, or refused. TimeoutError: no answer in time.
        """
        if self._socket is None:
            raise HomeError(self.problem or "I can't reach your home right now.")
        self._number += 1
        number = self._number
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._socket.send(json.dumps({"id": number, "type": kind, **fields}))
                return await answer
        except WebSocketException:
            raise HomeError("I can't reach your home right now.") from None
        except HomeError:
            if optional and self._socket is not None:
                return None
            raise
        finally:
            self._waiting.pop(number, None)

    def _lost(self) -> None:
        """Whoever waits for an answer is told; nothing is known of the home until it is back."""
        self._socket, self._home = None, None
        waiting, self._waiting = list(self._waiting.values()), {}
        for one in waiting:
            if not one.done():
                one.set_exception(HomeError("I can't reach your home right now."))
                one.exception()
        self._moved.set()


class _Closing:
    """Closes a connection in an `aclosing` block, without waiting long for a peer that is gone."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def aclose(self) -> None:
        with contextlib.suppress(*_GONE):
            async with asyncio.timeout(1.0):
                await self._socket.close()


def websocket_url(url: str) -> str:
    """The address of the WebSocket API for the address of a Home Assistant as one opens it in a browser."""
    parts = urlsplit(url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    path = parts.path.rstrip("/")
    path = path if path.endswith("/websocket") else f"{path}/api/websocket"
    return urlunsplit((scheme, parts.netloc, path, "", ""))
