"""A supervised process that hosts one engine: requests in, streamed parts out, cancel, kill, restart.

    daemon                               worker process (python -m assistant.worker_host)
    Worker.stream(op, ...)  --request-->  reader thread -> queue -> main thread: engine.run()
        async for part      <--part-----  one message a yielded part
                            <--done-----  or error
        hold(True)          --hold---->   the engine rests after its next part
        aclose()            --cancel--->  reader thread sets the flag that engine.run() asks

A message is a header (JSON) and a payload (raw bytes), both with bounded lengths. Progress is what counts: when a
request yields nothing for `patience_s`, the worker is taken for hung, killed with SIGKILL and started again.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from assistant.errors import AssistantError, EngineError, WorkerDiedError
from assistant.types import JsonDict
from assistant.wire import Part, pack, read_async

QUIET_THREADS = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "1000"}
"""Threads that wait must not burn a core that another engine needs, but sleeping at once at every barrier costs too:
a short spin took the language model from 89 to 78 ms a token on two cores."""

Cancelled = Callable[[], bool]


class Engine(Protocol):
    """What an adapter in `engines/` offers; `create(options) -> Engine` is its module's entry point."""

    def load(self) -> JsonDict:
        """Load models and warm up; returns facts for the log (load time, memory)."""
        ...

    def run(self, op: str, args: JsonDict, payload: bytes, cancelled: Cancelled) -> Iterator[Part]:
        """Serve one request; asks `cancelled()` often and returns early when it is true. Raises: EngineError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """`engine` is a module name in `assistant.engines`; `options` go to its `create`; times in seconds."""

    name: str
    engine: str
    options: JsonDict = field(default_factory=dict)
    load_patience_s: float = 120.0
    patience_s: float = 20.0
    network: bool = False
    log: Path | None = None
    """Where the engine's own noise on stderr goes; nowhere by default."""


class Worker:
    """The daemon's side of one worker: one request at a time, the others wait in order."""

    def __init__(self, settings: WorkerSettings, on_event: Callable[[str, JsonDict], None] | None = None) -> None:
        self.settings = settings
        self.restarts = 0
        self.pid: int | None = None
        self.ready = asyncio.Event()
        self._on_event = on_event or (lambda kind, fields: None)
        self._lock = asyncio.Lock()
        self._ids = itertools.count(1)
        self._process: asyncio.subprocess.Process | None = None
        self._inbox: asyncio.Queue[Part | None] = asyncio.Queue(maxsize=64)
        self._pump: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._closed = False
        self._failures = 0

    @property
    def busy(self) -> bool:
        """Whether a request is under way or waits."""
        return self._lock.locked()

    async def start(self) -> JsonDict:
        """Start the process and wait until its engine is loaded. Raises: EngineError, WorkerDiedError."""
        async with self._lock:
            return await self._start()

    async def stream(self, op: str, args: JsonDict | None = None, payload: bytes = b"") -> AsyncGenerator[Part, None]:
        """Send one request and yield its parts; closing the iterator cancels the request.

        Raises:
            EngineError: the engine refused this request. WorkerDiedError: the process ended or hung; it is restarted
            by the next request.
        """
        async with self._lock:
            if self._process is None or self._process.returncode is not None:
                await self._start()
            number = next(self._ids)
            finished = False
            try:
                await self._send({"id": number, "op": op, "args": args or {}}, payload)
                while True:
                    header, data = await self._receive(number, self.settings.patience_s)
                    if "part" in header:
                        yield header["part"], data
                        continue
                    finished = True
                    if "error" in header:
                        raise _error(header["error"])
                    return
            except WorkerDiedError:
                finished = True
                raise
            finally:
                if not finished:
                    await self._cancel(number)

    async def call(self, op: str, args: JsonDict | None = None, payload: bytes = b"") -> Part:
        """Send a request that answers with exactly one part. Raises: as `stream`."""
        last: Part | None = None
        async with contextlib.aclosing(self.stream(op, args, payload)) as parts:
            async for part in parts:
                last = part
        if last is None:
            raise EngineError(f"The {self.settings.name} gave no answer.")
        return last

    async def close(self) -> None:
        """End the process; safe to call twice."""
        self._closed = True
        self._kill(signal.SIGTERM)
        process, self._process = self._process, None
        self._disconnect()
        if process is not None:
            try:
                async with asyncio.timeout(2.0):
                    await process.wait()
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
                await process.wait()

    def hold(self, rest: bool) -> None:
        """Let the engine rest between two parts, or go on: somebody speaks, and the cores belong to who listens."""
        if self._writer is not None:
            with contextlib.suppress(OSError):
                self._writer.write(pack({"hold": rest}))

    def kill(self) -> None:
        """The last resort: SIGKILL now. The request in flight fails with WorkerDiedError."""
        self._kill(signal.SIGKILL)

    async def _start(self) -> JsonDict:
        if self._closed:
            raise WorkerDiedError(f"The {self.settings.name} is shut down.")
        if self.restarts or self._failures:
            await asyncio.sleep(min(0.1 * 2**self._failures, 5.0))
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        command = [sys.executable, "-m", "assistant.worker_host", str(theirs.fileno()), self.settings.engine]
        environment = {**os.environ, **QUIET_THREADS, "HF_HUB_OFFLINE": "1"}
        with (self.settings.log or Path(os.devnull)).open("ab") as noise:
            self._process = await asyncio.create_subprocess_exec(
                *command, pass_fds=[theirs.fileno()], env=environment, stdin=asyncio.subprocess.DEVNULL, stderr=noise
            )
        theirs.close()
        self.pid = self._process.pid
        reader, self._writer = await asyncio.open_connection(sock=ours)
        self._inbox = asyncio.Queue(maxsize=64)
        self._pump = asyncio.create_task(_pump(reader, self._inbox), name=f"pump-{self.settings.name}")
        settings = self.settings
        hello = {
            "engine": settings.engine,
            "options": settings.options,
            "network": settings.network,
        }
        await self._send(hello)
        try:
            header, _ = await self._receive(0, settings.load_patience_s)
            if "error" in header:
                raise _error(header["error"])
        except AssistantError:
            self._failures = min(self._failures + 1, 10)  # bounded: 2**1100 is no float
            self._kill(signal.SIGKILL)
            raise
        self._failures = 0
        self.ready.set()
        facts: JsonDict = header.get("ready", {})
        self._on_event("worker_ready", {"worker": settings.name, "pid": self.pid, **facts})
        return facts

    async def _send(self, header: JsonDict, payload: bytes = b"") -> None:
        assert self._writer is not None
        try:
            self._writer.write(pack(header, payload))
            await self._writer.drain()
        except OSError:
            raise self._died("ended") from None

    async def _receive(self, number: int, patience_s: float) -> Part:
        while True:
            try:
                async with asyncio.timeout(patience_s):
                    message = await self._inbox.get()
            except TimeoutError:
                raise self._died("hung") from None
            if message is None:
                raise self._died("ended") from None
            if message[0].get("id") == number:  # the rest belongs to a request that was cancelled
                return message

    async def _cancel(self, number: int) -> None:
        """Tell the engine to stop and wait until it has; a worker that does not within 2 s is killed."""
        with contextlib.suppress(WorkerDiedError):
            await asyncio.shield(self._finish_cancel(number))

    async def _finish_cancel(self, number: int) -> None:
        await self._send({"cancel": number})
        deadline = time.monotonic() + 2.0
        while True:
            header, _ = await self._receive(number, max(0.01, deadline - time.monotonic()))
            if "part" not in header:
                return

    def _died(self, how: str) -> WorkerDiedError:
        self._kill(signal.SIGKILL)
        self.ready.clear()
        self.restarts += 1
        self._process = None  # asyncio's child watcher reaps it
        self._disconnect()
        self._on_event("worker_died", {"worker": self.settings.name, "how": how, "restarts": self.restarts})
        return WorkerDiedError(f"The {self.settings.name} {how}.")

    def _disconnect(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
        if self._writer is not None:
            self._writer.close()

    def _kill(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process.pid, number)  # Process.send_signal may reap it behind the back of the event loop


async def _pump(reader: asyncio.StreamReader, inbox: asyncio.Queue[Part | None]) -> None:
    """Read whole messages, so that a cancelled waiter can never leave half of one behind; None at the end."""
    try:
        while True:
            await inbox.put(await read_async(reader))
    except (asyncio.IncompleteReadError, OSError):
        await inbox.put(None)


def _error(fields: JsonDict) -> EngineError:
    return EngineError(str(fields.get("sentence", "The engine failed.")), fix=str(fields.get("fix", "")))
