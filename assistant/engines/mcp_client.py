"""Speaks to an MCP server with the `mcp` package: over a program's pipes or over HTTP, all that comes in bounded."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

import anyio
import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.message import SessionMessage
from mcp.types import ListToolsResult, PaginatedRequestParams, TextContent, jsonrpc_message_adapter

from assistant.engines.httpx_bounded import BoundedTransport
from assistant.skillbox.mcp_jail import jailed, policy_of
from assistant.skillbox.mcp_link import (
    MAX_ANSWER_BYTES,
    START_PATIENCE_S,
    Address,
    Answer,
    Program,
    ServerGone,
    ServerRefused,
    Target,
)

MAX_PAGES = 10
MAX_LISTED = 200
MAX_TEXT_CHARS = 64_000
_END_PATIENCE_S = 2.0

# A server's answer that this client's library reads as an error of the connection, not of the request.
_CONNECTION_CLOSED = -32000

Streams = Any
"""The pair of message streams of `mcp.client._transport.TransportStreams`."""


class McpConnection:
    """A connection kept by one task, which the library wants to enter and leave it."""

    def __init__(self, target: Target) -> None:
        self.dead = False
        self._target = target
        self._client: Client | None = None
        self._end = asyncio.Event()
        self._kill: Callable[[], None] = lambda: None
        self._keeper: asyncio.Task[None] | None = None

    async def open(self, patience_s: float) -> None:
        """Raises: ServerGone."""
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._keeper = asyncio.get_running_loop().create_task(
            self._keep(ready), name="mcp server", context=contextvars.Context()
        )
        try:
            async with asyncio.timeout(patience_s):
                await ready
        except TimeoutError:
            await self.aclose()
            raise ServerGone("it did not answer in time") from None
        except BaseException:
            self.close()
            raise

    async def listing(self) -> list[object]:
        found: list[object] = []
        cursor: str | None = None
        for _ in range(MAX_PAGES):
            wanted = PaginatedRequestParams(cursor=cursor)
            page = await self._ask(functools.partial(_page, wanted), START_PATIENCE_S)
            found += [tool.model_dump(by_alias=True, mode="json", exclude_none=True) for tool in page.tools]
            cursor = page.next_cursor
            if not cursor or len(found) >= MAX_LISTED:
                break
        return found[:MAX_LISTED]

    async def call(self, tool: str, arguments: Mapping[str, object], timeout_s: float) -> Answer:
        result = await self._ask(lambda client: client.call_tool(tool, dict(arguments)), timeout_s)
        texts = [part.text for part in result.content if isinstance(part, TextContent)]
        return Answer(
            text="\n".join(texts)[:MAX_TEXT_CHARS],
            structured=result.structured_content if _is_small(result.structured_content) else None,
            is_error=result.is_error,
        )

    def close(self) -> None:
        self.dead = True
        self._kill()
        self._end.set()

    async def aclose(self) -> None:
        """End it, and wait until nothing of it is left."""
        self.close()
        if self._keeper is not None:
            await asyncio.wait([self._keeper], timeout=_END_PATIENCE_S)
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)

    async def _ask(self, request: Callable[[Client], Any], timeout_s: float) -> Any:
        if self._client is None or self.dead:
            raise ServerGone("it ended")
        try:
            async with asyncio.timeout(timeout_s):
                return await request(self._client)
        except TimeoutError:
            raise ServerGone("it took too long") from None
        except MCPError as error:
            if self.dead or error.code == _CONNECTION_CLOSED:
                raise ServerGone("it ended") from None
            raise ServerRefused(error.message[:200]) from None
        except asyncio.CancelledError:
            raise
        except Exception as error:
            # The library raises what validation, JSON schema and HTTP raise: all mean that it broke the protocol.
            raise ServerGone(f"it broke the protocol: {type(error).__name__}") from None

    async def _keep(self, ready: asyncio.Future[None]) -> None:
        problem = "it ended"
        try:
            transport = self._pipes(self._target) if isinstance(self._target, Program) else _http(self._target)
            async with Client(transport, cache=None) as client:
                self._client = client
                if not ready.done():
                    ready.set_result(None)
                await self._end.wait()
        except asyncio.CancelledError:
            raise
        except Exception as error:
            problem = _reason(error)
        finally:
            self.dead = True
            self._kill()
            if not ready.done():
                ready.set_exception(ServerGone(problem))

    @contextlib.asynccontextmanager
    async def _pipes(self, program: Program) -> AsyncGenerator[Streams]:
        """The program's pipes, a line a message; it gets exactly the environment that it is given."""
        process = await asyncio.create_subprocess_exec(
            *jailed(program.argv, program.policy), env=dict(program.env), cwd=program.policy.home,
            start_new_session=True, limit=MAX_ANSWER_BYTES, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        self._kill = lambda: _kill(process)
        incoming, read = anyio.create_memory_object_stream[SessionMessage | Exception](0)
        write, outgoing = anyio.create_memory_object_stream[SessionMessage](0)
        assert process.stdin is not None and process.stdout is not None
        tasks = [asyncio.ensure_future(self._read(process.stdout, incoming)),
                 asyncio.ensure_future(_write(process.stdin, outgoing))]  # fmt: skip
        try:
            yield read, write
        finally:
            _kill(process)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            process.stdin.close()
            await process.wait()
            for stream in (incoming, read, write, outgoing):
                await stream.aclose()

    async def _read(self, pipe: asyncio.StreamReader, incoming: Any) -> None:
        """Messages until the pipe ends or a line is too long; what is no message is passed over."""
        try:
            async with incoming:
                while line := await pipe.readline():
                    try:
                        message = jsonrpc_message_adapter.validate_json(line, by_name=False)
                    except ValueError:
                        continue
                    await incoming.send(SessionMessage(message))
        except (ValueError, OSError, anyio.BrokenResourceError, anyio.ClosedResourceError):
            pass
        self.dead = True
        self._end.set()


async def connect(target: Target, patience_s: float) -> McpConnection:
    """Start or reach the server and greet it. Raises: ServerGone."""
    connection = McpConnection(target)
    await connection.open(patience_s)
    return connection


async def _page(wanted: PaginatedRequestParams, client: Client) -> ListToolsResult:
    return await client.session.list_tools(params=wanted)


async def _write(pipe: asyncio.StreamWriter, outgoing: Any) -> None:
    with contextlib.suppress(OSError, anyio.ClosedResourceError):
        async with outgoing:
            async for message in outgoing:
                pipe.write(message.message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n")
                await pipe.drain()


@contextlib.asynccontextmanager
async def _http(address: Address) -> AsyncGenerator[Streams]:
    """Streamable HTTP without proxies or packed answers; each answer is bounded."""
    headers = {"accept-encoding": "identity"}
    if address.token:
        headers["authorization"] = f"Bearer {address.token}"
    transport = BoundedTransport(httpx2.AsyncHTTPTransport(trust_env=False), MAX_ANSWER_BYTES)
    limits = httpx2.Timeout(10.0, read=60.0)
    async with (
        httpx2.AsyncClient(transport=transport, headers=headers, timeout=limits, trust_env=False) as client,
        streamable_http_client(address.url, http_client=client, max_sse_event_size=MAX_ANSWER_BYTES) as streams,
    ):
        yield streams


def _is_small(value: object) -> bool:
    return value is None or len(json.dumps(value)) <= MAX_TEXT_CHARS


def _kill(process: asyncio.subprocess.Process) -> None:
    """End the program with its group, of which it is the first."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _reason(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error.message[:200] if isinstance(error, MCPError) else type(error).__name__


async def _tell(told: Mapping[str, Any]) -> dict[str, object]:
    try:
        connection = await connect(_target(told), START_PATIENCE_S)
        try:
            return {"tools": await connection.listing()}
        finally:
            await connection.aclose()
    except (ServerGone, ServerRefused) as error:
        return {"problem": str(error)}


def _target(told: Mapping[str, Any]) -> Target:
    if "address" in told:
        return Address(**told["address"])
    program = told["program"]
    return Program(argv=tuple(program["argv"]), env=program["env"], policy=policy_of(program["policy"]))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_tell(json.loads(sys.stdin.read())))))
