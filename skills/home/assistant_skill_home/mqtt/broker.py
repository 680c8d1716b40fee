"""The connection to an MQTT broker: the one file that knows the client library (aiomqtt, on Eclipse Paho)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

MAX_PACKET_BYTES = 300_000
"""The broker is told to send no larger one, which MQTT 5 obliges it to."""
MAX_WAITING = 5_000
"""Messages that wait to be read; if more come than we can read the connection begins anew."""
KEEP_ALIVE_S = 20
_AT_ONCE = 100
_PORTS = {"mqtt": 1883, "mqtts": 8883}
_OTHER_VERSION = (1, 0x84)
"""What a broker answers that does not speak MQTT 5: the code of MQTT 3.1.1, and that of MQTT 5."""
_NOT_ALLOWED = (4, 5, 0x86, 0x87)
"""Wrong user or password, in both versions."""
_silent = logging.getLogger("assistant_skill_home.mqtt.silent")
_silent.disabled = True  # its lines may hold topics


class BrokerError(Exception):
    """The connection is over, or never came to be; `refused`: the broker does not accept who we are."""

    def __init__(self, code: str, *, refused: bool = False) -> None:
        super().__init__(code)
        self.refused = refused


@dataclass(frozen=True, slots=True)
class Message:
    topic: str
    payload: bytes


class _Queue(asyncio.Queue[aiomqtt.Message]):
    """Notes that a message had to be dropped, since a state that was missed would be a wrong one."""

    overflowed = False

    def put_nowait(self, item: aiomqtt.Message) -> None:
        if self.full():
            self.overflowed = True
        super().put_nowait(item)


class Broker:
    """One connection, for use within `connected`. Everything that fails raises `BrokerError`."""

    def __init__(self, client: aiomqtt.Client, protocol: aiomqtt.ProtocolVersion) -> None:
        self._client = client
        self._option: Any = SubscribeOptions(qos=1) if protocol is aiomqtt.ProtocolVersion.V5 else 1

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Listen to these topics too; what is retained on them comes as messages."""
        wanted = [(topic, self._option) for topic in topics]
        for start in range(0, len(wanted), _AT_ONCE):
            await _answered(self._client.subscribe(wanted[start : start + _AT_ONCE]))

    async def unsubscribe(self, topics: Iterable[str]) -> None:
        wanted = list(topics)
        for start in range(0, len(wanted), _AT_ONCE):
            await _answered(self._client.unsubscribe(wanted[start : start + _AT_ONCE]))

    async def publish(self, topic: str, payload: str, *, qos: int, retain: bool) -> None:
        """Send a message; with a `qos` of 1 or 2 the broker has it when this returns."""
        await _answered(self._client.publish(topic, payload, qos=qos, retain=retain))

    async def messages(self) -> AsyncGenerator[Message]:
        with _told():
            async for message in self._client.messages:
                queue = self._client._queue
                if isinstance(queue, _Queue) and queue.overflowed:
                    raise BrokerError("flood")
                payload = message.payload if isinstance(message.payload, bytes) else b""
                yield Message(str(message.topic), payload)


def pass_cancellation() -> None:
    """Raise the cancellation of this task that somebody below has kept to himself.

    Python 3.11 loses one in `asyncio.wait_for`, with which the library waits, when it comes together with the answer
    that is waited for, and in a `TaskGroup` that is ending for another reason.
    """
    if (task := asyncio.current_task()) is not None and task.cancelling():
        raise asyncio.CancelledError


async def _answered(call: Awaitable[object]) -> None:
    with _told():
        await call
    pass_cancellation()


@contextlib.asynccontextmanager
async def connected(url: str, user: str, password: str, *, timeout_s: float) -> AsyncIterator[Broker]:
    """A connection by MQTT 5, by 3.1.1 to a broker that knows no other. Raises: BrokerError."""
    with _told():
        client, protocol = await _enter(url, user, password, timeout_s)
    try:
        yield Broker(client, protocol)
    finally:
        with contextlib.suppress(aiomqtt.MqttError, OSError, ValueError, RuntimeError):
            await client.__aexit__(None, None, None)


async def _enter(
    url: str, user: str, password: str, timeout_s: float
) -> tuple[aiomqtt.Client, aiomqtt.ProtocolVersion]:
    new, old = aiomqtt.ProtocolVersion.V5, aiomqtt.ProtocolVersion.V311
    try:
        return await _client(url, user, password, new, timeout_s).__aenter__(), new
    except MqttConnectError as error:
        if _code(error) not in _OTHER_VERSION:
            raise
        return await _client(url, user, password, old, timeout_s).__aenter__(), old


def _client(url: str, user: str, password: str, protocol: aiomqtt.ProtocolVersion, timeout_s: float) -> aiomqtt.Client:
    parts = urlsplit(url)
    properties = None
    if protocol is aiomqtt.ProtocolVersion.V5:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.MaximumPacketSize = MAX_PACKET_BYTES
    client = aiomqtt.Client(
        parts.hostname or "",
        parts.port or _PORTS[parts.scheme],
        username=user or None,
        password=password or None,
        logger=_silent,
        queue_type=_Queue,
        protocol=protocol,
        timeout=timeout_s,
        keepalive=KEEP_ALIVE_S,
        max_queued_incoming_messages=MAX_WAITING,
        properties=properties,
        tls_context=ssl.create_default_context() if parts.scheme == "mqtts" else None,
    )
    client._client.connect_timeout = timeout_s  # it blocks a thread, which nothing else could end
    return client


def _code(error: MqttConnectError) -> int:
    return error.rc if isinstance(error.rc, int) else error.rc.value if error.rc is not None else 0


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Whatever the library, the system or TLS raises becomes a `BrokerError` with a short code."""
    try:
        yield
    except MqttConnectError as error:
        raise BrokerError("refused", refused=_code(error) in _NOT_ALLOWED) from None
    except aiomqtt.MqttError:
        raise BrokerError("lost") from None
    except (OSError, ValueError, RuntimeError) as error:
        raise BrokerError(type(error).__name__.lower()) from None
