"""The HTTP/1.1 client beneath `upstream`: parsed in C, because every token of every stream goes through it.

With httpx2's own transport (h11, in Python) reading took more than half of what a streamed event cost, by cProfile.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import deque
from collections.abc import AsyncIterator, Callable

import httptools
import httpx2

KEEP_IDLE_S = 5.0
WRITE_BYTES = 256 * 1024
MOST_WAITING_BYTES = 256 * 1024
MAX_HEAD_BYTES = 64 * 1024


class Connection(asyncio.Protocol):
    """One request at a time. Raises, while it is read: httpx2's TransportErrors."""

    def __init__(self) -> None:
        self.idle_since_s = 0.0
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._lost = self._is_malformed = self._is_full = False
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._begin()

    def _begin(self) -> None:
        self.status, self.headers, self.has_head, self.whole = 0, list[tuple[bytes, bytes]](), False, False
        self._parts: deque[bytes] = deque()
        self._waiting_bytes = self._head_bytes = 0
        self._ends_with_connection = self.keeps_open = False

    @property
    def is_usable(self) -> bool:
        return not self._lost and self._transport is not None and not self._transport.is_closing()

    async def ask(self, request: bytes, write_s: float | None, read_s: float | None) -> None:
        """Send the request; returns when the head of the answer is there."""
        assert self._transport is not None
        self._begin()
        self._parser = httptools.HttpResponseParser(self)
        for start in range(0, len(request), WRITE_BYTES):
            self._transport.write(request[start : start + WRITE_BYTES])
            try:
                async with asyncio.timeout(write_s):
                    await self._may_write.wait()
            except TimeoutError:
                raise httpx2.WriteTimeout("the upstream does not take the request") from None
        while not self.has_head:
            await self._more(read_s)

    async def part(self, read_s: float | None) -> bytes:
        """What came of the body; empty at its end."""
        while not self._parts:
            if self.whole:
                return b""
            await self._more(read_s)
        found = b"".join(self._parts)
        self._parts.clear()
        self._waiting_bytes = 0
        if self._is_full and self._transport is not None:
            self._is_full = False
            self._transport.resume_reading()
        return found

    async def _more(self, within_s: float | None) -> None:
        if self._is_malformed:
            raise httpx2.RemoteProtocolError("the upstream does not speak HTTP/1.1")
        if self._lost:
            raise httpx2.ReadError("the upstream closed the connection")
        loop = asyncio.get_running_loop()
        self._waiter = waiter = loop.create_future()
        timer = loop.call_later(within_s, _late, waiter) if within_s is not None else None
        try:
            await waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def close(self) -> None:
        """At once: what is under way there is to stop."""
        if self._transport is not None:
            self._transport.abort()

    # What asyncio tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        if self._parser is None or self.whole:  # nothing was asked
            self._is_malformed = True
        else:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserError:
                self._is_malformed = True
            if not self.has_head:
                self._head_bytes += len(data)
                self._is_malformed |= self._head_bytes > MAX_HEAD_BYTES
        if self._is_malformed:
            self.close()
        elif self._waiting_bytes > MOST_WAITING_BYTES and self._transport is not None and not self.whole:
            self._is_full = True
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        self.whole = self.whole or (self.has_head and self._ends_with_connection and exc is None)
        self._may_write.set()
        self._wake()

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    # What the parser finds.

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        assert self._parser is not None
        self.status = self._parser.get_status_code()
        if self.status < 200:
            self.headers.clear()
            return
        names = {name.lower() for name, _ in self.headers}
        self._ends_with_connection = not names & {b"content-length", b"transfer-encoding"}
        self.keeps_open = self._parser.should_keep_alive() and not self._ends_with_connection
        self.has_head = True

    def on_body(self, body: bytes) -> None:
        self._parts.append(body)
        self._waiting_bytes += len(body)

    def on_message_complete(self) -> None:
        self.whole = self.has_head


def _late(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(httpx2.ReadTimeout("the upstream is silent"))


class Body(httpx2.AsyncByteStream):
    """The body of an answer as it comes."""

    def __init__(self, connection: Connection, read_s: float | None, give_back: Callable[[Connection], None]) -> None:
        self._connection: Connection | None = connection
        self._read_s = read_s
        self._give_back = give_back

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self._connection is not None and (found := await self._connection.part(self._read_s)):
            yield found

    async def finish(self, within_s: float) -> None:
        """Read what is left if it comes so soon, that the connection may serve again."""
        try:
            while self._connection is not None and await self._connection.part(within_s):
                pass
        except httpx2.TransportError:
            pass

    async def aclose(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            self._give_back(connection)


class UpstreamTransport(httpx2.AsyncBaseTransport):
    """Connections to the upstream, at most `most` of them, kept open for a few seconds."""

    def __init__(self, most: int) -> None:
        self._room = asyncio.Semaphore(most)
        self._idle: dict[tuple[bytes, bytes, int], list[Connection]] = {}
        self._tls: ssl.SSLContext | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        limits: dict[str, float | None] = request.extensions.get("timeout", {})
        url, content = request.url, await request.aread()
        place = (url.raw_scheme, url.raw_host, url.port or (443 if url.scheme == "https" else 80))
        try:
            async with asyncio.timeout(limits.get("pool")):
                await self._room.acquire()
        except TimeoutError:
            raise httpx2.PoolTimeout("too many requests are under way") from None
        connection: Connection | None = None
        try:
            connection = self._kept(place) or await self._opened(place, limits.get("connect"))
            await connection.ask(_head(request) + content, limits.get("write"), limits.get("read"))
        except BaseException:
            if connection is not None:
                connection.close()
            self._room.release()
            raise

        def give_back(used: Connection) -> None:
            self._room.release()
            if used.whole and used.keeps_open and used.is_usable:
                used.idle_since_s = time.monotonic()
                self._idle.setdefault(place, []).append(used)
            else:
                used.close()

        body = Body(connection, limits.get("read"), give_back)
        return httpx2.Response(connection.status, headers=connection.headers, stream=body)

    def _kept(self, place: tuple[bytes, bytes, int]) -> Connection | None:
        idle, now_s, found = self._idle.get(place, []), time.monotonic(), None
        while idle and found is None:
            each = idle.pop()
            if each.is_usable and now_s - each.idle_since_s < KEEP_IDLE_S:
                found = each
            else:
                each.close()
        return found

    async def _opened(self, place: tuple[bytes, bytes, int], connect_s: float | None) -> Connection:
        scheme, host, port = place
        if scheme == b"https" and self._tls is None:
            self._tls = httpx2.create_ssl_context(trust_env=False)
            self._tls.set_alpn_protocols(["http/1.1"])
        tls = self._tls if scheme == b"https" else None
        try:
            async with asyncio.timeout(connect_s):
                _, made = await asyncio.get_running_loop().create_connection(
                    Connection, host.decode("ascii"), port, ssl=tls
                )
        except TimeoutError:
            raise httpx2.ConnectTimeout("the upstream does not answer") from None
        except OSError as error:  # ssl.SSLError is one
            raise httpx2.ConnectError(str(error)) from None
        return made

    async def aclose(self) -> None:
        for idle in self._idle.values():
            for each in idle:
                each.close()
        self._idle.clear()


def _head(request: httpx2.Request) -> bytes:
    lines = [b"%s %s HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)]
    lines += [b"%s: %s" % (name, value) for name, value in request.headers.raw]
    return b"\r\n".join(lines) + b"\r\n\r\n"
