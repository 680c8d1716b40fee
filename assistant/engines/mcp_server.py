"""Offers one skill as an MCP server with the `mcp` package: on stdio, or over HTTP on this machine with a token."""

from __future__ import annotations

import hmac
import json
import logging
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn
from mcp.server import Server
from mcp.server.context import ServerRequestContext
from mcp.server.stdio import stdio_server
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
    ToolAnnotations,
)

from assistant.skillhost.manifest import Manifest
from assistant.skills_host import SkillHost
from assistant.types import JsonDict, ToolCall, ToolSpec

LOOPBACK = "127.0.0.1"
PATH = "/mcp"
NEEDS_VOICE = "That needs a confirmation which I take only from the person who is here, not over this connection."

Message = MutableMapping[str, Any]
Asgi = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]

_log = logging.getLogger(__name__)


class SkillServer:
    """The tools of one loaded skill. Sensitive ones are neither shown nor run: a yes over this connection may be that
    of a program, and no person has to have heard the question.
    """

    def __init__(self, host: SkillHost, skill_id: str) -> None:
        self._host = host
        self._id = skill_id
        self._manifest: Manifest = host.skills[skill_id].manifest
        self.server: Server[Any] = Server(
            f"assistant-{skill_id}",
            version=self._manifest.version,
            title=skill_id,
            instructions=f"Use it to {self._manifest.summary}.",
            on_list_tools=self._list,
            on_call_tool=self._call,
        )

    async def stdio(self) -> None:
        """Serve on the standard streams of this process until the other side closes them."""
        async with stdio_server() as (reading, writing):
            await self.server.run(reading, writing, self.server.create_initialization_options())

    async def http(self, listening: socket.socket, token: str) -> None:
        """Serve on a socket of the loopback interface until this process is told to end; every request needs the token
        as a bearer token.
        """
        app = self.server.streamable_http_app(streamable_http_path=PATH, host=LOOPBACK)
        config = uvicorn.Config(guarded(app, token), log_config=None, access_log=False, lifespan="on")
        await uvicorn.Server(config).serve(sockets=[listening])

    async def _list(self, context: ServerRequestContext[Any], params: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=[tool_of(spec) for spec in self._offered().values()])

    async def _call(self, context: ServerRequestContext[Any], params: CallToolRequestParams) -> CallToolResult:
        full = f"{self._id}.{params.name}"
        spec = self._host.specs.get(full)
        if spec is None:
            return _told(f"There is no tool {params.name[:60]}.", is_error=True)
        if spec.effect == "sensitive":
            return _told(NEEDS_VOICE, is_error=True)
        result = await self._host.run(ToolCall(tool=full, arguments=params.arguments or {}))
        if question := result.data.get("question_id"):
            self._host.questions.drop(question)
            return _told(f"It asks: {result.speech} Give it with the arguments.", is_error=True)
        structured = json.loads(json.dumps(result.data, default=str))
        return _told(result.speech, is_error=not result.ok, structured=structured)

    def _offered(self) -> dict[str, ToolSpec]:
        skill = self._host.skills[self._id]
        return {name: spec for name, spec in skill.specs.items() if spec.effect != "sensitive"}


def create(host: SkillHost, skill_id: str) -> SkillServer:
    return SkillServer(host, skill_id)


def tool_of(spec: ToolSpec) -> Tool:
    """A tool as the protocol describes it; its effect becomes the hints."""
    parameters: JsonDict = json.loads(json.dumps(spec.parameters))
    for schema in parameters["properties"].values():
        if schema.pop("nullable", False):
            schema["type"] = [schema["type"], "null"]
            if "enum" in schema:
                schema["enum"].append(None)
    reads = spec.effect == "read"
    return Tool(
        name=spec.name.partition(".")[2],
        description=spec.description,
        input_schema=parameters,
        annotations=ToolAnnotations(
            read_only_hint=reads, destructive_hint=None if reads else spec.effect == "sensitive", open_world_hint=False
        ),
    )


def guarded(app: Asgi, token: str) -> Asgi:
    """The application, for those who have the token."""
    wanted = f"Bearer {token}".encode()

    async def checked(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
            return
        given = [value for name, value in scope.get("headers", []) if name == b"authorization"]
        if scope["type"] == "http" and len(given) == 1 and hmac.compare_digest(given[0], wanted):
            await app(scope, receive, send)
            return
        if scope["type"] == "http":
            headers = [(b"content-type", b"text/plain"), (b"www-authenticate", b"Bearer")]
            await send({"type": "http.response.start", "status": 401, "headers": headers})
            await send({"type": "http.response.body", "body": b"This needs the token."})

    return checked


def _told(text: str, *, is_error: bool = False, structured: JsonDict | None = None) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(type="text", text=text)], structured_content=structured, is_error=is_error
    )
