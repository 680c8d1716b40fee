"""A server of a test on the loopback, closed with all that it still serves."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Protocol, TypeVar


class Serves(Protocol):
    """A stand-in: `serving` are the connections that it has now, `port` where it listens."""

    port: int
    serving: set[asyncio.Task[None]]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None: ...


Server = TypeVar("Server", bound=Serves)


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
