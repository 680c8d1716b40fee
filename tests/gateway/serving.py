"""Serves an ASGI application on a port of its own, in a thread, as a third party of the gateway."""

from __future__ import annotations

import email.utils
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import uvicorn


def listen(host: str = "127.0.0.1") -> socket.socket:
    """A port of its own, for an application that must know its address before it is made."""
    return socket.create_server((host, 0), backlog=1024)


def address(listening: socket.socket) -> str:
    host, port = listening.getsockname()
    return f"http://{host}:{port}"


@contextmanager
def served(
    app: Any,
    lifespan: Literal["on", "off"] = "off",
    host: str = "127.0.0.1",
    now_s: Callable[[], float] | None = None,
    listening: socket.socket | None = None,
) -> Iterator[str]:
    """Its address while the body runs. `now_s`: the time that its answers tell, if not this machine's."""
    listening = listening or listen(host)
    config = uvicorn.Config(
        app if now_s is None else _dated(app, now_s),
        log_config=None,
        access_log=False,
        lifespan=lifespan,
        timeout_graceful_shutdown=1,
        date_header=now_s is None,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield address(listening)
    finally:
        server.should_exit = True
        thread.join(timeout=60)
        listening.close()


def _dated(app: Any, now_s: Callable[[], float]) -> Any:
    """The application, with this time in the header Date of its answers."""

    async def dated(scope: Any, receive: Any, send: Any) -> None:
        async def send_dated(message: Any) -> None:
            if message["type"] == "http.response.start":
                date = email.utils.formatdate(now_s(), usegmt=True).encode()
                message = {**message, "headers": [*message["headers"], (b"date", date)]}
            await send(message)

        await app(scope, receive, send_dated)

    return dated
