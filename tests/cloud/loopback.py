"""A server of a test on the loopback, closed with all that it still serves."""

from __future__ import annotations

import abc
import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TypeVar


class LoopbackServer(abc.ABC):
    """A stand-in: `serving` are the connections that it has now, `port` where it listens."""

    port: int
    serving: set[asyncio.Task[None]]

    @abc.abstractmethod
    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.serving.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self.talk(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            self.serving.discard(task)


Server = TypeVar("Server", bound=LoopbackServer)


@contextlib.asynccontextmanager
async def listening(server: Server, *, limit_bytes: int = 2**16) -> AsyncIterator[Server]:
    """The stand-in at a free port; `limit_bytes` is the longest line that it reads."""
    socket = await asyncio.start_server(server.serve, "127.0.0.1", 0, limit=limit_bytes)
    server.port = socket.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        socket.close()
        left = list(server.serving)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
