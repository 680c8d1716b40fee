"""A home over MQTT: connect, learn what is announced, follow every state, publish commands.

connect -> announcements -> a quiet moment -> the home is known
   ^---- wait (1 s ... 60 s) <---- closed, refused, flooded ---+
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assistant.skill import SkillError
from assistant_skill_home.link import HomeError, Note
from assistant_skill_home.model import Home
from assistant_skill_home.mqtt import discovery
from assistant_skill_home.mqtt.broker import Broker, BrokerError, connected, pass_cancellation
from assistant_skill_home.mqtt.commands import CannotDoError, Order
from assistant_skill_home.mqtt.devices import Devices

FIRST_PAUSE_S, MAX_PAUSE_S = 1.0, 60.0
STEADY_S = 30.0
"""After a connection that held so long the next one is tried at once."""
QUIET_S = 0.4
"""Announcements come one after the other; the home is made of them when none came for so long."""
MAX_GATHER_S = 3.0
"""... or after so long, if they do not end."""
MAX_RENAME_PAUSE_S = 60.0
"""A device that announces itself anew all the time is followed ever more slowly, since to learn names is work."""


class MqttHome:
    """`assistant_skill_home.link.HomeLink`. `password` is read anew for each connection, so that a new one counts.

    `timeout_s` bounds every answer of the broker that is waited for.
    """

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "homeassistant",
        user: str = "",
        password: Callable[[], str] = lambda: "",
        timeout_s: float = 4.0,
        note: Note = lambda message, /, **fields: None,
        first_pause_s: float = FIRST_PAUSE_S,
    ) -> None:
        self._url, self._prefix, self._user, self._password = url, prefix, user, password
        self._timeout_s, self._note, self._first_pause_s = timeout_s, note, first_pause_s
        self._devices = Devices(prefix, note, time.monotonic)
        self._broker: Broker | None = None
        self._known = False
        self._listened: set[str] = set()
        self._news = asyncio.Event()
        self._moved = asyncio.Event()
        self._renamed = asyncio.Event()
        self.problem = ""

    async def run(self, changed: Callable[[], None]) -> None:
        pause_s = self._first_pause_s
        while True:
            began_s = time.monotonic()
            try:
                async with connected(self._url, self._user, self._password(), timeout_s=self._timeout_s) as broker:
                    self.problem = ""
                    await self._serve(broker, changed)
            except BrokerError as error:  # it could not be reached
                self.problem = "Your MQTT broker does not accept my user or password." if error.refused else ""
                self._note("broker lost", code=str(error))
            except SkillError as error:  # the password can be read by others
                self.problem = error.sentence
                self._note("broker lost", code=error.code)
            finally:
                self._lost()
                changed()
            pass_cancellation()
            if time.monotonic() - began_s > STEADY_S:
                pause_s = self._first_pause_s
            await asyncio.sleep(pause_s * random.uniform(0.8, 1.2))
            pause_s = min(MAX_PAUSE_S, 2 * pause_s)

    def snapshot(self) -> Home | None:
        return self._devices.home() if self._known else None

    async def call(self, service: str, entities: Sequence[str], data: Mapping[str, Any]) -> None:
        self._here()
        refused = []
        for one in entities:
            try:
                for order in self._devices.orders(one, service, data):
                    await self._publish(order)
            except CannotDoError as error:
                self._note("not sent", code=str(error))
                refused.append(one)
        if refused:
            raise HomeError("Nothing at home could do that.", refused=refused)

    async def settle(self, done: Callable[[Home], bool], patience_s: float) -> Home:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while not done(self._here()):
                    self._moved.clear()
                    await self._moved.wait()
        return self._here()

    def unique_id(self, entity: str) -> str:
        """What the device calls a thing, by which the same thing of a Home Assistant is known."""
        return self._devices.unique_id(entity)

    async def _publish(self, order: Order) -> None:
        """Raises: HomeError: the broker is lost, or has not taken it in time."""
        if self._broker is None:
            raise HomeError(self.problem or "I can't reach your home right now.")
        try:
            await self._broker.publish(order.topic, order.payload, qos=order.qos, retain=order.retain)
        except BrokerError:
            raise HomeError("I can't reach your home right now.") from None

    def _here(self) -> Home:
        if not self._known:
            raise HomeError(self.problem or "I can't reach your home right now.")
        return self._devices.home()

    async def _serve(self, broker: Broker, changed: Callable[[], None]) -> None:
        """Read until the connection ends, while the names are learnt whenever announcements have come."""
        self._devices = Devices(self._prefix, self._note, time.monotonic)
        self._listened = set()
        self._broker = broker
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._gather(broker), name="home announcements")
                tasks.create_task(self._rename(changed), name="home names")
                await broker.subscribe(discovery.topics(self._prefix))
                self._news.set()
                async with contextlib.aclosing(broker.messages()) as messages:
                    async for message in messages:
                        self._take(message.topic, message.payload)
        except* BrokerError as lost:
            self._note("broker lost", code=str(lost.exceptions[0]))

    def _take(self, topic: str, payload: bytes) -> None:
        if self._devices.is_announcement(topic):
            if self._devices.announce(topic, payload):
                self._news.set()
        elif self._devices.take(topic, payload):
            self._moved.set()

    async def _gather(self, broker: Broker) -> None:
        while True:
            await self._news.wait()
            started_s = time.monotonic()
            while self._news.is_set() and time.monotonic() - started_s < MAX_GATHER_S:
                self._news.clear()
                await asyncio.sleep(QUIET_S)
            await self._listen(broker)
            self._known = True
            self._moved.set()
            self._renamed.set()

    async def _rename(self, changed: Callable[[], None]) -> None:
        pause_s = 0.0
        while True:
            await self._renamed.wait()
            self._renamed.clear()
            changed()
            await asyncio.sleep(pause_s)
            pause_s = min(MAX_RENAME_PAUSE_S, max(1.0, 2 * pause_s)) if self._renamed.is_set() else 0.0

    async def _listen(self, broker: Broker) -> None:
        """Listen to the topics of what is announced now, and to no others any more."""
        wanted = self._devices.topics
        await broker.unsubscribe(self._listened - wanted)
        await broker.subscribe(wanted - self._listened)
        self._listened = wanted

    def _lost(self) -> None:
        """Nothing is known of the home until the broker is back."""
        self._broker, self._known = None, False
        self._moved.set()
